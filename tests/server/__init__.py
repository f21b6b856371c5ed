"""Tests of fakebroker.server."""
