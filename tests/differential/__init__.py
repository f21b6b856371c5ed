"""The differential test: the same scenarios to a real RabbitMQ and to fakebroker, compared answer by answer."""
