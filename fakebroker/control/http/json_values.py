"""How the broker's values look in JSON."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from fakebroker.json_reader import Json

NODE = "rabbit@localhost"
"""The name of the one node of this broker."""


def payload_of(body: bytes, encoding: str) -> dict[str, str]:
    """The body of a message: as text if the encoding is ``auto`` and the body is UTF-8, else in base64."""
    if encoding == "auto":
        try:
            return {"payload": body.decode("utf-8"), "payload_encoding": "string"}
        except UnicodeDecodeError:
            pass
    return {"payload": base64.b64encode(body).decode("ascii"), "payload_encoding": "base64"}


def with_rates(counts: Mapping[str, int]) -> dict[str, Json]:
    """Each count with the details that RabbitMQ adds to it. The rate is always 0.0: a real one depends on when RabbitMQ
    last sampled.
    """
    shown: dict[str, Json] = {}
    for name, count in counts.items():
        shown[name] = count
        shown[f"{name}_details"] = {"rate": 0.0}
    return shown


def addresses(connection_name: str) -> tuple[str, int, str, int]:
    """Host and port of the peer and of the broker, from a connection's name, ``host:port -> host:port``."""
    peer, _, here = connection_name.partition(" -> ")
    return (*_address(peer), *_address(here))


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return (host, int(port)) if port.isdigit() else (text, 0)
