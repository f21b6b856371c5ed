"""Mutants of which somebody has found that they change nothing that could be noticed, each with the reason."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from tests.mutation.mutants import Mutant

JUDGED = Path(__file__).parent / "equivalent.json"
Key = tuple[str, str, str]


def read(path: Path = JUDGED) -> dict[Key, str]:
    """The reason for each: ``[{"file": ..., "was": ..., "now": ..., "why": ...}, ...]``."""
    entries = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    return {(entry["file"], entry["was"], entry["now"]): entry["why"] for entry in entries}


def gone(judged: Iterable[Key], mutants: Iterable[Mutant], files: Iterable[str]) -> list[Key]:
    """Those of some files that are no mutants any more: the line has changed."""
    there = {mutant.key for mutant in mutants}
    looked_at = set(files)
    return [key for key in judged if key[0] in looked_at and key not in there]
