"""Erlang's terms, as far as RabbitMQ's answers show them: which are equal, how they are ordered and printed."""
