"""Protocol definitions for txAMQP, from the packaged XML files or from the user's own."""

from __future__ import annotations

from functools import cache
from os import PathLike, fspath
from pathlib import Path

from txamqp.spec import Spec
from txamqp.spec import load as load_file

VERSIONS = ("0-8", "0-9", "0-9-1")


def packaged(version: str) -> Path:
    """Where the definition of `version`, one of :data:`VERSIONS`, is kept."""
    here = Path(__file__).parent
    installed = here / "specs" / f"amqp{version}.xml"
    # In a bare checkout there is one folder of definitions, beside the packages that carry it along when installed.
    return installed if installed.exists() else here.parent / "specs" / installed.name


def load(spec: object) -> Spec:
    """The definition that `spec` stands for.

    :param spec: a loaded one (given back as it is), a version such as ``"0-9-1"``, or the path of an XML file. A path
        that leads nowhere but ends in the name of a packaged file means that file: what the working directory is (for
        trial it is ``_trial_temp``) then does not matter.
    :raises FileNotFoundError: for any other path that leads nowhere.
    """
    if isinstance(spec, (str, PathLike)):
        path = Path(fspath(spec))
        for version in VERSIONS:
            known = packaged(version)
            if spec == version or path == known or (path.name == known.name and not path.exists()):
                return _load_packaged(version)
        if not path.exists():
            raise FileNotFoundError(f"{spec!r} is neither a file nor one of the versions {', '.join(VERSIONS)}")
        return load_file(str(path))
    return spec


@cache
def _load_packaged(version: str) -> Spec:
    # Nothing writes to a loaded definition, so that all connectors may share it.
    return load_file(str(packaged(version)))
