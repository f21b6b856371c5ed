"""Programs of every Python client, each run twice with the same seed in memory and in virtual time: equal, byte for byte.

``python -m tests.clients --help`` tells how many are run. ``programs/`` has the programs.
"""
