"""What the generator remembers, so that most of what it does makes sense."""

from __future__ import annotations

import random
from typing import Any

from tests.differential.generate.values import BUILT_IN, EXCHANGES, QUEUES, TAGS


class World:
    """A guess at the state of the broker. It may be wrong: a wrong guess is a test too."""

    def __init__(self, rng: random.Random, version: str) -> None:
        self.rng = rng
        self.version = version
        letters = rng.choice(["a", "ab", "ab", "abc"])
        self.letters = letters
        self.places = [letter + str(number) for letter in letters for number in range(1, rng.choice([2, 3, 4]))]
        if rng.random() < 0.1:
            self.places.append(letters[0] + str(rng.choice([255, 2047, 2048, 65535])))
        self.queues: dict[str, dict[str, Any]] = {}
        self.exchanges: dict[str, dict[str, Any]] = {}
        self.bindings: list[tuple[str, dict[str, Any]]] = []
        self.tags: dict[str, list[str]] = {place: [] for place in self.places}
        self.modes: dict[str, str] = {}
        self.made_up = 0
        self.messages = 0

    def place(self) -> str:
        return self.rng.choice(self.places)

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def queue(self) -> str:
        """A queue that is likely to exist; seldom one that isn't."""
        known = list(self.queues)
        if self.made_up and self.chance(0.2):
            return f"amq.gen-#{self.rng.randint(1, self.made_up)}"
        if known and self.chance(0.94):
            return self.rng.choice(known)
        return self.rng.choice([*QUEUES, "", "df.none"])

    def exchange(self, types: tuple[str, ...] = ()) -> str:
        """An exchange, of one of ``types`` where possible."""
        known = {**BUILT_IN, **{name: made.get("type", "direct") for name, made in self.exchanges.items()}}
        if self.chance(0.04):
            return self.rng.choice(["", "df.none", *EXCHANGES])
        fitting = [name for name, kind in known.items() if not types or kind in types]
        mine = [name for name in fitting if name not in BUILT_IN]
        return self.rng.choice(mine if mine and self.chance(0.6) else fitting or list(known))

    def kind(self, exchange: str) -> str:
        """The type of an exchange, as far as known."""
        return BUILT_IN.get(exchange) or str(self.exchanges.get(exchange, {}).get("type", "direct"))

    def tag(self, place: str) -> str:
        """A consumer tag in use on the channel, or any."""
        used = self.tags.get(place, [])
        return self.rng.choice(used) if used and self.chance(0.9) else self.rng.choice([*TAGS, "none"])

    def body(self) -> Any:
        """A body that tells messages apart; now and then empty or large."""
        self.messages += 1
        roll = self.rng.random()
        if roll < 0.02:
            return ""
        if roll < 0.03:
            return {"$repeat": ["x", self.rng.choice([4088, 131064, 131065, 300000])]}
        return f"m{self.messages}"

    def sometimes(self, **chances: float) -> dict[str, Any]:
        """Bits, each set with its probability."""
        return {name: True for name, probability in chances.items() if self.chance(probability)}
