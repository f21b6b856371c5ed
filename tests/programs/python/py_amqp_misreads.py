"""Wrong: it takes a confirm with multiple=True for one of that message alone, and waits for the others for ever.

Found by: hung
Sweep with: --faults confirms-together,slow-confirms
"""

import os
import time
from urllib.parse import urlsplit

import amqp

url = urlsplit(os.environ["AMQP_URL"])
unconfirmed = set()
connection = amqp.Connection(f"{url.hostname}:{url.port}", url.username, url.password)
connection.connect()
channel = connection.channel()
channel.confirm_select()
channel.events["basic_ack"].add(lambda tag, multiple: unconfirmed.discard(tag))
channel.queue_declare("orders", durable=True, auto_delete=False)
for number in range(4):
    unconfirmed.add(number + 1)
    channel.basic_publish(amqp.Message(f"order {number}", delivery_mode=2), "", "orders")
    time.sleep(0.05)
while unconfirmed:
    connection.drain_events()
connection.close()
