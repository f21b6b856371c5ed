"""Putting scenarios together: a theme decides what there is much of."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from fakebroker.wire.spec import load
from tests.differential.generate import messages, mutation, topology, trouble, values
from tests.differential.generate.world import World
from tests.differential.scenario import Scenario, Step

Operation = Callable[[World], Step]

_USUAL: dict[Operation, float] = {
    topology.declare_queue: 10, topology.declare_exchange: 5, topology.bind: 7, topology.bind_exchange: 2,
    topology.unbind: 2, topology.delete_queue: 2, topology.delete_exchange: 1, topology.purge: 1,
    messages.publish: 22, messages.publish_many: 3, messages.several: 2,
    messages.get: 9, messages.consume: 8, messages.cancel: 2,
    messages.settle: 14, messages.settle_many: 1, messages.recover: 2, messages.qos: 3, messages.confirm: 1.5,
    messages.transaction: 1, messages.publish_and_commit: 0.5, messages.commit_to_a_full_queue: 0.2,
    messages.direct_reply: 0.5,
    trouble.channel_trouble: 2, trouble.out_of_place: 0.4, trouble.malformed: 0.4, mutation.mutated: 0.3,
    trouble.wrong_arguments: 1.5,
}  # fmt: skip

_THEMES: dict[str, dict[Operation, float]] = {
    "mixed": {},
    "queues": {topology.declare_queue: 30, topology.delete_queue: 5, messages.get: 14},
    "routing": {topology.declare_exchange: 16, topology.bind: 20, topology.bind_exchange: 9, topology.unbind: 8,
                topology.delete_exchange: 4, messages.consume: 3},
    "consumers": {messages.consume: 22, messages.qos: 10, messages.settle: 24, messages.cancel: 7},
    "transactions": {messages.transaction: 18, messages.publish_and_commit: 4, messages.confirm: 0.4,
                     messages.commit_to_a_full_queue: 3},
    "confirms": {messages.confirm: 10, messages.publish_many: 8},
    "mistakes": {trouble.wrong_arguments: 25, trouble.channel_trouble: 6},
    "frames": {trouble.malformed: 14, trouble.out_of_place: 14},
    "octets": {mutation.mutated: 30},
    "replies": {messages.direct_reply: 20},
    "time": {},
    # Not declared again: how many messages there are is told late.
    "streams": {topology.declare_queue: 0, messages.read: 14, messages.consume: 1, messages.get: 1, topology.purge: 0.2,
                messages.recover: 0.2, messages.confirm: 5, messages.commit_to_a_full_queue: 0},
    "quorum": {topology.declare_queue: 0, topology.declare_quorum_queue: 12, messages.settle: 20},
}  # fmt: skip


def _in_time(rng: random.Random, world: World) -> list[Step]:
    """Queues and messages that live for half a second, and waits of three quarters: what a wait leaves is certain."""
    live = 500
    steps: list[Step] = []
    for name in values.QUEUES[:3]:
        arguments: dict[str, Any] = {}
        for key, value, chance in (("x-message-ttl", live, 0.4), ("x-expires", live, 0.15), ("x-max-length", 2, 0.2)):
            if world.chance(chance):
                arguments[key] = value
        if world.chance(0.6):
            target = rng.choice(values.QUEUES[:3])
            arguments |= {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": target}
        args = {"queue": name, "arguments": arguments}
        world.queues[name] = args
        steps.append([world.place(), "queue.declare", args])
    operations = (messages.get, messages.consume, messages.settle, messages.cancel, topology.purge)
    for _ in range(3):
        for _ in range(rng.randint(2, 3)):
            expiration = {"expiration": str(live)} if world.chance(0.4) else {}
            content = {"body": world.body(), "properties": expiration}
            steps.append([world.place(), "basic.publish", {"routing_key": world.queue()}, content])
        steps += [rng.choice(operations)(world) for _ in range(rng.randint(1, 3))]
        steps.append(["", "wait", {"seconds": 0.75}])
    return steps + [messages.get(world) for _ in range(3)]


def generate(seed: int, version: str) -> Scenario:
    """The scenario of a seed: the same for the same seed and version, on any machine."""
    rng = random.Random(f"{version} {seed}")
    theme = rng.choice(["mixed", "mixed", "mixed", *_THEMES])
    weights = {**_USUAL, **_THEMES[theme]}
    world = World(rng, version)
    known = load(version).methods
    if theme == "time":
        return Scenario(f"seed {seed}, {theme}", version, [step for step in _in_time(rng, world) if sayable(step,
        known)])
    length = rng.choice([8, 15, 25, 40, 60])
    steps: list[Step]
    if theme == "streams":
        steps = [topology.declare_stream(world, name) for name in values.QUEUES[:2]]
    else:
        steps = [topology.declare_queue(world), topology.declare_queue(world)]
    steps = [trouble.connect(world, letter) for letter in world.letters if world.chance(0.15)] + steps
    operations, chances = list(weights), list(weights.values())
    while len(steps) < length:
        step = rng.choices(operations, chances)[0](world)
        if sayable(step, known):
            steps.append(_ticketed(world, step))
    return Scenario(f"seed {seed}, {theme}", version, [step for step in steps if sayable(step, known)])


def _ticketed(world: World, step: Step) -> Step:
    """With an access ticket, now and then: no broker looks at it. Methods that have none never see it."""
    if "." in step[1] and world.chance(0.05):
        return [*step[:2], {"ticket": world.rng.choice([1, 101, 65535]), **step[2]}, *step[3:]]
    return step


def sayable(step: Step, known: object) -> bool:
    """Whether a version has the methods that a step is made of."""
    verb = step[1].lstrip("!")
    if verb == "burst":
        return all(item[0] in known for item in step[2])  # type: ignore[operator]
    return "." not in verb or verb in known  # type: ignore[operator]
