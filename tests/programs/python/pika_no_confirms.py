"""Wrong: it publishes with no confirms, so what was on its way when a connection broke is lost, and it ends with 0.

Found by: lost
"""

import os
import time

import pika
import pika.exceptions


def connect():
    while True:
        try:
            connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
            channel = connection.channel()
            channel.queue_declare("orders", durable=True)
            return connection, channel
        except pika.exceptions.AMQPError:
            time.sleep(0.2)


connection, channel = connect()
for number in range(3):
    while True:
        try:
            channel.basic_publish("", "orders", b"order %d" % number, pika.BasicProperties(delivery_mode=2))
            break
        except pika.exceptions.AMQPError:
            connection, channel = connect()
try:
    connection.close()
except pika.exceptions.AMQPError:
    pass
