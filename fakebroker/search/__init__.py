"""Tries everything that can go wrong in a scenario: one run without a fault, then one for each point and fault."""
