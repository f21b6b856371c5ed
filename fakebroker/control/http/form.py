"""Forms with files, ``multipart/form-data``: what ``curl -F file=@definitions.json`` sends."""

from __future__ import annotations

import re

from fakebroker.control.http.endpoint import Call, Refusal

FORM = "multipart/form-data"

_BOUNDARY = re.compile(r';\s*boundary=(?:"([^"]+)"|([^\s;"]+))', re.IGNORECASE)
_NAME = re.compile(rb'(?im)^content-disposition:\s*form-data\b.*?;\s*name=(?:"([^"]*)"|([^\s;"]+))')


def read_form(call: Call) -> dict[str, bytes] | None:
    """The fields of a form by name, the last of each; None for a body that is none.

    :raises Refusal: 400 for a form that is cut off, or has another boundary than the header says.
    """
    kind = call.headers.get("content-type", "")
    if kind.partition(";")[0].strip().lower() != FORM:
        return None
    found = _BOUNDARY.search(kind)
    if found is None:
        raise Refusal(400)
    mark = b"\r\n--" + (found[1] or found[2]).encode("latin-1")
    # The first boundary may stand at the very beginning; what is before it, and behind the last, means nothing.
    _, *parts = (b"\r\n" + call.body).split(mark)
    fields: dict[str, bytes] = {}
    for part in parts:
        if part.startswith(b"--"):
            return fields
        head, blank, content = part.partition(b"\r\n\r\n")
        if not blank or not head.startswith(b"\r\n"):
            break
        name = _NAME.search(head)
        if name is not None:
            fields[(name[1] if name[1] is not None else name[2]).decode("latin-1")] = content
    raise Refusal(400)
