"""The connector's smaller parts: definitions, responses, challenges, the text of errors."""

from io import BytesIO
from pathlib import Path
from shutil import copy
from tempfile import TemporaryDirectory

from twisted.trial.unittest import SynchronousTestCase
from txamqp.codec import Codec

from connector import AmqpConnector, Redirected
from connector.sasl import TableValue, longstr, response, table
from connector.spec import VERSIONS, load, packaged
from tests.connector.peer import HEARTBEAT, PeerTestCase, send


class Definitions(SynchronousTestCase):
    def test_every_version_is_packaged(self):
        for version, numbers in zip(VERSIONS, ((8, 0), (0, 9), (0, 9)), strict=True):
            self.assertEqual((load(version).major, load(version).minor), numbers)

    def test_the_default_is_the_path_of_0_8(self):
        self.assertEqual(AmqpConnector().spec, str(packaged("0-8")))

    def test_one_s_own_file(self):
        path = self.copy_of_0_9("mine.xml")
        self.assertEqual(load(str(path)).minor, 9)
        self.assertEqual(load(path).minor, 9)

    def test_one_s_own_file_under_the_name_of_a_packaged_one(self):
        path = self.copy_of_0_9("amqp0-8.xml")
        self.assertEqual(load(path).minor, 9)

    def test_a_loaded_one_is_taken_as_it_is(self):
        spec = load("0-9")
        self.assertIs(load(spec), spec)

    def test_a_lost_path_to_a_packaged_file(self):
        self.assertIs(load("../specs/standard/amqp0-8.xml"), load("0-8"))

    def test_a_lost_path_to_anything_else(self):
        self.assertIn("nowhere.xml", str(self.assertRaises(FileNotFoundError, load, "nowhere.xml")))

    def copy_of_0_9(self, name: str) -> Path:
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return Path(copy(packaged("0-9"), Path(folder.name) / name))


class Responses(SynchronousTestCase):
    def test_plain(self):
        self.assertEqual(response("PLAIN", "Jürgen", "secret"), b"\x00J\xc3\xbcrgen\x00secret")

    def test_amqplain_as_txamqp_reads_it(self):
        octets = longstr(response("AMQPLAIN", "Jürgen", "größe"))
        self.assertEqual(Codec(BytesIO(octets)).decode_table(), {"LOGIN": "Jürgen", "PASSWORD": "größe"})

    def test_no_other(self):
        self.assertIn("EXTERNAL", str(self.assertRaises(ValueError, response, "EXTERNAL", "guest", "guest")))

    def test_every_type_of_a_table(self):
        values: dict[str, TableValue] = {"text": "ä", "number": 7, "yes": True, "no": False, "in": {"deep": "er"}}
        self.assertEqual(Codec(BytesIO(longstr(table(values)))).decode_table(), values)


class Challenges(PeerTestCase):
    def setUp(self):
        super().setUp()
        self.tune, self.rounds = self.on["connection.start-ok"], 3
        self.on["connection.start-ok"] = send("connection.secure", challenge="who?")
        self.on["connection.secure-ok"] = self.again

    def again(self, peer):
        self.rounds -= 1
        (send("connection.secure", challenge=b"\xff?") if self.rounds else self.tune)(peer)

    def answers(self):
        return [message.response for name, message in self.peer.received if name == "connection.secure-ok"]

    def test_any_number_of_them_is_answered_with_the_credentials(self):
        self.connector.mechanism = "PLAIN"
        self.log_in()
        self.assertEqual(self.answers(), ["\0guest\0guest"] * 3)

    def test_the_answer_may_be_another(self):
        seen = []

        class Careful(AmqpConnector):
            def respond(self, challenge):
                seen.append(challenge)
                return b"answer %d" % len(seen)

        self.connector = Careful(endpoint=self.endpoint, clock=self.clock)
        self.log_in()
        self.assertEqual(seen, [b"", b"who?", b"\xff?", b"\xff?"])
        self.assertEqual(self.answers(), ["answer 2", "answer 3", "answer 4"])


class Limits(PeerTestCase):
    """tune-ok: what the broker offers, save where that is no limit at all."""

    def tune(self, **offer):
        self.on["connection.start-ok"] = send("connection.tune", **offer)
        self.log_in()
        answer = dict(self.peer.received)["connection.tune-ok"]
        return answer.channel_max, answer.frame_max, answer.heartbeat

    def test_the_broker_s_are_taken(self):
        self.assertEqual(self.tune(channel_max=2047, frame_max=8192, heartbeat=60), (2047, 8192, 0))

    def test_no_limit_to_frames(self):
        self.assertEqual(self.tune(channel_max=0, frame_max=0), (0, 131072, 0))

    def test_a_frame_may_have_the_agreed_size_and_no_more(self):
        self.tune(frame_max=4096)
        self.peer.transport.write(HEARTBEAT + b"\x03\x00\x00" + (4088).to_bytes(4, "big"))
        self.clock.advance(0)
        self.assertEqual(self.connector.cnx.state, "connected")
        self.result(self.connector.cnx.disconnect())
        self.tune(frame_max=4096)
        self.peer.transport.write(b"\x03\x00\x00" + (4089).to_bytes(4, "big"))
        self.clock.advance(0)
        self.assertIn("4096 are the limit", str(self.connector.reason))


class Redirections(SynchronousTestCase):
    def test_where_to(self):
        for address, host, port in (
            ("there", "there", 5672),
            ("there:5673", "there", 5673),
            ("10.0.0.1:1", "10.0.0.1", 1),
            ("::1", "::1", 5672),
            ("[::1]:5673", "::1", 5673),
            ("there:", "there:", 5672),
        ):
            sent = Redirected(address)
            self.assertEqual((sent.host, sent.port), (host, port))
            self.assertIn(address, str(sent))
