"""HTTP: RabbitMQ's management API, and the control of the broker itself, on one port.

``listen(broker, reactor)`` serves both on a port of its own; ``site(broker)`` is the same as a twisted.web site.
"""

from fakebroker.control.http.site import HttpPort, listen, site

__all__ = ["HttpPort", "listen", "site"]
