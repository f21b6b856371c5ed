"""What a broker is set to: the limits that it offers to connections, the consumer timeout, the largest message."""

from __future__ import annotations

from dataclasses import dataclass

from fakebroker.validation import Sealed, whole


def _check_frame_max(name: str, value: object) -> None:
    if value != 0 or isinstance(value, bool):
        whole(4096, 2**32 - 1, otherwise=0)(name, value)


@dataclass
class Tuning(Sealed):
    """What ``connection.tune`` offers: numbers of channels, octets in a frame, seconds between heartbeats.

    ``consumer_timeout`` is how long, in milliseconds, a delivery may wait for its acknowledgement; None for ever.
    ``max_message_size`` is in octets of the body. With 0, there is no limit to channels or frames, and no heartbeat.

    :raises ValueError: when one is set to what a broker can't have: a frame has 4096 octets at least, a message up to
        512 MiB, as RabbitMQ's configuration has it.
    """

    _checks = {
        "channel_max": whole(0, 65535),
        "frame_max": _check_frame_max,
        "heartbeat": whole(0, 65535),
        "consumer_timeout": whole(1, 2**32 - 1, otherwise=None),
        "max_message_size": whole(1, 2**29),
    }

    channel_max: int = 2047
    frame_max: int = 131072
    heartbeat: int = 60
    consumer_timeout: int | None = 1_800_000
    max_message_size: int = 134_217_728
