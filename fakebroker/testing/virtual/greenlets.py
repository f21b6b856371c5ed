"""Greenlets that have taken the place of threads can't take turns. Who has put them there is told by name."""

from __future__ import annotations

import sys

GREEN = {
    "gevent.monkey": ("is_module_patched", ("threading", "socket")),
    "eventlet.patcher": ("is_monkey_patched", ("thread", "socket")),
}
"""How to ask whether a package has replaced something of Python's, by its module, and of what."""


def refuse_greenlets() -> None:
    """Find out whether Python's threads are threads, and its sockets sockets.

    :raises RuntimeError: when gevent or eventlet have replaced them: nobody can say which of their greenlets waits.
    """
    for module, (question, names) in GREEN.items():
        if module in sys.modules and any(map(getattr(sys.modules[module], question), names)):
            package = module.partition(".")[0]
            raise RuntimeError(
                f"{package} has replaced Python's threads or sockets here: fakebroker.memory() can't let its "
                f"greenlets take turns. Use a process in which {package} has patched nothing, or a broker over TCP: "
                "fakebroker.running()"
            )
