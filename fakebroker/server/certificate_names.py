"""The user's name that EXTERNAL takes from a certificate, written as RabbitMQ 3.10 does (rabbit_cert_info)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

LABELS: Mapping[str, str] = MappingProxyType(
    {
        "2.5.4.3": "CN",
        "2.5.4.4": "SN",
        "2.5.4.5": "SERIALNUMBER",
        "2.5.4.6": "C",
        "2.5.4.7": "L",
        "2.5.4.8": "ST",
        "2.5.4.10": "O",
        "2.5.4.11": "OU",
        "2.5.4.12": "TITLE",
        "2.5.4.42": "GIVENNAME",
        "2.5.4.43": "INITIALS",
        "2.5.4.44": "GENERATIONQUALIFIER",
        "2.5.4.65": "PSEUDONYM",
        "0.9.2342.19200300.100.1.25": "DC",
        "0.9.2342.19200300.100.1.1": "UID",
        "1.2.840.113549.1.9.1": "EMAILADDRESS",
    }
)
COMMON_NAME = "2.5.4.3"
ESCAPED = '"+,;<>\\'


def login_name(certificate: Certificate, login_from: str) -> str:
    """The user's name that a certificate stands for.

    :param login_from: ``distinguished_name`` for the whole subject, the last part first; ``common_name`` for its common
        names.
    """
    parts = [[(each.oid.dotted_string, str(each.value)) for each in rdn] for rdn in certificate.subject.rdns]
    if login_from == "common_name":
        return ",".join(value for part in parts for oid, value in part if oid == COMMON_NAME)
    written = ["+".join(f"{LABELS.get(oid, oid)}={escaped(value)}" for oid, value in part) for part in parts]
    return ",".join(reversed(written))


def escaped(value: str) -> str:
    """A value as RFC 4514 has it: with backslashes where they are needed, and octets outside ASCII in hexadecimal."""
    octets = value.encode("utf-8")
    text = "".join(_letter(octet) for octet in octets)
    if text[:1] in (" ", "#"):
        text = "\\" + text
    return text[:-1] + "\\ " if len(value) > 1 and text.endswith(" ") else text


def _letter(octet: int) -> str:
    if octet < 32 or octet >= 126:
        return f"\\{octet:02X}"
    return "\\" + chr(octet) if chr(octet) in ESCAPED else chr(octet)
