"""Wrong: it consumes with auto_ack, so all that was on its way to it is lost when it has to connect again.

Found by: lost
Sweep with: --before SEED
"""

import os
import time

import pika
import pika.exceptions


def work():
    """Work until there is nothing more to do for a second."""
    connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
    channel = connection.channel()
    channel.confirm_delivery()
    for method, _, body in channel.consume("jobs", auto_ack=True, inactivity_timeout=1):
        if method is None:
            break
        channel.basic_publish("", "done", body, pika.BasicProperties(delivery_mode=2))
    connection.close()


while True:
    try:
        work()
        break
    except pika.exceptions.AMQPError:
        time.sleep(0.2)
