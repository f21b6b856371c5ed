"""What is there before a program begins: durable queues "jobs" and "done", and three jobs."""

import os

import pika

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.confirm_delivery()
channel.queue_declare("jobs", durable=True)
channel.queue_declare("done", durable=True)
for number in range(3):
    channel.basic_publish("", "jobs", b"job %d" % number, pika.BasicProperties(delivery_mode=2))
connection.close()
