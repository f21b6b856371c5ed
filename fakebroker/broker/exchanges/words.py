"""Words that RabbitMQ 3.10 knows, though not as the type of an exchange.

It looks a type up among the atoms of its Erlang machine: ``invalid`` is one, ``bogus`` is not, and the reply-texts
differ. Here is what a client may think of; the real list has tens of thousands, and grows while RabbitMQ runs.
"""

from __future__ import annotations

WORDS = frozenset(
    """
    a b c d e f g h i j k l m n p q r s t u v w x y z A B X
    all amqp any array bad bad_type badtype bar blank bool broadcast classic consistent default delay dir directory
    durable empty erlang error exchange external false federation foo hash head header history http integer internal
    invalid invalid_type json lazy list map match message missing multicast name nil no node noname none not not_found
    nothing null number ok peer persistent priority queue quorum rabbit rabbitmq random route sample some space
    stream string system table tcp temporary test test1 testing top transient true type type_error udp undefined
    undefined_type unsupported void wrong_type xml
    """.split()
) | {"", " "}
"""Atoms of a RabbitMQ 3.10.8 that has just been started."""
