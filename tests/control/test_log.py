"""The log does not flood."""

from __future__ import annotations

from unittest import TestCase

from twisted.logger import LogEvent, Logger, formatEvent
from twisted.python.failure import Failure

from fakebroker.control.log import LONGEST, MOST, QUIET, Condensed


class Condensing(TestCase):
    def setUp(self) -> None:
        self.time = 1000.0
        self.shown: list[LogEvent] = []
        self.log = Condensed(self.shown.append)  # type: ignore[arg-type]
        self.logger = Logger("test", observer=self.observe)  # type: ignore[arg-type]

    def observe(self, event: LogEvent) -> None:
        self.log({**event, "log_time": self.time})

    def refuse(self, count: int, port: int = 0) -> None:
        for number in range(count):
            self.logger.info("refused a client at {port}", port=port + number)

    @property
    def texts(self) -> list[str]:
        return [formatEvent(event) for event in self.shown]

    def test_a_burst_is_one_line(self) -> None:
        self.refuse(1000)
        self.assertEqual(["refused a client at 0"], self.texts)

    def test_when_it_is_over_it_is_told_how_many_there_were(self) -> None:
        self.refuse(1000)
        self.time += QUIET + 1
        self.logger.info("something else")
        self.assertEqual(["999 more like this one: refused a client at 999", "something else"], self.texts[1:])

    def test_at_the_end_too(self) -> None:
        self.refuse(3)
        self.log.end()
        self.assertEqual(["refused a client at 0", "2 more like this one: refused a client at 2"], self.texts)

    def test_what_differs_and_what_comes_now_and_then_is_all_shown(self) -> None:
        for word in ("one", "two"):
            self.logger.info("{word} {{", word=word)
            self.time += QUIET + 1
            self.refuse(1)
        self.assertEqual(["one {", "refused a client at 0", "two {", "refused a client at 0"], self.texts)

    def test_a_burst_without_end_is_told_now_and_then(self) -> None:
        for _ in range(int(LONGEST)):
            self.refuse(10)
            self.time += 1.1
        self.assertEqual(3, len(self.texts))
        self.assertRegex(self.texts[1], r"\d\d\d more like this one: ")

    def test_errors_of_one_kind_are_one_and_of_two_are_two(self) -> None:
        for error in (ValueError("x"), ValueError("x"), KeyError("x"), ValueError("y")):
            self.logger.failure("failed", Failure(error))
        self.assertEqual(3, len(self.shown))
        self.assertTrue(all(event["log_failure"] for event in self.shown))
        self.log.end()
        self.assertNotIn("log_failure", self.shown[-1])

    def test_it_keeps_few_in_mind(self) -> None:
        for number in range(10 * MOST):
            self.logger.info("x" * number)
        self.assertEqual(10 * MOST, len(self.shown))
        self.assertLessEqual(len(self.log._bursts), MOST)
