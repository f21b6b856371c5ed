"""Operations on exchanges, queues and bindings."""

from __future__ import annotations

from typing import Any

from tests.differential.generate import values
from tests.differential.generate.world import World
from tests.differential.scenario import Step


def declare_queue(world: World) -> Step:
    """A new queue, or an old one again: the same way, nearly, or quite differently."""
    place = world.place()
    known = list(world.queues)
    if known and world.chance(0.3):
        return _declare_again(world, place, world.rng.choice(known))
    name = "" if world.chance(0.15) else values.name(world.rng, values.QUEUES)
    args: dict[str, Any] = {"queue": name}
    args |= world.sometimes(durable=0.3, exclusive=0.12, auto_delete=0.15, passive=0.05, no_wait=0.06)
    if world.chance(0.4):
        args["arguments"] = values.queue_arguments(world.rng)
    if name == "" and args.get("no_wait"):
        args["exclusive"] = True  # nobody learns its name, so it has to go with its connection
    if name == "" and not args.get("passive"):
        world.made_up += 1
    elif not args.get("passive"):
        world.queues.setdefault(name, args)
    return [place, "queue.declare", args]


def declare_quorum_queue(world: World) -> Step:
    """A quorum queue, with arguments now and then."""
    arguments: dict[str, Any] = {"x-queue-type": "quorum"}
    if world.chance(0.4):
        arguments |= values.queue_arguments(world.rng) | {"x-queue-type": "quorum"}
    if world.chance(0.3):
        arguments |= values.quorum_limits(world.rng)
    name = world.rng.choice(values.QUEUES)
    args = {"queue": name, "durable": world.chance(0.97), "arguments": arguments}
    world.queues.setdefault(name, args)
    return [world.place(), "queue.declare", args]


def declare_stream(world: World, name: str) -> Step:
    """A stream."""
    args = {"queue": name, "durable": True, "arguments": {"x-queue-type": "stream"}}
    world.queues.setdefault(name, args)
    return [world.place(), "queue.declare", args]


def _declare_again(world: World, place: str, name: str) -> Step:
    args = dict(world.queues[name])
    args.pop("no_wait", None)
    if world.chance(0.3):
        return [place, "queue.declare", {"queue": name, "passive": True}]
    if world.chance(0.5):
        key = world.rng.choice(["durable", "exclusive", "auto_delete", "arguments"])
        if key == "arguments":
            args[key] = values.queue_arguments(world.rng)
        elif args.get(key):
            del args[key]
        else:
            args[key] = True
    return [place, "queue.declare", args]


def declare_exchange(world: World) -> Step:
    known = list(world.exchanges)
    args: dict[str, Any]
    if known and world.chance(0.3):
        args = dict(world.exchanges[world.rng.choice(known)])
        if world.chance(0.4):
            key = world.rng.choice(["durable", "auto_delete", "internal"])
            args[key] = not args.get(key)
        elif world.chance(0.3):
            args["passive"] = True
    else:
        name = values.name(world.rng, values.EXCHANGES)
        args = {"exchange": name, "type": world.rng.choice(values.TYPES)}
        args |= world.sometimes(durable=0.2, auto_delete=0.12, internal=0.06, no_wait=0.05, passive=0.04)
        if world.chance(0.2):
            args["arguments"] = values.exchange_arguments(world.rng)
        world.exchanges.setdefault(name, args)
    if world.chance(0.03):
        args = {**args, "type": world.rng.choice([*values.TYPES, "", "no-such", "bogus"])}
    if world.chance(0.04):
        name = world.rng.choice(["", "amq.direct", "amq.made-up", "amq.rabbitmq.trace"])
        args = {**args, "exchange": name}
    return [world.place(), "exchange.declare", args]


def delete_queue(world: World) -> Step:
    name = world.queue()
    args: dict[str, Any] = {"queue": name, **world.sometimes(if_unused=0.3, if_empty=0.3, no_wait=0.08)}
    if not args.get("if_unused") and not args.get("if_empty"):
        world.queues.pop(name, None)
    return [world.place(), "queue.delete", args]


def delete_exchange(world: World) -> Step:
    name = world.exchange()
    if name in values.BUILT_IN and world.chance(0.8):
        name = world.rng.choice(values.EXCHANGES)
    args: dict[str, Any] = {"exchange": name, **world.sometimes(if_unused=0.4, no_wait=0.08)}
    if not args.get("if_unused"):
        world.exchanges.pop(name, None)
    return [world.place(), "exchange.delete", args]


def purge(world: World) -> Step:
    return [world.place(), "queue.purge", {"queue": world.queue(), **world.sometimes(no_wait=0.1)}]


def bind(world: World) -> Step:
    source = world.exchange()
    args = {"queue": world.queue(), "exchange": source, **_key_and_arguments(world, source)}
    world.bindings.append(("queue", args))
    return [world.place(), "queue.bind", {**args, **world.sometimes(no_wait=0.06)}]


def bind_exchange(world: World) -> Step:
    source = world.exchange()
    destination = world.exchange() if world.chance(0.2) else world.rng.choice(values.EXCHANGES)
    args = {"destination": destination, "source": source, **_key_and_arguments(world, source)}
    world.bindings.append(("exchange", args))
    return [world.place(), "exchange.bind", {**args, **world.sometimes(no_wait=0.06)}]


def unbind(world: World) -> Step:
    """A binding that was made; at times not quite."""
    if not world.bindings or world.chance(0.1):
        source = world.exchange()
        args = {"queue": world.queue(), "exchange": source, **_key_and_arguments(world, source)}
        return [world.place(), "queue.unbind", args]
    kind, args = world.rng.choice(world.bindings)
    if world.chance(0.15):
        args = {**args, **_key_and_arguments(world, args.get("exchange", ""))}
    return [world.place(), f"{kind}.unbind", dict(args)]


def _key_and_arguments(world: World, source: str) -> dict[str, Any]:
    kind = world.kind(source)
    args: dict[str, Any] = {"routing_key": (values.pattern if kind == "topic" else values.key)(world.rng)}
    if kind == "headers" or world.chance(0.05):
        args["arguments"] = values.binding_arguments(world.rng)
    return args
