"""Bytes to commands and back, in AMQP 0-8, 0-9 and 0-9-1. No I/O, no Twisted, no broker.

``spec`` reads the definitions in ``specs/*.xml``; ``codec`` turns each method into straight-line code, when it is first
used; ``reader`` and ``writer`` are the two directions; ``table`` holds field values, ``sasl`` the login responses.
"""
