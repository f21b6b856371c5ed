"""TLS: an authority made for one broker, what its certificates say, and what can be wrong with a handshake.

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
"""What can be wrong: the authority, the time, the name; the connection ends in the handshake; TLS 1.1 and no more."""

LoginFrom = Literal["distinguished_name", "common_name"]

HANDSHAKE_TIMEOUT = 5.0
"""Seconds that a handshake may take (RabbitMQ's ``ssl_handshake_timeout``)."""

LONG_AGO = datetime(2001, 1, 1, tzinfo=timezone.utc)
NOT_SO_LONG_AGO = datetime(2002, 1, 1, tzinfo=timezone.utc)


class Tls(Sealed):
    """What a broker needs to speak TLS: an authority of its own, and a certificate for each way to go wrong.

    Keys are new each time; nothing that a client or a transcript shows of AMQP depends on them.

    :param names: the host names and addresses in the certificate.
    :param verify: whether clients are asked for a certificate, and a wrong one is refused. Without it RabbitMQ
        trusts no name in a certificate: EXTERNAL authentication fails.
    :param require: whether a client without a certificate is refused, too (RabbitMQ's ``fail_if_no_peer_cert``).
    :param login_from: what EXTERNAL takes for the user's name (RabbitMQ's ``ssl_cert_login_from``).
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
        """The certificate that clients shall trust."""
        return bytes(self._authority.cert_pem.bytes())

    def client_pem(self, name: str = "guest") -> bytes:
        """A key and a certificate for a client.

        :param name: its common name; :meth:`client_name` tells whom EXTERNAL takes it for.
        """
        return bytes(self._client(name).private_key_and_cert_chain_pem.bytes())

    def client_name(self, name: str = "guest") -> str:
        """The user that EXTERNAL takes a client with that certificate for: ``CN=guest,OU=clients,O=fakebroker``."""
        from cryptography.x509 import load_pem_x509_certificate

        from fakebroker.server.certificate_names import login_name

        return login_name(load_pem_x509_certificate(_certificate(self.client_pem(name))), self.login_from)

    def client_context(self, name: str | None = None) -> ssl.SSLContext:
        """What Python's clients take: a context that trusts the authority.

        :param name: whose certificate to show; None for no certificate.
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

        :param times: with how many, behind those that were told before; None for all.
        :raises ValueError: for an unknown flaw.
        """
        if flaw not in get_args(Flaw):
            raise ValueError(f"there is no flaw {flaw!r}, only {', '.join(get_args(Flaw))}")
        self._flaws.append((flaw, times))

    def clear(self) -> None:
        """Let all be right again."""
        self._flaws.clear()

    def next_flaw(self) -> Flaw | None:
        """What is wrong with the handshake that begins."""
        if not self._flaws:
            return None
        flaw, times = self._flaws[0]
        if times is not None:
            self._flaws[:1] = [(flaw, times - 1)] if times > 1 else []
        return flaw

    def context(self, flaw: Flaw | None) -> SSL.Context:
        """The broker's side of a handshake with that flaw."""
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
    """Begins handshakes, each with the flaw that is due."""

    def __init__(self, tls: Tls) -> None:
        self._tls = tls

    def serverConnectionForTLS(self, protocol: Any) -> SSL.Connection:
        from OpenSSL import SSL

        flaw = self._tls.next_flaw()
        protocol.cut = flaw == "cut"
        return SSL.Connection(self._tls.context(flaw), None)


class _Patient(Protocol):
    """Part of a protocol that speaks TLS: it ends when the handshake takes too long on the clock of its factory."""

    factory: Any
    abortConnection: Callable[[], None]
    _handshakeDone: bool
    _impatience: DelayedCall | None = None

    def makeConnection(self, transport: object) -> None:
        self._impatience = self.factory.time.callLater(HANDSHAKE_TIMEOUT, self._lose_patience)
        super().makeConnection(transport)  # type: ignore[no-untyped-call]

    def _lose_patience(self) -> None:
        self._impatience = None
        if not self._handshakeDone:
            self.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        impatience, self._impatience = self._impatience, None
        if impatience is not None:
            impatience.cancel()
        super().connectionLost(reason)


def secured(tls: Tls, factory: Factory, clock: Time, reactor: Any) -> Any:
    """A factory for connections that speak TLS first.

    :param clock: tells when a handshake has taken too long.
    :param reactor: whose sockets they have.
    """
    from twisted.protocols.tls import TLSMemoryBIOFactory

    # Later Twisteds write a little later, when the global reactor says so, unless they are told which one to ask.
    asks = "clock" in signature(TLSMemoryBIOFactory).parameters
    made: Any = TLSMemoryBIOFactory(_Creator(tls), False, factory, **({"clock": reactor} if asks else {}))
    made.protocol = _handshaking(tls)
    made.time = clock
    made.noisy = False
    return made


def _handshaking(tls: Tls) -> object:
    from twisted.protocols.tls import TLSMemoryBIOProtocol

    class Handshaking(_Patient, TLSMemoryBIOProtocol):
        """TLS that may end where the client has said its first word."""

        cut = False

        def dataReceived(self, data: bytes) -> None:
            if self.cut:
                self.abortConnection()
            else:
                super().dataReceived(data)  # type: ignore[no-untyped-call]

        def loseConnection(self) -> None:
            """Say so, and close: who does not answer, or is not read from any more, keeps nothing open."""
            super().loseConnection()  # type: ignore[no-untyped-call]
            if self.disconnecting and not self._appSendBuffer and self.transport is not None:
                self.transport.loseConnection()

        def _tlsShutdownFinished(self, reason: Failure | None) -> None:
            # Twisted has the failure in hand in the very frame that its traceback leads to, which is a cycle.
            if reason is not None:
                reason.cleanFailure()  # type: ignore[no-untyped-call]
            super()._tlsShutdownFinished(reason)  # type: ignore[no-untyped-call]

        def external_user(self) -> str | None:
            """The user that EXTERNAL makes of the client; None for a client that shows nothing to be trusted."""
            from fakebroker.server.certificate_names import login_name

            shown: X509 | None = self.getPeerCertificate()  # type: ignore[no-untyped-call]
            if shown is None or not tls.verify:
                return None
            return login_name(shown.to_cryptography(), tls.login_from)

    return Handshaking


def _certificate(pem: bytes) -> bytes:
    """The first certificate behind a key."""
    return pem[pem.index(b"-----BEGIN CERTIFICATE") :]
