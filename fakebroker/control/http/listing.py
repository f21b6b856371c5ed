"""Lists as RabbitMQ gives them: sorted, filtered by name, a page at a time, and only the columns asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fakebroker.control.http.endpoint import Call, Refusal, bad_request
from fakebroker.erlang.compare import as_bytes
from fakebroker.json_reader import Json
from fakebroker.patterns import Budget, PatternError, compiled

Row = Mapping[str, object]
MAX_PAGE_SIZE = 500
SEARCHES = 1_000_000
"""The step limit for all matches of one regular expression in one list: about a second."""
MAPS = ("arguments", "effective_policy_definition", "limits", "metadata", "object_totals", "queue_totals")
"""Columns without sub-columns: in RabbitMQ they are Erlang maps, not property lists."""
_WRONG_PAGE = "Pagination parameters are invalid"


def listed(call: Call, rows: Sequence[Row], *default: str) -> list[Json]:
    """The rows in the order and with the columns that the request asks for.

    :param default: the columns to sort by when the request names none, or beyond the one it names.
    """
    return [columns(call, row) for row in _sorted(call, rows, default)]


def paged(call: Call, rows: Sequence[Row], *default: str) -> Json:
    """The same. When the request asks for a page: that page, with the counts of pages and items.

    :raises Refusal: 400 for a page number or size that is not allowed.
    """
    page, size = _page(call)
    if page is None:
        return listed(call, rows, *default)
    ordered = _sorted(call, rows, default)
    named = _named(call)
    kept = [row for row in ordered if named(str(row.get("name", "")))]
    offset = (page - 1) * size
    if offset > len(kept):
        text = f"Page out of range, page: {page} page size: {size}, len: {len(kept)}"
        raise Refusal(400, "page_out_of_range", text)
    items = [columns(call, row) for row in kept[offset : offset + size]]
    return {
        "total_count": len(ordered),
        "item_count": len(items),
        "filtered_count": len(kept),
        "page": page,
        "page_size": size,
        "page_count": (len(kept) + size - 1) // size,
        "items": items,
    }


def columns(call: Call, value: object) -> Any:
    """Only the columns that the request asks for: ``columns=name,message_stats.publish``."""
    if "columns" not in call.query:
        return value
    wanted = [path.split(".") for path in call.query["columns"].split(",") if path]
    return _extract(value, wanted)


def _extract(value: object, wanted: list[list[str]]) -> object:
    if isinstance(value, list):
        return [_extract(item, wanted) for item in value]
    if not isinstance(value, Mapping):
        return value
    kept: dict[str, object] = {}
    for path in wanted:
        key, deeper = path[0], [other[1:] for other in wanted if other[0] == path[0]]
        if key in value and key not in kept:
            kept[key] = value[key] if [] in deeper or key in MAPS else _extract(value[key], deeper)
    return kept or []  # Erlang's empty list of properties is an empty list in JSON


def _sorted(call: Call, rows: Sequence[Row], default: Sequence[str]) -> list[Row]:
    wanted = call.query.get("sort")
    keys = [wanted, *default] if wanted else list(default)
    ordered = sorted(rows, key=lambda row: [_order(_dotted(row, key)) for key in keys])
    reverse = call.query.get("sort_reverse", "false")
    if ordered and reverse not in ("true", "false"):
        raise bad_request(f"sort_reverse should be true or false, actually was {reverse}")
    return ordered[::-1] if reverse == "true" else ordered


def _dotted(row: object, key: str) -> object:
    for part in key.split("."):
        row = row.get(part, 0) if isinstance(row, Mapping) else 0
    return row


def _order(value: object) -> tuple[int, Json]:
    """Erlang's order of terms: numbers, then atoms, then tables and lists, then strings."""
    if isinstance(value, bool) or value is None:
        return (1, str(value))
    if isinstance(value, (int, float)):
        return (0, value)
    return (3, value) if isinstance(value, str) else (2, repr(value))


def _page(call: Call) -> tuple[int | None, int]:
    page, size = (_number(call, name) for name in ("page", "page_size"))
    if page is None:
        return None, 0
    if page > 0 and (size is None or 0 < size <= MAX_PAGE_SIZE):
        return page, 100 if size is None else size
    text = f"Invalid pagination parameters: page number {page}, page size {'undefined' if size is None else size}"
    raise Refusal(400, "invalid_pagination_parameters", text)


def _number(call: Call, name: str) -> int | None:
    text = call.query.get(name)
    if text is None:
        return None
    if re.fullmatch(r"[+-]?[0-9]{1,100}", text) is None:
        raise bad_request(_WRONG_PAGE)
    return int(text)


def _named(call: Call) -> Callable[[str], bool]:
    """Whether a name contains the request's text, or matches its regular expression.

    :raises Refusal: 400 for an invalid regular expression.
    """
    wanted = call.query.get("name", "")
    if call.query.get("use_regex") != "true":
        return lambda name: wanted.lower() in name.lower()
    try:
        pattern = compiled(as_bytes(wanted), fold=True)
    except PatternError:
        raise bad_request(_WRONG_PAGE) from None
    budget = Budget(SEARCHES)
    return lambda name: pattern.search(as_bytes(name), budget)
