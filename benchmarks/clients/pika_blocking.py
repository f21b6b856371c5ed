"""pika's blocking connection."""

from __future__ import annotations

import pika

from benchmarks.clients.rate import Rate, task


def main() -> None:
    """Do what the command line says, and print the rate."""
    job = task()
    parameters = pika.ConnectionParameters(job.host, job.port, heartbeat=0)
    rate = Rate(job.seconds)
    while rate.goes_on():
        connection = pika.BlockingConnection(parameters)
        channel = connection.channel()
        if job.what == "cycle":
            name = channel.queue_declare("", exclusive=True).method.queue
            channel.basic_publish("", name, b"x" * 128)
            _, _, body = channel.basic_get(name, auto_ack=True)
            assert body == b"x" * 128
        connection.close()
    rate.report()


if __name__ == "__main__":
    main()
