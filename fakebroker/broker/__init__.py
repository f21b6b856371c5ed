"""The domain: users, virtual hosts, exchanges, queues, bindings, messages, consumers.

No bytes, no I/O, no Twisted: everything here can be used and tested by calling it.
"""
