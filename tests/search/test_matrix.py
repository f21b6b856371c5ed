"""The matrix: one letter for each case, few rows, no line too long."""

from __future__ import annotations

from unittest import TestCase

from fakebroker.search.matrix import Matrix
from fakebroker.search.outcome import Kind
from tests.search.outcomes import report

FAULTS = tuple(f"fault-{number:02}" for number in range(27))


class Rows(TestCase):
    def test_each_outcome_is_a_letter(self) -> None:
        kinds = {"r": Kind.FAILED, "s": Kind.HUNG, "t": Kind.NOT_APPLICABLE, "u": Kind.SKIPPED, "v": Kind.LEFT}
        found = {f"1:in:connect:1 {fault}": kind for fault, kind in kinds.items()}
        made = report(("1:in:connect:1",), (*kinds, "w"), found)
        self.assertEqual([row.cells for row in made.matrix.rows], ["FHL."])
        self.assertEqual(made.matrix.absent, ["t", "u"])

    def test_crossings_of_one_name_that_are_alike_are_one_row_even_apart(self) -> None:
        addresses = tuple(f"1:{'out' if name == 'basic.deliver' else 'in'}:{name}:{number}"
                          for number in range(1, 6) for name in ("basic.deliver", "basic.ack"))  # fmt: skip
        made = report(addresses, ("reset",), {f"1:out:basic.deliver:{n} reset": Kind.FAILED for n in range(1, 6)})
        self.assertEqual(
            [(row.numbers(), row.name(), row.cells) for row in made.matrix.rows],
            [("1,3,5,7,9", "basic.deliver x5", "F"), ("2,4,6,8,10", "basic.ack x5", ".")],
        )

    def test_neighbours_that_are_alike_are_one_row(self) -> None:
        addresses = ("1:in:connect:1", "1:out:connection.start:1", "1:in:basic.publish:1")
        made = report(addresses, ("reset",), {"1:in:basic.publish:1 reset": Kind.HUNG})
        self.assertEqual(
            [(row.numbers(), row.name()) for row in made.matrix.rows],
            [("1-2", "connect, connection.start"), ("3", "1:in:basic.publish:1")],
        )

    def test_one_failure_keeps_its_row_apart(self) -> None:
        addresses = tuple(f"1:out:basic.deliver:{number}" for number in range(1, 100))
        made = report(addresses, FAULTS, {"1:out:basic.deliver:50 fault-03": Kind.FAILED})
        self.assertEqual(["F" in row.cells for row in made.matrix.rows], [False, True])

    def test_hundreds_of_rows_are_cut_down_to_those_that_matter(self) -> None:
        addresses = tuple(f"{number}:in:connect:1" for number in range(1, 200))
        odd = {f"{number}:in:connect:1 {FAULTS[number % 7]}": Kind.NOT_APPLICABLE for number in range(1, 200)}
        made = report(addresses, FAULTS[:8], {**odd, "150:in:connect:1 fault-05": Kind.FAILED})
        self.assertLess(len(list(made.matrix.lines())), 70)

    def test_rows_in_which_nothing_was_found_are_one_row_where_there_are_too_many(self) -> None:
        addresses = tuple(f"{number}:in:connect:1" for number in range(1, 101))
        odd = {f"{number}:in:connect:1 {FAULTS[bit]}": Kind.NOT_APPLICABLE
               for number in range(1, 101) for bit in range(7) if number >> bit & 1}  # fmt: skip
        made = report(addresses, FAULTS[:8], {**odd, "50:in:connect:1 fault-07": Kind.FAILED})
        self.assertEqual(len(made.matrix.rows), 100)
        rows = [line.split() for line in list(made.matrix.lines())[1:3]]
        self.assertEqual(rows, [["50", "50:in:connect:1", ".-..-", "-.F"],
                                ["1-49,51-100", "nothing", "found", "at", "these"]])  # fmt: skip


class Lines(TestCase):
    def test_no_line_is_longer_than_the_terminal_is_wide(self) -> None:
        addresses = tuple(f"12:out:connection.update-secret-ok:{number}" for number in range(1000, 1040, 2))
        found = {f"{address} {FAULTS[index]}": Kind.FAILED for index, address in enumerate(addresses)}
        for width in (60, 80, 132):
            lines = list(report(addresses, FAULTS, found).matrix.lines(width))
            self.assertLessEqual(max(map(len, lines)), width)
            self.assertEqual("".join(lines).count("F"), len(addresses) + 1)  # and one in the legend

    def test_the_legend_tells_what_each_column_is(self) -> None:
        lines = list(
            report(("1:in:connect:1",), ("reset", "close"), {"1:in:connect:1 close": Kind.HUNG}).matrix.lines()
        )
        self.assertEqual(lines[0].split(), ["ab"])
        self.assertEqual(lines[1].split(), ["1", "1:in:connect:1", ".H"])
        self.assertEqual(lines[3:], ["a reset  b close", ". passed  H hung"])

    def test_of_too_many_numbers_the_first_and_the_last_are_shown(self) -> None:
        addresses = tuple(f"1:in:basic.{name}:{number}" for number in range(1, 9) for name in ("ack", "publish"))
        made = report(addresses, ("reset",), {f"1:in:basic.ack:{number} reset": Kind.FAILED for number in range(1, 9)})
        self.assertEqual([line.split()[0] for line in list(made.matrix.lines())[1:3]], ["1,3,5,7..15", "2,4,6,8..16"])

    def test_nothing_tried_is_no_matrix(self) -> None:
        self.assertEqual(list(Matrix([], ("reset",), []).lines()), [])
