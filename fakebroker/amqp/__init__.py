"""The server's half of the conversation, with no I/O: connection, channel, their states and endings, handlers.

Commands go in through :meth:`Connection.handle` and come out through an :class:`Output`. ``classes/`` has one file for
each class of AMQP methods, with their handlers.
"""
