"""TLS: the certificates, what can be wrong with them, and logging in with one."""

from __future__ import annotations

import socket
import ssl
import sys
import tempfile
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import TestCase, mock

import pika
from cryptography.x509 import Name, NameAttribute
from cryptography.x509.oid import NameOID

import fakebroker
from fakebroker.faults import HalfClose, Partition, when
from fakebroker.server.certificate_names import escaped, login_name
from fakebroker.server.tls import Tls


def connect(
    broker: fakebroker.RunningBroker, context: ssl.SSLContext, external: bool = False, name: str = "localhost"
) -> pika.BlockingConnection:
    parameters = pika.URLParameters(broker.tls_url)
    parameters.ssl_options = pika.SSLOptions(context, name)
    if external:
        parameters.credentials = pika.credentials.ExternalCredentials()
    return pika.BlockingConnection(parameters)


class Missing(TestCase):
    def test_without_trustme_it_says_what_to_install(self) -> None:
        with mock.patch.dict(sys.modules, {"trustme": None}):
            with self.assertRaisesRegex(fakebroker.FakeBrokerError, r"pip install 'fakebroker\[tls\]'"):
                Tls()


class TlsTestCase(TestCase):
    def broker(self, **options: Any) -> fakebroker.RunningBroker:
        running = fakebroker.running(tls=Tls(**options))
        self.addCleanup(running.stop)
        return running.start()


class Secured(TlsTestCase):
    def assertFails(
        self, broker: fakebroker.RunningBroker, because: str, context: ssl.SSLContext | None = None
    ) -> None:
        with self.assertRaises((pika.exceptions.AMQPConnectionError, OSError)) as caught:
            connect(broker, context or broker.tls.client_context())
        self.assertIn(because, repr(caught.exception) + repr(caught.exception.args))

    def test_a_client_that_trusts_the_authority_gets_in(self) -> None:
        broker = self.broker()
        with connect(broker, broker.tls.client_context()) as connection:
            channel = connection.channel()
            channel.queue_declare("jobs")
            channel.basic_publish("", "jobs", bytes(300_000))
            self.assertEqual(len(channel.basic_get("jobs", auto_ack=True)[2]), 300_000)
        self.assertRegex(broker.tls_url, r"amqps://guest:guest@127\.0\.0\.1:\d+/%2F")

    def test_a_half_closed_socket_and_a_network_in_parts(self) -> None:
        broker = self.broker()
        for then in (HalfClose(), Partition()):
            with broker.faults.add(when("queue.declare", queue="more"), then):
                connection = connect(broker, broker.tls.client_context())
                channel = connection.channel()
                channel.queue_declare("own", exclusive=True)
                if isinstance(then, HalfClose):
                    with self.assertRaises(pika.exceptions.StreamLostError):
                        channel.queue_declare("more")
                    continue
                hang_up = partial(connection._impl._transport._sock.shutdown, socket.SHUT_RDWR)
                connection._impl._adapter_call_later(0.05, hang_up)
                with self.assertRaises(pika.exceptions.AMQPConnectionError):
                    channel.queue_declare("more")
                connect(broker, broker.tls.client_context()).close()
                self.assertIn("own", broker.vhosts["/"].queues)
                broker.faults.release("partition")
                connect(broker, broker.tls.client_context()).close()
                self.assertNotIn("own", broker.vhosts["/"].queues)

    def test_one_that_does_not_trust_it_stays_out(self) -> None:
        self.assertFails(self.broker(), "CERTIFICATE_VERIFY_FAILED", ssl.create_default_context())

    def test_each_flaw_is_seen_as_what_it_is_and_only_once(self) -> None:
        broker = self.broker()
        for flaw, because in (
            ("untrusted", "unable to get local issuer certificate"),
            ("expired", "certificate has expired"),
            ("wrong-host", "Hostname mismatch"),
            ("too-old", "protocol"),
            ("cut", ""),
        ):
            broker.tls.fail(flaw)  # type: ignore[arg-type]
            with self.subTest(flaw):
                self.assertFails(broker, because)
                connect(broker, broker.tls.client_context()).close()

    def test_flaws_wait_for_each_other_and_can_be_taken_back(self) -> None:
        broker = self.broker()
        broker.tls.fail("expired", times=2)
        broker.tls.fail("untrusted", times=None)
        for because in ("expired", "expired", "issuer", "issuer", "issuer"):
            self.assertFails(broker, because)
        broker.tls.clear()
        connect(broker, broker.tls.client_context()).close()
        self.assertRaises(ValueError, broker.tls.fail, "rusty")

    def test_a_broker_that_was_down_speaks_tls_again(self) -> None:
        broker = self.broker()
        broker.down()
        broker.up()
        connect(broker, broker.tls.client_context()).close()

    def test_certificates_can_be_written_for_clients_that_read_files(self) -> None:
        broker = self.broker()
        with tempfile.TemporaryDirectory() as folder:
            broker.tls.write(folder, "bob")
            context = ssl.create_default_context(cafile=str(Path(folder) / "ca.pem"))
            context.load_cert_chain(str(Path(folder) / "client.pem"))
        connect(broker, context).close()


class External(TlsTestCase):
    def test_the_user_is_the_one_in_the_certificate(self) -> None:
        broker = self.broker(verify=True)
        broker.mechanisms.append("EXTERNAL")
        name = broker.tls.client_name("bob")
        self.assertEqual(name, "CN=bob,OU=clients,O=fakebroker")
        broker.users.add(name).permit("/")
        with connect(broker, broker.tls.client_context("bob"), external=True):
            self.assertEqual([each.user.name for each in broker.connections], [name])

    def test_or_its_common_name_if_the_broker_is_told_so(self) -> None:
        broker = self.broker(verify=True, login_from="common_name")
        broker.mechanisms.append("EXTERNAL")
        with connect(broker, broker.tls.client_context("guest"), external=True):
            self.assertEqual([each.user.name for each in broker.connections], ["guest"])

    def assertRefused(self, broker: fakebroker.RunningBroker, name: str | None) -> None:
        with self.assertRaisesRegex(
            pika.exceptions.ProbableAuthenticationError, "refused using authentication mechanism EXTERNAL"
        ):
            connect(broker, broker.tls.client_context(name), external=True)

    def test_a_name_that_no_user_has_is_refused(self) -> None:
        broker = self.broker(verify=True)
        broker.mechanisms.append("EXTERNAL")
        self.assertRefused(broker, "bob")

    def test_so_is_a_client_that_shows_no_certificate_and_any_if_none_is_verified(self) -> None:
        for verify, name in ((True, None), (False, "guest")):
            broker = self.broker(verify=verify, login_from="common_name")
            broker.mechanisms.append("EXTERNAL")
            self.assertRefused(broker, name)

    def test_without_tls_it_is_not_offered(self) -> None:
        broker = self.broker(verify=True)
        broker.mechanisms.append("EXTERNAL")
        pika.BlockingConnection(pika.URLParameters(broker.url)).close()
        connect(broker, broker.tls.client_context()).close()
        offered = [entry.args.mechanisms for entry in broker.journal.find("connection.start")]
        self.assertEqual(offered, [b"PLAIN AMQPLAIN", b"PLAIN AMQPLAIN EXTERNAL"])

    def test_a_client_without_a_certificate_stays_out_where_one_is_required(self) -> None:
        broker = self.broker(require=True)
        with self.assertRaises((pika.exceptions.AMQPConnectionError, OSError)):
            connect(broker, broker.tls.client_context())
        connect(broker, broker.tls.client_context("guest")).close()

    def test_a_subject_is_written_as_rabbitmq_writes_it(self) -> None:
        """What RabbitMQ 3.10.8 with rabbitmq_auth_mechanism_ssl has in its log for a certificate of this subject."""
        parts = (
            (NameOID.COUNTRY_NAME, "DE"),
            (NameOID.ORGANIZATION_NAME, "#1 a+b"),
            (NameOID.COMMON_NAME, " bob, jr é~ "),
        )
        certificate: Any = SimpleNamespace(subject=Name([NameAttribute(oid, value) for oid, value in parts]))
        written = "CN=\\ bob\\, jr \\C3\\A9\\7E\\ ,O=\\#1 a\\+b,C=DE"
        self.assertEqual(login_name(certificate, "distinguished_name"), written)
        self.assertEqual(login_name(certificate, "common_name"), " bob, jr é~ ")

    def test_names_are_escaped_as_rabbitmq_escapes_them(self) -> None:
        for value, written in (("a,b", "a\\,b"), (" a ", "\\ a\\ "), ("#1", "\\#1"), ("é", "\\C3\\A9"), ("~", "\\7E")):
            self.assertEqual(escaped(value), written)
