"""What RabbitMQ leaves to chance."""
