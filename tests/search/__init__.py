"""Tests of the search: what it finds, what it does not, and that it tells the same in each run."""
