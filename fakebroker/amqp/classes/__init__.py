"""The handlers: one file for each class of AMQP methods. Each file ends with the table of its handlers."""
