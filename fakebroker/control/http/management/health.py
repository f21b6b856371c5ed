"""``/api/health/checks``, ``healthchecks`` and ``aliveness-test``: 200 when the broker is healthy, 503 when not."""

from __future__ import annotations

from fakebroker.control.http import access, amqp_calls
from fakebroker.control.http.endpoint import Answer, Call, Endpoint, Handler, bad_request, not_found
from fakebroker.control.http.json_values import NODE
from fakebroker.control.http.listing import columns
from fakebroker.control.http.management import vhosts
from fakebroker.control.http.management.nodes import listeners
from fakebroker.wire.command import Content

_OK = {"status": "ok"}
_UNITS = ("days", "weeks", "months", "years")
_ALIVENESS_QUEUE = "aliveness-test"

# Protocol names that differ from those of RabbitMQ's listeners.
_PROTOCOLS = {
    **dict.fromkeys((f"amqp{each}" for each in ("091", "0.9.1", "0-9-1", "0_9_1", "10", "1.0", "1-0", "1_0")), "amqp"),
    **dict.fromkeys(("http1", "http1.1", "http_api", "management", "management_ui", "ui"), "http"),
    "amqps": "amqp/ssl",
    "cli": "clustering",
    "distribution": "clustering",
}


def _failed(reason: str, **more: object) -> Answer:
    return Answer({"status": "failed", "reason": reason, **more}, status=503)


def _alarms(where: str) -> Handler:
    def get(call: Call) -> object:
        raised = [{"node": NODE, "resource": each} for each in call.broker.alarms.raised]
        if raised:
            return _failed(f"There are alarms in effect {where}", alarms=raised)
        return columns(call, _OK)

    return get


def _ok(call: Call) -> object:
    return columns(call, _OK)


def _single_node(call: Call) -> object:
    return columns(call, {**_OK, "reason": "single node cluster"})


def _certificates(call: Call) -> object:
    if not _is_number(call.names["within"]):
        raise bad_request("Invalid expiration value.")
    if call.names["unit"].lower() not in _UNITS:
        raise bad_request("Time unit not recognised. Supported units: days, weeks, months, years.")
    return columns(call, _OK)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 100


def _port(call: Call) -> object:
    if not _is_number(call.names["port"]):
        raise bad_request("Invalid port")
    port, ports = int(call.names["port"]), [each["port"] for each in listeners(call)]
    if port not in ports:
        return _failed("No active listener", missing=port, ports=ports)
    return columns(call, {**_OK, "port": port})


def _protocol(call: Call) -> object:
    wanted = call.names["protocol"].lower()
    protocol, protocols = _PROTOCOLS.get(wanted, wanted), [each["protocol"] for each in listeners(call)]
    if protocol not in protocols:
        return _failed("No active listener", missing=protocol, protocols=protocols)
    return columns(call, {**_OK, "protocol": protocol})


def _node(call: Call) -> object:
    if call.names.get("node", NODE) != NODE:
        raise not_found()
    alarms = call.broker.alarms.raised
    if alarms:
        shown = ",".join(f"{{resource_limit,{alarm},{NODE}}}" for alarm in alarms)
        return _failed(f"resource alarm(s) in effect:[{shown}]")
    return columns(call, _OK)


def _aliveness(call: Call) -> object:
    """Declare a queue, publish to it, get from it; the queue stays, as it does in RabbitMQ."""
    with amqp_calls.channel(call) as channel:
        channel.call("queue.declare", queue=_ALIVENESS_QUEUE)
        channel.call("basic.publish", Content.make({}, b"test_message"), routing_key=_ALIVENESS_QUEUE)
        got = channel.call("basic.get", queue=_ALIVENESS_QUEUE, no_ack=True)[0]
    if got.name == "basic.get-empty":
        return _failed("aliveness-test queue is empty")
    return columns(call, _OK)


_CHECKS = "/api/health/checks"

ENDPOINTS = (
    Endpoint("/api/aliveness-test/{vhost}", access.vhost, get=_aliveness, find=vhosts.find),
    Endpoint(f"{_CHECKS}/alarms", access.management, get=_alarms("in the cluster")),
    Endpoint(f"{_CHECKS}/local-alarms", access.management, get=_alarms("on the node")),
    Endpoint(f"{_CHECKS}/virtual-hosts", access.management, get=_ok),
    Endpoint(f"{_CHECKS}/node-is-mirror-sync-critical", access.management, get=_single_node),
    Endpoint(f"{_CHECKS}/node-is-quorum-critical", access.management, get=_single_node),
    Endpoint(f"{_CHECKS}/certificate-expiration/{{within}}/{{unit}}", access.management, get=_certificates),
    Endpoint(f"{_CHECKS}/port-listener/{{port}}", access.management, get=_port),
    Endpoint(f"{_CHECKS}/protocol-listener/{{protocol}}", access.management, get=_protocol),
    Endpoint("/api/healthchecks/node", access.management, get=_node),
    Endpoint("/api/healthchecks/node/{node}", access.management, get=_node),
)
