"""Terms as Erlang prints them: RabbitMQ quotes what it could not read in some of its reply texts."""

from __future__ import annotations

_ESCAPES = {
    8: r"\b", 9: r"\t", 10: r"\n", 11: r"\v", 12: r"\f", 13: r"\r", 27: r"\e", 34: r"\"", 92: r"\\"
}  # fmt: skip
_PRINTABLE = {*range(32, 127), *range(160, 256), *_ESCAPES}
_LINE = 79
"""The columns that ``~p`` fills before it breaks a line."""


def integers(data: bytes) -> str:
    """A binary as ``~w`` prints it: ``<<1,2,3>>``."""
    return f"<<{','.join(map(str, data))}>>"


def pretty_binary(data: bytes, column: int) -> str:
    """A binary as ``~p`` prints it, where the text before it has come to a column.

    As a string if Latin-1 can print all of it, which stays Latin-1 in RabbitMQ's reply texts: bytes that aren't UTF-8
    become surrogate escapes. Otherwise as numbers, on several lines if one does not do.
    """
    if not data:
        return "<<>>"
    if _PRINTABLE.issuperset(data):
        text = "".join(_ESCAPES.get(octet) or chr(octet) for octet in data)
        return f'<<"{text}">>'.encode("latin-1").decode("utf-8", "surrogateescape")
    lines = [""]
    for index, octet in enumerate(data):
        item = f"{octet}," if index < len(data) - 1 else str(octet)
        if index and column + 2 + len(lines[-1]) + len(item) > _LINE:
            lines.append("")
        lines[-1] += item
    return "<<" + ("\n" + " " * (column + 2)).join(lines) + ">>"


def column(text: str) -> int:
    """The column behind a text: the bytes since its last line break."""
    return len(text.rpartition("\n")[2].encode("utf-8", "surrogateescape"))


def pretty_pair(tag: str, number: int, column: int) -> str:
    """A tuple of an atom and a number as ``~p`` prints it: ``{invalid_frame_end_marker,0}``."""
    pair = f"{{{tag},{number}}}"
    if column + len(pair) < _LINE:
        return pair
    return f"{{{tag},\n{' ' * (column + 1)}{number}}}"
