"""asyncio's loop, sockets and threads that live in the broker's time. ``fakebroker.memory()`` is how they are used."""

from fakebroker.testing.virtual.greenlets import refuse_greenlets

refuse_greenlets("threads")  # eventlet takes select.poll away, which the modules here need
