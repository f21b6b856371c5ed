"""The version, here alone; setup.py reads it too."""

__version__ = "0.1.0"
