"""Bytes to commands and back, in AMQP 0-8, 0-9 and 0-9-1. No I/O, no Twisted, no broker.

- ``reader`` turns bytes into commands, ``writer`` turns commands into bytes.
- ``definition`` reads ``specs/*.xml``, ``classes`` has the classes and methods that are defined there, ``spec`` has the
  three versions of AMQP.
- ``codec`` and ``properties`` write the code that encodes and decodes a method or properties, when it is first used.
- ``field_table`` encodes and decodes field tables, ``sasl`` the responses of a login.
"""
