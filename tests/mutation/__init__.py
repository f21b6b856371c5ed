"""Deliberate defects, and whether a test notices."""
