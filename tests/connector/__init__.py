"""Tests of the connector: against FakeBroker, and against a scripted peer for what no broker would do."""
