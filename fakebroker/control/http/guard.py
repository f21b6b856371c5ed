"""Keeps web pages out: a page from elsewhere must not reach the broker through a browser on this machine. A page can
have the browser send requests with any path and many kinds of body. It can't choose the headers ``Origin`` and
``Sec-Fetch-Site``. If the page's own host name was made to point here (DNS rebinding), ``Host`` shows it. No answer
carries a header that would let a page of another origin read it (CORS).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Mapping


def complaint(headers: Mapping[str, str], hosts: Collection[str] = ()) -> str | None:
    """Why a request is refused; None when it is allowed.

    :param headers: by names in lower case.
    :param hosts: names by which this broker may be called, beside ``localhost`` and every plain IP address.
    """
    host = headers.get("host", "")
    if host and not _known(host_name(host), hosts):
        return (
            f"The header 'Host: {host}' names a host that this broker does not know as its own. Use an IP address or "
            f"'localhost', or start the broker with that name as a known one."
        )
    origin = headers.get("origin")
    if origin is not None and origin.lower() not in (f"http://{host}".lower(), f"https://{host}".lower()):
        return f"A web page of {origin} may not use this broker: requests of another origin are refused."
    site = headers.get("sec-fetch-site", "none")
    if site not in ("none", "same-origin"):
        return f"A web page may not use this broker: the browser says that the request is '{site}'."
    return None


def host_name(host: str) -> str:
    """The host in ``Host``, without the port: ``[::1]:15672`` is ``::1``."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    name, _, port = host.rpartition(":")
    return name if name and port.isdigit() else host


def _known(name: str, hosts: Collection[str]) -> bool:
    if name.lower().rstrip(".") in ("localhost", *(host.lower() for host in hosts)):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
