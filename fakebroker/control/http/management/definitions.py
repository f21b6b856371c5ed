"""``/api/definitions``."""

from __future__ import annotations

from fakebroker.broker.definitions import DefinitionsError
from fakebroker.broker.definitions.exporting import VERSION, whole_broker
from fakebroker.broker.exchanges.exchange import Exchange
from fakebroker.control.http import access
from fakebroker.control.http.endpoint import Answer, Call, Endpoint, bad_request, not_found
from fakebroker.control.http.form import FORM, read_form
from fakebroker.control.http.listing import columns
from fakebroker.control.passed_over import tell_passed_over
from fakebroker.json_reader import Json, parse_json

_OF_A_VHOST = ("parameters", "policies", "queues", "exchanges", "bindings")
_PRODUCT = {"product_name": "RabbitMQ", "product_version": VERSION}


def _enter(call: Call) -> None:
    """Administrators. Their credentials may be in the query, for a download link."""
    if "auth" in call.query:
        call.headers = {**call.headers, "authorization": f"Basic {call.query['auth']}"}
    access.administrator(call)


def _download(call: Call, definitions: dict[str, Json]) -> Answer:
    name = call.query.get("download")
    headers = {} if name is None else {"content-disposition": "attachment; filename=" + "".join(name.split("\r\n"))}
    return Answer(columns(call, definitions), headers=headers)


def _get(call: Call) -> Answer:
    definitions = whole_broker(call.broker.broker)
    versions = {key: definitions.pop(key) for key in ("rabbit_version", "rabbitmq_version")}
    return _download(call, {**versions, **_PRODUCT, **definitions})


def _get_vhost(call: Call) -> Answer:
    if call.vhost is None:
        raise bad_request("vhost_not_found")
    definitions = whole_broker(call.broker.broker)
    mine: dict[str, Json] = {"rabbit_version": VERSION}
    for section in _OF_A_VHOST:
        rows = [row for row in definitions[section] if row["vhost"] == call.vhost.name]
        stripped = [{key: row[key] for key in row if key != "vhost"} for row in rows]
        mine[section] = rows if section in ("parameters", "policies") else stripped
    return _download(call, mine)


def _post(call: Call) -> Answer | None:
    """Import what is in the body, or in the form's field ``file``, as a browser or ``curl -F`` sends it."""
    vhost = call.names.get("vhost")
    if vhost is not None and call.vhost is None:
        raise not_found("vhost_not_found", "not_found")
    form = read_form(call)
    body = call.body if form is None else form.get("file")
    if body is None:
        raise bad_request("failed_to_parse_json")
    _import(call, body, vhost)
    if form is None or "redirect" not in form:
        return None
    return Answer(status=303, headers={"location": "".join(form["redirect"].decode("latin-1").split("\r\n"))})


def _exchanges(call: Call) -> dict[tuple[str, str], Exchange]:
    hosts = call.broker.vhosts.values()
    return {(host.name, exchange.name): exchange for host in hosts for exchange in host.exchanges.values()}


def _import(call: Call, body: bytes, vhost: str | None) -> None:
    try:
        document = parse_json(body or b"{}")
    except ValueError:
        raise bad_request("failed_to_parse_json") from None
    if not isinstance(document, dict):
        raise bad_request("failed_to_parse_json")
    known = set(_exchanges(call))
    try:
        passed_over = call.broker.broker.import_definitions(document, vhost, strict=False)
    except DefinitionsError as error:
        raise bad_request(str(error)) from None
    for at, exchange in _exchanges(call).items():
        if at not in known:
            exchange.declared_by = call.user.name
    tell_passed_over("definitions over HTTP", passed_over)


_TYPES = ("application/json", FORM)

ENDPOINTS = (
    Endpoint("/api/definitions", _enter, get=_get, post=_post, takes=_TYPES),
    Endpoint("/api/definitions/{vhost}", _enter, get=_get_vhost, post=_post, takes=_TYPES),
    Endpoint("/api/all-configuration", _enter, get=_get, post=_post, takes=_TYPES),
)
