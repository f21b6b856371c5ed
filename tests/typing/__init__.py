"""The public API as its users see it; checked by mypy --strict, run by nobody."""
