"""Topic exchanges (specification 3.1.3.3): patterns of words, where ``*`` is one word and ``#`` any number of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fakebroker.broker.exchanges.exchange import Binding, Destination, Exchange, Headers


class _Node:
    """A place in the trie of binding keys: where a word, a ``*`` and a ``#`` lead, and the bindings that end here.

    Each of them leads to one node and, with it, to all that are reached from there by no word at all: behind one ``#``,
    two, and so on.
    """

    __slots__ = ("bindings", "hash", "is_hash", "star", "words")

    def __init__(self, is_hash: bool = False) -> None:
        self.is_hash = is_hash
        self.words: dict[str, tuple[_Node, ...]] = {}
        self.star: tuple[_Node, ...] = ()
        self.hash: tuple[_Node, ...] = ()
        self.bindings: dict[Binding, None] = {}

    @property
    def is_bare(self) -> bool:
        """Whether nothing ends here, or further on."""
        return not (self.bindings or self.words or self.star or self.hash)

    def child(self, step: str) -> _Node | None:
        """Where a part of a binding key leads."""
        nodes = {"*": self.star, "#": self.hash}.get(step) or self.words.get(step)
        return nodes[0] if nodes else None

    def set(self, step: str, node: _Node | None) -> None:
        """Have a part of a binding key lead somewhere, or nowhere any more."""
        nodes = () if node is None else (node, *node.hash)
        if step == "*":
            self.star = nodes
        elif step == "#":
            self.hash = nodes
        elif nodes:
            self.words[step] = nodes
        else:
            del self.words[step]


class TopicExchange(Exchange):
    """Keeps binding keys in a trie, so that a match costs by the words of the key and not by the number of bindings."""

    type = "topic"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._root = _Node()

    def matches(self, routing_key: str, headers: Headers) -> Sequence[Destination]:
        ends = _ends(self._root, _words(routing_key))
        return [binding.destination for node in ends for binding in node.bindings]

    def add(self, binding: Binding) -> None:
        nodes = self._way(binding.routing_key)
        nodes[-1].bindings[binding] = None
        _tie(nodes, binding.routing_key)

    def remove(self, binding: Binding) -> None:
        nodes = self._way(binding.routing_key)
        del nodes[-1].bindings[binding]
        _tie(nodes, binding.routing_key)

    def _way(self, key: str) -> list[_Node]:
        """The nodes that a binding key leads over, from the root on; those that are missing are made, but not tied."""
        nodes = [self._root]
        for step in _words(key):
            nodes.append(nodes[-1].child(step) or _Node(is_hash=step == "#"))
        return nodes


def _tie(nodes: list[_Node], key: str) -> None:
    """Have each of the nodes lead to the next one, if anything ends there or further on; from the last to the first."""
    for node, step, child in reversed(list(zip(nodes, _words(key), nodes[1:], strict=False))):
        node.set(step, None if child.is_bare else child)


def _words(key: str) -> list[str]:
    """The empty key has no words; every other has one more than it has dots, and words may be empty."""
    return key.split(".") if key else []


def _ends(root: _Node, words: list[str]) -> Sequence[_Node]:
    """The nodes at which the words can end.

    All nodes that the words so far can lead to are followed at once, each a single time, so that a pattern with many
    ``#`` costs no more than one with few.
    """
    here: Sequence[_Node] = (root, *root.hash)
    for word in words:
        there: list[_Node] = []
        for node in here:
            if node.is_hash:  # it swallows this word too
                there.append(node)
                there += node.hash
            nodes = node.words.get(word)
            if nodes is not None:
                there += nodes
            if node.star:
                there += node.star
        here = there if len(there) < 2 else list(dict.fromkeys(there))
    return here
