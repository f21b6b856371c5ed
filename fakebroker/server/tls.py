"""TLS: an authority for one broker, its certificates, and what can be wrong with a handshake.

Needs pyOpenSSL and trustme: ``pip install 'fakebroker[tls]'``.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from fakebroker.clock import DelayedCall, Time
from fakebroker.errors import FakeBrokerError
from fakebroker.private import write_private
from fakebroker.validation import Sealed

if TYPE_CHECKING:
    import trustme
    from OpenSSL import SSL
    from OpenSSL.crypto import X509

Flaw = Literal["untrusted", "expired", "wrong-host", "cut", "too-old"]
"""What can be wrong: an unknown authority, an old certificate, one for another host; the connection ends during the
handshake; the broker speaks TLS 1.1 at most."""

LoginFrom = Literal["distinguished_name", "common_name"]

HANDSHAKE_TIMEOUT = 5.0
"""Seconds that a handshake may take (RabbitMQ's ``ssl_handshake_timeout``)."""

LONG_AGO = datetime(2001, 1, 1, tzinfo=timezone.utc)
NOT_SO_LONG_AGO = datetime(2002, 1, 1, tzinfo=timezone.utc)


class Tls(Sealed):
    """What a broker needs to speak TLS: an authority of its own, and a certificate for each flaw.

    The keys are new each time. Nothing that a client sees of AMQP depends on them, nor does a transcript.

    :param names: the host names and addresses in the certificate.
    :param verify: whether clients are asked for a certificate, and a wrong one is refused. Without it RabbitMQ trusts
        no name in a certificate, so that EXTERNAL authentication fails.
    :param require: whether a client without a certificate is refused, too (RabbitMQ's ``fail_if_no_peer_cert``).
    :param login_from: which part of a certificate EXTERNAL takes for the user's name (RabbitMQ's
        ``ssl_cert_login_from``).
    :raises FakeBrokerError: when trustme is not installed.
    """

    def __init__(
        self,
        names: Sequence[str] = ("localhost", "127.0.0.1", "::1"),
        *,
        verify: bool = False,
        require: bool = False,
        login_from: LoginFrom = "distinguished_name",
    ) -> None:
        try:
            import trustme
        except ModuleNotFoundError:
            raise FakeBrokerError("TLS needs trustme: pip install 'fakebroker[tls]'") from None
        self.verify = verify or require
        self.require = require
        self.login_from = login_from
        self._names = tuple(names)
        self._authority = trustme.CA()
        self._contexts: dict[Flaw | None, SSL.Context] = {}
        self._flaws: list[tuple[Flaw, int | None]] = []

    # --- for clients

    @property
    def ca_pem(self) -> bytes:
        """The certificate of the authority, which clients have to trust."""
        return bytes(self._authority.cert_pem.bytes())

    def client_pem(self, name: str = "guest") -> bytes:
        """A key and a certificate for a client.

        :param name: the common name in it. :meth:`client_name` tells which user EXTERNAL makes of it.
        """
        return bytes(self._client(name).private_key_and_cert_chain_pem.bytes())

    def client_name(self, name: str = "guest") -> str:
        """The user that EXTERNAL makes of a client with that certificate: ``CN=guest,OU=clients,O=fakebroker``."""
        from cryptography.x509 import load_pem_x509_certificate

        from fakebroker.server.certificate_names import login_name

        return login_name(load_pem_x509_certificate(_certificate(self.client_pem(name))), self.login_from)

    def client_context(self, name: str | None = None) -> ssl.SSLContext:
        """A context for Python's clients, which trusts the authority.

        :param name: the common name of a certificate that the client shows; None for no certificate.
        """
        context = ssl.create_default_context()
        self._authority.configure_trust(context)
        if name is not None:
            self._client(name).configure_cert(context)
        return context

    def write(self, folder: str | Path, client: str = "guest") -> None:
        """Write ``ca.pem`` and ``client.pem``, which holds a client's certificate and key, to a folder.

        Only the owner can read ``client.pem``.
        """
        there = Path(folder)
        there.mkdir(parents=True, exist_ok=True)
        (there / "ca.pem").write_bytes(self.ca_pem)
        write_private(there / "client.pem", self.client_pem(client))

    # --- what goes wrong

    def fail(self, flaw: Flaw, times: int | None = 1) -> None:
        """Have something be wrong with the next handshakes.

        :param times: with how many; None for all. They follow those of earlier calls.
        :raises ValueError: for an unknown flaw.
        """
        if flaw not in get_args(Flaw):
            raise ValueError(f"there is no flaw {flaw!r}, only {', '.join(get_args(Flaw))}")
        self._flaws.append((flaw, times))

    def clear(self) -> None:
        """Have nothing be wrong any more."""
        self._flaws.clear()

    def next_flaw(self) -> Flaw | None:
        """What is wrong with a handshake that begins now."""
        if not self._flaws:
            return None
        flaw, times = self._flaws[0]
        if times is not None:
            self._flaws[:1] = [(flaw, times - 1)] if times > 1 else []
        return flaw

    def context(self, flaw: Flaw | None) -> SSL.Context:
        """The context for the broker's side of a handshake with this flaw."""
        if flaw not in self._contexts:
            self._contexts[flaw] = self._made(flaw)
        return self._contexts[flaw]

    def _client(self, name: str) -> trustme.LeafCert:
        return self._authority.issue_cert(
            common_name=name, organization_name="fakebroker", organization_unit_name="clients"
        )

    def _made(self, flaw: Flaw | None) -> SSL.Context:
        from OpenSSL import SSL

        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        self._issue(flaw).configure_cert(context)
        context.set_min_proto_version(SSL.TLS1_VERSION if flaw == "too-old" else SSL.TLS1_2_VERSION)
        if flaw == "too-old":
            context.set_max_proto_version(SSL.TLS1_1_VERSION)
        if self.verify:
            self._authority.configure_trust(context)
            required = SSL.VERIFY_FAIL_IF_NO_PEER_CERT if self.require else 0
            context.set_verify(SSL.VERIFY_PEER | required, lambda *arguments: bool(arguments[-1]))
        return context

    def _issue(self, flaw: Flaw | None) -> trustme.LeafCert:
        import trustme

        if flaw == "untrusted":
            return trustme.CA().issue_cert(*self._names)
        if flaw == "expired":
            return self._authority.issue_cert(*self._names, not_before=LONG_AGO, not_after=NOT_SO_LONG_AGO)
        return self._authority.issue_cert(*(("elsewhere.invalid",) if flaw == "wrong-host" else self._names))


@implementer(IOpenSSLServerConnectionCreator)
class _Creator:
    """Begins handshakes, each with the flaw whose turn it is."""

    def __init__(self, tls: Tls) -> None:
        self._tls = tls

    def serverConnectionForTLS(self, protocol: Any) -> SSL.Connection:
        from OpenSSL import SSL

        flaw = self._tls.next_flaw()
        protocol.cut = flaw == "cut"
        return SSL.Connection(self._tls.context(flaw), None)


class _HandshakeTimeout(Protocol):
    """A part of a protocol that speaks TLS. It ends the connection when the handshake takes too long."""

    factory: Any
    abortConnection: Callable[[], None]
    _handshakeDone: bool
    _timer: DelayedCall | None = None

    def makeConnection(self, transport: object) -> None:
        self._timer = self.factory.time.callLater(HANDSHAKE_TIMEOUT, self._too_late)
        super().makeConnection(transport)  # type: ignore[no-untyped-call]

    def _too_late(self) -> None:
        self._timer = None
        if not self._handshakeDone:
            self.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
        super().connectionLost(reason)


class _HalfClosing:
    """A part of a protocol that speaks TLS, and of which only one half may be closed."""

    transport: Any

    def loseWriteConnection(self) -> None:
        """Close this side's half of the socket; of TLS's own end the client is not told."""
        late = getattr(self, "_aggregator", None)  # newer Twisteds put off what is written
        if late is not None:
            late.flush()
        if self.transport is not None:
            self.transport.loseWriteConnection()

    def _flushSendBIO(self) -> None:
        # A socket of which one half is closed is gone as soon as it is to be closed. Twisted expects it to be there.
        if getattr(self, "_tlsConnection", None) is not None:
            super()._flushSendBIO()  # type: ignore[misc]


def secured(tls: Tls, factory: Factory, clock: Time, reactor: Any) -> Any:
    """A factory for connections that speak TLS below AMQP.

    :param factory: builds the protocols that speak AMQP.
    :param clock: tells when a handshake has taken too long.
    :param reactor: the one whose sockets they have.
    """
    from twisted.protocols.tls import TLSMemoryBIOFactory

    # Newer Twisteds put off what is written until the global reactor calls them, unless they are told another one.
    asks = "clock" in signature(TLSMemoryBIOFactory).parameters
    made: Any = TLSMemoryBIOFactory(_Creator(tls), False, factory, **({"clock": reactor} if asks else {}))
    made.protocol = _handshaking(tls)
    made.time = clock
    made.noisy = False
    return made


def _handshaking(tls: Tls) -> object:
    from twisted.protocols.tls import TLSMemoryBIOProtocol

    class Handshaking(_HandshakeTimeout, _HalfClosing, TLSMemoryBIOProtocol):
        """TLS. With the flaw ``cut`` the connection ends when the client has begun the handshake."""

        cut = False

        def dataReceived(self, data: bytes) -> None:
            if self.cut:
                self.abortConnection()
            else:
                super().dataReceived(data)  # type: ignore[no-untyped-call]

        def loseConnection(self) -> None:
            """Tell the client that TLS ends, and close at once: a client that does not answer keeps nothing open."""
            super().loseConnection()  # type: ignore[no-untyped-call]
            if self.disconnecting and not self._appSendBuffer and self.transport is not None:
                self.transport.loseConnection()

        def _tlsShutdownFinished(self, reason: Failure | None) -> None:
            # The traceback of the failure leads to a frame of Twisted that holds the failure, which is a cycle.
            if reason is not None:
                reason.cleanFailure()  # type: ignore[no-untyped-call]
            super()._tlsShutdownFinished(reason)  # type: ignore[no-untyped-call]

        def external_user(self) -> str | None:
            """The user that EXTERNAL makes of the client; None for a client without a certificate that is trusted."""
            from fakebroker.server.certificate_names import login_name

            shown: X509 | None = self.getPeerCertificate()  # type: ignore[no-untyped-call]
            if shown is None or not tls.verify:
                return None
            return login_name(shown.to_cryptography(), tls.login_from)

    return Handshaking


def _certificate(pem: bytes) -> bytes:
    """The first certificate behind a key."""
    return pem[pem.index(b"-----BEGIN CERTIFICATE") :]
