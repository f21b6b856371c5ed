"""Greenlets that have taken the place of threads can't take turns. Who has put them there is told by name."""

from __future__ import annotations

import sys

GREEN = {
    "gevent.monkey": ("is_module_patched", {"threads": "threading", "sockets": "socket"}),
    "eventlet.patcher": ("is_monkey_patched", {"threads": "thread", "sockets": "socket"}),
}
"""How to ask whether a package has replaced something, by its module."""


def refuse_greenlets(what: str) -> None:
    """Find out whether Python's threads, or its sockets, are Python's.

    :param what: ``"threads"`` or ``"sockets"``.
    :raises RuntimeError: when gevent or eventlet have replaced them: nobody can say which of their greenlets waits.
    """
    for module, (question, names) in GREEN.items():
        asked = getattr(sys.modules.get(module), question, None)
        if asked is not None and asked(names[what]):
            package = module.partition(".")[0]
            raise RuntimeError(
                f"{package} has replaced Python's {what} by its own, which wait in real time: fakebroker.memory() "
                f"can't let its greenlets take turns. Use a process that {package} has not patched, or a broker "
                "over TCP: fakebroker.running()"
            )
