"""Random scenarios, each made from its seed alone."""

from tests.differential.generate.scenario import generate

__all__ = ["generate"]
