"""Deliberate defects: every small change of a source text that a test should notice."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

COMPARISONS = {
    ast.Lt: ("<", ("<=", ">=")),
    ast.LtE: ("<=", ("<", ">")),
    ast.Gt: (">", (">=", "<=")),
    ast.GtE: (">=", (">", "<")),
    ast.Eq: ("==", ("!=",)),
    ast.NotEq: ("!=", ("==",)),
    ast.Is: ("is", ("is not",)),
    ast.IsNot: (r"is\s+not", ("is",)),
    ast.In: ("in", ("not in",)),
    ast.NotIn: (r"not\s+in", ("in",)),
}
ARITHMETIC = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "//"),
    ast.FloorDiv: ("//", "*"),
    ast.Div: ("/", "*"),
    ast.Mod: ("%", "*"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"),
    ast.BitXor: ("^", "&"),
    ast.LShift: ("<<", ">>"),
    ast.RShift: (">>", "<<"),
}
METHODS = {
    "append": "appendleft",
    "appendleft": "append",
    "popleft": "pop",
    "extend": "extendleft",
    "extendleft": "extend",
    "add": "discard",
    "discard": "add",
    "startswith": "endswith",
    "endswith": "startswith",
    "min": "max",
    "max": "min",
    "any": "all",
    "all": "any",
    "sorted": "list",
    "reversed": "list",
}


class Mutant(NamedTuple):
    """One change of one file."""

    file: str
    """Its path below the root, with slashes."""
    line: int
    """Where the change is."""
    lines: tuple[int, int]
    """First and last line of the statement, or of the head of one that has a body: whoever runs it runs the change."""
    name: str
    """What the statement defines, a function or a constant; empty if nothing."""
    was: str
    """The lines concerned, before, in one."""
    now: str
    text: str
    """The whole file with the change."""

    @property
    def key(self) -> tuple[str, str, str]:
        """What a mutant is known by when lines have moved."""
        return self.file, self.was, self.now

    def __str__(self) -> str:
        return f"{self.file}:{self.line}\n    - {self.was}\n    + {self.now}"


Change = tuple[int, int, str]
"""From one place of the text to another, what stands there instead."""
Where = tuple[tuple[int, int], str]
"""The lines of the statement, and what it defines."""


def mutants(file: str, text: str) -> list[Mutant]:
    """Every mutant of a file, in the order of its lines; none that the compiler refuses or that it takes for the same.

    :param file: the path that they are to be known by.
    :param text: what is in the file.
    """
    finder = Finder(text)
    finder.visit(ast.parse(text))
    before, seen = compile(text, file, "exec"), {text}
    made = []
    for (start, stop, new), where in finder.found:
        changed = text[:start] + new + text[stop:]
        if changed in seen or not _differs(before, changed, file):
            continue
        seen.add(changed)
        made.append(_mutant(file, text, changed, (start, stop, new), where))
    return made


def _differs(before: object, text: str, file: str) -> bool:
    try:
        return compile(text, file, "exec") != before
    except SyntaxError:
        return False


def _mutant(file: str, text: str, changed: str, change: Change, where: Where) -> Mutant:
    start, stop, new = change
    begin = text.rfind("\n", 0, start) + 1
    end = (text + "\n").find("\n", stop)
    was, now = text[begin:end], changed[begin : end + len(new) - (stop - start)]
    was, now = (" ".join(line.strip() for line in each.split("\n")) for each in (was, now))
    return Mutant(file, text.count("\n", 0, start) + 1, *where, was, now, changed)


class Finder(ast.NodeVisitor):
    """Collects the changes of one text. What only a type checker or a reader sees is left alone."""

    def __init__(self, text: str) -> None:
        self.found: list[tuple[Change, Where]] = []
        self._text = text
        self._starts = [0]
        for line in text.split("\n"):
            self._starts.append(self._starts[-1] + len(line) + 1)
        self._where: Where = ((1, 1), "")
        self._returns_truth = False
        self._begins = False

    # --- places

    def _place(self, line: int, octets: int) -> int:
        begin = self._starts[line - 1]
        return begin + len(self._text[begin : begin + octets].encode()[:octets].decode())

    def _span(self, node: ast.expr | ast.stmt | ast.arg) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._place(node.lineno, node.col_offset), self._place(node.end_lineno, node.end_col_offset)

    def _put(self, start: int, stop: int, new: str) -> None:
        self.found.append(((start, stop, new), self._where))

    def _replace(self, node: ast.expr | ast.stmt, new: str) -> None:
        self._put(*self._span(node), new)

    def _segment(self, node: ast.expr) -> str:
        start, stop = self._span(node)
        return self._text[start:stop]

    def _between(self, left: ast.expr, right: ast.expr, operator: str, *instead: str) -> None:
        """The operator that stands between two expressions, whatever parentheses and comments do."""
        begin, end = self._span(left)[1], self._span(right)[0]
        found = re.search(operator, self._text[begin:end])
        assert found is not None
        for new in instead:
            self._put(begin + found.start(), begin + found.end(), new)

    # --- statements

    def visit(self, node: ast.AST) -> None:
        """Any node; of a statement it is noted which lines are run when it is."""
        if not isinstance(node, ast.stmt):
            super().visit(node)
            return
        before = self._where
        body = getattr(node, "body", None)
        last = max(node.lineno, body[0].lineno - 1) if body else node.end_lineno or node.lineno
        self._where = (node.lineno, last), _defines(node)
        super().visit(node)
        self._where = before

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Its default arguments and its body."""
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.visit(default)
        before = self._returns_truth, self._begins
        self._returns_truth = isinstance(node.returns, ast.Name) and node.returns.id == "bool"
        self._begins = node.name == "__init__"
        for statement in node.body:
            self.visit(statement)
        self._returns_truth, self._begins = before

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Its body; a protocol has none that is run."""
        for statement in node.body:
            self.visit(statement)

    def visit_Assert(self, node: ast.Assert) -> None:
        """Asserts state what the type checker can't see."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """The value alone; what a type alias stands for is for the type checker."""
        alias = isinstance(node.annotation, ast.Name) and node.annotation.id == "TypeAlias"
        if node.value is not None and not alias:
            self._assigned(node, node.target)
            self.visit(node.value)

    def visit_Assign(self, node: ast.Assign) -> None:
        """Everything but lists of names for readers and slots."""
        target = node.targets[0]
        if not (isinstance(target, ast.Name) and target.id in ("__all__", "__slots__")):
            self._assigned(node, target)
            self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        """The statement, and its operator."""
        self._replace(node, "pass")
        operator, instead = ARITHMETIC[type(node.op)]
        self._between(node.target, node.value, re.escape(operator), instead)
        self.visit(node.value)

    def _assigned(self, node: ast.stmt, target: ast.expr) -> None:
        own = isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self"
        if isinstance(target, (ast.Attribute, ast.Subscript)) and not (self._begins and own):  # which all would notice
            self._replace(node, "pass")

    def visit_Delete(self, node: ast.Delete) -> None:
        """Nothing is deleted."""
        self._replace(node, "pass")

    def visit_Raise(self, node: ast.Raise) -> None:
        """Nothing is raised."""
        self._replace(node, "pass")
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        """A call that is not made; docstrings are for readers."""
        if isinstance(node.value, (ast.Call, ast.Await)):
            self._replace(node, "pass")
        if not isinstance(node.value, ast.Constant):
            self.visit(node.value)

    def visit_Return(self, node: ast.Return) -> None:
        """Something else is returned, or the function goes on."""
        if node.value is None:
            self._replace(node, "pass")
            return
        truth = self._returns_truth or isinstance(node.value, (ast.Compare, ast.UnaryOp))
        if truth:
            self._negate(node.value)
        elif not (isinstance(node.value, ast.Constant) and node.value.value is None):
            self._replace(node, "return None")
        self.visit(node.value)

    def visit_Break(self, node: ast.Break) -> None:
        """The loop goes on."""
        self._replace(node, "continue")

    def visit_Continue(self, node: ast.Continue) -> None:
        """The loop ends."""
        self._replace(node, "break")

    def visit_If(self, node: ast.If) -> None:
        """The other way round; not what is for the type checker."""
        if not (isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"):
            self._negate(node.test)
            self.generic_visit(node)

    def visit_While(self, node: ast.While) -> None:
        """The other way round."""
        self._negate(node.test)
        self.generic_visit(node)

    # --- expressions

    def _negate(self, test: ast.expr) -> None:
        compared = isinstance(test, ast.Compare) and len(test.ops) == 1  # is changed as a comparison
        if not compared and not isinstance(test, (ast.UnaryOp, ast.Constant)):
            self._replace(test, f"(not ({self._segment(test)}))")

    def visit_IfExp(self, node: ast.IfExp) -> None:
        """The other way round."""
        self._negate(node.test)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        """Its conditions the other way round."""
        for test in node.ifs:
            self._negate(test)
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        """Another boundary, or the contrary."""
        left = node.left
        for operator, right in zip(node.ops, node.comparators, strict=True):
            pattern, instead = COMPARISONS[type(operator)]
            self._between(left, right, pattern, *instead)
            left = right
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        """`or` for `and`, and the other way round, one by one."""
        word, instead = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for left, right in zip(node.values, node.values[1:], strict=False):
            self._between(left, right, rf"\b{word}\b", instead)
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        """Without it."""
        self._replace(node, f"({self._segment(node.operand)})")
        if not isinstance(node.operand, ast.Constant):
            self.visit(node.operand)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        """Another operator."""
        if type(node.op) in ARITHMETIC:
            operator, instead = ARITHMETIC[type(node.op)]
            self._between(node.left, node.right, re.escape(operator), instead)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        """Another method, or a builtin's contrary."""
        name = node.func
        if isinstance(name, ast.Name) and name.id in METHODS:
            self._replace(name, METHODS[name.id])
        elif isinstance(name, ast.Attribute) and name.attr in METHODS:
            stop = self._span(name)[1]
            self._put(stop - len(name.attr), stop, METHODS[name.attr])
        if isinstance(name, ast.Name) and name.id in ("cast", "TypeVar"):
            for argument in node.args[1:]:
                self.visit(argument)
        elif isinstance(name, ast.Name) and name.id == "zip":  # strict is an assert that the lengths are the same
            for argument in node.args:
                self.visit(argument)
        else:
            self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """What is looked up; a type that lists its values is for the type checker."""
        if not (isinstance(node.value, ast.Name) and node.value.id == "Literal"):
            self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> None:
        """Its value; that two things are of one length (``strict``) is stated, as an assert states it."""
        if node.arg != "strict":
            self.visit(node.value)

    def visit_Constant(self, node: ast.Constant) -> None:
        """One more, one less, the other truth, another text."""
        for new in _instead_of(node.value):
            self._replace(node, new)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Another text; where its parts are is not told by every Python."""
        self._replace(node, f'("XX" + {self._segment(node)})')


def _defines(node: ast.stmt) -> str:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return node.name
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    return target.id if isinstance(target, ast.Name) else ""


def _instead_of(value: object) -> Iterator[str]:
    if isinstance(value, bool):
        yield repr(not value)
    elif isinstance(value, (int, float)):
        yield repr(value + 1)
        if value > 0:
            yield repr(value - 1)
    elif isinstance(value, str):
        yield repr("XX" + value)
    elif isinstance(value, bytes):
        yield repr(b"XX" + value)
