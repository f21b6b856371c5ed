"""The HTTP port: held against recorded answers of RabbitMQ's management plugin, and the control of its own."""
