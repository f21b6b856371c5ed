"""Greenlets that have taken the place of threads can't take turns. Who has put them there is told by name."""

from __future__ import annotations

import sys

GREEN = {"gevent.monkey": ("is_module_patched", "threading"), "eventlet.patcher": ("is_monkey_patched", "thread")}
"""How to ask whether a package has replaced threads, by its module."""


def refuse_greenlets() -> None:
    """Find out whether Python's threads are threads.

    :raises RuntimeError: when gevent or eventlet have replaced them: nobody can say which of their greenlets waits.
    """
    for module, (question, name) in GREEN.items():
        if module in sys.modules and getattr(sys.modules[module], question)(name):
            package = module.partition(".")[0]
            raise RuntimeError(
                f"{package} has replaced Python's threads here: fakebroker.memory() can't let its "
                f"greenlets take turns. Use a process in which {package} has patched nothing, or a broker over TCP: "
                "fakebroker.running()"
            )
