"""The house rules that a program can check: who imports whom, how long things are, where time and chance come from."""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
from collections.abc import Iterator, Mapping
from unittest import TestCase

from tests.source_files import ROOT, File, Rules, files

# An arrow of the house's plan each. A room may import what lies below it, over one arrow or several.
BELOW: dict[str, set[str]] = {
    "control": {"search", "fake", "report"},
    "pytest_plugin": {"search"},
    "search": {"testing"},
    "testing": {"fake"},
    "fake": {"server", "liberties", "ledger"},
    "server": {"link", "amqp"},
    "link": {"faults", "journal", "turn"},
    "faults": {"predicates", "clock"},
    "report": {"journal"},
    "ledger": {"journal", "broker"},
    "liberties": {"validation"},
    "journal": {"predicates", "clock", "private"},
    "predicates": {"wire", "validation"},
    "amqp": {"broker", "wire"},
    "broker": {"errors", "turn", "json_reader", "validation", "erlang", "patterns"},
    "wire": {"errors", "validation", "erlang"},
    "erlang": {"values"},
    "turn": {"clock", "errors"},
    "patterns": {"errors"},
    "errors": {"printable"},
    "printable": set(),
    "private": set(),
    "json_reader": set(),
    "validation": set(),
    **{room: set() for room in ("clock", "values")},
}
KNOWS_TWISTED = {"server", "fake", "testing", "search", "control"}
# The demonstration shows the connector, which is otherwise a stranger to fakebroker, as fakebroker is to it. A test
# may be given a txAMQP client; whoever asks for none does not need txAMQP.
KNOWS_MORE = {
    "fakebroker/control/scenes.py": {"connector", "txamqp"},
    "fakebroker/testing/clients.py": {"txamqp"},
    "fakebroker/pytest_plugin.py": {"pytest"},
    "fakebroker/testing/pytest_loops.py": {"pytest", "anyio"},
    "fakebroker/search/pytest_items.py": {"pytest"},
    "fakebroker/server/tls.py": {"OpenSSL", "cryptography", "trustme"},
    "fakebroker/server/certificate_names.py": {"cryptography"},
}

# What asks a real RabbitMQ, or is run as a command: it has no virtual time.
REAL_TIME = ("tests/differential/", "tests/control/http/record.py", "tests/programs/python/")

# What runs in a block of fakebroker.memory(), where a sleep is virtual.
VIRTUAL_SLEEPS = ("tests/testing/virtual/", "tests/clients/", "tests/ledger/verdicts/", "tests/search/test_sweep.py")

# Public names that users look for here, wherever they live. They are imported when they are asked for.
PUBLIC = ("fakebroker/testing/__init__.py",)

MAX_FILE = 400
MAX_FUNCTION = 40

# What would make two runs differ. `random.Random(seed)` is how chance is drawn, so that name alone is allowed.
WALL_CLOCKS = {
    "time": {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "sleep", "localtime", "gmtime"},
    "datetime": {"now", "utcnow", "today"},
    "os": {"urandom", "getpid"},
    "uuid": {"uuid1", "uuid4"},
    "secrets": {"token_bytes", "token_hex", "token_urlsafe", "randbelow", "choice", "SystemRandom"},
    "random": {"random", "randint", "randrange", "choice", "choices", "shuffle", "sample", "uniform", "seed",
               "getrandbits", "randbytes", "SystemRandom"},
}  # fmt: skip
MAY_ASK = {
    "fakebroker/testing/background/worker.py": {"os.getpid"},  # whether it was forked; nobody sees the number
    "fakebroker/testing/virtual/outside.py": {"os.getpid"},  # whether this process has both ends of a pair
    "fakebroker/testing/virtual/strangers.py": {"from time import monotonic"},  # how long others really waited
    # What replaces Python's clocks and chance in a block knows the real ones.
    "fakebroker/testing/virtual/times.py": {"time.localtime", "time.sleep"},
    "fakebroker/testing/virtual/chance.py": {"os.urandom", "random.seed", "id"},
    # An event loop waits really for what is outside of memory.
    "fakebroker/testing/virtual/loop_outside.py": {"from time import monotonic, sleep"},
    "fakebroker/testing/virtual/loop_threads.py": {"from time import monotonic"},
    "fakebroker/testing/virtual/identities.py": {"os.getpid", "id"},
    # Which functions are to be replaced is told by their addresses; nobody sees these.
    "fakebroker/testing/virtual/patches.py": {"id"},
    "fakebroker/testing/virtual/sites.py": {"id"},
    "fakebroker/search/workers.py": {"from time import monotonic"},  # a process that does not answer is killed
    "fakebroker/testing/pytest_loops.py": {"from time import monotonic"},  # a loop that tests share may keep real time
}
MUTATORS = {"append", "add", "update", "setdefault", "pop", "popitem", "clear", "extend", "insert", "remove", "discard"}


def below(room: str, plan: Mapping[str, set[str]] = BELOW) -> set[str]:
    """Every room that `room` may import."""
    return plan[room].union(*(below(other, plan) for other in plan[room]))


class ImportDirections(Rules):
    def test_every_room_is_on_the_plan(self) -> None:
        found = {file.room for file in files("fakebroker")} - {"__init__", "__main__", "_version"}
        self.assertEqual(found - set(BELOW), set(), "rooms that BELOW does not know")

    def test_every_folder_is_a_package(self) -> None:
        folders = {(ROOT / file.name).parent for file in files("fakebroker", "connector", "tests")}
        self.assertNone(
            [str(path.relative_to(ROOT)) for path in sorted(folders) if not (path / "__init__.py").exists()],
            "Folders with no __init__.py, which wheels leave out and trial does not look into:",
        )

    def test_a_room_imports_only_what_lies_below_it(self) -> None:
        found = []
        for file in files("fakebroker"):
            if file.room not in BELOW or file.name in PUBLIC:  # the public names, and `python -m fakebroker`
                continue
            for node, module in file.imports():
                package, _, rest = module.partition(".")
                target = rest.partition(".")[0]
                if package == "fakebroker" and target in BELOW and target not in below(file.room) | {file.room}:
                    found.append(f"{file.at(node)}: {file.room} imports {target}")
        self.assertNone(found, f"These imports go the wrong way; what each room may import: {self.plan()}")

    def plan(self) -> str:
        return "; ".join(f"{room} -> {', '.join(sorted(below(room))) or 'nothing'}" for room in BELOW)

    def test_only_the_outer_rooms_know_twisted(self) -> None:
        self.assertNone(
            [
                f"{file.at(node)}: {module}"
                for file in files("fakebroker")
                for node, module in file.imports()
                if module.partition(".")[0] in ("twisted", "zope") and file.room in BELOW.keys() - KNOWS_TWISTED
            ],
            f"Only {', '.join(sorted(KNOWS_TWISTED))} may import Twisted:",
        )

    def test_fakebroker_needs_nothing_but_twisted(self) -> None:
        allowed = {"fakebroker", "twisted", "typing_extensions", "zope", *sys.stdlib_module_names}
        self.assertNone(self.strangers("fakebroker", allowed), "fakebroker needs Twisted and nothing else:")

    def test_the_connector_needs_txamqp_and_twisted_and_not_fakebroker(self) -> None:
        allowed = {"connector", "txamqp", "twisted", "zope", *sys.stdlib_module_names}
        self.assertNone(self.strangers("connector", allowed), "The connector needs txAMQP and Twisted alone:")

    def strangers(self, package: str, allowed: set[str]) -> list[str]:
        return [
            f"{file.at(node)}: {module}"
            for file in files(package)
            for node, module in file.imports()
            if module.partition(".")[0] not in allowed | KNOWS_MORE.get(file.name, set())
        ]

    def test_nobody_imports_the_global_reactor_for_everybody(self) -> None:
        found = []
        for file in files("fakebroker", "connector"):
            for node, module in file.imports():
                if module == "twisted.internet.reactor" and node.col_offset == 0:
                    found.append(file.at(node))
        self.assertNone(found, "`import fakebroker` must not install a reactor; import it where it is needed:")


class Lengths(Rules):
    def test_a_file_can_be_read_in_one_go(self) -> None:
        self.assertNone(
            [
                f"{file.name}: {lines} lines"
                for file in files("fakebroker", "connector", "tests", "benchmarks")
                if (lines := file.text.count("\n")) >= MAX_FILE
            ],
            f"Files shorter than {MAX_FILE} lines, please:",
        )

    def test_a_function_fits_on_a_screen(self) -> None:
        found = []
        for file in files("fakebroker", "connector", "tests", "benchmarks"):
            for function in file.functions():
                lines = (function.end_lineno or 0) - function.lineno + 1
                if lines >= MAX_FUNCTION:
                    found.append(f"{file.at(function)}: {function.name}, {lines} lines")
        self.assertNone(found, f"Functions shorter than {MAX_FUNCTION} lines, please:")


class Determinism(Rules):
    def test_the_code_never_asks_the_wall_clock_nor_unseeded_chance(self) -> None:
        self.assertNone(
            [
                f"{file.at(node)}: {ast.unparse(node)}"
                for file in files("fakebroker", "connector")
                for node in visible(file.tree)
                if differs_between_runs(node) and name_of(node) not in MAY_ASK.get(file.name, ())
            ],
            "Time comes from the one injected clock, chance from the seeded generator:",
        )

    def test_tests_do_not_sleep(self) -> None:
        self.assertNone(
            [
                file.at(node)
                for file in files("tests")
                if not file.name.startswith(REAL_TIME + VIRTUAL_SLEEPS)
                for node in file.nodes
                if isinstance(node, ast.Attribute) and node.attr == "sleep"
            ],
            "Virtual time, never a sleep:",
        )

    def test_the_tests_see_the_same_examples_each_time(self) -> None:
        self.assertNone(
            [
                file.at(node)
                for file in files("tests")
                if file.name != "tests/properties.py"
                for node in file.nodes
                if isinstance(node, ast.ImportFrom) and node.module == "hypothesis"
                if any(name.name != "strategies" for name in node.names)
            ],
            "given, as tests/properties.py has it:",
        )

    def test_what_is_seen_never_comes_in_the_order_of_a_set(self) -> None:
        self.assertNone(
            [
                f"{file.at(loop.iter)}: for ... in {ast.unparse(loop.iter)}"
                for file in files("fakebroker", "connector")
                for loop in file.nodes
                if isinstance(loop, (ast.For, ast.comprehension)) and makes_set(loop.iter)
            ],
            "The order of a set differs between runs; sort it, or keep a dict:",
        )


class NoGlobalState(Rules):
    def test_nothing_is_rebound_at_module_level(self) -> None:
        self.assertNone(
            [
                f"{file.at(node)}: {ast.unparse(node)}"
                for file in files("fakebroker", "connector")
                for node in file.nodes
                if isinstance(node, ast.Global)
            ],
            "Many brokers live side by side; nothing is global:",
        )

    def test_tables_at_module_level_are_only_read(self) -> None:
        self.assertNone(
            [
                f"{file.at(node)}: {ast.unparse(node)}"
                for file in files("fakebroker", "connector")
                for node in writes(file)
            ],
            "A table at module level is a constant; state belongs to a broker:",
        )

    def test_no_empty_container_waits_at_module_level_to_be_filled(self) -> None:
        self.assertNone(
            [
                f"{file.at(statement)}: {ast.unparse(statement)}"
                for file in files("fakebroker", "connector")
                for statement in file.tree.body
                if isinstance(statement, (ast.Assign, ast.AnnAssign)) and is_empty_container(statement.value)
            ],
            "An empty table at module level is a registry, and so global state:",
        )


class PublicNames(Rules):
    def test_every_module_says_what_it_is(self) -> None:
        self.assertNone(
            [file.name for file in files("fakebroker", "connector") if file.text and not ast.get_docstring(file.tree)],
            "Modules with no docstring:",
        )

    def test_every_public_class_and_method_is_documented(self) -> None:
        found = []
        for package in ("fakebroker", "connector"):
            module = importlib.import_module(package)
            for name in module.__all__:
                found += [f"{package}.{missing}" for missing in undocumented(name, getattr(module, name))]
        self.assertNone(found, "Public names with no docstring:")


class TheRulesThemselves(TestCase):
    """What they are there to find, they find."""

    def test_imports_are_found_wherever_they_are(self) -> None:
        text = "import a.b\nfrom fakebroker import fake\nif TYPE_CHECKING:\n    from c import d\ndef f():\n    import e"
        self.assertEqual([name for _, name in sample(text).imports()], ["a.b", "fakebroker.fake", "c", "e"])

    def test_a_room_may_import_over_several_arrows(self) -> None:
        ground = {"validation", "erlang", "errors", "printable", "private", "clock", "values"}
        self.assertEqual(below("link"), {"faults", "journal", "turn", "predicates", "wire"} | ground)
        self.assertNotIn("link", below("amqp"))

    def test_clocks_chance_and_addresses_are_found(self) -> None:
        for text in ("time.time()", "from time import sleep", "random.random()", "datetime.now()", "id(x)"):
            self.assertTrue(any(map(differs_between_runs, visible(sample(text).tree))), text)
        for text in ("random.Random(7)", "clock.seconds()", "def __hash__(self): return hash((self.a,))"):
            self.assertFalse(any(map(differs_between_runs, visible(sample(text).tree))), text)

    def test_state_in_a_module_is_found(self) -> None:
        for text in ("T = {1: 2}\ndef f(): T[1] = 3", "T = [1]\ndef f(): T.append(3)", "T = {1: 2}\ndef f(): del T[1]"):
            self.assertEqual(len(list(writes(sample(text)))), 1, text)
        for text in ("T = {1: 2}\ndef f(): return T[1]", "T = [1]\ndef f(): T = []; T.append(3)"):
            self.assertEqual(list(writes(sample(text))), [], text)


def sample(text: str) -> File:
    return File("fakebroker/sample.py", text)


def visible(node: ast.AST) -> Iterator[ast.AST]:
    """All of the code but `__hash__`, which nobody sees the result of."""
    if not (isinstance(node, ast.FunctionDef) and node.name == "__hash__"):
        yield node
        for child in ast.iter_child_nodes(node):
            yield from visible(child)


def differs_between_runs(node: ast.AST) -> bool:
    """Is this the use of a clock, of unseeded chance, or of an object's address?"""
    if isinstance(node, ast.ImportFrom):
        return any(alias.name in WALL_CLOCKS.get(str(node.module), ()) for alias in node.names)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return node.attr in WALL_CLOCKS.get(node.value.id, ())
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("id", "hash")


def name_of(node: ast.AST) -> str:
    return ast.unparse(node.func if isinstance(node, ast.Call) else node)


def makes_set(node: ast.expr) -> bool:
    called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else None
    return isinstance(node, (ast.Set, ast.SetComp)) or called in ("set", "frozenset")


def is_empty_container(node: ast.expr | None) -> bool:
    if isinstance(node, ast.Dict):
        return not node.keys
    if isinstance(node, (ast.List, ast.Set)):
        return not node.elts
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id in ("dict", "list", "set", "defaultdict", "deque", "count") and not node.args
    return False


def writes(file: File) -> Iterator[ast.AST]:
    """Places in functions that change a name of the module."""
    tables = {
        target.id
        for statement in file.tree.body
        if isinstance(statement, (ast.Assign, ast.AnnAssign))
        for target in (statement.targets if isinstance(statement, ast.Assign) else [statement.target])
        if isinstance(target, ast.Name)
    }
    for function in file.functions():
        own = {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        own |= {argument.arg for argument in ast.walk(function) if isinstance(argument, ast.arg)}
        for node in ast.walk(function):
            if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
                changed: ast.expr = node.value
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MUTATORS:
                changed = node.func.value
            else:
                continue
            if isinstance(changed, ast.Name) and changed.id in tables - own:
                yield node


def undocumented(name: str, thing: object) -> Iterator[str]:
    if not (inspect.isclass(thing) or inspect.isroutine(thing)):
        return
    if not inspect.getdoc(thing):
        yield name
    for attribute, value in list(vars(thing).items()) if inspect.isclass(thing) else []:
        if not attribute.startswith("_") and (inspect.isroutine(value) or isinstance(value, property)):
            yield from [] if inspect.getdoc(getattr(thing, attribute)) else [f"{name}.{attribute}"]
