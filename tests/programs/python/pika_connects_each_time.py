"""Wrong: it makes a connection for each message.

Found by: connection-per-message
Sweep with: --only '1:in:connect:1 delay' --verdicts +connection-per-message
"""

import os

import pika


def send(body):
    connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
    channel = connection.channel()
    channel.confirm_delivery()
    channel.queue_declare("orders", durable=True)
    channel.basic_publish("", "orders", body, pika.BasicProperties(delivery_mode=2))
    connection.close()


for number in range(7):
    send(b"order %d" % number)
