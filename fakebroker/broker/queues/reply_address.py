"""The addresses of direct reply-to, as RabbitMQ 3.10 makes and reads them (rabbit_direct_reply_to, pid_recomposition).

An address is ``amq.rabbitmq.reply-to.PROCESS.KEY``. PROCESS is the Erlang process of the requester's channel, a term in
base64; KEY is a secret. Over an address whose PROCESS can't be read RabbitMQ crashes.
"""

from __future__ import annotations

import base64
import re
import struct
import unicodedata
from typing import NamedTuple

from fakebroker.errors import crash

PREFIX = "amq.rabbitmq.reply-to."

_NODE_HASH = 9248884  # Erlang's phash2('rabbit@localhost')
_CREATION = 0x6B0CEF58  # a number for each start of the node; a process has that of the start it belongs to
_MAX_ID, _MAX_SERIAL = 0x7FFF, 0x1FFF  # the limits for processes of this start of the node
_IDS = _MAX_ID + 1

_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_BLANKS = str.maketrans("", "", "\t\n\r ")
_NUMBER = re.compile(r"[+-]?[0-9]+")


class ReplyAddress(NamedTuple):
    """A process of this node, and the secret."""

    number: int
    serial: int
    creation: int
    key: str

    @classmethod
    def make(cls, number: int, key: str) -> ReplyAddress:
        """The address of the process with that number, counted from 1."""
        return cls(number % _IDS, number // _IDS & _MAX_SERIAL, _CREATION, key)

    def __str__(self) -> str:
        node = b"reply@%d" % _NODE_HASH
        process = b"\x83Xv" + struct.pack(">H", len(node)) + node + struct.pack(">III", *self[:3])
        return f"{PREFIX}{base64.b64encode(process).decode('ascii')}.{self.key}"


def read_address(text: str) -> ReplyAddress | None:
    """Read an address, which begins with ``PREFIX``; None when it has not two parts.

    :raises AMQPError: internal-error when the first part is no process of this node.
    """
    parts = _split(text[len(PREFIX) :])
    if len(parts) != 2:
        return None
    try:
        return ReplyAddress(*_process(_decode(parts[0])), parts[1])
    except (ValueError, struct.error):
        raise crash() from None


def _split(text: str) -> list[str]:
    """The parts between dots, without empty ones. A dot that the next character joins, as an accent does, is no dot."""
    parts = [""]
    for letter, following in zip(text, text[1:] + " ", strict=False):
        if letter == "." and not _joins(following):
            parts.append("")
        elif not parts[-1] and "\ud800" <= letter <= "\udfff":
            raise crash()  # a part can't begin with an octet that is no UTF-8
        else:
            parts[-1] += letter
    return [part for part in parts if part]


def _joins(letter: str) -> bool:
    return letter in "\u200c\u200d" or unicodedata.category(letter)[0] == "M"


def _decode(text: str) -> bytes:
    """Erlang's base64, which skips blanks and is strict otherwise."""
    text = text.translate(_BLANKS)
    if _BASE64.fullmatch(text) is None:
        raise ValueError(text)
    return base64.b64decode(text)


def _process(term: bytes) -> tuple[int, int, int]:
    """Number, serial and creation of a process.

    :raises ValueError: when it is no process, or none of this node.
    """
    if term[:2] not in (b"\x83X", b"\x83g") or term[2:3] not in (b"v", b"w"):
        raise ValueError(term)
    size, start = (struct.unpack_from(">H", term, 3)[0], 5) if term[2:3] == b"v" else (*term[3:4], 4)
    end = start + size
    node, rest = term[start:end].decode("utf-8"), term[end:]
    if len(node) > 255 or len(term) < end:
        raise ValueError(node)
    _check_node(node)
    number, serial, creation = struct.unpack(">IIB" if len(rest) == 9 else ">III", rest)
    if not creation or creation == _CREATION:
        if number > _MAX_ID or serial > _MAX_SERIAL:
            raise ValueError(term)
        creation = _CREATION
    return number, serial, creation


def _check_node(node: str) -> None:
    number = node.partition("@")[2]
    if _NUMBER.fullmatch(number) is None or len(number) > 20 or int(number) != _NODE_HASH:
        raise ValueError(node)
