"""Tests of fakebroker.amqp."""
