"""Where a broker listens: its ports, whether they are open, and the URLs that lead to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import quote

from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.interfaces import IListeningPort
from twisted.internet.protocol import Factory

from fakebroker.broker.scheduling import ChooserPort
from fakebroker.clock import DelayedCall, Time
from fakebroker.server.in_memory import MemoryEndpoint
from fakebroker.server.threads import check_thread
from fakebroker.server.tls import Tls, secured
from fakebroker.validation import duration, of_type, whole

BACKLOG = 1024
"""So many connections may wait to be accepted. A client that finds no place waits for a second. (Twisted has 50.)"""

LOOPBACK = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}
"""Where a client on this machine finds a broker that listens on all addresses."""


class ListenAddress(NamedTuple):
    """One place to listen on."""

    host: str
    port: int
    secure: bool
    """Whether TLS is spoken there."""


class Login(NamedTuple):
    """User, password and virtual host of a URL. None for what is not known."""

    user: str | None = "guest"
    password: str | None = "guest"
    vhost: str = "/"

    def url(self, scheme: str, address: str) -> str:
        """The AMQP URL.

        :param address: ``host:port``.
        """
        words = [quote(word, safe="") for word in (self.user, self.password) if word is not None]
        return f"{scheme}://{':'.join(words)}{'@' if words else ''}{address}/{quote(self.vhost, safe='')}"


class Listeners:
    """The ports of one broker.

    :param clock: the broker's. It tells when a broker that is down comes up again.
    :param reactor: gives the reactor whose sockets are used. It is asked when the first port is opened.
    :param factory: gives the factory that builds the protocols of clients. It is asked for each port.
    """

    def __init__(self, clock: Time, reactor: Callable[[], Any], factory: Callable[[], Factory]) -> None:
        self.accepting = True
        """Whether clients are let in, over a port or in memory."""
        self.login = Login()
        """User, password and virtual host of the URLs."""
        self.addresses: list[ListenAddress] = []
        """Where the broker listens, in the order of opening. While it is down: where it will listen again."""
        self._clock = clock
        self._reactor = reactor
        self._factory = factory
        self._last: dict[bool, ListenAddress] = {}
        self._open: list[tuple[IListeningPort, ListenAddress, Factory]] = []
        self._down: list[tuple[ListenAddress, Factory]] = []
        self._closing: list[Deferred[object]] = []
        self._up_call: DelayedCall | None = None

    # --- where

    @property
    def host(self) -> str:
        """The address that was listened on last for plain AMQP; for TLS, if the broker has listened for that alone."""
        last = self._last.get(False) or self._last.get(True)
        return "127.0.0.1" if last is None else last.host

    def port(self, secure: bool = False) -> int | None:
        """The port that was listened on last, even if the broker was stopped since; None when there was none."""
        last = self._last.get(secure)
        return None if last is None else last.port

    def url(self, secure: bool = False) -> str:
        """The URL of the default user, to the port that was opened last.

        :param secure: whether to look among the ports for TLS, or among the others.
        :raises RuntimeError: when the broker has not listened on such a port, or was stopped.
        """
        listen, scheme = ("listen_tls", "amqps") if secure else ("listen", "amqp")
        found = [each for each in self.addresses if each.secure is secure]
        if not found:
            if secure in self._last:
                raise RuntimeError("the broker has no URL any more: it was stopped")
            raise RuntimeError(f"the broker has no URL before it listens: yield broker.{listen}() first")
        host = LOOPBACK.get(found[-1].host, found[-1].host)
        host = f"[{quote(host, safe=':')}]" if ":" in host else host
        return self.login.url(scheme, f"{host}:{found[-1].port}")

    # --- what happens to it

    def listen(self, port: int, host: str, tls: Tls | None = None) -> int:
        """Open a port.

        :param port: 0 takes one that is free.
        :param host: the address to listen on.
        :param tls: what the broker needs to speak TLS there; None for plain AMQP.
        :returns: the port.
        :raises twisted.internet.error.CannotListenError: when the port is taken.
        """
        check_thread(self._reactor())
        whole(0, 65535)("port", port)
        of_type(str, "an address or a name of this machine")("host", host)
        factory = self._factory()
        if tls is not None:
            factory = secured(tls, factory, self._clock, self._reactor())
        address = self._listen(ListenAddress(host, port, tls is not None), factory)
        self.addresses.append(address)
        self._last[address.secure] = address
        return address.port

    def listen_in_memory(self, address: ListenAddress) -> None:
        """Let URLs name an address at which clients of this process reach the broker with no port."""
        self.addresses.append(address)
        self._last[address.secure] = address

    def _listen(self, address: ListenAddress, factory: Factory) -> ListenAddress:
        port = self._reactor().listenTCP(address.port, factory, BACKLOG, address.host)
        address = address._replace(port=int(port.getHost().port))
        self._open.append((port, address, factory))
        self.accepting = True
        return address

    def down(self, seconds: float | None, up: Callable[[], object]) -> None:
        """Close every port for a while.

        :param seconds: how long; None for until :meth:`up` is called.
        :param up: called when the time is over.
        """
        self._check_thread()
        if seconds is not None:
            duration("seconds", seconds)
        self._forget_up()
        self.accepting = False
        ports, self._open = self._open, []
        for port, address, factory in ports:
            self._down.append((address, factory))
            self._closing.append(maybeDeferred(port.stopListening))
        if seconds is not None:
            self._up_call = self._clock.callLater(seconds, up)

    def up(self) -> Deferred[None]:
        """Open the ports again that :meth:`down` has closed.

        :returns: a Deferred that fires when that is done. It fails with ``CannotListenError`` when somebody else has
            taken a port meanwhile; the ports that could not be opened can be opened later.
        """
        self._check_thread()
        self._forget_up()
        self.accepting = True
        closing, self._closing = self._closing, []
        return DeferredList(closing).addCallback(self._listen_again)

    def _listen_again(self, _: object) -> None:
        while self._down and self.accepting:
            self._listen(*self._down[0])
            del self._down[0]

    def _check_thread(self) -> None:
        if self._open or self._down:  # else the broker is used in memory, and may have no reactor
            check_thread(self._reactor())

    def _forget_up(self) -> None:
        if self._up_call is not None and self._up_call.active():
            self._up_call.cancel()
        self._up_call = None

    def stop(self) -> list[Deferred[Any]]:
        """Close every port for good. A broker that is down does not come up again.

        :returns: Deferreds; each fires when a port has been closed.
        """
        self._check_thread()
        self._forget_up()
        self.accepting = False
        self._down, self.addresses = [], []
        ports, self._open = self._open, []
        closing, self._closing = self._closing, []
        return closing + [maybeDeferred(port.stopListening) for port, _, _ in ports]


def memory_endpoint(
    clock: Time,
    factory: Factory,
    accepting: Callable[[], bool],
    tls: Tls | None = None,
    chooser: ChooserPort | None = None,
    port: Callable[[], int] | None = None,
) -> MemoryEndpoint:
    """An endpoint for clients of this process; see :meth:`fakebroker.fake.FakeBroker.endpoint`."""
    built_by = factory if tls is None else secured(tls, factory, clock, clock)
    return MemoryEndpoint(clock, built_by, accepting, chooser, port)
