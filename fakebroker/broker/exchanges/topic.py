"""Topic exchanges (specification 3.1.3.3): patterns of words, where ``*`` is one word and ``#`` any number of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fakebroker.broker.exchanges.base import Destination, Exchange, Headers

if TYPE_CHECKING:
    from fakebroker.broker.bindings import Binding


class _Node:
    """A place in the trie of binding keys: where a word, a ``*`` and a ``#`` lead, and the bindings that end here."""

    __slots__ = ("bindings", "hash", "is_hash", "star", "words")

    def __init__(self, is_hash: bool = False) -> None:
        self.is_hash = is_hash
        self.words: dict[str, _Node] = {}
        self.star: _Node | None = None
        self.hash: _Node | None = None
        self.bindings: dict[Binding, None] = {}

    @property
    def is_bare(self) -> bool:
        """Whether nothing ends here, or further on."""
        return not (self.bindings or self.words or self.star or self.hash)

    def child(self, step: str) -> _Node | None:
        """Where a part of a binding key leads."""
        if step == "*":
            return self.star
        return self.hash if step == "#" else self.words.get(step)

    def set(self, step: str, node: _Node | None) -> None:
        """Have a part of a binding key lead somewhere, or nowhere any more."""
        if step == "*":
            self.star = node
        elif step == "#":
            self.hash = node
        elif node is not None:
            self.words[step] = node
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
        node = self._root
        for step in _words(binding.routing_key):
            child = node.child(step)
            if child is None:
                child = _Node(is_hash=step == "#")
                node.set(step, child)
            node = child
        node.bindings[binding] = None

    def remove(self, binding: Binding) -> None:
        path: list[tuple[_Node, str]] = []
        node = self._root
        for step in _words(binding.routing_key):
            child = node.child(step)
            assert child is not None, "it was added"
            path.append((node, step))
            node = child
        del node.bindings[binding]
        while path and node.is_bare:
            node, step = path.pop()
            node.set(step, None)


def _words(key: str) -> list[str]:
    """The empty key has no words; every other has one more than it has dots, and words may be empty."""
    return key.split(".") if key else []


def _ends(root: _Node, words: list[str]) -> Sequence[_Node]:
    """The nodes at which the words can end.

    All nodes that the words so far can lead to are followed at once, each a single time, so that a pattern with many
    ``#`` costs no more than one with few.
    """
    here = _with_hashes([root])
    for word in words:
        there = []
        for node in here:
            if node.is_hash:  # it swallows this word too
                there.append(node)
            child = node.words.get(word)
            if child is not None:
                there.append(child)
            if node.star is not None:
                there.append(node.star)
        if not there:
            return ()
        here = _with_hashes(there)
    return here


def _with_hashes(nodes: list[_Node]) -> list[_Node]:
    """The nodes, and those behind a ``#`` that stands for no word at all: only these may be among them already."""
    behind = [node.hash for node in nodes if node.hash is not None]
    if not behind:
        return nodes
    found = dict.fromkeys(nodes)
    for node in behind:
        reached: _Node | None = node
        while reached is not None and reached not in found:
            found[reached] = None
            reached = reached.hash
    return list(found)
