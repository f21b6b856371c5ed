"""The clients: which program each has, and what has to be installed for it."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable
from typing import Any, NamedTuple


def _is_there(package: str) -> bool:
    """Whether a package is installed. (A package that has put another object in its own place has no spec.)"""
    return package in sys.modules or importlib.util.find_spec(package) is not None


class Client(NamedTuple):
    """One client and its program."""

    module: str
    """In tests.clients.programs."""
    packages: tuple[str, ...]
    """What the program imports."""
    function: str = "run"
    limit: float = 3600.0
    """Seconds of virtual time within which the program must be through, whatever goes wrong."""

    def missing(self) -> str:
        """Which package is not installed; empty when all are."""
        return next((name for name in self.packages if not _is_there(name)), "")

    def program(self) -> Callable[..., Any]:
        """Called with a URL, with what prints a line, and with the seconds of its pause."""
        module = importlib.import_module(f"tests.clients.programs.{self.module}")
        found: Callable[..., Any] = getattr(module, self.function)
        return found

    @property
    def is_async(self) -> bool:
        """Whether it is a coroutine function."""
        return inspect.iscoroutinefunction(self.program())


CLIENTS = {
    "pika": Client("pika_blocking", ("pika",)),
    "pika-select": Client("pika_select", ("pika",)),
    "py-amqp": Client("py_amqp", ("amqp",)),
    "kombu": Client("kombu_mixin", ("kombu",)),
    "celery-solo": Client("celery_worker", ("celery",), "solo"),
    "celery-threads": Client("celery_worker", ("celery",), "threads"),
    "amqpstorm": Client("amqpstorm_threads", ("amqpstorm",)),
    # It looks a hundred times a second whether an answer has come, which it does for ever when none comes.
    "rabbitpy": Client("rabbitpy_threads", ("rabbitpy",), limit=300.0),
    "puka": Client("puka_promises", ("puka",)),
    "aio-pika": Client("aio_pika_robust", ("aio_pika",)),
    "aiormq": Client("aiormq_plain", ("aiormq",)),
    "aioamqp": Client("aioamqp_plain", ("aioamqp",)),
    "faststream": Client("faststream_app", ("faststream", "aio_pika")),
    "taskiq": Client("taskiq_worker", ("taskiq_aio_pika",)),
}
