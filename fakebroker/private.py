"""Files with keys or passwords: only their owner may read them."""

from __future__ import annotations

import os
from pathlib import Path

OWNER_ONLY = 0o600


def write_private(path: str | Path, data: bytes) -> None:
    """Write a file that only its owner can read, from the first octet on, whether it exists already or not.

    :raises OSError: when it can't be written.
    """
    with open(path, "wb", opener=_open) as file:
        file.write(data)


def _open(name: str, flags: int) -> int:
    descriptor = os.open(name, flags, OWNER_ONLY)
    if hasattr(os, "fchmod"):  # not on Windows
        os.fchmod(descriptor, OWNER_ONLY)
    return descriptor
