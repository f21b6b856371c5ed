"""What an event loop in virtual time does outside of memory as every other does, and tells whoever waits for it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from selectors import BaseSelector
from threading import get_ident
from typing import Any
from weakref import WeakSet

from fakebroker.testing.virtual.loop_outside import RealWork, is_own_server
from fakebroker.testing.virtual.loop_threads import ExecutorJob, current_job


class WatchedLoop(asyncio.SelectorEventLoop):
    """An event loop that knows what of its work is under way outside of memory: in :attr:`outside`.

    :param selector: what the loop looks at descriptors with.
    :param real: the selector that has the real descriptors.
    """

    def __init__(self, selector: BaseSelector, real: BaseSelector) -> None:
        self.outside = RealWork(real, self._pool)
        self._given: ExecutorJob | None = None
        """A job that is being given to an executor. It may have ended before that is done."""
        self._servers: list[asyncio.AbstractServer] = []
        self._accepted: WeakSet[socket.socket] = WeakSet()
        """Sockets of servers: whoever is answered need not answer."""
        super().__init__(selector)
        self.outside.begins()

    def _pool(self) -> frozenset[Any]:
        """The threads of the default executor: they do nothing but the jobs that the loop knows."""
        return frozenset(getattr(getattr(self, "_default_executor", None), "_threads", ()))

    # --- jobs and children

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """As each loop's. While the job is under way, no time is jumped over."""
        job, watched = self.outside.run(executor, func)
        self._given = job
        try:
            future = super().run_in_executor(executor, watched, *args)
        finally:
            self._given = None
        self.outside.job(future, job)
        return future

    async def shutdown_default_executor(self, *args: Any, **options: Any) -> None:
        """As each loop's. It waits for threads, in real time."""
        task = asyncio.ensure_future(super().shutdown_default_executor(*args, **options))
        self.outside.job(task, ExecutorJob("the end of the executor's threads"))
        await task

    async def subprocess_exec(self, *args: Any, **options: Any) -> Any:
        """As each loop's. While the child lives, no time is jumped over."""
        return self._with_child(await super().subprocess_exec(*args, **options))

    async def subprocess_shell(self, *args: Any, **options: Any) -> Any:
        """As each loop's. While the child lives, no time is jumped over."""
        return self._with_child(await super().subprocess_shell(*args, **options))

    def _with_child(self, made: Any) -> Any:
        self.outside.child(made[0])
        return made

    def call_soon_threadsafe(self, callback: Any, *args: Any, **options: Any) -> asyncio.Handle:  # type: ignore[override]
        """As each loop's. What threads tell at one time is heard in the order of the threads, when all have spoken."""
        threads = self.outside.threads
        threads.spoke()
        is_here = self._thread_id in (None, get_ident())  # type: ignore[attr-defined]
        if threads.take_part or (is_here and self._given is None):
            return super().call_soon_threadsafe(callback, *args, **options)
        self._check_closed()  # type: ignore[attr-defined]
        handle = asyncio.Handle(callback, args, self, options.get("context"))
        self.outside.told(handle, self._given if is_here else current_job())
        self._write_to_self()  # type: ignore[attr-defined]
        return handle

    # --- sockets

    def add_reader(self, fd: Any, callback: Any, *args: Any) -> None:  # type: ignore[override]
        """As each loop's. Who begins to wait for a descriptor has asked for something."""
        super().add_reader(fd, callback, *args)
        self.outside.asked(fd if isinstance(fd, int) else fd.fileno(), True)

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        """As each loop's."""
        self.outside.asked(sock.fileno(), True)
        try:
            await super().sock_connect(sock, address)
        finally:
            self.outside.answered(sock.fileno())

    async def sock_sendall(self, sock: socket.socket, data: Any) -> None:
        """As each loop's."""
        await super().sock_sendall(sock, data)
        if sock not in self._accepted:
            self.outside.asked(sock.fileno())

    async def sock_accept(self, sock: socket.socket) -> tuple[socket.socket, Any]:
        """As each loop's."""
        accepted, address = await super().sock_accept(sock)
        self._accepted.add(accepted)
        return accepted, address

    async def create_server(self, *args: Any, **options: Any) -> Any:
        """As each loop's."""
        return self._with_server(await super().create_server(*args, **options))

    async def create_unix_server(self, *args: Any, **options: Any) -> Any:
        """As each loop's."""
        return self._with_server(await super().create_unix_server(*args, **options))

    def _with_server(self, server: Any) -> Any:
        self._servers = [each for each in self._servers if each.is_serving()]
        self._servers.append(server)
        return server

    def _make_socket_transport(self, sock: Any, *args: Any, **options: Any) -> Any:
        made = super()._make_socket_transport(sock, *args, **options)  # type: ignore[misc]
        return self._watched(made, sock, options.get("server"))

    def _make_ssl_transport(self, rawsock: Any, *args: Any, **options: Any) -> Any:
        made = super()._make_ssl_transport(rawsock, *args, **options)  # type: ignore[misc]
        return self._watched(made, rawsock, options.get("server"))

    def _watched(self, transport: Any, sock: Any, server: object) -> Any:
        """A transport that tells when it is written to. One of a server is not: whoever is answered need not answer."""
        if server is None and not is_own_server(sock, self._servers):
            number = sock.fileno()
            self.outside.connected(number, transport)
            if transport.get_extra_info("sslcontext") is not None:
                self.outside.asked(number)  # TLS begins at once
            for name in ("write", "writelines"):
                setattr(transport, name, self._telling(getattr(transport, name), number))
        return transport

    def _telling(self, write: Callable[[Any], None], number: int) -> Callable[[Any], None]:
        def told(data: Any) -> None:
            self.outside.asked(number)
            write(data)

        return told
