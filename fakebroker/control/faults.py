"""Show what can go wrong: the named faults of a sweep, and every action, with its fields, as rules in JSON name them.

A file of rules is checked with --check; `fakebroker serve --faults FILE` has a broker keep to it.
"""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

from fakebroker.control.command_error import CommandError

SUMMARY = "list what can go wrong, or check a file of rules"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``fakebroker faults``."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--list", action="store_true", help="list every named fault, and every action with its fields")
    what.add_argument("--show", metavar="NAME", help="all about one action or one named fault")
    what.add_argument("--check", metavar="FILE", help="check a file of rules, in JSON")


def run(options: argparse.Namespace) -> int:
    """List or check; returns 0."""
    if options.check is not None:
        return _check(options.check)
    if options.show is not None:
        return _show(options.show)
    from fakebroker.faults import GROUPS
    from fakebroker.faults.named import FAMILIES, NAMED

    for family in FAMILIES:
        print(f"named faults, {family}:")
        for fault in NAMED.values():
            if fault.family == family:
                print(f"  {fault.name}  {fault.summary}; {fault.where}")
    for group, actions in GROUPS.items():
        print(f"{group}:")
        for action in actions:
            print(f"  {action.name()}  {_summary(action)}")
            for name, text in _fields(action).items():
                print(f"      {name}: {text}")
    return 0


def _show(name: str) -> int:
    from inspect import getdoc

    from fakebroker.faults import ACTIONS
    from fakebroker.faults.examples import example
    from fakebroker.faults.named import NAMED
    from fakebroker.validation import near

    if name in NAMED:
        fault = NAMED[name]
        print(f"The named fault {fault.name}, family {fault.family}: {fault.summary}.\nIt is tried {fault.where}.")
        if name not in ACTIONS:
            return 0
        print("\nThe action of this name:")
    elif name not in ACTIONS:
        hint = near(name, {**ACTIONS, **NAMED})
        raise CommandError(f"there is no action and no named fault {name!r}{hint}", 2)
    action = ACTIONS[name]
    print(getdoc(action))
    for field, text in _fields(action).items():
        print(f"\n{field}: {text}", end="")
    print(f"\n\nin JSON: {json.dumps({'then': example(action)})}")
    return 0


def _check(name: str) -> int:
    from fakebroker.errors import RuleError
    from fakebroker.fake import FakeBroker
    from fakebroker.faults import Faults
    from fakebroker.json_reader import parse_json
    from fakebroker.server.incidents import VERBS

    # These functions are never called: the check only looks at their arguments.
    verbs = {verb: partial(getattr(FakeBroker, verb), None) for verb in VERBS}
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        rules = Faults(0, verbs).load(parse_json(text))
    except (OSError, ValueError, RuleError) as error:
        raise CommandError(f"{name}: {getattr(error, 'strerror', None) or error}", 2) from None
    for each in rules:
        print(each.rule)
    return 0


def _summary(action: object) -> str:
    return str(action.__doc__).strip().partition("\n")[0]


def _fields(action: Any) -> dict[str, str]:
    """What each field holds, and what it is when a rule does not say."""
    import dataclasses

    from fakebroker.faults.fields import hints, to_form, wanted

    types = hints(action)
    found = {}
    for field in dataclasses.fields(action):
        has_default = field.default is not dataclasses.MISSING
        default = f"; {json.dumps(to_form(field.default))} if not given" if has_default else ""
        found[field.name] = wanted(types[field.name]) + default
    return found
