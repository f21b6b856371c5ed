"""The fields of each method and of content properties, by their types. Made by ``python -m tests.wire.stubs`` of what
``specs/`` says; for type checkers only: at run time ``wire/classes.py`` makes these classes when they are first used.
"""

from typing import Literal, NamedTuple, Protocol, overload

from fakebroker.values import Table
from fakebroker.wire.command import Command, Content

class HasNoWait(Protocol):
    """A method that may ask for no answer."""

    @property
    def no_wait(self) -> bool: ...

class HasDeliveryTag(Protocol):
    """A method about a delivery."""

    @property
    def delivery_tag(self) -> int: ...

class AccessRequest(NamedTuple):
    """``access.request`` of AMQP 0-8, 0-9 and 0-9-1."""

    realm: str
    exclusive: bool
    passive: bool
    active: bool
    write: bool
    read: bool

class AccessRequestOk(NamedTuple):
    """``access.request-ok`` of AMQP 0-8, 0-9 and 0-9-1."""

    ticket: int

class BasicAck(NamedTuple):
    """``basic.ack`` of AMQP 0-8, 0-9 and 0-9-1."""

    delivery_tag: int
    multiple: bool

class BasicCancel(NamedTuple):
    """``basic.cancel`` of AMQP 0-8, 0-9 and 0-9-1."""

    consumer_tag: str
    no_wait: bool

class BasicCancelOk(NamedTuple):
    """``basic.cancel-ok`` of AMQP 0-8, 0-9 and 0-9-1."""

    consumer_tag: str

class BasicConsume(NamedTuple):
    """``basic.consume`` of AMQP 0-8, 0-9 and 0-9-1."""

    ticket: int
    queue: str
    consumer_tag: str
    no_local: bool
    no_ack: bool
    exclusive: bool
    no_wait: bool

class BasicConsumeOk(NamedTuple):
    """``basic.consume-ok`` of AMQP 0-8, 0-9 and 0-9-1."""

    consumer_tag: str

class BasicCredit(NamedTuple):
    """``basic.credit`` of AMQP 0-9 and 0-9-1."""

    consumer_tag: str
    credit: int
    drain: bool

class BasicCreditDrained(NamedTuple):
    """``basic.credit-drained`` of AMQP 0-9 and 0-9-1."""

    consumer_tag: str
    credit_drained: int

class BasicCreditOk(NamedTuple):
    """``basic.credit-ok`` of AMQP 0-9 and 0-9-1."""

    available: int

class BasicDeliver(NamedTuple):
    """``basic.deliver`` of AMQP 0-8, 0-9 and 0-9-1."""

    consumer_tag: str
    delivery_tag: int
    redelivered: bool
    exchange: str
    routing_key: str

class BasicGet(NamedTuple):
    """``basic.get`` of AMQP 0-8, 0-9 and 0-9-1."""

    ticket: int
    queue: str
    no_ack: bool

class BasicGetEmpty(NamedTuple):
    """``basic.get-empty`` of AMQP 0-8, 0-9 and 0-9-1."""

    cluster_id: str

class BasicGetOk(NamedTuple):
    """``basic.get-ok`` of AMQP 0-8, 0-9 and 0-9-1."""

    delivery_tag: int
    redelivered: bool
    exchange: str
    routing_key: str
    message_count: int

class BasicNack(NamedTuple):
    """``basic.nack`` of AMQP 0-9 and 0-9-1."""

    delivery_tag: int
    multiple: bool
    requeue: bool

class BasicPublish(NamedTuple):
    """``basic.publish`` of AMQP 0-8, 0-9 and 0-9-1."""

    ticket: int
    exchange: str
    routing_key: str
    mandatory: bool
    immediate: bool

class BasicQos(NamedTuple):
    """``basic.qos`` of AMQP 0-8, 0-9 and 0-9-1."""

    prefetch_size: int
    prefetch_count: int
    global_: bool

class BasicQosOk(NamedTuple):
    """``basic.qos-ok`` of AMQP 0-8, 0-9 and 0-9-1."""

class BasicRecover(NamedTuple):
    """``basic.recover`` of AMQP 0-8, 0-9 and 0-9-1."""

    requeue: bool

class BasicRecoverAsync(NamedTuple):
    """``basic.recover-async`` of AMQP 0-8, 0-9 and 0-9-1."""

    requeue: bool

class BasicRecoverOk(NamedTuple):
    """``basic.recover-ok`` of AMQP 0-8, 0-9 and 0-9-1."""

class BasicReject(NamedTuple):
    """``basic.reject`` of AMQP 0-8, 0-9 and 0-9-1."""

    delivery_tag: int
    requeue: bool

class BasicReturn(NamedTuple):
    """``basic.return`` of AMQP 0-8, 0-9 and 0-9-1."""

    reply_code: int
    reply_text: str
    exchange: str
    routing_key: str

class ChannelAlert(NamedTuple):
    """``channel.alert`` of AMQP 0-8."""

    reply_code: int
    reply_text: str
    details: Table

class ChannelClose(NamedTuple):
    """``channel.close`` of AMQP 0-8, 0-9 and 0-9-1."""

    reply_code: int
    reply_text: str
    class_id: int
    method_id: int

class ChannelCloseOk(NamedTuple):
    """``channel.close-ok`` of AMQP 0-8, 0-9 and 0-9-1."""

class ChannelFlow(NamedTuple):
    """``channel.flow`` of AMQP 0-8, 0-9 and 0-9-1."""

    active: bool

class ChannelFlowOk(NamedTuple):
    """``channel.flow-ok`` of AMQP 0-8, 0-9 and 0-9-1."""

    active: bool

class ChannelOk(NamedTuple):
    """``channel.ok`` of AMQP 0-9."""

class ChannelOpen(NamedTuple):
    """``channel.open`` of AMQP 0-8, 0-9 and 0-9-1."""

    out_of_band: str

class ChannelOpenOk(NamedTuple):
    """``channel.open-ok`` of AMQP 0-8, 0-9 and 0-9-1."""

class ChannelPing(NamedTuple):
    """``channel.ping`` of AMQP 0-9."""

class ChannelPong(NamedTuple):
    """``channel.pong`` of AMQP 0-9."""

class ChannelResume(NamedTuple):
    """``channel.resume`` of AMQP 0-9."""

    channel_id: bytes

class ConfirmSelect(NamedTuple):
    """``confirm.select`` of AMQP 0-9 and 0-9-1."""

    no_wait: bool

class ConfirmSelectOk(NamedTuple):
    """``confirm.select-ok`` of AMQP 0-9 and 0-9-1."""

class ConnectionBlocked(NamedTuple):
    """``connection.blocked`` of AMQP 0-9 and 0-9-1."""

    reason: str

class ConnectionClose(NamedTuple):
    """``connection.close`` of AMQP 0-8, 0-9 and 0-9-1."""

    reply_code: int
    reply_text: str
    class_id: int
    method_id: int

class ConnectionCloseOk(NamedTuple):
    """``connection.close-ok`` of AMQP 0-8, 0-9 and 0-9-1."""

class ConnectionOpen(NamedTuple):
    """``connection.open`` of AMQP 0-8, 0-9 and 0-9-1."""

    virtual_host: str
    capabilities: str
    insist: bool

class ConnectionOpenOk(NamedTuple):
    """``connection.open-ok`` of AMQP 0-8, 0-9 and 0-9-1."""

    known_hosts: str

class ConnectionRedirect(NamedTuple):
    """``connection.redirect`` of AMQP 0-8 and 0-9."""

    host: str
    known_hosts: str

class ConnectionSecure(NamedTuple):
    """``connection.secure`` of AMQP 0-8, 0-9 and 0-9-1."""

    challenge: bytes

class ConnectionSecureOk(NamedTuple):
    """``connection.secure-ok`` of AMQP 0-8, 0-9 and 0-9-1."""

    response: bytes

class ConnectionStart(NamedTuple):
    """``connection.start`` of AMQP 0-8, 0-9 and 0-9-1."""

    version_major: int
    version_minor: int
    server_properties: Table
    mechanisms: bytes
    locales: bytes

class ConnectionStartOk(NamedTuple):
    """``connection.start-ok`` of AMQP 0-8, 0-9 and 0-9-1."""

    client_properties: Table
    mechanism: str
    response: bytes
    locale: str

class ConnectionTune(NamedTuple):
    """``connection.tune`` of AMQP 0-8, 0-9 and 0-9-1."""

    channel_max: int
    frame_max: int
    heartbeat: int

class ConnectionTuneOk(NamedTuple):
    """``connection.tune-ok`` of AMQP 0-8, 0-9 and 0-9-1."""

    channel_max: int
    frame_max: int
    heartbeat: int

class ConnectionUnblocked(NamedTuple):
    """``connection.unblocked`` of AMQP 0-9 and 0-9-1."""

class ConnectionUpdateSecret(NamedTuple):
    """``connection.update-secret`` of AMQP 0-9 and 0-9-1."""

    new_secret: bytes
    reason: str

class ConnectionUpdateSecretOk(NamedTuple):
    """``connection.update-secret-ok`` of AMQP 0-9 and 0-9-1."""

class DtxSelect(NamedTuple):
    """``dtx.select`` of AMQP 0-8 and 0-9."""

class DtxSelectOk(NamedTuple):
    """``dtx.select-ok`` of AMQP 0-8 and 0-9."""

class DtxStart(NamedTuple):
    """``dtx.start`` of AMQP 0-8 and 0-9."""

    dtx_identifier: str

class DtxStartOk(NamedTuple):
    """``dtx.start-ok`` of AMQP 0-8 and 0-9."""

class ExchangeBind(NamedTuple):
    """``exchange.bind`` of AMQP 0-9 and 0-9-1."""

    ticket: int
    destination: str
    source: str
    routing_key: str
    no_wait: bool
    arguments: Table

class ExchangeBindOk(NamedTuple):
    """``exchange.bind-ok`` of AMQP 0-9 and 0-9-1."""

class ExchangeDeclare(NamedTuple):
    """``exchange.declare`` of AMQP 0-8, 0-9 and 0-9-1."""

    ticket: int
    exchange: str
    type: str
    passive: bool
    durable: bool
    auto_delete: bool
    internal: bool
    no_wait: bool
    arguments: Table

class ExchangeDeclareOk(NamedTuple):
    """``exchange.declare-ok`` of AMQP 0-8, 0-9 and 0-9-1."""

class ExchangeDelete(NamedTuple):
    """``exchange.delete`` of AMQP 0-8, 0-9 and 0-9-1."""

    ticket: int
    exchange: str
    if_unused: bool
    no_wait: bool

class ExchangeDeleteOk(NamedTuple):
    """``exchange.delete-ok`` of AMQP 0-8, 0-9 and 0-9-1."""

class ExchangeUnbind(NamedTuple):
    """``exchange.unbind`` of AMQP 0-9 and 0-9-1."""

    ticket: int
    destination: str
    source: str
    routing_key: str
    no_wait: bool
    arguments: Table

class ExchangeUnbindOk(NamedTuple):
    """``exchange.unbind-ok`` of AMQP 0-9 and 0-9-1."""

class FileAck(NamedTuple):
    """``file.ack`` of AMQP 0-8 and 0-9."""

    delivery_tag: int
    multiple: bool

class FileCancel(NamedTuple):
    """``file.cancel`` of AMQP 0-8 and 0-9."""

    consumer_tag: str
    no_wait: bool

class FileCancelOk(NamedTuple):
    """``file.cancel-ok`` of AMQP 0-8 and 0-9."""

    consumer_tag: str

class FileConsume(NamedTuple):
    """``file.consume`` of AMQP 0-8 and 0-9."""

    ticket: int
    queue: str
    consumer_tag: str
    no_local: bool
    no_ack: bool
    exclusive: bool
    no_wait: bool

class FileConsumeOk(NamedTuple):
    """``file.consume-ok`` of AMQP 0-8 and 0-9."""

    consumer_tag: str

class FileDeliver(NamedTuple):
    """``file.deliver`` of AMQP 0-8 and 0-9."""

    consumer_tag: str
    delivery_tag: int
    redelivered: bool
    exchange: str
    routing_key: str
    identifier: str

class FileOpen(NamedTuple):
    """``file.open`` of AMQP 0-8 and 0-9."""

    identifier: str
    content_size: int

class FileOpenOk(NamedTuple):
    """``file.open-ok`` of AMQP 0-8 and 0-9."""

    staged_size: int

class FilePublish(NamedTuple):
    """``file.publish`` of AMQP 0-8 and 0-9."""

    ticket: int
    exchange: str
    routing_key: str
    mandatory: bool
    immediate: bool
    identifier: str

class FileQos(NamedTuple):
    """``file.qos`` of AMQP 0-8 and 0-9."""

    prefetch_size: int
    prefetch_count: int
    global_: bool

class FileQosOk(NamedTuple):
    """``file.qos-ok`` of AMQP 0-8 and 0-9."""

class FileReject(NamedTuple):
    """``file.reject`` of AMQP 0-8 and 0-9."""

    delivery_tag: int
    requeue: bool

class FileReturn(NamedTuple):
    """``file.return`` of AMQP 0-8 and 0-9."""

    reply_code: int
    reply_text: str
    exchange: str
    routing_key: str

class FileStage(NamedTuple):
    """``file.stage`` of AMQP 0-8 and 0-9."""

class QueueBind(NamedTuple):
    """``queue.bind`` of AMQP 0-8, 0-9 and 0-9-1."""

    ticket: int
    queue: str
    exchange: str
    routing_key: str
    no_wait: bool
    arguments: Table

class QueueBindOk(NamedTuple):
    """``queue.bind-ok`` of AMQP 0-8, 0-9 and 0-9-1."""

class QueueDeclare(NamedTuple):
    """``queue.declare`` of AMQP 0-8, 0-9 and 0-9-1."""

    ticket: int
    queue: str
    passive: bool
    durable: bool
    exclusive: bool
    auto_delete: bool
    no_wait: bool
    arguments: Table

class QueueDeclareOk(NamedTuple):
    """``queue.declare-ok`` of AMQP 0-8, 0-9 and 0-9-1."""

    queue: str
    message_count: int
    consumer_count: int

class QueueDelete(NamedTuple):
    """``queue.delete`` of AMQP 0-8, 0-9 and 0-9-1."""

    ticket: int
    queue: str
    if_unused: bool
    if_empty: bool
    no_wait: bool

class QueueDeleteOk(NamedTuple):
    """``queue.delete-ok`` of AMQP 0-8, 0-9 and 0-9-1."""

    message_count: int

class QueuePurge(NamedTuple):
    """``queue.purge`` of AMQP 0-8, 0-9 and 0-9-1."""

    ticket: int
    queue: str
    no_wait: bool

class QueuePurgeOk(NamedTuple):
    """``queue.purge-ok`` of AMQP 0-8, 0-9 and 0-9-1."""

    message_count: int

class QueueUnbind(NamedTuple):
    """``queue.unbind`` of AMQP 0-8, 0-9 and 0-9-1."""

    ticket: int
    queue: str
    exchange: str
    routing_key: str
    arguments: Table

class QueueUnbindOk(NamedTuple):
    """``queue.unbind-ok`` of AMQP 0-8, 0-9 and 0-9-1."""

class StreamCancel(NamedTuple):
    """``stream.cancel`` of AMQP 0-8 and 0-9."""

    consumer_tag: str
    no_wait: bool

class StreamCancelOk(NamedTuple):
    """``stream.cancel-ok`` of AMQP 0-8 and 0-9."""

    consumer_tag: str

class StreamConsume(NamedTuple):
    """``stream.consume`` of AMQP 0-8 and 0-9."""

    ticket: int
    queue: str
    consumer_tag: str
    no_local: bool
    exclusive: bool
    no_wait: bool

class StreamConsumeOk(NamedTuple):
    """``stream.consume-ok`` of AMQP 0-8 and 0-9."""

    consumer_tag: str

class StreamDeliver(NamedTuple):
    """``stream.deliver`` of AMQP 0-8 and 0-9."""

    consumer_tag: str
    delivery_tag: int
    exchange: str
    queue: str

class StreamPublish(NamedTuple):
    """``stream.publish`` of AMQP 0-8 and 0-9."""

    ticket: int
    exchange: str
    routing_key: str
    mandatory: bool
    immediate: bool

class StreamQos(NamedTuple):
    """``stream.qos`` of AMQP 0-8 and 0-9."""

    prefetch_size: int
    prefetch_count: int
    consume_rate: int
    global_: bool

class StreamQosOk(NamedTuple):
    """``stream.qos-ok`` of AMQP 0-8 and 0-9."""

class StreamReturn(NamedTuple):
    """``stream.return`` of AMQP 0-8 and 0-9."""

    reply_code: int
    reply_text: str
    exchange: str
    routing_key: str

class TestContent(NamedTuple):
    """``test.content`` of AMQP 0-8."""

class TestContentOk(NamedTuple):
    """``test.content-ok`` of AMQP 0-8."""

    content_checksum: int

class TestInteger(NamedTuple):
    """``test.integer`` of AMQP 0-8."""

    integer_1: int
    integer_2: int
    integer_3: int
    integer_4: int
    operation: int

class TestIntegerOk(NamedTuple):
    """``test.integer-ok`` of AMQP 0-8."""

    result: int

class TestString(NamedTuple):
    """``test.string`` of AMQP 0-8."""

    string_1: str
    string_2: bytes
    operation: int

class TestStringOk(NamedTuple):
    """``test.string-ok`` of AMQP 0-8."""

    result: bytes

class TestTable(NamedTuple):
    """``test.table`` of AMQP 0-8."""

    table: Table
    integer_op: int
    string_op: int

class TestTableOk(NamedTuple):
    """``test.table-ok`` of AMQP 0-8."""

    integer_result: int
    string_result: bytes

class TunnelRequest(NamedTuple):
    """``tunnel.request`` of AMQP 0-8 and 0-9."""

    meta_data: Table

class TxCommit(NamedTuple):
    """``tx.commit`` of AMQP 0-8, 0-9 and 0-9-1."""

class TxCommitOk(NamedTuple):
    """``tx.commit-ok`` of AMQP 0-8, 0-9 and 0-9-1."""

class TxRollback(NamedTuple):
    """``tx.rollback`` of AMQP 0-8, 0-9 and 0-9-1."""

class TxRollbackOk(NamedTuple):
    """``tx.rollback-ok`` of AMQP 0-8, 0-9 and 0-9-1."""

class TxSelect(NamedTuple):
    """``tx.select`` of AMQP 0-8, 0-9 and 0-9-1."""

class TxSelectOk(NamedTuple):
    """``tx.select-ok`` of AMQP 0-8, 0-9 and 0-9-1."""

class BasicProperties(NamedTuple):
    """Of content of the class ``basic``."""

    content_type: str | None
    content_encoding: str | None
    headers: Table | None
    delivery_mode: int | None
    priority: int | None
    correlation_id: str | None
    reply_to: str | None
    expiration: str | None
    message_id: str | None
    timestamp: int | None
    type: str | None
    user_id: str | None
    app_id: str | None
    cluster_id: str | None

class FileProperties(NamedTuple):
    """Of content of the class ``file``."""

    content_type: str | None
    content_encoding: str | None
    headers: Table | None
    priority: int | None
    reply_to: str | None
    message_id: str | None
    filename: str | None
    timestamp: int | None
    cluster_id: str | None

class StreamProperties(NamedTuple):
    """Of content of the class ``stream``."""

    content_type: str | None
    content_encoding: str | None
    headers: Table | None
    priority: int | None
    timestamp: int | None

class TunnelProperties(NamedTuple):
    """Of content of the class ``tunnel``."""

    headers: Table | None
    proxy_name: str | None
    data_name: str | None
    durable: int | None
    broadcast: int | None

class ConnectionSend(Protocol):
    """Sends a command on channel 0. Fields that are not given are zero, empty or false."""

    @overload
    def __call__(self, name: Literal["connection.blocked"], /, *, reason: str = ...) -> None: ...

    @overload
    def __call__(
        self,
        name: Literal["connection.close"],
        /,
        *,
        reply_code: int = ...,
        reply_text: str = ...,
        class_id: int = ...,
        method_id: int = ...,
    ) -> None: ...

    @overload
    def __call__(self, name: Literal["connection.close-ok"], /) -> None: ...

    @overload
    def __call__(self, name: Literal["connection.open-ok"], /, *, known_hosts: str = ...) -> None: ...

    @overload
    def __call__(self, name: Literal["connection.redirect"], /, *, host: str = ..., known_hosts: str = ...) -> None: ...

    @overload
    def __call__(self, name: Literal["connection.secure"], /, *, challenge: bytes = ...) -> None: ...

    @overload
    def __call__(
        self,
        name: Literal["connection.start"],
        /,
        *,
        version_major: int = ...,
        version_minor: int = ...,
        server_properties: Table = ...,
        mechanisms: bytes = ...,
        locales: bytes = ...,
    ) -> None: ...

    @overload
    def __call__(
        self,
        name: Literal["connection.tune"],
        /,
        *,
        channel_max: int = ...,
        frame_max: int = ...,
        heartbeat: int = ...,
    ) -> None: ...

    @overload
    def __call__(self, name: Literal["connection.unblocked"], /) -> None: ...

    @overload
    def __call__(self, name: Literal["connection.update-secret-ok"], /) -> None: ...

class ChannelSend(Protocol):
    """Sends a command on a channel. Fields that are not given are zero, empty or false."""

    @overload
    def __call__(self, name: Literal["access.request-ok"], /, *, ticket: int = ...) -> None: ...

    @overload
    def __call__(self, name: Literal["basic.ack"], /, *, delivery_tag: int = ..., multiple: bool = ...) -> None: ...

    @overload
    def __call__(self, name: Literal["basic.cancel"], /, *, consumer_tag: str = ..., no_wait: bool = ...) -> None: ...

    @overload
    def __call__(self, name: Literal["basic.cancel-ok"], /, *, consumer_tag: str = ...) -> None: ...

    @overload
    def __call__(self, name: Literal["basic.consume-ok"], /, *, consumer_tag: str = ...) -> None: ...

    @overload
    def __call__(
        self,
        name: Literal["basic.credit-drained"],
        /,
        *,
        consumer_tag: str = ...,
        credit_drained: int = ...,
    ) -> None: ...

    @overload
    def __call__(self, name: Literal["basic.credit-ok"], /, *, available: int = ...) -> None: ...

    @overload
    def __call__(
        self,
        name: Literal["basic.deliver"],
        content: Content,
        /,
        *,
        consumer_tag: str = ...,
        delivery_tag: int = ...,
        redelivered: bool = ...,
        exchange: str = ...,
        routing_key: str = ...,
    ) -> None: ...

    @overload
    def __call__(self, name: Literal["basic.get-empty"], /, *, cluster_id: str = ...) -> None: ...

    @overload
    def __call__(
        self,
        name: Literal["basic.get-ok"],
        content: Content,
        /,
        *,
        delivery_tag: int = ...,
        redelivered: bool = ...,
        exchange: str = ...,
        routing_key: str = ...,
        message_count: int = ...,
    ) -> None: ...

    @overload
    def __call__(
        self,
        name: Literal["basic.nack"],
        /,
        *,
        delivery_tag: int = ...,
        multiple: bool = ...,
        requeue: bool = ...,
    ) -> None: ...

    @overload
    def __call__(self, name: Literal["basic.qos-ok"], /) -> None: ...

    @overload
    def __call__(self, name: Literal["basic.recover-ok"], /) -> None: ...

    @overload
    def __call__(
        self,
        name: Literal["basic.return"],
        content: Content,
        /,
        *,
        reply_code: int = ...,
        reply_text: str = ...,
        exchange: str = ...,
        routing_key: str = ...,
    ) -> None: ...

    @overload
    def __call__(
        self,
        name: Literal["channel.alert"],
        /,
        *,
        reply_code: int = ...,
        reply_text: str = ...,
        details: Table = ...,
    ) -> None: ...

    @overload
    def __call__(
        self,
        name: Literal["channel.close"],
        /,
        *,
        reply_code: int = ...,
        reply_text: str = ...,
        class_id: int = ...,
        method_id: int = ...,
    ) -> None: ...

    @overload
    def __call__(self, name: Literal["channel.close-ok"], /) -> None: ...

    @overload
    def __call__(self, name: Literal["channel.flow"], /, *, active: bool = ...) -> None: ...

    @overload
    def __call__(self, name: Literal["channel.flow-ok"], /, *, active: bool = ...) -> None: ...

    @overload
    def __call__(self, name: Literal["channel.ok"], /) -> None: ...

    @overload
    def __call__(self, name: Literal["channel.open-ok"], /) -> None: ...

    @overload
    def __call__(self, name: Literal["channel.ping"], /) -> None: ...

    @overload
    def __call__(self, name: Literal["channel.pong"], /) -> None: ...

    @overload
    def __call__(self, name: Literal["confirm.select-ok"], /) -> None: ...

    @overload
    def __call__(self, name: Literal["exchange.bind-ok"], /) -> None: ...

    @overload
    def __call__(self, name: Literal["exchange.declare-ok"], /) -> None: ...

    @overload
    def __call__(self, name: Literal["exchange.delete-ok"], /) -> None: ...

    @overload
    def __call__(self, name: Literal["exchange.unbind-ok"], /) -> None: ...

    @overload
    def __call__(self, name: Literal["queue.bind-ok"], /) -> None: ...

    @overload
    def __call__(
        self,
        name: Literal["queue.declare-ok"],
        /,
        *,
        queue: str = ...,
        message_count: int = ...,
        consumer_count: int = ...,
    ) -> None: ...

    @overload
    def __call__(self, name: Literal["queue.delete-ok"], /, *, message_count: int = ...) -> None: ...

    @overload
    def __call__(self, name: Literal["queue.purge-ok"], /, *, message_count: int = ...) -> None: ...

    @overload
    def __call__(self, name: Literal["queue.unbind-ok"], /) -> None: ...

    @overload
    def __call__(self, name: Literal["tx.commit-ok"], /) -> None: ...

    @overload
    def __call__(self, name: Literal["tx.rollback-ok"], /) -> None: ...

    @overload
    def __call__(self, name: Literal["tx.select-ok"], /) -> None: ...

class ChannelReply(Protocol):
    """Answers a command, unless it wants no answer. Fields that are not given are zero, empty or false."""

    @overload
    def __call__(
        self,
        command: Command[BasicCancel],
        name: Literal["basic.cancel-ok"],
        /,
        *,
        consumer_tag: str = ...,
    ) -> None: ...

    @overload
    def __call__(
        self,
        command: Command[BasicConsume],
        name: Literal["basic.consume-ok"],
        /,
        *,
        consumer_tag: str = ...,
    ) -> None: ...

    @overload
    def __call__(self, command: Command[ConfirmSelect], name: Literal["confirm.select-ok"], /) -> None: ...

    @overload
    def __call__(self, command: Command[ExchangeBind], name: Literal["exchange.bind-ok"], /) -> None: ...

    @overload
    def __call__(self, command: Command[ExchangeDeclare], name: Literal["exchange.declare-ok"], /) -> None: ...

    @overload
    def __call__(self, command: Command[ExchangeDelete], name: Literal["exchange.delete-ok"], /) -> None: ...

    @overload
    def __call__(self, command: Command[ExchangeUnbind], name: Literal["exchange.unbind-ok"], /) -> None: ...

    @overload
    def __call__(self, command: Command[QueueBind], name: Literal["queue.bind-ok"], /) -> None: ...

    @overload
    def __call__(
        self,
        command: Command[QueueDeclare],
        name: Literal["queue.declare-ok"],
        /,
        *,
        queue: str = ...,
        message_count: int = ...,
        consumer_count: int = ...,
    ) -> None: ...

    @overload
    def __call__(
        self,
        command: Command[QueueDelete],
        name: Literal["queue.delete-ok"],
        /,
        *,
        message_count: int = ...,
    ) -> None: ...

    @overload
    def __call__(
        self,
        command: Command[QueuePurge],
        name: Literal["queue.purge-ok"],
        /,
        *,
        message_count: int = ...,
    ) -> None: ...
