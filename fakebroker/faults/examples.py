"""An example of each action in its JSON form."""

from __future__ import annotations

from collections.abc import Mapping

from fakebroker.faults.actions.action import Action

NEEDED: Mapping[str, Mapping[str, object]] = {
    "mechanisms": {"offered": "PLAIN"},
    "tune": {"heartbeat": 1},
    "redirect": {"host": "127.0.0.1:5673"},
    "slow_close": {"seconds": 5.0},
    "latency": {"seconds": 0.1},
    "octet_limit": {"octets": 10_000},
    "divert": {"connection": 2},
    "delay": {"seconds": 1.0},
    "late_confirms": {"seconds": 1.0},
    "throttle": {"bytes_per_second": 1000},
    "truncate": {"size": 10},
    "corrupt": {"byte": 0},
    "wrong_channel": {"channel": 7},
    "postpone": {"after": "channel.close"},
    "change": {"arguments": {"routing_key": "elsewhere"}},
    "reply": {"command": "channel.close", "arguments": {"reply_code": 404, "reply_text": "NOT_FOUND"}},
    "say": {"command": "basic.cancel", "arguments": {"consumer_tag": "worker"}},
    "set_state": {"state": "after-login"},
    "do": {"verb": "restart"},
    "chaos": {"choices": [{"weight": 9, "action": "drop"}, {"weight": 1, "action": "reset"}]},
}
"""Values for the fields that must be given, by the action's name in JSON."""


def example(action: type[Action]) -> dict[str, object]:
    """A valid JSON form of an action."""
    return {"action": action.name(), **NEEDED.get(action.name(), {})}
