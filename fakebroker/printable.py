"""Makes text from a peer safe to show: it can't control the terminal or forge lines."""

from __future__ import annotations


def printable(text: str, keep: str = "") -> str:
    r"""The text with invisible characters escaped as in Python: ``\x1b``, ``\u202e``. These are control characters,
    direction marks, line separators, and octets that are not UTF-8.

    :param keep: characters that stay as they are.
    """
    if text.isprintable():
        return text
    return "".join(
        each if each in keep or each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text
    )
