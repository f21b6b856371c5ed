"""The server's half of the conversation, with no I/O: connection, channel, legality of states, handlers.

Commands go in through :meth:`Connection.handle`, commands come out through an :class:`Output`. What a class of AMQP
methods does is in ``classes/``, one file a class.
"""
