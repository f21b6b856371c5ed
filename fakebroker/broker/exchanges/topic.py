"""Topic exchanges (specification 3.1.3.3): patterns of words, where ``*`` is one word and ``#`` any number of words."""

from __future__ import annotations

from collections.abc import Sequence

from fakebroker.broker.exchanges.exchange import (
    Binding,
    Destination,
    Exchange,
    ExchangeDeclaration,
    ExchangeHost,
    Headers,
)


class _Node:
    """A node in the trie of binding keys: where a word, a ``*`` and a ``#`` lead, and the bindings that end here.

    A step leads to a node. It leads also to the node behind a ``#`` that follows there, for ``#`` matches no word too;
    and behind one more ``#``, and so on. So ``words``, ``star`` and ``hash`` hold all nodes that one step leads to, the
    nearest first.
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
        """Does no binding end here or further on?"""
        return not (self.bindings or self.words or self.star or self.hash)

    def child(self, step: str) -> _Node | None:
        """The nearest node that a step leads to; a step is a word, ``*`` or ``#``."""
        nodes = {"*": self.star, "#": self.hash}.get(step) or self.words.get(step)
        return nodes[0] if nodes else None

    def set(self, step: str, node: _Node | None) -> None:
        """Let a step lead to a node, or nowhere any more."""
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
    """Keeps binding keys in a trie: the time for a match depends on the words of the key, not on how many bindings."""

    type = "topic"

    def __init__(self, vhost: ExchangeHost, declared: ExchangeDeclaration) -> None:
        super().__init__(vhost, declared)
        self._root = _Node()

    def matches(self, routing_key: str, headers: Headers) -> Sequence[Destination]:
        ends = _ends(self._root, _words(routing_key))
        return [binding.destination for node in ends for binding in node.bindings]

    def add(self, binding: Binding) -> None:
        nodes = self._way(binding.routing_key)
        nodes[-1].bindings[binding] = None
        _link(nodes, binding.routing_key)

    def remove(self, binding: Binding) -> None:
        nodes = self._way(binding.routing_key)
        del nodes[-1].bindings[binding]
        _link(nodes, binding.routing_key)

    def _way(self, key: str) -> list[_Node]:
        """The nodes on the way of a binding key, from the root on. Missing ones are made, but not yet linked."""
        nodes = [self._root]
        for step in _words(key):
            nodes.append(nodes[-1].child(step) or _Node(is_hash=step == "#"))
        return nodes


def _link(nodes: list[_Node], key: str) -> None:
    """Let each node lead to the next one, or to none if no binding ends there or further on. The last goes first."""
    for node, step, child in reversed(list(zip(nodes, _words(key), nodes[1:], strict=False))):
        node.set(step, None if child.is_bare else child)


def _words(key: str) -> list[str]:
    """The words of a key. The empty key has none. Any other has one more than it has dots; words may be empty."""
    return key.split(".") if key else []


def _ends(root: _Node, words: list[str]) -> Sequence[_Node]:
    """The nodes at which the words can end.

    All nodes that the words so far lead to are followed at once, each of them once. So a pattern with many ``#`` takes
    no longer than one with few.
    """
    here: Sequence[_Node] = (root, *root.hash)
    for word in words:
        there: list[_Node] = []
        for node in here:
            if node.is_hash:  # it matches this word too; so do those behind it, which are here as well
                there.append(node)
            nodes = node.words.get(word)
            if nodes is not None:
                there += nodes
            if node.star:
                there += node.star
        here = there if len(there) < 2 else list(dict.fromkeys(there))
    return here
