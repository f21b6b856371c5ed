"""What happens to a real broker: a restart, an alarm, a closed connection. Also the broker's clock, and reset."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from typing import Any, cast

from fakebroker._version import __version__
from fakebroker.amqp.connection import Connection
from fakebroker.broker.alarms import Alarm
from fakebroker.control.http.endpoint import Answer, Call, bad_request
from fakebroker.control.http.fakebroker.reading import conflict, missing, own, read_number
from fakebroker.errors import RuleError
from fakebroker.faults.fields import from_form
from fakebroker.json_reader import Json
from fakebroker.wire.spec import load

_ALARMS = ("memory", "disk")


def _about(call: Call) -> Json:
    broker = call.broker
    return {
        "version": __version__,
        "url": broker.url if any(not each.secure for each in broker.listeners.addresses) else None,
        "seed": broker.seed,
        "seconds": broker.clock.seconds(),
        "virtual_clock": _advance_of(call) is not None,
        "connections": len(broker.connections),
        "rules": len(broker.faults.rules),
        "journal_entries": len(broker.journal),
        "alarms": list(broker.alarms.raised),
        "paused": broker.paused,
    }


def _openapi(call: Call) -> object:
    return json.loads(files("fakebroker.control.http.fakebroker").joinpath("openapi.json").read_text("utf-8"))


def _reset(call: Call) -> None:
    call.broker.reset()


# --- the whole broker


def _restart(call: Call) -> None:
    call.broker.restart()


def _down(call: Call) -> None:
    call.broker.down(_for_how_long(call))


def _for_how_long(call: Call) -> float | None:
    seconds: float | None = call.given.get("seconds")
    if seconds is not None and seconds < 0:
        raise bad_request("'seconds' can't be less than 0")
    return seconds


def _up(call: Call) -> None:
    call.broker.up()


def _pause(call: Call) -> None:
    call.broker.pause(_for_how_long(call))


def _resume(call: Call) -> None:
    call.broker.resume()


# --- alarms


def _alarms(call: Call) -> Json:
    return list(call.broker.alarms.raised)


def _alarm(call: Call) -> Alarm:
    if call.names["name"] not in _ALARMS:
        raise missing(f"there is no alarm {call.names['name']!r}, only {' and '.join(_ALARMS)}")
    return cast(Alarm, call.names["name"])


def _set_alarm(call: Call) -> Answer:
    call.broker.set_alarm(call.found)
    return Answer(status=204)


def _clear_alarm(call: Call) -> None:
    call.broker.clear_alarm(call.found)


# --- connections and channels


def _connections(call: Call) -> Json:
    """Finds a connection by the number that the journal and the rules use."""
    return [
        {
            "number": each.number,
            "name": each.name,
            "user": None if each.user is None else each.user.name,
            "vhost": None if each.vhost is None else each.vhost.name,
            "channels": list(each.channels),
        }
        for each in call.broker.connections
    ]


def _connection(call: Call) -> Connection:
    number = read_number(call.names["connection"], "a connection")
    for each in call.broker.connections:
        if each.number == number:
            return each
    raise missing(f"connection {number} is not open")


def _close_connection(call: Call) -> None:
    reason = call.given.get("reason", "Closed via management plugin")
    call.broker.close_connection(call.found, reason)


def _close_channel(call: Call) -> None:
    number = read_number(call.names["channel"], "a channel")
    channel = call.found.channels.get(number)
    if channel is None:
        raise missing(f"connection {call.found.number} has no channel {number}")
    name = call.given.get("name", "precondition-failed")
    errors = [key for key, constant in load("0-9-1").constants.items() if constant.kind]
    if name not in errors:
        raise bad_request(f"there is no error {name!r}, only {', '.join(errors)}")
    call.broker.close_channel(channel, call.given.get("text", ""), name)


def _say(call: Call) -> None:
    given = call.given
    if "command" not in given:
        raise bad_request("'command' is needed, such as 'basic.cancel'")
    arguments: dict[str, Any] = {name: from_form(value) for name, value in given.get("arguments", {}).items()}
    try:
        call.broker.say(call.found, given["command"], given.get("channel"), **arguments)
    except (RuleError, TypeError) as error:
        raise bad_request(str(error)) from None


# --- the clock


def _advance_of(call: Call) -> Callable[[float], None] | None:
    """The function that advances the clock; None for a clock that runs in real time."""
    return getattr(call.broker.clock, "advance", None)


def _clock(call: Call) -> Json:
    return {"seconds": call.broker.clock.seconds(), "virtual": _advance_of(call) is not None}


def _advance(call: Call) -> Json:
    seconds = call.given.get("seconds", 0)
    if seconds < 0:
        raise bad_request("'seconds' can't be less than 0")
    advance = _advance_of(call)
    if advance is None:
        raise conflict("this broker's clock is the real one: it can't be advanced")
    advance(seconds)
    return _clock(call)


_SECONDS = (int, float, type(None))
_ERROR = {"text": (str,), "name": (str,)}
_SAID = {"command": (str,), "channel": (int, type(None)), "arguments": (dict,)}
_CONNECTION = "/fakebroker/connections/{connection}"

ENDPOINTS = (
    own("/fakebroker", get=_about),
    own("/fakebroker/openapi.json", get=_openapi),
    own("/fakebroker/reset", post=_reset, fields={}),
    own("/fakebroker/restart", post=_restart, fields={}),
    own("/fakebroker/down", post=_down, fields={"seconds": _SECONDS}),
    own("/fakebroker/up", post=_up, fields={}),
    own("/fakebroker/pause", post=_pause, fields={"seconds": _SECONDS}),
    own("/fakebroker/resume", post=_resume, fields={}),
    own("/fakebroker/alarms", get=_alarms),
    own("/fakebroker/alarms/{name}", put=_set_alarm, delete=_clear_alarm, find=_alarm),
    own("/fakebroker/connections", get=_connections),
    own(f"{_CONNECTION}/close", post=_close_connection, find=_connection, fields={"reason": (str,)}),
    own(f"{_CONNECTION}/channels/{{channel}}/close", post=_close_channel, find=_connection, fields=_ERROR),
    own(f"{_CONNECTION}/say", post=_say, find=_connection, fields=_SAID),
    own("/fakebroker/clock", get=_clock),
    own("/fakebroker/clock/advance", post=_advance, fields={"seconds": (int, float)}, outside_turn=True),
)
