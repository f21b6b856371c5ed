"""``/fakebroker/faults``: rules that say when something goes wrong, and what."""

from __future__ import annotations

from fakebroker.control.http.endpoint import Answer, Call, bad_request
from fakebroker.control.http.fakebroker.reading import missing, own, read_json, read_number
from fakebroker.errors import RuleError
from fakebroker.faults.active_rule import ActiveRule


def show(loaded: ActiveRule) -> dict[str, object]:
    """The JSON of a rule that is active."""
    return {
        "number": loaded.number,
        "rule": _form(loaded),
        "text": str(loaded.rule),
        "matched": loaded.matched,
        "acted": loaded.acted,
        "spent": loaded.spent,
    }


def _form(loaded: ActiveRule) -> object:
    """The rule in JSON; null for one with a function, which has been added in Python."""
    try:
        return loaded.rule.to_json()
    except RuleError:
        return None


def _list(call: Call) -> object:
    return [show(loaded) for loaded in call.broker.faults.rules]


def _add(call: Call) -> Answer:
    """Add one rule or several. If one of them is wrong, none is added."""
    form = read_json(call)
    try:
        loaded = call.broker.faults.load(form)
    except RuleError as error:
        raise bad_request(str(error)) from None
    return Answer([show(each) for each in loaded], status=201)


def _clear(call: Call) -> None:
    call.broker.faults.clear()


def _find(call: Call) -> ActiveRule:
    number = read_number(call.names["number"], "a rule's number")
    for loaded in call.broker.faults.rules:
        if loaded.number == number:
            return loaded
    raise missing(f"there is no rule {number}")


def _get(call: Call) -> object:
    return show(call.found)


def _remove(call: Call) -> None:
    call.found.remove()


def _release(call: Call) -> object:
    """Release what a rule holds back."""
    try:
        return {"released": call.broker.faults.release(call.given.get("label", "held"))}
    except RuleError as error:
        raise missing(str(error)) from None


def _state(call: Call) -> object:
    return {"state": call.broker.faults.state}


def _set_state(call: Call) -> object:
    """Name the broker's state, for rules that ask for it."""
    if "state" not in call.given:
        raise bad_request("'state' is missing: the name of the state that rules ask for")
    call.broker.faults.state = call.given["state"]
    return _state(call)


ENDPOINTS = (
    own("/fakebroker/faults", get=_list, post=_add, delete=_clear),
    own("/fakebroker/faults/release", post=_release, fields={"label": (str,)}),
    own("/fakebroker/faults/state", get=_state, post=_set_state, fields={"state": (str,)}),
    own("/fakebroker/faults/{number}", get=_get, delete=_remove, find=_find),
)
