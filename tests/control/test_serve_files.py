"""``fakebroker serve`` set up from files, and the commands that read what it leaves."""

from __future__ import annotations

import json
import ssl
import tempfile
from pathlib import Path
from unittest import TestCase

import pika

from tests.control.process import SECONDS, run, start

DEFINITIONS = {
    "vhosts": [{"name": "/"}, {"name": "shop"}],
    "users": [],
    "permissions": [{"user": "guest", "vhost": "shop", "configure": ".*", "write": ".*", "read": ".*"}],
    "queues": [{"vhost": "shop", "name": "orders", "durable": True, "auto_delete": False, "arguments": {}}],
}
RULES = [{"when": {"what": "basic.publish", "nth": 2}, "then": "drop"}]


class Served(TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def file(self, name: str, content: object) -> str:
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    def serve(self, *arguments: str) -> str:
        """The URL of a broker."""
        self.process = start(self, "serve", *arguments)
        assert self.process.stdout is not None
        url = self.process.stdout.readline().strip()
        if not url:
            self.fail(self.process.communicate(timeout=SECONDS)[1])
        return url

    def end(self) -> None:
        self.process.terminate()
        self.assertEqual(self.process.wait(SECONDS), 0)

    def publish(self, url: str, *bodies: bytes, vhost: str = "/") -> list[bytes | None]:
        """Publish to a queue, and read it empty."""
        parameters = pika.URLParameters(url)
        parameters.virtual_host = vhost
        with pika.BlockingConnection(parameters) as connection:
            channel = connection.channel()
            channel.queue_declare("orders", durable=True)
            for body in bodies:
                channel.basic_publish("", "orders", body)
            return [channel.basic_get("orders", auto_ack=True)[2] for _ in bodies]

    def test_the_port_file_is_there_when_the_broker_is(self) -> None:
        url = self.serve("--port-file", str(self.folder / "port"))
        self.assertEqual(url, f"amqp://guest:guest@127.0.0.1:{(self.folder / 'port').read_text().strip()}/%2F")

    def test_definitions_and_faults_and_the_journal(self) -> None:
        record = str(self.folder / "record.jsonl")
        url = self.serve(
            "--definitions", self.file("definitions.json", DEFINITIONS),
            "--faults", self.file("faults.json", RULES),
            "--journal", record,
        )  # fmt: skip
        self.assertEqual(self.publish(url, b"one", b"two", vhost="shop"), [b"one", None])
        self.end()
        code, out, err = run(self, "transcript", record, "--no-times")
        self.assertEqual((code, err), (0, ""))
        self.assertIn("-->    1  basic.publish           routing_key='orders'  | 3 octets 'one'", out)
        self.assertIn(" *     1  rule 1: Drop()", out)

    def test_connections_are_limited_to_so_many(self) -> None:
        url = self.serve("--max-connections", "1")
        with pika.BlockingConnection(pika.URLParameters(url)):
            with self.assertRaisesRegex(pika.exceptions.AMQPConnectionError, "connection limit"):
                pika.BlockingConnection(pika.URLParameters(url))

    def test_what_makes_no_sense_is_told_in_one_line(self) -> None:
        wrong = self.file("wrong.json", '{"queues": [{"name": 7}]}')
        rules = self.file("rules.json", [{"when": {"what": "basic.publish"}, "then": "drip"}])
        for arguments, because in (
            (["serve", "--definitions", wrong], f"fakebroker serve: {wrong}: "),
            (["serve", "--definitions", "/nowhere"], "--definitions /nowhere: no such file or directory"),
            (["serve", "--faults", rules], "there is no action 'drip'; did you mean 'drop'?"),
            (["faults", "--check", rules], "there is no action 'drip'; did you mean 'drop'?"),
            (["serve", "--journal", "/nowhere/x"], "--journal /nowhere/x: no such file or directory"),
            (["serve", "--port-file", "/nowhere/x"], "--port-file /nowhere/x: no such file or directory"),
            (["transcript", wrong], "line 1: not a line of a journal"),
        ):
            code, out, err = run(self, *arguments)
            self.assertEqual((code, out), (2, ""), err)
            self.assertIn(because, err.splitlines()[-1])

    def test_ping_tells_whether_it_answers(self) -> None:
        url = self.serve()
        self.assertEqual(run(self, "ping", url), (0, "", ""))
        self.end()
        code, _, err = run(self, "ping", url)
        self.assertEqual(code, 1)
        self.assertIn("connection refused", err)

    def test_tls_with_an_authority_made_for_the_run(self) -> None:
        certificates = self.folder / "certificates"
        url = self.serve("--tls", "--tls-folder", str(certificates), "--tls-verify")
        self.assertRegex(url, r"^amqps://guest:guest@127\.0\.0\.1:\d+/%2F$")
        self.assertEqual(run(self, "ping", url)[0], 0)
        context = ssl.create_default_context(cafile=str(certificates / "ca.pem"))
        context.load_cert_chain(str(certificates / "client.pem"))
        parameters = pika.URLParameters(url)
        parameters.ssl_options = pika.SSLOptions(context, "localhost")
        parameters.credentials = pika.credentials.ExternalCredentials()
        pika.BlockingConnection(parameters).close()

    def test_tls_with_a_flaw(self) -> None:
        certificates = self.folder / "certificates"
        url = self.serve("--tls", "--tls-folder", str(certificates), "--tls-flaw", "expired")
        parameters = pika.URLParameters(url)
        parameters.ssl_options = pika.SSLOptions(ssl.create_default_context(cafile=str(certificates / "ca.pem")))
        with self.assertRaisesRegex(OSError, "certificate has expired"):
            pika.BlockingConnection(parameters)
