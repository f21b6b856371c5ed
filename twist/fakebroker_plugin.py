"""Twisted's plugin: ``twist fakebroker --help`` tells what it can do. It is installed among ``twisted.plugins``."""

from twisted.application.service import ServiceMaker

fakebroker = ServiceMaker(
    "fakebroker", "fakebroker.control.twist", "An in-memory AMQP broker for tests, true to RabbitMQ 3.10.", "fakebroker"
)
