"""Wrong: it waits for the next message, and for nothing else: when the channel is closed it waits for ever.

Found by: hung
Sweep with: --before SEED --faults close-channel-406,cancel-consumer,delete-queue
"""

import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

from twisted.internet import defer, endpoints, protocol, task
from txamqp import spec
from txamqp.client import TwistedDelegate
from txamqp.protocol import AMQClient

SPEC = str(Path(__file__).parents[3] / "specs" / "amqp0-8.xml")


@defer.inlineCallbacks
def main(reactor):
    url = urlsplit(os.environ["AMQP_URL"])
    factory = protocol.Factory.forProtocol(lambda: None)
    factory.buildProtocol = lambda _: AMQClient(TwistedDelegate(), "/", spec.load(SPEC))
    client = yield endpoints.TCP4ClientEndpoint(reactor, url.hostname, url.port).connect(factory)
    yield client.authenticate(url.username, url.password)
    channel = yield client.channel(1)
    yield channel.channel_open()
    yield channel.basic_qos(prefetch_count=1)
    yield channel.basic_consume(queue="jobs", consumer_tag="worker")
    queue = yield client.queue("worker")
    for _ in range(3):
        message = yield queue.get()
        print(message.content.body, flush=True)
        yield channel.basic_ack(message.delivery_tag)
    yield channel.channel_close()


task.react(main, sys.argv[1:])
