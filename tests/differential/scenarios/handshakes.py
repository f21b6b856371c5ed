"""Before a connection is open."""

from __future__ import annotations

from typing import Any

from tests.differential.scenario import Step
from tests.differential.scenarios.say import declare, do

HANG_UP: Step = ["a", "hang up", {}]
GUEST = {"$x": b"\0guest\0guest".hex()}


def dial(header: str | None = None) -> Step:
    return ["a", "dial", {"header": header} if header else {}]


def start_ok(mechanism: str = "PLAIN", response: Any = GUEST, **properties: Any) -> Step:
    return ["a0", "!connection.start-ok", {"mechanism": mechanism, "response": response, "locale": "en_US",
                                            "client_properties": properties}]  # fmt: skip


def tune_ok(channel_max: int = 2047, frame_max: int = 131072, heartbeat: int = 0) -> Step:
    return ["a0", "!connection.tune-ok", {"channel_max": channel_max, "frame_max": frame_max, "heartbeat": heartbeat}]


def open_(vhost: str = "/") -> Step:
    return ["a0", "!connection.open", {"virtual_host": vhost}]


CLOSES: dict[str, Any] = {"capabilities": {"authentication_failure_close": True}}
AMQPLAIN = "054c4f47494e53000000056775657374" + "0850415353574f524453000000056775657374"

SCENARIOS: dict[str, list[Step]] = {
    "the whole handshake": [dial(), start_ok(), tune_ok(), open_(), declare(), ["a0", "!connection.close", {}],
        HANG_UP],
    "an AMQPLAIN client": [dial(), start_ok("AMQPLAIN", {"$x": AMQPLAIN}), tune_ok(), open_()],
    "AMQPLAIN without a password": [dial(), start_ok("AMQPLAIN", {"$x": AMQPLAIN[:32]}, **CLOSES), HANG_UP],
    "a wrong password, close wanted": [dial(), start_ok(response={"$x": b"\0guest\0no".hex()}, **CLOSES), HANG_UP],
    "a wrong password, close not wanted": [dial(), start_ok(response={"$x": b"\0guest\0no".hex()}), HANG_UP],
    "an unknown user, close wanted": [dial(), start_ok(response={"$x": b"\0nobody\0no".hex()}, **CLOSES), HANG_UP],
    "PLAIN with an identity": [dial(), start_ok(response={"$x": b"me\0guest\0guest".hex()}, **CLOSES), tune_ok(),
        open_()],
    "PLAIN without a first zero": [dial(), start_ok(response={"$x": b"guest\0guest".hex()}, **CLOSES), HANG_UP],
    "PLAIN with nothing": [dial(), start_ok(response={"$x": ""}, **CLOSES), HANG_UP],
    "an unknown mechanism": [dial(), start_ok("NO-SUCH", **CLOSES), HANG_UP],
    "an empty mechanism": [dial(), start_ok("", **CLOSES), HANG_UP],
    "a mechanism that is not enabled": [dial(), start_ok("RABBIT-CR-DEMO", **CLOSES), HANG_UP],
    "EXTERNAL": [dial(), start_ok("EXTERNAL", **CLOSES), HANG_UP],
    "ANONYMOUS": [dial(), start_ok("ANONYMOUS", **CLOSES), HANG_UP],
    "an unknown vhost": [dial(), start_ok(), tune_ok(), open_("no-such"), HANG_UP],
    "an empty vhost": [dial(), start_ok(), tune_ok(), open_(""), HANG_UP],
    "a vhost with a slash too many": [dial(), start_ok(), tune_ok(), open_("//"), HANG_UP],
    "tune-ok before start-ok": [dial(), tune_ok(), HANG_UP],
    "open before tune-ok": [dial(), start_ok(), open_(), HANG_UP],
    "start-ok twice": [dial(), start_ok(), start_ok(), HANG_UP],
    "tune-ok twice": [dial(), start_ok(), tune_ok(), tune_ok(), HANG_UP],
    "a channel before open": [dial(), start_ok(), tune_ok(), ["a1", "!channel.open", {}], HANG_UP],
    "a channel before tune-ok": [dial(), start_ok(), ["a1", "!channel.open", {}], HANG_UP],
    "close before open": [dial(), start_ok(), tune_ok(), ["a0", "!connection.close", {"reply_code": 200}], HANG_UP],
    "close before tune-ok": [dial(), start_ok(), ["a0", "!connection.close", {"reply_code": 200}], HANG_UP],
    "close before start-ok": [dial(), ["a0", "!connection.close", {"reply_code": 200}], HANG_UP],
    "a server's method during the handshake": [dial(), ["a0", "!connection.tune", {}], HANG_UP],
    "secure-ok unasked": [dial(), ["a0", "!connection.secure-ok", {"response": {"$x": "00"}}], HANG_UP],
    "junk after the header": [dial(), ["a", "bytes", {"hex": "ff" * 20}], HANG_UP],
    "a frame with a wrong end during the handshake": [dial(), ["a", "bytes", {"hex": "0100000000000100ff"}], HANG_UP],
    "an unknown method during the handshake": [dial(), ["a", "bytes", {"hex": "01000000000004000a03e7ce"}], HANG_UP],
    "a heartbeat during the handshake": [dial(), ["a", "bytes", {"hex": "08000000000000ce"}], start_ok(), tune_ok(),
        open_()],
    "a running connection opened again": [dial(), start_ok(), tune_ok(), open_(), open_(), HANG_UP],
    "a tag for the connection": [
        dial(), start_ok(connection_name="mine", capabilities={"consumer_cancel_notify": True}), tune_ok(), open_(),
    ],
    "a client that misses two heartbeats": [
        dial(), start_ok(), tune_ok(heartbeat=1), open_(), declare(), ["", "wait", {"seconds": 1.2}],
        ["a1", "basic.get", {"queue": "df.q1"}], HANG_UP,
    ],
    "strings that mean nothing any more": [
        dial(), start_ok(), tune_ok(), ["a0", "!connection.open", {"virtual_host": "/", "capabilities": "x",
        "insist": True}],
        ["a1", "!channel.open", {"out_of_band": "x"}],
    ],
    "a client's close is answered and the socket left open": [
        do("queue.declare", queue="df.q1"), ["a0", "!connection.close", {"reply_code": 320, "reply_text": "bye"}],
    ],
}  # fmt: skip

for _name, _tune in {
    "channel-max 0": (0, 131072, 0), "channel-max 1": (1, 131072, 0), "channel-max beyond the offer": (2048, 131072, 0),
    "frame-max 0": (2047, 0, 0), "frame-max 4095": (2047, 4095, 0), "frame-max 4096": (2047, 4096, 0),
    "frame-max beyond the offer": (2047, 131073, 0), "heartbeat 1": (2047, 131072, 1), "heartbeat 600": (2047, 131072,
        600),
    "all at once": (0, 0, 0),
}.items():  # fmt: skip
    SCENARIOS[f"tune-ok: {_name}"] = [dial(), start_ok(), tune_ok(*_tune), open_()]

_SERVED = (b"AMQP\x01\x01\x09\x01", b"AMQP\x01\x01\x08\x00", b"AMQP\x01\x01\x00\x09", b"AMQP\x00\x00\x09\x01")
for _header in (
    *_SERVED,
    b"HTTP/1.1", b"AMQP\x00\x00\x09\x00", b"AMQP\x01\x01\x00\x0a",
    b"AMQP\x00\x01\x00\x00", b"AMQP\x03\x01\x00\x00", b"AMQP\x00\x00\x08\x00", b"AMQP\x01\x01\x08\x01",
    b"GET / HT", b"\x00" * 8, b"AMQP\x02\x01\x00\x00", b"amqp\x00\x00\x09\x01",
):  # fmt: skip
    SCENARIOS[f"protocol header {_header!r}"] = [dial(_header.hex())] if _header in _SERVED else [dial(_header.hex()),
        HANG_UP]
