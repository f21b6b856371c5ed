"""Tests of the benchmarks: that they measure, never how fast anything is."""
