"""How long Python's own matcher may take: the most ways in which it can try an expression on a text."""

from __future__ import annotations

from fakebroker.patterns.nodes import Again, At, Choice, Condition, Group, Node, Octet, Repeat, Sequence

MANY = 1 << 40
"""The count is too high to be computed."""


def attempts(node: Node, length: int) -> int:
    """The most ways through an expression for a text of that length, over all places where a match may begin."""
    starts = 1 if _anchored(node) else length + 1
    return min(MANY, ways(node, length) * starts)


def ways(node: Node, length: int) -> int:
    """The same for one place."""
    if isinstance(node, (Octet, At, Again)):
        return 1
    if isinstance(node, Sequence):
        product = 1
        for item in node.items:
            product = min(MANY, product * ways(item, length))
        return product
    if isinstance(node, Choice):
        counts = [ways(option, length) for option in node.options]
        return max(counts) if _distinct(node) else min(MANY, sum(counts))
    if isinstance(node, Repeat):
        return _ways_to_repeat(node, length)
    if isinstance(node, Condition):
        return min(MANY, ways(node.then, length) + ways(node.otherwise, length))
    return ways(node.body, length)


def _ways_to_repeat(node: Repeat, length: int) -> int:
    most = max(node.least, length) if node.most is None else min(node.most, max(node.least, length))
    each = ways(node.body, length)
    if each == 1:
        return most - node.least + 1
    return MANY if most > 40 else min(MANY, sum(each**count for count in range(node.least, most + 1)))


def _distinct(node: Choice) -> bool:
    """Does the next octet alone decide which option matches?"""
    seen: frozenset[int] = frozenset()
    for option in node.options:
        first = _first(option)
        if first is None or seen & first:
            return False
        seen |= first
    return True


def _first(node: Node) -> frozenset[int] | None:
    """The octets that a match may begin with; None when that is hard to tell."""
    if isinstance(node, Octet):
        return node.allowed
    if isinstance(node, Sequence):
        return _first(node.items[0]) if node.items else None
    if isinstance(node, Group):
        return _first(node.body)
    return _first(node.body) if isinstance(node, Repeat) and node.least else None


def _anchored(node: Node) -> bool:
    if isinstance(node, Sequence):
        return bool(node.items) and _anchored(node.items[0])
    if isinstance(node, Group):
        return _anchored(node.body)
    return node == At("start")
