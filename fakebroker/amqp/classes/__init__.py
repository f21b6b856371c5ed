"""What each method does: one file a class of AMQP methods, each with a table of its handlers at its end."""
