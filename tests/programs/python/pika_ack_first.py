"""Wrong: it acks each job before it has done it, so a job is lost when the connection breaks in between.

Found by: acked-before-effect|lost
Sweep with: --before SEED
"""

import os
import time

import pika
import pika.exceptions

DURABLE = pika.BasicProperties(delivery_mode=2)


def work():
    """Work until there is nothing more to do for a second."""
    parameters = pika.URLParameters(os.environ["AMQP_URL"])
    parameters.socket_timeout, parameters.stack_timeout, parameters.blocked_connection_timeout = 3, 5, 5
    connection = pika.BlockingConnection(parameters)
    channel = connection.channel()
    channel.confirm_delivery()
    channel.basic_qos(prefetch_count=1)
    for method, _, body in channel.consume("jobs", inactivity_timeout=1):
        if method is None:
            break
        channel.basic_ack(method.delivery_tag)
        channel.basic_publish("", "done", body, DURABLE)
    connection.close()


while True:
    try:
        work()
        break
    except pika.exceptions.AMQPError:
        time.sleep(0.2)
