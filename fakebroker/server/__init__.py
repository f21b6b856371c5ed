"""Twisted from here on: protocol, factory, in-memory transport and endpoint, TCP."""
