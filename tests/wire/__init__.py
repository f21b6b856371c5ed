"""Tests of the wire: definitions, codecs, reader, writer, login responses."""
