"""Clean-up goes on to its end, whatever is raised meanwhile."""

from __future__ import annotations

from unittest import TestCase

from fakebroker.testing.virtual.finishing import ATTEMPTS, finish


class Steps(TestCase):
    def setUp(self) -> None:
        self.taken: list[str] = []

    def step(self, name: str, *errors: BaseException) -> None:
        """Raises these errors, one at a time, before it goes well."""
        self.taken.append(name)
        count = self.taken.count(name)
        if count <= len(errors):
            raise errors[count - 1]

    def test_one_that_fails_does_not_keep_the_rest_and_the_first_error_is_raised(self) -> None:
        first, second = ValueError("first"), KeyError("second")
        with self.assertRaises(ValueError) as caught:
            finish(lambda: self.step("a", first), lambda: self.step("b", second), lambda: self.step("c"))
        self.assertIs(caught.exception, first)
        self.assertEqual(self.taken, ["a", "b", "c"])

    def test_one_that_is_interrupted_is_taken_again_and_the_interrupt_is_raised_at_last(self) -> None:
        with self.assertRaises(KeyboardInterrupt):
            finish(lambda: self.step("a", KeyboardInterrupt(), KeyboardInterrupt()), lambda: self.step("b"))
        self.assertEqual(self.taken, ["a", "a", "a", "b"])

    def test_one_that_is_interrupted_again_and_again_is_given_up(self) -> None:
        with self.assertRaises(KeyboardInterrupt):
            finish(lambda: self.step("a", *[KeyboardInterrupt()] * 99), lambda: self.step("b"))
        self.assertEqual(self.taken, ["a"] * ATTEMPTS + ["b"])
