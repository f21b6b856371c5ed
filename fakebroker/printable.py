"""Text from a peer, such that it can be shown: it says nothing to the terminal, and forges no lines."""

from __future__ import annotations


def printable(text: str, keep: str = "") -> str:
    r"""The text with all that is not seen written as Python writes it, ``\x1b``, ``\u202e``.

    That is control octets, C1 ones too, what turns the direction of writing, line separators, and octets that are no
    UTF-8.

    :param keep: characters that stay as they are.
    """
    if text.isprintable():
        return text
    return "".join(
        each if each in keep or each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text
    )
