"""Erlang atoms: words that RabbitMQ 3.10 calls an ``invalid`` type of exchange. Any other is an ``unknown`` type.

RabbitMQ looks a type up among the atoms of its Erlang machine, and has another reply-text for a word that is an atom.
These are atoms that a client may think of. The real list has tens of thousands, and grows while RabbitMQ runs.
"""

from __future__ import annotations

ATOMS = frozenset(
    """
    a b c d e f g h i j k l m n p q r s t u v w x y z A B X
    ack address all amqp amqp091 any application args arguments array atom auto auto_delete bad bad_type badtype bar
    binary bind binding bindings bitstring blank body bool broadcast call cast channel channels classic close
    cluster commit confirm connection cons consistent consumer content count data dead debug declare def default
    delay delete dets dir directory disc disk dlx down dummy durable empty erlang error ets event events exchange
    expires external false federation first float flow foo function gen gen_server get global hash head header hello
    hidden history host hostname http https in inet inet6 info integer internal invalid invalid_type ip ipv4 ipv6
    job json key keys last lazy left length list local log manual map match max maybe memory message min missing
    mnesia mode module multi multicast name new next nil no node nodes noname none nonexisting normal not not_found
    nothing null number off ok old on open other out overflow passive peer permanent persistent pid port prefetch
    prev priority private properties property public publish purge put queue quorum rabbit rabbitmq ram random read
    recover ref reference reject reply request response right round route rpc sample secret select set single size
    sni socket some space ssl start stop stream string subscribe supervisor system table tcp temp temporary test
    test1 testing time timer tls tmp top trace transient true ttl tuple tx type type_error udp undefined
    undefined_type unique unknown unknown_type unsupported up user users value values void warn warning work world
    write wrong_type ws xml yes
    """.split()
) | {"", " "}
"""Atoms of a RabbitMQ 3.10.8 that has just been started."""
