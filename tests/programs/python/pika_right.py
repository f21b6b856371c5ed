"""Right: a worker that passes each job on, and acks it when that is confirmed. Whatever goes wrong, it begins again.

Sweep with: --before SEED --allow-exit 3
"""

import os
import sys
import time

import pika
import pika.exceptions
from pika.adapters.utils.connection_workflow import AMQPConnectorException

DURABLE = pika.BasicProperties(delivery_mode=2)


def give_up():
    raise pika.exceptions.AMQPConnectionError("no answer in time")


def work(handled):
    parameters = pika.URLParameters(os.environ["AMQP_URL"])
    parameters.socket_timeout, parameters.stack_timeout, parameters.blocked_connection_timeout = 3, 5, 5
    connection = pika.BlockingConnection(parameters)
    deadline = connection.call_later(6, give_up)  # an answer may be lost while heartbeats go on
    channel = connection.channel()
    channel.confirm_delivery()
    channel.queue_declare("jobs", durable=True)
    channel.queue_declare("done", durable=True)
    channel.basic_qos(prefetch_count=2)
    for method, _, body in channel.consume("jobs"):
        channel.basic_publish("", "done", body, DURABLE, mandatory=True)
        handled.add(body)
        channel.basic_ack(method.delivery_tag)
        if len(handled) == 3:
            break
    connection.remove_timeout(deadline)
    connection.close()


def main():
    handled, begun = set(), time.monotonic()
    while len(handled) < 3:
        try:
            work(handled)
        except (pika.exceptions.AMQPError, AMQPConnectorException) as error:  # the handshake's time-out is no AMQPError
            print(f"{type(error).__name__}: {error}", flush=True)
        if time.monotonic() - begun > 15:
            sys.exit(3)
        time.sleep(0.2)


main()
