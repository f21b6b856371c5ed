"""Operations on messages: publishing, consuming, settling."""

from __future__ import annotations

from typing import Any

from tests.differential.generate import topology, values
from tests.differential.generate.world import World
from tests.differential.scenario import Step


def publish(world: World) -> Step:
    args, content = _publishing(world)
    return [world.place(), "basic.publish", args, content]


def _publishing(world: World) -> tuple[dict[str, Any], dict[str, Any]]:
    content: dict[str, Any] = {"body": world.body()}
    if world.chance(0.5):
        content["properties"] = values.properties(world.rng)
    args: dict[str, Any]
    if world.chance(0.5):
        key = values.reply_address(world.rng) if world.chance(0.02) else world.queue()
        args = {"exchange": "", "routing_key": key}
    else:
        exchange = world.exchange()
        args = {"exchange": exchange, "routing_key": values.key(world.rng)}
        if world.kind(exchange) == "headers" and world.chance(0.8):
            content["properties"] = {**content.get("properties", {}), "headers": values.headers(world.rng)}
    args |= world.sometimes(mandatory=0.25, immediate=0.01)
    return args, content


def publish_many(world: World) -> Step:
    """Several at once; at times something else among them."""
    args, content = _publishing(world)
    items: list[Any] = []
    for _ in range(world.rng.randint(2, 6)):
        if world.chance(0.3):
            args, content = _publishing(world)
        items.append(["basic.publish", args, {**content, "body": world.body()}])
    if world.chance(0.2):
        items.append(["basic.qos", {"prefetch_count": 0}])
    return [world.place(), "burst", items]


def several(world: World) -> Step:
    """Different things at once, where their order is what RabbitMQ keeps: on one channel, queue by queue."""
    place = world.place()
    items = [
        world.rng.choice([publish, publish, get, consume, qos, topology.bind, topology.unbind])(world)
        for _ in range(world.rng.randint(2, 6))
    ]
    return [place, "burst", [step[1:] for step in items]]


def publish_and_commit(world: World) -> Step:
    """A whole transaction in one go."""
    place = world.place()
    world.modes.setdefault(place, "tx")
    items = [["basic.publish", *_publishing(world)] for _ in range(world.rng.randint(1, 4))]
    return [place, "burst", [["tx.select", {}], *items, [world.rng.choice(["tx.commit", "tx.rollback"]), {}]]]


def commit_to_a_full_queue(world: World) -> Step:
    """A transaction of which one queue refuses what it gets."""
    place, full = world.place(), world.rng.choice(values.QUEUES)
    arguments = {"x-max-length": world.rng.choice([0, 1]), "x-overflow": "reject-publish"}
    items = [["basic.publish", *_publishing(world)] for _ in range(world.rng.randint(1, 3))]
    items += [["basic.publish", {"routing_key": full}, {"body": world.body()}] for _ in range(2)]
    world.rng.shuffle(items)
    world.queues.setdefault(full, {"queue": full, "arguments": arguments})
    declared = ["queue.declare", world.queues[full]]
    return [place, "burst", [declared, ["tx.select", {}], *items, ["tx.commit", {}]]]


def get(world: World) -> Step:
    return [world.place(), "basic.get", {"queue": world.queue(), **world.sometimes(no_ack=0.4)}]


def consume(world: World) -> Step:
    place = world.place()
    tag = "" if world.chance(0.15) else world.rng.choice(values.TAGS)
    args: dict[str, Any] = {"queue": world.queue(), "consumer_tag": tag}
    args |= world.sometimes(no_ack=0.35, exclusive=0.08, no_local=0.08, no_wait=0.06)
    if world.chance(0.25):
        args["arguments"] = _consumer_arguments(world)
    if tag == "":
        tag = "amq.ctag-#1"
    world.tags[place].append(tag)
    return [place, "basic.consume", args]


def read(world: World) -> Step:
    """Consume from a stream, from somewhere."""
    place, tag = world.place(), world.rng.choice(values.TAGS)
    world.tags[place].append(tag)
    offset = world.rng.choice(["first", "first", "last", "next", {"$l": 1}])
    # More than is ever there: of what was written together RabbitMQ sends all, whatever the limit.
    items = [["basic.qos", {"prefetch_count": world.rng.choice([50, 1000])}]]
    args = {"queue": world.queue(), "consumer_tag": tag, "arguments": {"x-stream-offset": offset}}
    items.append(["basic.consume", args])
    return [place, "burst", items]


def _consumer_arguments(world: World) -> dict[str, Any]:
    if world.chance(0.75):
        return {"x-priority": values.integer(world.rng, 0, 1, 5, -3)}
    key = world.rng.choice(["x-priority", "x-cancel-on-ha-failover", "x-stream-offset", "x-unknown"])
    return {key: values.odd(world.rng)}


def cancel(world: World) -> Step:
    place = world.place()
    tag = world.tag(place)
    if tag in world.tags[place]:
        world.tags[place].remove(tag)
    return [place, "basic.cancel", {"consumer_tag": tag, **world.sometimes(no_wait=0.1)}]


def settle(world: World) -> Step:
    """Ack, nack or reject, of something outstanding as a rule."""
    method = world.rng.choice(["basic.ack", "basic.ack", "basic.nack", "basic.reject", "basic.reject"])
    args: dict[str, Any] = {"delivery_tag": {"$tag": world.rng.choice([0, 0, 0, -1, 1, 2])}}
    if world.chance(0.04):
        args = {"delivery_tag": world.rng.choice([0, 1, 2, 7, 1000, 2**63 - 1])}
    if method != "basic.reject":
        args |= world.sometimes(multiple=0.3)
        if args.get("multiple") and world.chance(0.2):
            args["delivery_tag"] = 0
    if method != "basic.ack":
        args |= world.sometimes(requeue=0.6)
    return [world.place(), method, args]


def settle_many(world: World) -> Step:
    """Several acks at once."""
    items = [[step[1], step[2]] for step in (settle(world) for _ in range(world.rng.randint(2, 3)))]
    return [world.place(), "burst", items]


def recover(world: World) -> Step:
    method = world.rng.choice(["basic.recover", "basic.recover", "basic.recover-async"])
    return [world.place(), method, {"requeue": world.chance(0.97)}]


def qos(world: World) -> Step:
    args: dict[str, Any] = {"prefetch_count": world.rng.choice([0, 1, 1, 2, 3, 10, 65535])}
    args |= world.sometimes(global_=0.25)
    if world.chance(0.02):
        args["prefetch_size"] = 1
    return [world.place(), "basic.qos", args]


def confirm(world: World) -> Step:
    place = world.place()
    if world.modes.get(place) == "tx" and world.chance(0.9):
        place = world.place()
    world.modes.setdefault(place, "confirm")
    return [place, "confirm.select", world.sometimes(no_wait=0.1)]


def transaction(world: World) -> Step:
    """tx.*, on a channel in that mode as a rule."""
    places = [place for place, mode in world.modes.items() if mode == "tx"]
    if places and world.chance(0.9):
        return [world.rng.choice(places), world.rng.choice(["tx.commit", "tx.commit", "tx.rollback", "tx.select"]), {}]
    place = world.place()
    world.modes.setdefault(place, "tx")
    return [place, world.rng.choice(["tx.select"] * 9 + ["tx.commit", "tx.rollback"]), {}]


def direct_reply(world: World) -> Step:
    """Direct reply-to: its pseudo-queue, and requests and answers by way of it."""
    place = world.place()
    pseudo = "amq.rabbitmq.reply-to"
    roll = world.rng.random()
    if roll < 0.5:
        world.tags[place].append("c1")
        no_ack = world.chance(0.9)
        return [place, "basic.consume", {"queue": pseudo, "consumer_tag": "c1", "no_ack": no_ack}]
    if roll < 0.75:
        content = {"body": world.body(), "properties": {"reply_to": pseudo}}
        return [place, "basic.publish", {"routing_key": world.queue()}, content]
    if roll < 0.9:
        args = {"routing_key": pseudo + ".#1", "mandatory": world.chance(0.5)}
        return [place, "basic.publish", args, {"body": world.body()}]
    names = [pseudo, pseudo + ".#1", pseudo + ".junk"]
    return [place, "queue.declare", {"queue": world.rng.choice(names), "passive": world.chance(0.5)}]
