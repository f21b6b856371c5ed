"""Wrong: it puts a message that it can't handle back at once, and gets it at once, again and again.

Found by: requeue-loop|hung
Sweep with: --before SEED --faults redeliver,reset,close-connection --time-limit 15
"""

import os
import socket

import kombu

HANDLED = set()


def handle(body, message):
    if message.delivery_info["redelivered"]:
        message.requeue()  # it may have been handled before: let somebody else decide
        return
    HANDLED.add(bytes(message.body))
    message.ack()


def main():
    queue = kombu.Queue("jobs", durable=True)
    with kombu.Connection(os.environ["AMQP_URL"]) as connection:
        while len(HANDLED) < 3:
            try:
                connection.ensure_connection(max_retries=10, interval_start=0.2)
                with connection.Consumer([queue], callbacks=[handle], prefetch_count=1):
                    while len(HANDLED) < 3:
                        try:
                            connection.drain_events(timeout=1)
                        except socket.timeout:
                            connection.heartbeat_check()
            except connection.connection_errors:
                connection.close()


main()
