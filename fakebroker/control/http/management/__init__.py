"""RabbitMQ's management API (3.10.8), as far as clients, their tests and tools use it: everything below ``/api``."""
