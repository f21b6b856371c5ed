"""Cases are written and read: what a user copies from a report runs exactly that."""

from __future__ import annotations

from unittest import TestCase

from fakebroker.errors import RuleError
from fakebroker.predicates.addresses import Address
from fakebroker.search.case import Case

DELIVERY = Address(2, "out", "basic.deliver", 7)
CONNECT = Address(1, "in", "connect", 1)


class Cases(TestCase):
    def test_a_case_names_the_crossing_and_the_fault(self) -> None:
        self.assertEqual(str(Case.of(DELIVERY, "reset")), "2:out:basic.deliver:7 reset")

    def test_what_is_written_is_read(self) -> None:
        for case in (Case(), Case.of(DELIVERY, "reset"), Case(((CONNECT, "delay"), (DELIVERY, "reset")))):
            self.assertEqual(Case.parse(str(case)), case)

    def test_blanks_around_it_do_no_harm(self) -> None:
        self.assertEqual(Case.parse(" 2:out:basic.deliver:7  reset "), Case.of(DELIVERY, "reset"))

    def test_what_is_no_case_is_told(self) -> None:
        for text, told in {
            "": "the address of a crossing and a fault",
            "reset": "such as '2:out:basic.deliver:7 reset'",
            "2:out:basic.deliver reset": "no address of a crossing",
            "2:up:basic.deliver:7 reset": "'up' is neither 'in'",
            "x:out:basic.deliver:7 reset": "'x'",
            "2:out:basic.deliver:0 reset": "0",
        }.items():
            with self.subTest(text):
                with self.assertRaises(RuleError) as caught:
                    Case.parse(text)
                self.assertIn(told, str(caught.exception))

    def test_the_run_without_a_fault_is_one_too(self) -> None:
        self.assertEqual(Case.parse(" no fault "), Case())
