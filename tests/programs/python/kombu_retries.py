"""Wrong: kombu publishes with retry=True, which helps nothing where confirms are off, as they are unless one asks.

Found by: lost
Sweep with: --faults network
"""

import os

import kombu

with kombu.Connection(os.environ["AMQP_URL"]) as connection:
    queue = kombu.Queue("orders", durable=True)
    producer = connection.Producer()
    for number in range(3):
        producer.publish(
            f"order {number}", routing_key="orders", retry=True, declare=[queue], retry_policy={"max_retries": 20}
        )
