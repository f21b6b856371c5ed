"""Clients in processes of their own: ``python -m benchmarks.clients.NAME WHAT HOST PORT SECONDS`` prints a rate."""
