"""What RabbitMQ tells only after a while, or never exactly: counts at once; one write; answers of its own."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from fakebroker import FakeBroker
from fakebroker.server.listeners import ListenAddress
from tests.control.http.memory import Client
from tests.rawclient import Content, RawClient


class Exact(SynchronousTestCase):
    def setUp(self):
        self.clock = Clock()
        self.broker = FakeBroker(clock=self.clock)
        self.http = Client(self.broker, self.clock)
        self.client = RawClient.connect(self.broker, self.clock).open()
        self.client.open_channel()
        self.client.send("queue.declare", 1, queue="q")
        self.client.take("queue.declare-ok")

    def publish(self, count: int) -> None:
        for number in range(count):
            self.client.send("basic.publish", 1, Content.make({}, b"%d" % number), routing_key="q")

    def queue(self) -> dict[str, Any]:
        queue: dict[str, Any] = self.http.get("/api/queues/%2F/q")
        return queue

    def test_a_message_counts_from_the_moment_it_is_there(self):
        self.publish(3)
        queue = self.queue()
        self.assertEqual((queue["messages"], queue["messages_ready"], queue["message_bytes"]), (3, 3, 3))
        self.assertEqual(queue["message_stats"]["publish"], 3)

    def test_a_consumer_is_there_at_once_and_gone_at_once(self):
        self.client.send("basic.consume", 1, queue="q", consumer_tag="me")
        self.assertEqual(self.queue()["consumers"], 1)
        (consumer,) = self.http.get("/api/consumers")
        self.assertEqual((consumer["consumer_tag"], consumer["queue"]["name"]), ("me", "q"))
        self.client.send("basic.cancel", 1, consumer_tag="me")
        self.assertEqual(self.queue()["consumers"], 0)

    def test_what_is_acknowledged_counts_no_more(self):
        self.publish(2)
        self.client.send("basic.get", 1, queue="q")
        self.assertEqual(self.queue()["messages_unacknowledged"], 1)
        self.client.send("basic.ack", 1, delivery_tag=1)
        queue = self.queue()
        self.assertEqual((queue["messages"], queue["messages_unacknowledged"]), (1, 0))
        self.assertEqual((queue["message_stats"]["get"], queue["message_stats"]["ack"]), (1, 1))

    def test_the_counts_of_a_channel_stay_with_its_virtual_host(self):
        self.publish(2)
        self.client.send("channel.close", 1)
        self.assertEqual(self.http.get("/api/vhosts/%2F")["message_stats"]["publish"], 2)
        self.assertEqual(self.http.get("/api/overview")["message_stats"]["publish"], 2)
        self.assertEqual(self.http.get("/api/channels"), [])

    def test_octets_are_those_that_passed(self):
        (connection,) = self.http.get("/api/connections")
        self.assertEqual(connection["send_oct"], len(self.client.octets))

    def test_a_connection_that_is_deleted_is_gone_at_once_and_its_client_told_why(self):
        (connection,) = self.http.get("/api/connections")
        path = "/api/connections/" + connection["name"].replace(" ", "%20").replace(">", "%3E")
        self.assertEqual(self.http.delete(path, headers={"x-reason": "go away"}).status, 204)
        self.assertEqual(self.http.get("/api/connections"), [])
        self.clock.advance(0)
        self.assertEqual(self.client.take("connection.close").args.reply_text, "CONNECTION_FORCED - go away")

    def ann(self) -> RawClient:
        """A client of a user who may look at what is hers alone."""
        self.http.put("/api/users/ann", {"password": "x", "tags": "management"})
        self.http.put("/api/permissions/%2F/ann", {"configure": ".*", "write": ".*", "read": ".*"})
        return RawClient.connect(self.broker, self.clock).open(user="ann", password="x")

    def test_a_user_sees_her_own_connection_and_its_channels_and_nobody_elses(self):
        ann = self.ann()
        for number in (1, 2):
            ann.open_channel(number)
        guests, anns = (f"/api/connections/{quote(each.name)}" for each in self.broker.connections)
        found = self.http.get(anns, user="ann:x")
        self.assertEqual((found["user"], found["channels"]), ("ann", 2))
        channels = self.http.get(f"{anns}/channels", user="ann:x")
        self.assertEqual([(each["user"], each["number"]) for each in channels], [("ann", 1), ("ann", 2)])
        by_name = self.http.get("/api/connections/username/ann", user="ann:x")
        self.assertEqual([each["user"] for each in by_name], ["ann"])
        for path in (guests, f"{guests}/channels", "/api/connections/username/guest"):
            self.assertEqual(self.http.request("GET", path, user="ann:x").status, 401, path)
        self.assertEqual(self.http.get(f"{guests}/channels")[0]["user"], "guest")

    def test_a_channel_shows_its_consumers_to_its_own_user_and_to_who_may_monitor(self):
        ann = self.ann()
        ann.open_channel()
        ann.send("basic.consume", 1, queue="q", consumer_tag="hers")
        guests, anns = (f"/api/channels/{quote(each.name + ' (1)')}" for each in self.broker.connections)
        for user in ("ann:x", "guest:guest"):
            channel = self.http.get(anns, user=user)
            self.assertEqual([each["consumer_tag"] for each in channel["consumer_details"]], ["hers"])
            self.assertEqual((channel["consumer_count"], channel["user"]), (1, "ann"))
        self.assertEqual(self.http.get(guests)["consumer_details"], [])
        self.assertEqual(self.http.request("GET", guests, user="ann:x").status, 401)
        self.assertEqual(self.http.request("GET", "/api/channels/nosuch").status, 404)

    def test_a_user_who_is_deleted_loses_the_connections(self):
        ann = self.ann()
        self.http.delete("/api/users/ann")
        self.clock.advance(0)
        self.assertEqual(ann.take("connection.close").args.reply_code, 320)

    def test_what_one_request_sets_off_reaches_a_client_in_one_write(self):
        self.client.send("basic.consume", 1, queue="q", consumer_tag="me")
        for binding in range(3):
            self.client.send("queue.declare", 1, queue=f"copy{binding}")
            self.client.send("queue.bind", 1, queue=f"copy{binding}", exchange="amq.fanout")
            self.client.send("basic.consume", 1, queue=f"copy{binding}", consumer_tag=f"me{binding}")
        self.client.events.clear()
        pieces: list[bytes] = []
        received = self.client.dataReceived

        def receive(data: bytes) -> None:
            pieces.append(data)
            received(data)

        self.client.dataReceived = receive  # type: ignore[method-assign]
        message = {"routing_key": "", "payload": "x", "payload_encoding": "string", "properties": {}}
        self.http.post("/api/exchanges/%2F/amq.fanout/publish", message)
        self.clock.advance(0)
        self.assertEqual((len(pieces), self.client.names), (1, ["basic.deliver"] * 3))

    def test_publishing_over_http_delivers_to_a_consumer(self):
        self.client.send("basic.consume", 1, queue="q", consumer_tag="me")
        self.client.events.clear()
        answer = self.http.post(
            "/api/exchanges/%2F/amq.default/publish",
            {"routing_key": "q", "payload": "hi", "payload_encoding": "string", "properties": {"headers": {"a": 1}}},
        )
        self.assertEqual(answer.json, {"routed": True})
        self.clock.advance(0)
        content = self.client.take("basic.deliver").content
        assert content is not None, "a message has content"
        self.assertEqual((content.body, content.properties.headers), (b"hi", {"a": 1}))

    def test_what_a_queue_refuses_is_told(self):
        arguments = {"x-max-length": 0, "x-overflow": "reject-publish"}
        self.http.put("/api/queues/%2F/full", {"arguments": arguments})
        message = {"routing_key": "full", "payload": "", "payload_encoding": "string", "properties": {}}
        answer = self.http.post("/api/exchanges/%2F/amq.default/publish", message)
        self.assertEqual(answer.json["reason"], "rejected Unable to publish message. Check queue limits.")

    def test_an_exclusive_queue_is_its_owners(self):
        self.client.send("queue.declare", 1, queue="mine", exclusive=True)
        answer = self.http.post(
            "/api/queues/%2F/mine/get", {"count": 1, "ackmode": "ack_requeue_true", "encoding": "auto"}
        )
        self.assertEqual(answer.status, 400)
        self.assertIn("405 RESOURCE_LOCKED - cannot obtain exclusive access", answer.json["reason"])

    def test_a_binding_with_arguments_is_found_by_the_key_that_its_list_tells(self):
        for arguments in ({"x-match": "all", "a": 1}, {"x-match": "any", "a": 1}):
            self.http.post("/api/bindings/%2F/e/amq.headers/q/q", {"routing_key": "k ~/", "arguments": arguments})
        rows = self.http.get("/api/bindings/%2F/e/amq.headers/q/q")
        self.assertEqual(len({row["properties_key"] for row in rows}), 2)
        for row in rows:
            path = "/api/bindings/%2F/e/amq.headers/q/q/" + row["properties_key"].replace("%", "%25")
            self.assertEqual(self.http.get(path), row)
            self.assertEqual(self.http.delete(path).status, 204)
        self.assertEqual(self.http.get("/api/bindings/%2F/e/amq.headers/q/q"), [])

    def test_an_alarm_shows_in_checks_nodes_and_connections(self):
        self.broker.set_alarm("memory")
        alarms = [{"node": "rabbit@localhost", "resource": "memory"}]
        for check, where in (("alarms", "in the cluster"), ("local-alarms", "on the node")):
            answer = self.http.request("GET", f"/api/health/checks/{check}")
            reason = f"There are alarms in effect {where}"
            self.assertEqual(answer.json, {"status": "failed", "reason": reason, "alarms": alarms})
            self.assertEqual(answer.status, 503)
        answer = self.http.request("GET", "/api/healthchecks/node")
        self.assertEqual(
            answer.json["reason"], "resource alarm(s) in effect:[{resource_limit,memory,rabbit@localhost}]"
        )
        self.assertEqual([node["mem_alarm"] for node in self.http.get("/api/nodes")], [True])
        self.assertEqual([each["state"] for each in self.http.get("/api/connections")], ["blocking"])
        self.publish(1)
        self.assertEqual([each["state"] for each in self.http.get("/api/connections")], ["blocked"])
        self.broker.clear_alarm("memory")
        self.assertEqual([each["state"] for each in self.http.get("/api/connections")], ["running"])

    def test_tls_shows_in_connections_listeners_and_checks(self):
        self.assertEqual([each["ssl"] for each in self.http.get("/api/connections")], [False])
        self.assertEqual(self.http.request("GET", "/api/health/checks/protocol-listener/amqps").status, 503)
        self.broker.connections[0].external_user = lambda: None  # which is there over TLS only
        self.broker.listeners.addresses.append(ListenAddress("127.0.0.1", 5671, secure=True))
        self.assertEqual([each["ssl"] for each in self.http.get("/api/connections")], [True])
        listeners = [(each["protocol"], each["port"]) for each in self.http.get("/api/overview")["listeners"]]
        self.assertEqual(listeners, [("amqp/ssl", 5671), ("http", 15672)])
        self.http.get("/api/health/checks/protocol-listener/amqps")
        self.http.get("/api/health/checks/port-listener/5671")

    def test_a_port_where_nobody_listens_fails_its_check(self):
        answer = self.http.request("GET", "/api/health/checks/port-listener/5671")
        self.assertEqual((answer.status, answer.json["status"], answer.json["missing"]), (503, "failed", 5671))
        self.assertIn(15672, answer.json["ports"])

    def test_no_certificate_ever_expires(self):
        self.assertEqual(self.http.get("/api/health/checks/certificate-expiration/4/Weeks"), {"status": "ok"})

    def test_a_node_that_can_not_keep_a_message_is_not_alive(self):
        self.http.put("/api/policies/%2F/full", {"pattern": "^aliveness-test$", "definition": {"max-length": 0}})
        answer = self.http.request("GET", "/api/aliveness-test/%2F")
        self.assertEqual((answer.status, answer.json["reason"]), (503, "aliveness-test queue is empty"))

    def test_the_memory_of_the_node_adds_up(self):
        node = self.http.get("/api/nodes")[0]
        memory = self.http.get(f"/api/nodes/{node['name']}/memory")["memory"]
        self.assertEqual(memory["total"], dict.fromkeys(("erlang", "rss", "allocated"), node["mem_used"]))
        relative = self.http.get(f"/api/nodes/{node['name']}/memory/relative")["memory"]
        self.assertEqual(sum(relative.values()) - relative["total"], relative["total"])
        self.assertEqual(self.http.request("GET", "/api/nodes/other@host/memory").status, 404)

    def test_an_error_in_the_broker_is_told_and_the_client_gets_500(self):
        self.broker.listeners.addresses = None  # type: ignore[assignment]
        self.assertEqual(self.http.request("GET", "/api/overview").status, 500)
        self.assertEqual(len(self.flushLoggedErrors(TypeError)), 1)
        self.assertEqual(self.http.get("/api/whoami")["name"], "guest")

    def test_a_user_may_read_only_where_permissions_allow_it(self):
        self.ann()
        self.http.put("/api/permissions/%2F/ann", {"configure": ".*", "write": ".*", "read": "^$"})
        wanted = {"count": 1, "ackmode": "ack_requeue_true", "encoding": "auto"}
        answer = self.http.request("POST", "/api/queues/%2F/q/get", wanted, user="ann:x")
        self.assertEqual((answer.status, answer.json["error"]), (401, "not_authorised"))
        self.assertIn("access to queue 'q'", answer.json["reason"])

    def test_a_topic_permission_is_removed_for_one_exchange_or_for_all(self):
        path = "/api/topic-permissions/%2F/guest"
        for exchange in ("one", "two", "three"):
            self.http.put(path, {"exchange": exchange, "write": ".*", "read": ".*"})
        self.assertEqual(self.http.delete(f"{path}/two").status, 204)
        self.assertEqual([each["exchange"] for each in self.http.get(path)], ["one", "three"])
        self.assertEqual(self.http.delete(path).status, 204)
        self.assertEqual(self.http.request("GET", path).status, 404)

    def test_what_a_channel_has_done_counts_while_it_closes(self):
        self.publish(2)
        self.client.send("basic.publish", 1, Content.make({}, b""), exchange="missing")
        self.assertEqual(self.client.names, ["channel.close"])
        for _ in range(2):
            self.assertEqual(self.http.get("/api/vhosts/%2F")["message_stats"]["publish"], 2)
            self.client.send("channel.close-ok", 1)

    def test_a_body_that_is_too_long_is_refused(self):
        answer = self.http.request("PUT", "/api/queues/%2F/x", raw=b" " * 8_000_001)
        self.assertEqual((answer.status, answer.json["reason"]), (400, "Exceeded HTTP request body size limit"))

    def test_names_of_any_letters_go_through(self):
        for name, path in (("käse", "k%C3%A4se"), ("a/b c", "a%2Fb%20c"), ("100%", "100%25"), ("a+b", "a+b")):
            self.assertEqual(self.http.put(f"/api/queues/%2F/{path}", {}).status, 201)
            self.assertEqual(self.http.get(f"/api/queues/%2F/{path}?columns=name"), {"name": name})
            self.assertIn(name, self.broker.vhosts["/"].queues)

    def test_a_regular_expression_that_would_take_for_ever_finds_nothing(self):
        for number in range(100):
            self.client.send("queue.declare", 1, queue=f"{'a' * 40}!{number}")
        found = self.http.get("/api/queues?page=1&use_regex=true&name=(%3F%3D(a%2B)%2B%24)")
        self.assertEqual((found["filtered_count"], found["total_count"]), (0, 101))
        found = self.http.get("/api/queues?page=1&use_regex=true&name=%5E(A%7Caa)%2B!1")
        self.assertEqual(found["filtered_count"], 11)

    def test_feature_flags_tell_where_their_documents_are(self):
        urls = {row["name"]: row["doc_url"] for row in self.http.get("/api/feature-flags")}
        self.assertEqual(urls["quorum_queue"], "https://www.rabbitmq.com/quorum-queues.html")
        self.assertEqual(urls["user_limits"], "")
