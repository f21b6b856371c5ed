"""A program of every Python client, run twice with the same seed in memory, in virtual time: equal, byte for byte.

``python -m tests.clients --help`` tells how many are run. ``programs/`` has the programs.
"""
