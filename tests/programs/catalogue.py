"""Small programs that use real client libraries, most with one usual mistake in them: what each says about itself.

A program begins with a comment. ``Wrong:`` tells its mistake, ``Right:`` that it has none. ``Found by:`` is an
expression that what a sweep prints has to match, ``Sweep with:`` are options of ``fakebroker sweep``; SEED stands for
the command that makes two queues and three jobs.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

HERE = Path(__file__).parent
SEED = HERE / "python" / "seed.py"
GO_LIBRARY = Path("/usr/share/gocode/src/github.com/rabbitmq/amqp091-go")  # Debian's
JARS = [Path("/usr/share/java") / name for name in ("amqp-client.jar", "slf4j-api.jar", "slf4j-nop.jar")]


@dataclass(frozen=True)
class Program:
    """One program."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.stem

    @cached_property
    def text(self) -> str:
        """Its comment, without the signs that make it one."""
        source = self.path.read_text(encoding="utf-8")
        if self.path.suffix == ".py":
            return source.split('"""')[1]
        return "\n".join(line[2:].strip() for line in source.partition("\n\n")[0].splitlines())

    @property
    def is_right(self) -> bool:
        return self.text.startswith("Right:")

    @property
    def found_by(self) -> str:
        """What a sweep has to print; empty for a right one."""
        return self._said("Found by")

    @property
    def options(self) -> list[str]:
        """The options of its sweep."""
        seed = shlex.join([sys.executable, str(SEED)])
        return [seed if each == "SEED" else each for each in shlex.split(self._said("Sweep with"))]

    def _said(self, name: str) -> str:
        found = re.search(rf"^{name}: (.*)$", self.text, re.MULTILINE)
        return found[1] if found else ""

    def missing(self) -> str:
        """What is not installed that it needs; empty when all is there."""
        if "SEED" in self._said("Sweep with") and importlib.util.find_spec("pika") is None:
            return "pika"
        if self.path.suffix == ".py":
            imported = re.findall(r"^import (\w+)|^from (\w+)", self.path.read_text(encoding="utf-8"), re.MULTILINE)
            names = [one or other for one, other in imported]
            return next((name for name in names if importlib.util.find_spec(name) is None), "")
        if self.path.suffix == ".js":
            return _missing("node", [] if node_modules() else ["amqplib (NODE_PATH is where npm has put it)"])
        if self.path.suffix == ".go":
            return _missing("go", [] if GO_LIBRARY.exists() else [str(GO_LIBRARY)])
        return _missing("javac", [str(jar) for jar in JARS if not jar.exists()])

    def command(self, built: Path) -> list[str]:
        """What runs it; it is compiled, where that is needed.

        :param built: a folder for what is compiled.
        """
        if self.path.suffix == ".py":
            return [sys.executable, str(self.path)]
        if self.path.suffix == ".js":
            return ["env", f"NODE_PATH={node_modules()}", "node", str(self.path)]
        if self.path.suffix == ".go":
            go = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": str(built / "cache")}
            subprocess.run(
                ["go", "build", "-o", str(built / self.name), str(self.path)], env={**os.environ, **go}, check=True
            )
            return [str(built / self.name)]
        jars = ":".join(map(str, JARS))
        subprocess.run(["javac", "-d", str(built), "-cp", jars, str(self.path)], check=True)
        return ["java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", f"{jars}:{built}", self.name]


def _missing(command: str, files: Sequence[str]) -> str:
    return command if shutil.which(command) is None else next(iter(files), "")


def node_modules() -> str:
    """Where amqplib has been installed; empty when it has not."""
    folders = [*os.environ.get("NODE_PATH", "").split(os.pathsep), "node_modules"]
    return next((str(Path(each).resolve()) for each in folders if each and (Path(each) / "amqplib").exists()), "")


PROGRAMS: tuple[Program, ...] = tuple(
    Program(path)
    for folder, suffix in (("python", "py"), ("node", "js"), ("go", "go"), ("java", "java"))
    for path in sorted((HERE / folder).glob(f"*.{suffix}"))
    if path != SEED and path.name != "__init__.py"
)
