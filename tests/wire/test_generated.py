"""The generated code is what the generators' docstrings say it is."""

from __future__ import annotations

import textwrap
from typing import Any
from unittest import TestCase
from unittest.mock import patch

from fakebroker.wire import codec, properties
from fakebroker.wire.definition import Field
from fakebroker.wire.source import Source
from fakebroker.wire.spec import load


class Examples(TestCase):
    def setUp(self) -> None:
        self.sources: list[str] = []
        compile_source = Source.compile

        def compile_and_keep(source: Source, *wanted: str) -> dict[str, Any]:
            self.sources.append(source.text)
            return compile_source(source, *wanted)

        patched = patch.object(Source, "compile", compile_and_keep)
        patched.start()
        self.addCleanup(patched.stop)

    def example(self, docstring: str | None) -> str:
        """The block of code in a docstring, without its empty lines."""
        assert docstring is not None
        lines = docstring.split("::\n", 1)[1].splitlines()
        return textwrap.dedent("\n".join(line for line in lines if line.startswith("    ")))

    def test_of_a_method(self) -> None:
        method = load("0-9-1").methods["queue.declare-ok"]
        codec.compile_method(method.name, (50, 11), method.fields, strict=True, remember=False)
        self.assertEqual(self.example(codec.__doc__), self.sources[-1])

    def test_of_content_properties(self) -> None:
        properties.compile_properties("letter", [Field("priority", "octet"), Field("reply_to", "shortstr")])
        self.assertEqual(self.example(properties.__doc__), self.sources[-1])
