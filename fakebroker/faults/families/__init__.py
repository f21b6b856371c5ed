"""The named faults, a file for each family."""
