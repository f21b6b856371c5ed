"""Wrong: it catches pika's AMQPError, which the time-out of a handshake is none of, so that one ends it.

Found by: AMQPConnectorStackTimeout
Sweep with: --faults blackhole --allow-exit 3
"""

import os
import sys
import time

import pika
import pika.exceptions


def publish():
    parameters = pika.URLParameters(os.environ["AMQP_URL"])
    parameters.socket_timeout, parameters.stack_timeout, parameters.blocked_connection_timeout = 3, 4, 4
    connection = pika.BlockingConnection(parameters)
    channel = connection.channel()
    channel.confirm_delivery()
    channel.queue_declare("orders", durable=True)
    channel.basic_publish("", "orders", b"order", pika.BasicProperties(delivery_mode=2))
    connection.close()


for _ in range(5):
    try:
        publish()
        break
    except pika.exceptions.AMQPError as error:
        print(f"{type(error).__name__}: {error}", flush=True)
        time.sleep(0.2)
else:
    sys.exit(3)
