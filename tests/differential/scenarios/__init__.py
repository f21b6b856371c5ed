"""Scenarios written by hand, by subject. What is left to chance is made in :mod:`tests.differential.generate`."""
