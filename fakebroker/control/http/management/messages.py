"""Publishing to an exchange; getting from a queue, and purging it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakebroker.broker.json_form import table_to_json
from fakebroker.control.http import access, amqp_calls
from fakebroker.control.http.body import any_name, integer, octets, read_object, text, to_table, wrong
from fakebroker.control.http.endpoint import Call, Endpoint, bad_request
from fakebroker.control.http.json_values import payload_of
from fakebroker.control.http.management import exchanges, queues
from fakebroker.errors import AMQPError
from fakebroker.json_reader import Json
from fakebroker.values import Table
from fakebroker.wire.command import Command, Content

if TYPE_CHECKING:
    from fakebroker.wire.methods import BasicGetOk

_NUMBERS = ("delivery_mode", "priority", "timestamp")
_TEXTS = ("content_type", "content_encoding", "correlation_id", "reply_to", "expiration", "message_id", "type",
          "user_id", "app_id", "cluster_id")  # fmt: skip

# For each ack mode: is the message acknowledged at once, and is it requeued if not?
_ACK_MODES = {
    "ack_requeue_false": (True, None),
    "ack_requeue_true": (False, None),
    "reject_requeue_false": (False, False),
    "reject_requeue_true": (False, True),
}


# --- publish


def _publish(call: Call) -> Json:
    wanted = read_object(call, "routing_key", "properties", "payload", "payload_encoding")
    if not isinstance(wanted["payload"], str):
        raise bad_request("payload_not_string")
    key = any_name(wanted["routing_key"])
    with amqp_calls.channel(call) as channel:
        properties, body = _properties(wanted["properties"]), _body(wanted["payload"], wanted["payload_encoding"])
        try:
            content = Content.make(properties, body)
        except ValueError as error:  # RabbitMQ accepts it, and fails when it sends it
            raise bad_request(str(error)) from None
        channel.call("confirm.select")
        try:
            with call.broker.turn:  # when the turn ends, queues have accepted or refused the message
                channel.call(
                    "basic.publish", content, exchange=exchanges.name_of(call), routing_key=key, mandatory=True
                )
        except AMQPError as error:
            raise amqp_calls.exception(error) from error
        names = [command.name for command in channel.said]
    if "basic.nack" in names:
        raise bad_request("rejected Unable to publish message. Check queue limits.")
    return {"routed": "basic.return" not in names}


def _properties(wanted: Json) -> Table:
    if not isinstance(wanted, dict):
        raise wrong("properties", "an object", wanted)
    properties: Table = {}
    for name in ("headers", *_NUMBERS, *_TEXTS):
        value = wanted.get(name)
        if name not in wanted:
            continue
        if name in _NUMBERS and (isinstance(value, bool) or not isinstance(value, int)):
            raise bad_request(["not_int", name])
        if name in _TEXTS and not isinstance(value, str):
            raise bad_request(["not_string", name])
        if name == "delivery_mode" and value not in range(256):  # the rest is checked where all messages are
            raise bad_request(f"406 PRECONDITION_FAILED - invalid message: {{delivery_mode_unknown,{value}}}")
        properties[name] = to_table(value, "headers") if name == "headers" else value
    return properties


def _body(payload: str, encoding: Json) -> bytes:
    if encoding == "string":
        return payload.encode("utf-8", "surrogateescape")
    if encoding == "base64":
        return octets(payload)
    raise bad_request(["unsupported_encoding", encoding])


# --- get


def _get(call: Call) -> Json:
    """Fetch messages. Unacknowledged ones are requeued when the channel closes, which is at once."""
    wanted = read_object(call, "ackmode", "count", "encoding")
    with amqp_calls.channel(call) as channel:
        count, encoding = integer(wanted["count"]), wanted["encoding"]
        if encoding not in ("auto", "base64"):
            raise bad_request("Unsupported encoding. Please use auto or base64.")
        length = integer(wanted["truncate"]) if "truncate" in wanted else None
        fetched: list[Command[BasicGetOk]] = []
        if text(wanted["ackmode"], "ackmode") not in _ACK_MODES:
            raise wrong("ackmode", f"one of {', '.join(_ACK_MODES)}", wanted["ackmode"])
        if length is not None and length < 0:
            raise wrong("truncate", "a number of octets", length)
        no_ack, requeue = _ACK_MODES[wanted["ackmode"]]
        while len(fetched) != count:  # a negative count means all there are
            got = channel.call("basic.get", queue=call.names["queue"], no_ack=no_ack)[0]
            if got.name == "basic.get-empty":
                break
            fetched.append(got)
        for each in fetched if requeue is not None else ():
            channel.call("basic.reject", delivery_tag=each.args.delivery_tag, requeue=requeue)
    return [_show(each, encoding, length) for each in fetched]


def _show(got: Command[BasicGetOk], encoding: str, length: int | None) -> dict[str, Json]:
    content = got.content
    assert content is not None, "get-ok carries a message"
    args = got.args
    given = {name: value for name, value in content.properties._asdict().items() if value is not None}
    shown = {name: table_to_json(value) if name == "headers" else value for name, value in given.items()}
    return {
        "payload_bytes": len(content.body),
        "redelivered": args.redelivered,
        "exchange": args.exchange,
        "routing_key": args.routing_key,
        "message_count": args.message_count,
        "properties": shown or [],
        **payload_of(content.body[:length], encoding),
    }


def _purge(call: Call) -> None:
    amqp_calls.request(call, "queue.purge", queue=call.names["queue"])


ENDPOINTS = (
    Endpoint(
        "/api/exchanges/{vhost}/{exchange}/publish",
        access.vhost,
        post=_publish,
        find=exchanges.find,
        outside_turn=True,
    ),
    Endpoint("/api/queues/{vhost}/{queue}/get", access.vhost, post=_get, find=queues.find),
    Endpoint("/api/queues/{vhost}/{queue}/contents", access.vhost, delete=_purge, find=queues.find),
)
