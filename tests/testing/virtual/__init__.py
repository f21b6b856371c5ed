"""Clients of every kind in memory, in the broker's time."""
