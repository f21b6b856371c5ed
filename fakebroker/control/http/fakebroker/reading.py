"""Reads requests to fakebroker's own endpoints strictly: a wrong key gets a clear error, not a default."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fakebroker.control.http.endpoint import Call, Endpoint, Refusal, bad_request
from fakebroker.json_reader import Json, parse_json
from fakebroker.validation import near

MOST = 10.0**9
"""The largest number in a body: of seconds, more than thirty years."""


def read_json(call: Call) -> object:
    """The body; an empty one is an empty object.

    :raises Refusal: 400.
    """
    try:
        return parse_json(call.body or b"{}")
    except ValueError as error:
        raise bad_request(f"the body is not JSON: {error}") from None


def own(
    path: str, *, query: tuple[str, ...] = (), fields: Mapping[str, tuple[type, ...]] | None = None, **more: Any
) -> Endpoint:
    """An endpoint without credentials that refuses unknown parameters and members, so that a typing error shows at
    once.

    :param query: the parameters of GET.
    :param fields: the members of the body of POST.
    """

    def check(call: Call) -> None:
        known = query if call.method in ("GET", "HEAD") else ()
        for name in call.query:
            if name not in known:
                hint = near(name, known) or f", only {', '.join(known) or 'none'}"
                raise bad_request(f"there is no parameter {name!r} here{hint}")
        if call.method == "POST" and fields is not None:
            call.given = _members(read_json(call), fields)

    return Endpoint(path, check, query=query, fields=fields, **more)


def _members(body: object, fields: Mapping[str, tuple[type, ...]]) -> dict[str, Json]:
    if not isinstance(body, dict):
        raise bad_request("the body must be an object")
    for name, value in body.items():
        if name not in fields:
            hint = near(name, fields) or f", only {', '.join(fields) or 'an empty object'}"
            raise bad_request(f"there is no {name!r} here{hint}")
        if not isinstance(value, fields[name]) or isinstance(value, bool) or _too_big(value):
            raise bad_request(f"{name!r} can't be {json.dumps(value)}")
    return body


def _too_big(value: object) -> bool:
    return isinstance(value, (int, float)) and not abs(value) <= MOST


def read_number(text: str, what: str) -> int:
    """A whole number in a path or query.

    :raises Refusal: 400.
    """
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise bad_request(f"{what} is a number, not {text[:40]!r}")
    return int(text)


def read_flag(call: Call, name: str, otherwise: bool = False) -> bool:
    """``true`` or ``false`` in a query.

    :raises Refusal: 400.
    """
    text = call.query.get(name)
    if text not in (None, "true", "false"):
        raise bad_request(f"{name} is true or false, not {text!r}")
    return otherwise if text is None else text == "true"


def conflict(reason: str) -> Refusal:
    """409: the broker's state does not allow the request."""
    return Refusal(409, "conflict", reason)


def missing(reason: str) -> Refusal:
    """404 that names what does not exist."""
    return Refusal(404, "not_found", reason)
