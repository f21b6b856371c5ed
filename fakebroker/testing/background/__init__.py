"""A broker in a thread of its own, for blocking clients, for any event loop, and for tests that know no Twisted.

``fakebroker.running()`` is what users call. A :class:`~fakebroker.testing.background.loop.Loop` is a reactor in a
thread, :class:`~fakebroker.testing.background.remote.Remote` stands for an object that lives there.
"""

from fakebroker.testing.background.running import Running, RunningBroker, running

__all__ = ["Running", "RunningBroker", "running"]
