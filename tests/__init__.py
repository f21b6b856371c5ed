"""Tests of fakebroker, the connector and the house rules; laid out as the code."""
