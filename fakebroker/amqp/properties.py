"""What the server says of itself in ``connection.start``: RabbitMQ 3.10.8's own answer, in its order."""

from __future__ import annotations

from functools import lru_cache

from fakebroker.values import Table
from fakebroker.wire.field_table import ConstantTable

_CAPABILITIES = (
    "publisher_confirms",
    "exchange_exchange_bindings",
    "basic.nack",
    "consumer_cancel_notify",
    "connection.blocked",
    "consumer_priorities",
    "authentication_failure_close",
    "per_consumer_qos",
    "direct_reply_to",
)


@lru_cache(maxsize=64)
def server_properties(version: str, cluster_name: str) -> Table:
    """The server-properties table.

    Clients look for the product ``RabbitMQ`` and for capabilities before they use an extension; to an 0-8 client
    RabbitMQ announces an empty capabilities table. All connections are sent the same table: leave it as it is.

    :param version: the protocol version spoken, ``"0-8"``, ``"0-9"`` or ``"0-9-1"``.
    """
    table: Table = {
        "capabilities": {} if version == "0-8" else dict.fromkeys(_CAPABILITIES, True),
        "cluster_name": cluster_name,
        "copyright": "Copyright (c) 2007-2022 VMware, Inc. or its affiliates.",
        "information": "Licensed under the MPL 2.0. Website: https://rabbitmq.com",
        "platform": "Erlang/OTP 25.2.3",
        "product": "RabbitMQ",
        "version": "3.10.8",
    }
    return ConstantTable(table)
