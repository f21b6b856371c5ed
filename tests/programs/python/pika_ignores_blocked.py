"""Wrong: it publishes on while the broker has blocked the connection.

Found by: published-while-blocked
Sweep with: --faults block --verdicts +published-while-blocked
"""

import os

import pika

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.queue_declare("orders", durable=True)
for number in range(4):
    channel.basic_publish("", "orders", b"order %d" % number)
    connection.sleep(0.2)
connection.close()
