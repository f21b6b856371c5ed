"""The control of the broker over HTTP, seen with the eyes of a client of its AMQP port."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from fakebroker import FakeBroker
from fakebroker.faults import Drop, when
from tests.control.http.memory import Client, Connection
from tests.rawclient import Content, RawClient

DROP = {"when": {"what": "basic.publish", "nth": 2}, "then": {"action": "drop"}}


class Controlled(SynchronousTestCase):
    def setUp(self):
        self.clock = Clock()
        self.broker = FakeBroker(clock=self.clock)
        self.http = Client(self.broker, self.clock)

    def connect(self) -> RawClient:
        client = RawClient.connect(self.broker, self.clock).open()
        client.open_channel()
        return client

    def post(self, path: str, body: Any = None, status: int = 204) -> Any:
        answer = self.http.post(f"/fakebroker{path}", body, user=None)
        self.assertEqual(answer.status, status, answer.body)
        return answer.json

    def get(self, path: str) -> Any:
        return self.http.get(f"/fakebroker{path}", user=None)


class Faults(Controlled):
    def publish(self, client: RawClient, *bodies: str) -> None:
        for body in bodies:
            client.send("basic.publish", 1, Content.make({}, body.encode()), routing_key="jobs")

    def test_a_rule_acts_and_tells_how_often(self):
        client = self.connect()
        client.send("queue.declare", 1, queue="jobs")
        (added,) = self.post("/faults", DROP, status=201)
        self.publish(client, "a", "b", "c")
        self.assertEqual([message.body for message in self.broker.vhosts["/"].queues["jobs"].ready], [b"a", b"c"])
        (rule,) = self.get("/faults")
        self.assertEqual(rule, {**added, "matched": 3, "acted": 1, "spent": True})
        self.assertEqual(self.get(f"/faults/{added['number']}"), rule)

    def test_several_rules_come_as_a_list_or_an_object(self):
        self.assertEqual([rule["number"] for rule in self.post("/faults", [DROP, DROP], status=201)], [1, 2])
        self.assertEqual([rule["number"] for rule in self.post("/faults", {"rules": [DROP]}, status=201)], [3])

    def test_what_is_shown_as_a_rule_can_be_sent_again(self):
        (added,) = self.post("/faults", DROP, status=201)
        (again,) = self.post("/faults", added["rule"], status=201)
        self.assertEqual(again["rule"], added["rule"])

    def test_of_rules_of_which_one_is_wrong_none_is_added(self):
        error = self.post("/faults", [DROP, {"then": {"action": "dorp"}}], status=400)
        self.assertIn("rules[1].then", error["reason"])
        self.assertIn("drop", error["reason"])
        self.assertEqual(self.get("/faults"), [])

    def test_what_is_no_json_is_told_where(self):
        answer = self.http.request("POST", "/fakebroker/faults", raw=b"{", user=None)
        self.assertEqual(answer.status, 400)
        self.assertIn("the body is not JSON: ", answer.json["reason"])

    def test_rules_are_taken_out_one_by_one_or_all_together(self):
        self.post("/faults", [DROP, DROP, DROP], status=201)
        self.assertEqual(self.http.delete("/fakebroker/faults/2").status, 204)
        self.assertEqual([rule["number"] for rule in self.get("/faults")], [1, 3])
        self.assertEqual(self.http.delete("/fakebroker/faults").status, 204)
        self.assertEqual(self.get("/faults"), [])

    def test_what_is_held_is_let_go(self):
        client = self.connect()
        hold = {"when": {"what": "queue.declare-ok"}, "then": {"action": "hold", "until": "later"}}
        self.post("/faults", hold, status=201)
        client.send("queue.declare", 1, queue="jobs")
        self.assertEqual(client.names, [])
        self.assertEqual(self.post("/faults/release", {"label": "later"}, status=200), {"released": 1})
        self.clock.advance(0)
        self.assertEqual(client.names, ["queue.declare-ok"])

    def test_a_label_that_nothing_is_held_under(self):
        hold = {"when": {"what": "queue.declare-ok"}, "then": {"action": "hold", "until": "later"}}
        self.post("/faults", hold, status=201)
        answer = self.http.post("/fakebroker/faults/release", {"label": "latre"})
        self.assertEqual(answer.status, 404)
        self.assertIn("under the label 'latre'; did you mean 'later'?", answer.json["reason"])

    def test_the_state_is_told_and_named(self):
        self.assertEqual(self.get("/faults/state"), {"state": ""})
        self.post("/faults", {"when": {"what": "queue.declare", "state": "bad"}, "then": "drop"}, status=201)
        self.assertEqual(self.post("/faults/state", {"state": "bad"}, status=200), {"state": "bad"})
        self.connect().send("queue.declare", 1, queue="jobs")
        self.assertEqual([rule["acted"] for rule in self.get("/faults")], [1])
        self.assertEqual(self.http.post("/fakebroker/faults/state", {}).status, 400)

    def test_a_rule_for_a_crossing_a_time_and_a_budget(self):
        forms = [
            {"when": {"crossing": "1:in:queue.declare:2"}, "then": {"action": "drop"}, "times": 1},
            {"when": {"at": 30}, "then": {"action": "set_state", "state": "late"}, "times": None},
            {
                "when": {"what": "queue.declare", "after": "1:in:queue.declare:2", "from": 1},
                "then": {"action": "delay", "seconds": 5},
                "times": 3,
                "within": 60,
                "budget": 9,
                "probability": 0.5,
                "drawn": "connection",
            },
        ]
        loaded = self.post("/faults", forms, status=201)
        self.assertEqual([rule["rule"] for rule in loaded], forms)
        client = self.connect()
        for queue in ("a", "b", "c"):
            client.send("queue.declare", 1, queue=queue)
        self.clock.advance(30)
        self.assertEqual([rule["acted"] for rule in self.get("/faults")][:2], [1, 1])
        self.assertEqual(self.get("/faults/state"), {"state": "late"})
        self.assertIn("less than 0", self.post("/clock/advance", {"seconds": -1}, status=400)["reason"])
        addresses = [entry.get("address") for entry in self.get("/journal?name=queue.declare")]
        self.assertEqual(addresses, [f"1:in:queue.declare:{number}" for number in (1, 2, 3)])

    def test_a_rule_with_a_function_has_no_json_form(self):
        self.broker.faults.add(when("basic.publish", body=lambda body: len(body) > 3), Drop())
        (rule,) = self.get("/faults")
        self.assertEqual((rule["rule"], rule["text"]), (None, "when('basic.publish', body=<lambda>) -> Drop()"))


class Journal(Controlled):
    def setUp(self):
        super().setUp()
        self.client = self.connect()
        for queue in ("jobs", "mail"):
            self.client.send("queue.declare", 1, queue=queue)
        self.client.send("basic.publish", 1, Content.make({"message_id": "7"}, b"a\xff"), routing_key="jobs")

    def test_everything_that_passed_is_there_in_order(self):
        names = [entry.get("name", entry["kind"]) for entry in self.get("/journal")]
        self.assertEqual(names[:3], ["opened", "protocol-header", "connection.start"])
        self.assertEqual(names[-1], "basic.publish")

    def test_it_can_be_asked(self):
        (declared,) = self.get("/journal?name=queue.declare&queue=mail")
        self.assertEqual((declared["arguments"]["queue"], declared["direction"]), ("mail", "in"))
        (published,) = self.get("/journal?message_id=7&direction=in&channel=1&connection=1")
        self.assertEqual(published["name"], "basic.publish")
        self.assertEqual(self.get("/journal?name=basic.publish&connection=2"), [])
        self.assertEqual(len(self.get("/journal?connection=1")), len(self.get("/journal")))

    def test_a_parameter_that_is_misspelt_is_refused(self):
        answer = self.http.request("GET", "/fakebroker/journal?routingkey=jobs")
        self.assertEqual(answer.status, 400)
        self.assertIn("there is no parameter 'routingkey' here; did you mean 'routing_key'?", answer.json["reason"])
        answer = self.http.request("GET", "/fakebroker/journal?colour=blue")
        self.assertIn("there is no parameter 'colour' here, only name, direction,", answer.json["reason"])

    def test_a_name_direction_or_number_that_can_never_fit_is_refused(self):
        for query, reason in (
            ("name=basic.akc", "did you mean 'basic.ack'"),
            ("name=basic.ack&direction=inn", "direction is 'in'"),
            ("name=basic.deliver&direction=in", "only the broker sends it"),
            ("name=basic.ack&routing_key=jobs", "basic.ack has no argument 'routing_key'"),
            ("name=queue.delete-ok&queue=jobs", "is not about a queue"),
            ("connection=0", "they count from 1"),
            ("name=", "there is no command"),
        ):
            for path in ("journal", "journal/stream"):
                answer = self.http.request("GET", f"/fakebroker/{path}?{query}")
                self.assertEqual((answer.status, reason in answer.json["reason"]), (400, True), (query, answer.json))
        for flag in ("journal/stream?history=yes", "journal/transcript?times=no"):
            self.assertIn("is true or false, not", self.http.request("GET", f"/fakebroker/{flag}").json["reason"])

    def test_it_can_be_asked_by_what_a_rule_can_be_given(self):
        self.client.send("basic.consume", 1, queue="jobs", consumer_tag="c")
        (delivered,) = self.get("/journal?name=basic.deliver&queue=jobs&user=guest&vhost=/&delivery_tag=1")
        self.assertEqual(delivered["arguments"]["routing_key"], "jobs")
        self.assertEqual(self.get("/journal?name=basic.deliver&queue=mail"), [])

    def test_it_can_be_read_as_a_transcript_and_as_a_capture(self):
        transcript = self.http.request("GET", "/fakebroker/journal/transcript?times=false")
        self.assertEqual(transcript.headers["content-type"], "text/plain; charset=utf-8")
        self.assertEqual(transcript.body.decode(), self.broker.journal.transcript(times=False))
        self.assertEqual(self.http.request("GET", "/fakebroker/journal/pcap").body, self.broker.journal.pcap())

    def test_it_can_be_cleared(self):
        self.assertEqual(self.http.delete("/fakebroker/journal").status, 204)
        self.assertEqual(self.get("/journal"), [])


class Streaming(Controlled):
    def stream(self, query: str = "") -> Connection:
        connection = Connection(self.broker, self.clock)
        connection.send("GET", f"/fakebroker/journal/stream{query}", b"", {"host": "localhost"})
        return connection

    def lines(self, connection: Connection) -> list[str]:
        answer = connection.answer()
        self.assertEqual(answer.headers["content-type"], "application/x-ndjson")
        entries = [json.loads(line) for line in answer.body.splitlines()]
        return [entry.get("name", entry["kind"]) for entry in entries]

    def test_each_entry_comes_as_it_is_made(self):
        stream = self.stream("?direction=in")
        self.assertEqual(self.lines(stream), [])
        client = self.connect()
        self.assertEqual(self.lines(stream)[-2:], ["connection.open", "channel.open"])
        client.send("queue.declare", 1, queue="jobs")
        self.assertEqual(self.lines(stream)[-1], "queue.declare")

    def test_what_there_is_already_comes_first_if_it_is_wanted(self):
        self.connect().send("queue.declare", 1, queue="jobs")
        self.assertEqual(self.lines(self.stream("?history=true&name=queue.declare")), ["queue.declare"])
        self.assertEqual(self.lines(self.stream("?name=queue.declare")), [])

    def test_a_client_that_hangs_up_is_forgotten(self):
        stream = self.stream()
        stream.hang_up()
        self.connect()
        self.assertEqual(self.broker.on_reset, [])

    def test_a_reset_ends_it(self):
        stream = self.stream()
        self.post("/reset")
        self.assertTrue(stream.transport.value().endswith(b"0\r\n\r\n"))
        self.assertEqual(self.broker.on_reset, [])


class Verbs(Controlled):
    def test_an_alarm_blocks_who_publishes(self):
        client = RawClient.connect(self.broker, self.clock).open(capabilities={"connection.blocked": True})
        client.open_channel()
        self.assertEqual(self.http.put("/fakebroker/alarms/memory").status, 204)
        client.send("basic.publish", 1, Content.make({}, b"x"), routing_key="q")
        self.assertEqual(client.names, ["connection.blocked"])
        self.assertEqual(self.get("/alarms"), ["memory"])
        self.assertEqual(self.http.delete("/fakebroker/alarms/memory").status, 204)
        self.clock.advance(0)
        self.assertEqual(client.names, ["connection.blocked", "connection.unblocked"])

    def test_a_connection_is_closed_under_its_client(self):
        client = self.connect()
        (shown,) = self.get("/connections")
        self.assertEqual(shown, {"number": 1, "name": shown["name"], "user": "guest", "vhost": "/", "channels": [1]})
        self.post("/connections/1/close", {"reason": "maintenance"})
        self.clock.advance(0)
        close = client.take("connection.close")
        self.assertEqual((close.args.reply_code, close.args.reply_text), (320, "CONNECTION_FORCED - maintenance"))

    def test_a_channel_is_closed_under_its_client(self):
        client = self.connect()
        self.post("/connections/1/channels/1/close", {"name": "not-found", "text": "no queue 'q' in vhost '/'"})
        self.clock.advance(0)
        close = client.take("channel.close")
        text = "NOT_FOUND - no queue 'q' in vhost '/'"
        self.assertEqual((close.args.reply_code, close.args.reply_text), (404, text))

    def test_a_restart_keeps_what_is_durable(self):
        client = self.connect()
        client.send("queue.declare", 1, queue="kept", durable=True)
        client.send("queue.declare", 1, queue="lost")
        self.post("/restart")
        self.clock.advance(0)
        self.assertIn("connection.close", client.names)
        self.assertEqual([queue["name"] for queue in self.http.get("/api/queues")], ["kept"])

    def test_down_and_up_again(self):
        client = self.connect()
        self.post("/down", {"seconds": 5})
        self.clock.advance(0)
        self.assertIsNotNone(client.lost)
        self.clock.advance(5)
        self.connect()

    def test_a_command_out_of_the_blue(self):
        client = self.connect()
        said = {"command": "basic.deliver", "arguments": {"consumer_tag": "c", "body": {"hex": "00ff"}}}
        self.post("/connections/1/say", said)
        self.clock.advance(0)
        self.assertEqual(client.names, ["basic.deliver"])
        self.assertIn(b"\x00\xff", client.octets)
        for wrong, told in (
            ({"command": "basic.cancel", "arguments": {"tag": "c"}}, "no argument 'tag'"),
            ({"command": "basic.publish"}, "only clients send basic.publish"),
            ({"command": "basic.cancel", "channel": 70000}, "channel=70000"),
            ({}, "'command' is needed"),
        ):
            self.assertIn(told, self.post("/connections/1/say", wrong, status=400)["reason"])

    def test_a_pause_and_on_again(self):
        client = self.connect()
        self.post("/pause")
        self.assertTrue(self.get("")["paused"])
        client.send("queue.declare", 1, queue="q")
        self.assertEqual(client.names, [])
        self.post("/resume")
        self.clock.advance(0)
        self.assertEqual(client.names, ["queue.declare-ok"])

    def test_time_passes_when_told_to(self):
        client = self.connect()
        client.send("queue.declare", 1, queue="short", arguments={"x-expires": 5000})
        self.assertEqual(self.post("/clock/advance", {"seconds": 4}, status=200), {"seconds": 4.0, "virtual": True})
        self.assertEqual(len(self.http.get("/api/queues")), 1)
        self.post("/clock/advance", {"seconds": 1}, status=200)
        self.assertEqual(self.http.get("/api/queues"), [])

    def test_a_reset_leaves_nothing_behind_and_the_port_as_it_is(self):
        self.http.put("/api/vhosts/mine")
        self.post("/faults", DROP, status=201)
        self.http.put("/fakebroker/alarms/disk")
        self.connect()
        self.post("/reset")
        self.clock.advance(0)
        about = self.get("")
        self.assertEqual(
            (about["connections"], about["rules"], about["journal_entries"], about["alarms"]), (0, 0, 0, [])
        )
        self.assertEqual([vhost["name"] for vhost in self.http.get("/api/vhosts")], ["/"])
        self.connect()

    def test_a_real_clock_is_not_advanced(self):
        class Passing:
            """A clock that goes by itself."""

            callLater = self.clock.callLater
            seconds = self.clock.seconds

        broker = FakeBroker(clock=Passing())
        answer = Client(broker, self.clock).post("/fakebroker/clock/advance", {"seconds": 1})
        self.assertEqual((answer.status, answer.json["error"]), (409, "conflict"))
