"""Wrong: it sets its prefetch when it starts, and forgets it when it has to connect again.

Found by: topology-forgotten|no-prefetch
Sweep with: --before SEED --allow-exit 3
"""

import os
import sys
import time

import pika
import pika.exceptions


def give_up():
    raise pika.exceptions.AMQPConnectionError("no answer in time")


def connect():
    parameters = pika.URLParameters(os.environ["AMQP_URL"])
    parameters.socket_timeout, parameters.stack_timeout = 3, 5
    connection = pika.BlockingConnection(parameters)
    connection.call_later(6, give_up)
    return connection, connection.channel()


def work(connection, channel, handled):
    for method, _, body in channel.consume("jobs"):
        handled.add(body)
        channel.basic_ack(method.delivery_tag)
        if len(handled) == 3:
            connection.close()
            return
    raise pika.exceptions.AMQPConnectionError("cancelled")


handled, begun, first = set(), time.monotonic(), True
while len(handled) < 3:
    try:
        connection, channel = connect()
        if first:
            channel.basic_qos(prefetch_count=1)
            first = False
        work(connection, channel, handled)
    except pika.exceptions.AMQPError as error:
        print(f"{type(error).__name__}: {error}", flush=True)
        time.sleep(0.2)
    if time.monotonic() - begun > 15:
        sys.exit(3)
