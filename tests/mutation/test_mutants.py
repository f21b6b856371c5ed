"""Each kind of defect that is put into a text."""

from __future__ import annotations

from unittest import TestCase

from tests.mutation.mutants import mutants


def now(text: str) -> list[str]:
    """What the changed lines look like, of each mutant."""
    return [mutant.now for mutant in mutants("sample.py", text)]


def inside(body: str, returns: str = "") -> list[str]:
    """The same for what is written in a function."""
    lines = "\n".join("    " + line for line in body.split("\n"))
    return now(f"def f(a, b, c){returns}:\n{lines}\n")


class Expressions(TestCase):
    def test_a_comparison_has_another_boundary_or_is_the_contrary(self) -> None:
        self.assertEqual(["x = a <= b", "x = a >= b"], inside("x = a < b"))
        self.assertEqual(["x = a > b", "x = a < b"], inside("x = a >= b"))
        self.assertEqual(["x = a != b"], inside("x = a == b"))
        self.assertEqual(["x = a is not None"], inside("x = a is None"))
        self.assertEqual(["x = a in b"], inside("x = a not in b"))

    def test_each_of_a_chain_of_comparisons_is_changed(self) -> None:
        self.assertEqual(["x = a < b <= c", "x = a > b <= c", "x = a <= b < c", "x = a <= b > c"],
                         inside("x = a <= b <= c"))  # fmt: skip

    def test_and_becomes_or_one_at_a_time(self) -> None:
        self.assertEqual(["x = a or b and c", "x = a and b or c"], inside("x = a and b and c"))
        self.assertEqual(["x = a and b"], inside("x = a or b"))

    def test_not_is_taken_away(self) -> None:
        self.assertEqual(["x = (a)"], inside("x = not a"))
        self.assertEqual(["x = (a)"], inside("x = -a"))

    def test_a_condition_is_turned_round(self) -> None:
        self.assertEqual(["if (not (a)):"], inside("if a:\n    x = b"))
        self.assertEqual(["while (not (a)):"], inside("while a:\n    x = b"))
        self.assertEqual(["x = a if (not (b)) else c"], inside("x = a if b else c"))
        self.assertEqual(["x = [y for y in a if (not (b))]"], inside("x = [y for y in a if b]"))

    def test_numbers_are_one_off_and_texts_others(self) -> None:
        self.assertEqual(["x = 3", "x = 1"], inside("x = 2"))
        self.assertEqual(["x = 1"], inside("x = 0"))
        self.assertEqual(["x = False"], inside("x = True"))
        self.assertEqual(["x = 'XXno'"], inside("x = 'no'"))
        self.assertEqual(["x = b'XXno'"], inside("x = b'no'"))
        self.assertEqual(['x = ("XX" + f"{a} is")'], inside('x = f"{a} is"'))

    def test_sums_and_bits_are_made_otherwise(self) -> None:
        self.assertEqual(["x = a - b * c", "x = a + b // c"], inside("x = a + b * c"))
        self.assertEqual(["x = a | b", "x = a & b"], inside("x = a & b") + inside("x = a | b"))

    def test_a_method_becomes_its_opposite(self) -> None:
        self.assertEqual(["pass", "a.appendleft(b)"], inside("a.append(b)"))
        self.assertEqual(["x = a.pop()"], inside("x = a.popleft()"))
        self.assertEqual(["x = list(a)"], inside("x = sorted(a)"))
        self.assertEqual(["x = max(a, b)"], inside("x = min(a, b)"))


class Statements(TestCase):
    def test_a_call_is_not_made(self) -> None:
        self.assertEqual(["pass"], inside("a.close()"))

    def test_nothing_is_remembered(self) -> None:
        self.assertEqual(["pass", "pass"], inside("a.b = c\na[b] = c"))
        self.assertEqual(["pass", "a.b -= c"], inside("a.b += c"))
        self.assertEqual(["pass"], inside("del a[b]"))

    def test_but_what_an_object_begins_with_it_has(self) -> None:
        text = "class A:\n    def __init__(self, a):\n        self.a = a\n        a.owner = self\n"
        self.assertEqual(["pass"], now(text))

    def test_nothing_is_raised(self) -> None:
        self.assertEqual(["pass"], inside("raise ValueError(a)"))

    def test_something_else_is_returned(self) -> None:
        self.assertEqual(["return None"], inside("return a"))
        self.assertEqual(["return (not (a))"], inside("return a", " -> bool"))
        self.assertEqual([], inside("return None"))

    def test_a_function_goes_on(self) -> None:
        self.assertIn("pass", inside("if a:\n    return\nb.close()"))

    def test_a_loop_ends_or_goes_on(self) -> None:
        self.assertEqual(["continue"], inside("for x in a:\n    break"))
        self.assertEqual(["break"], inside("for x in a:\n    continue\n    x = c"))

    def test_a_default_is_another(self) -> None:
        self.assertEqual(["def f(a=2, *, b=False):", "def f(a=0, *, b=False):", "def f(a=1, *, b=True):"],
                         now("def f(a=1, *, b=False):\n    x = a"))  # fmt: skip


class WhatIsLeftAlone(TestCase):
    def test_docstrings_annotations_asserts_and_what_only_type_checkers_read(self) -> None:
        self.assertEqual([], now('"""Module."""\n__all__ = ["f"]\nT = None\n"""About T."""\n'))
        self.assertEqual([], now("if TYPE_CHECKING:\n    import a\n"))
        self.assertEqual([], inside('"""Function."""\nassert a == 1, "why"\nx: "int" = cast("int", a)'))

    def test_types_that_list_their_values_and_that_two_lists_are_as_long(self) -> None:
        self.assertEqual([], now('Kind = Literal["a", "b"]\nEnd: TypeAlias = "A | B"\n'))
        self.assertEqual([], inside("x = zip(a, b, strict=True)"))
        self.assertEqual(["x = a['XXb']"], inside('x = a["b"]'))

    def test_what_the_compiler_refuses_or_takes_for_the_same(self) -> None:
        self.assertEqual([], inside("try:\n    x = a\nfinally:\n    x = b"))
        self.assertEqual([], now("x = (0 - 0) * 0\n") and [])


class Places(TestCase):
    def test_a_mutant_tells_where_it_is_and_which_lines_run_it(self) -> None:
        text = "def f(a, b):\n    if (\n        a\n        and b\n    ):\n        a.close()\n"
        first = next(each for each in mutants("a/sample.py", text) if "or b" in each.now)
        self.assertEqual((4, (2, 5)), (first.line, first.lines))
        self.assertEqual("a/sample.py:4\n    - and b\n    + or b", str(first))

    def test_letters_of_several_octets_move_nothing(self) -> None:
        self.assertEqual(["x = 'XXäöü', 'b'", "x = 'äöü', 'XXb'"], inside("x = 'äöü', 'b'"))
