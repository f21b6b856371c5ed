"""Headers exchanges (specification 3.1.3.4): the binding's arguments are a pattern for the message's headers.

RabbitMQ 3.10 knows four values of ``x-match``:

- ``all``, which is the default, and ``any`` leave out the keys of the pattern that begin with ``x-``;
- ``all-with-x`` and ``any-with-x`` leave out ``x-match`` alone.

A void value in the pattern matches any header of that name. Another value matches an equal one. The width of a number
makes no difference: 2 as ``I`` equals 2 as ``l``. Its type does: "2" differs.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from fakebroker.broker.exchanges.exchange import (
    Binding,
    Destination,
    Exchange,
    ExchangeDeclaration,
    ExchangeHost,
    Headers,
)
from fakebroker.erlang.compare import as_bytes, term, type_name
from fakebroker.erlang.pretty_print import show
from fakebroker.errors import AMQPError

_MODES = ("all", "any", "all-with-x", "any-with-x")


class _Pattern:
    """The arguments of a binding, made ready for matching."""

    __slots__ = ("any", "wanted")

    def __init__(self, arguments: Headers) -> None:
        mode = arguments.get("x-match")
        self.any = mode in ("any", "any-with-x")
        with_x = mode in ("all-with-x", "any-with-x")
        self.wanted: list[tuple[str, Hashable | None]] = [
            (key, None if value is None else term(value))
            for key, value in arguments.items()
            if key != "x-match" and (with_x or not key.startswith("x-"))
        ]

    def fits(self, headers: Headers) -> bool:
        hits = (key in headers and (want is None or term(headers[key]) == want) for key, want in self.wanted)
        return any(hits) if self.any else all(hits)


class HeadersExchange(Exchange):
    type = "headers"
    reads_headers = True

    def __init__(self, vhost: ExchangeHost, declared: ExchangeDeclaration) -> None:
        super().__init__(vhost, declared)
        self._patterns: dict[Binding, _Pattern] = {}

    @classmethod
    def validate(cls, arguments: Headers) -> None:
        if "x-match" not in arguments:
            return
        mode = arguments["x-match"]
        if not isinstance(mode, str):
            text = f"Invalid x-match field type {type_name(mode)} (value "
            raise AMQPError("precondition-failed", f"{text}{show(mode, len(text))}); expected longstr")
        if mode not in _MODES:
            raise AMQPError(
                "precondition-failed",
                f"Invalid x-match field value {show(as_bytes(mode))}; expected all, any, all-with-x, or any-with-x",
            )

    def matches(self, routing_key: str, headers: Headers) -> Sequence[Destination]:
        return [binding.destination for binding, pattern in self._patterns.items() if pattern.fits(headers)]

    def add(self, binding: Binding) -> None:
        self._patterns[binding] = _Pattern(binding.arguments)

    def remove(self, binding: Binding) -> None:
        del self._patterns[binding]
