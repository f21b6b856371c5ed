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
    "users": [{"name": "guest", "password": "guest", "tags": "administrator"}],
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

    def serve(self, *arguments: str, **environment: str) -> str:
        """The URL of a broker."""
        self.process = start(self, "serve", *arguments, **environment)
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

    def test_a_journal_that_can_not_be_written_ends_with_one_message(self) -> None:
        url = self.serve("--journal", "/dev/full")
        for _ in range(2):
            self.assertEqual(self.publish(url, b"one"), [b"one"])
        self.process.terminate()
        _, err = self.process.communicate(timeout=SECONDS)
        self.assertEqual(self.process.returncode, 0)
        self.assertEqual([line.partition("] ")[2] for line in err.splitlines() if "journal" in line],
                         ["--journal /dev/full ends here: no space left on device"])  # fmt: skip

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

    def test_ping_tells_whether_a_user_is_let_in(self) -> None:
        url = self.serve("--user", "app:p@ss/", "--vhost", "shop")
        self.assertRegex(url, r"^amqp://app:p%40ss%2F@127\.0\.0\.1:\d+/shop$")
        address = url.partition("@")[2]
        self.assertEqual(run(self, "ping", url), (0, "", ""))
        self.assertEqual(run(self, "ping", f"amqp://{address}"), (0, "", ""), "it is only asked who answers")
        for wrong, code in ((f"guest:guest@{address}", 403), (f"app:p%40ss%2F@{address}x", 530)):
            status, _, err = run(self, "ping", f"amqp://{wrong}")
            self.assertEqual(status, 1)
            self.assertIn(f" is not let in: {code} ", err)

    def test_the_environment_says_who_is_there_as_for_rabbitmqs_image(self) -> None:
        url = self.serve(RABBITMQ_DEFAULT_USER="app", RABBITMQ_DEFAULT_PASS="pw", RABBITMQ_DEFAULT_VHOST="shop")
        self.assertRegex(url, r"^amqp://app:pw@127\.0\.0\.1:\d+/shop$")
        self.assertEqual(self.publish(url, b"one", vhost="shop"), [b"one"])
        with self.assertRaises(pika.exceptions.ProbableAuthenticationError):
            pika.BlockingConnection(pika.URLParameters(f"amqp://guest:guest@{url.partition('@')[2]}"))

    def test_the_environments_seed_is_that_of_serve_too(self) -> None:
        def made_up(*arguments: str, **environment: str) -> str:
            with pika.BlockingConnection(pika.URLParameters(self.serve(*arguments, **environment))) as connection:
                return str(connection.channel().queue_declare("", exclusive=True).method.queue)

        self.assertEqual(made_up("--seed", "7"), made_up(FAKEBROKER_SEED="7"))

    def test_tls_with_an_authority_made_for_the_run(self) -> None:
        certificates = self.folder / "certificates"
        url = self.serve("--tls", "--tls-folder", str(certificates), "--tls-verify")
        self.assertRegex(url, r"^amqps://guest:guest@127\.0\.0\.1:\d+/%2F$")
        self.assertEqual((certificates / "client.pem").stat().st_mode & 0o777, 0o600)
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
