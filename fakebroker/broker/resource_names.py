"""Names of resources: how RabbitMQ cleans them and how its texts spell them."""

from __future__ import annotations

from fakebroker.errors import AMQPError


def clean(name: str) -> str:
    """A name without carriage returns and line feeds, which RabbitMQ 3.10 strips from what clients send."""
    if "\n" in name or "\r" in name:
        return name.replace("\n", "").replace("\r", "")
    return name


def resource(kind: str, name: str, vhost: str) -> str:
    """``exchange 'x' in vhost '/'``, as every reply-text has it."""
    return f"{kind} '{name}' in vhost '{vhost}'"


def not_found(kind: str, name: str, vhost: str) -> AMQPError:
    """The error for a queue or an exchange that is not there."""
    return AMQPError("not-found", f"no {resource(kind, name, vhost)}")


def locked(name: str) -> AMQPError:
    """The error for an exclusive queue of another connection, or one that is declared exclusive and was not before.

    :param name: the queue, as :func:`resource` spells it.
    """
    return AMQPError(
        "resource-locked",
        f"cannot obtain exclusive access to locked {name}. It could be originally declared on another connection or "
        f"the exclusive property value does not match that of the original declaration.",
    )


def check_reserved(kind: str, name: str) -> None:
    """Check the name of a queue or an exchange that is to be made.

    :raises AMQPError: access-refused for a name that begins with ``amq.``.
    """
    if name.startswith("amq."):
        raise AMQPError("access-refused", f"{kind} name '{name}' contains reserved prefix 'amq.*'")
