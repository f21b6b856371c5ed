"""asyncio's loop, sockets and threads that live in the broker's time. ``fakebroker.memory()`` is how they are used."""
