"""Topic exchanges (specification 3.1.3.3): patterns of words, where ``*`` is one word and ``#`` any number of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from fakebroker.broker.exchanges.base import Destination, Exchange, Headers

if TYPE_CHECKING:
    from fakebroker.broker.bindings import Binding


class _Node:
    """A place in the trie of binding keys: its children by word, and the bindings whose key ends here."""

    __slots__ = ("bindings", "children", "is_hash")

    def __init__(self, is_hash: bool = False) -> None:
        self.is_hash = is_hash
        self.children: dict[str, _Node] = {}
        self.bindings: dict[Binding, None] = {}


class TopicExchange(Exchange):
    """Keeps binding keys in a trie, so that a match costs by the words of the key and not by the number of bindings."""

    type = "topic"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._root = _Node()

    def matches(self, routing_key: str, headers: Headers) -> Iterable[Destination]:
        ends = _ends(self._root, _words(routing_key))
        return [binding.destination for node in ends for binding in node.bindings]

    def add(self, binding: Binding) -> None:
        node = self._root
        for word in _words(binding.routing_key):
            child = node.children.get(word)
            if child is None:
                child = node.children[word] = _Node(is_hash=word == "#")
            node = child
        node.bindings[binding] = None

    def remove(self, binding: Binding) -> None:
        words = _words(binding.routing_key)
        path = [self._root]
        for word in words:
            path.append(path[-1].children[word])
        del path[-1].bindings[binding]
        for parent, word, node in zip(reversed(path[:-1]), reversed(words), reversed(path[1:]), strict=True):
            if node.children or node.bindings:
                break
            del parent.children[word]


def _words(key: str) -> list[str]:
    """The empty key has no words; every other has one more than it has dots, and words may be empty."""
    return key.split(".") if key else []


def _ends(root: _Node, words: list[str]) -> Iterable[_Node]:
    """The nodes at which the words can end.

    All nodes that the words so far can lead to are followed at once, each a single time, so that a pattern with many
    ``#`` costs no more than one with few.
    """
    here = _with_hashes({root: None})
    for word in words:
        there: dict[_Node, None] = {}
        for node in here:
            if node.is_hash:  # it swallows this word too
                there[node] = None
            for step in (word, "*"):
                child = node.children.get(step)
                if child is not None:
                    there[child] = None
        if not there:
            return ()
        here = _with_hashes(there)
    return here


def _with_hashes(nodes: dict[_Node, None]) -> dict[_Node, None]:
    """The nodes, and those behind a ``#`` that stands for no word at all."""
    for node in list(nodes):
        child = node.children.get("#")
        while child is not None and child not in nodes:
            nodes[child] = None
            child = child.children.get("#")
    return nodes
