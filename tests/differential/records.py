"""What a real RabbitMQ answered, kept in files and replayed without one.

A file is a list of cases, a case a line: ``{"name": ..., "steps": [...], "answers": {version: [...]}}``. A version that
got the same answers as another names it instead.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from fakebroker.wire.spec import load
from tests.differential.compare import dump
from tests.differential.duel import Player
from tests.differential.generate import generate
from tests.differential.generate.scenario import sayable
from tests.differential.scenario import Scenario, Step

FOLDER = Path(__file__).parent / "recorded"
VERSIONS = ("0-9-1", "0-9", "0-8")
BY_HAND = ("handshakes", "arguments", "topology", "headers", "messages", "letters", "replicated", "quorum", "streams",
           "regressions")  # fmt: skip
SEEDS = range(1, 41)

Case = dict[str, Any]


def read(group: str) -> list[Case]:
    """The recorded cases of a file."""
    cases: list[Case] = json.loads((FOLDER / f"{group}.json").read_text(encoding="utf-8"))
    return cases


def groups() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def replays(case: Case) -> Iterator[tuple[Scenario, list[Any]]]:
    """A case's scenarios, with the answers RabbitMQ gave."""
    for version, answers in case["answers"].items():
        yield Scenario(case["name"], version, case["steps"]), case["answers"].get(answers, answers) if isinstance(
            answers, str
        ) else answers


def credit_flow(group: str) -> Mapping[str, list[Step]]:
    """The scenarios written by hand about a subject."""
    scenarios: Mapping[str, list[Step]] = import_module(f"tests.differential.scenarios.{group}").SCENARIOS
    return scenarios


def versions(steps: Iterable[Step]) -> list[str]:
    """The versions that have all the methods of these steps."""
    return [version for version in VERSIONS if all(sayable(step, load(version).methods) for step in steps)]


def record(reference: Player, only: Iterable[str] = ()) -> Iterator[str]:
    """Ask a real broker anew and write the files; yields what has been written."""
    for group in only or (*BY_HAND, "random"):
        if group == "random":
            random = [generate(seed, version) for seed in SEEDS for version in VERSIONS]
            cases = [_case(reference, made.name, made.steps, [made.version]) for made in random if _is_timeless(made)]
        else:
            cases = [_case(reference, name, steps, versions(steps)) for name, steps in credit_flow(group).items()]
        text = ",\n".join(map(dump, cases))
        (FOLDER / f"{group}.json").write_text(f"[\n{text}\n]\n", encoding="utf-8")
        yield f"{group}: {len(cases)} cases, {len(text) // 1024} KiB"


def _is_timeless(scenario: Scenario) -> bool:
    """Whether it waits for nothing: queues that expire messages at the same moment do so in any order."""
    return all(step[1] != "wait" for step in scenario.steps)


def _case(reference: Player, name: str, steps: list[Step], spoken: list[str]) -> Case:
    answers: dict[str, Any] = {}
    for version in spoken:
        scenario = Scenario(name, version, steps)
        got = reference(scenario) if steps[0][1] == "dial" else steady(reference, scenario)
        twin = next((other for other in answers if dump(answers[other]) == dump(got)), None)
        answers[version] = twin or got
    return {"name": name, "steps": steps, "answers": answers}


def steady(reference: Player, scenario: Scenario) -> list[Any]:
    """Answers that were given twice: what comes once only is a race. (A handshake, which is slow, has none.)"""
    seen: list[str] = []
    for _ in range(6):
        answers = reference(scenario)
        if dump(answers) in seen:
            return answers
        seen.append(dump(answers))
    raise ValueError(f"{scenario.name} ({scenario.version}) is answered differently every time")
