"""What RabbitMQ 3.10 accepts of a policy that mirrors queues (rabbit_mirror_queue_misc: validate_policy).

A client of a single node never sees where the copies of a queue are. A definition that RabbitMQ would refuse is
refused all the same.
"""

from __future__ import annotations

from collections.abc import Mapping

from fakebroker.broker.json_form import show_json
from fakebroker.values import Value

SETTINGS = (
    "ha-mode",
    "ha-params",
    "ha-sync-mode",
    "ha-sync-batch-size",
    "ha-promote-on-shutdown",
    "ha-promote-on-failure",
)
_WORDS = {
    "ha-sync-mode": ("manual", "automatic"),
    "ha-promote-on-shutdown": ("always", "when-synced"),
    "ha-promote-on-failure": ("always", "when-synced"),
}


def check_mirroring(definition: Mapping[str, Value]) -> None:
    """Check the settings of a policy that are about mirrors, if there are any.

    :raises ValueError: with RabbitMQ's reason.
    """
    if not any(key in definition for key in SETTINGS):
        return
    if "ha-mode" not in definition:
        raise ValueError("ha-mode must be specified to specify ha-params, ha-sync-mode or ha-promote-on-shutdown")
    mode = definition["ha-mode"]
    if mode not in ("all", "exactly", "nodes"):
        raise ValueError(f"{show_json(mode)} is not a valid ha-mode value")
    reason = _wrong_params(str(mode), "ha-params" in definition, definition.get("ha-params"))
    if reason is not None:
        raise ValueError(f'ha-mode="{mode}" {reason}')
    for key in SETTINGS[2:]:
        if key in definition:
            _check(key, definition[key])


def _check(key: str, value: Value) -> None:
    if key not in _WORDS:
        if not _is_whole(value):
            raise ValueError(f"{key} takes an integer greater than 0, {show_json(value)} given")
        return
    first, second = _WORDS[key]
    if value not in (first, second):
        raise ValueError(f'{key} must be "{first}" or "{second}", got {show_json(value)}')


def _wrong_params(mode: str, are_given: bool, params: Value) -> str | None:
    shown = show_json(params) if are_given else "none"
    if mode == "all":
        return "does not take parameters" if are_given else None
    if mode == "exactly":
        return None if _is_whole(params) else f"takes an integer, {shown} given"
    if not isinstance(params, list):
        return f"takes a list, {shown} given"
    if not params:
        return "list must be non-empty"
    if all(isinstance(each, str) for each in params):
        return None
    wrong = [each for each in params if not isinstance(each, str)]
    return f"takes a list of strings, {show_json(wrong)} was not a string"


def _is_whole(value: Value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
