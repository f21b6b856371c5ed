"""Wrong: when the connection breaks it publishes the whole batch again, with what was confirmed before.

Found by: published-twice
Sweep with: --faults reset,close-connection --allow-exit 3
"""

import os
import sys
import time
from urllib.parse import urlsplit

import amqp


def publish_batch():
    url = urlsplit(os.environ["AMQP_URL"])
    with amqp.Connection(f"{url.hostname}:{url.port}", url.username, url.password, confirm_publish=True) as connection:
        channel = connection.channel()
        channel.queue_declare("orders", durable=True, auto_delete=False)
        for number in range(3):
            channel.basic_publish(
                amqp.Message(f"order {number}", delivery_mode=2), "", "orders", timeout=5, confirm_timeout=5
            )


for _ in range(5):
    try:
        publish_batch()
        break
    except (OSError, amqp.AMQPError) as error:
        print(f"{type(error).__name__}: {error}", flush=True)
        time.sleep(0.2)
else:
    sys.exit(3)
