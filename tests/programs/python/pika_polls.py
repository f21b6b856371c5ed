"""Wrong: it asks the queue for messages again and again with basic.get.

Found by: polling
Sweep with: --before SEED --only '1:in:channel.open:1 delay' --verdicts +polling
"""

import os

import pika

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
idle = 0
while idle < 20:
    method, _, body = channel.basic_get("jobs")
    if method is None:
        idle += 1
        connection.sleep(0.05)
    else:
        channel.basic_ack(method.delivery_tag)
connection.close()
