"""Runs ``fakebroker`` as users do: in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest import TestCase

ROOT = Path(__file__).parent.parent.parent
SECONDS = 30


def variables(**more: str) -> dict[str, str]:
    """The environment: that of the tests, but stdout is buffered, as it mostly is."""
    ours = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return {**ours, "PYTHONPATH": str(ROOT), **more}


def start(test: TestCase, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """``fakebroker ARGUMENTS``, away from the checkout; it is gone when the test ends.

    :param environment: variables beside those of the tests.
    """
    folder = tempfile.TemporaryDirectory()
    test.addCleanup(folder.cleanup)
    process = subprocess.Popen(
        [sys.executable, "-m", "fakebroker", *arguments],
        cwd=folder.name,
        env=variables(**environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    test.addCleanup(end, process)
    return process


def end(process: subprocess.Popen[str]) -> None:
    """End a process as its user does, so that it cleans up; after a while by force."""
    process.terminate()
    try:
        process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


def run(test: TestCase, *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of ``fakebroker ARGUMENTS``."""
    process = start(test, *arguments)
    out, err = process.communicate(timeout=SECONDS)
    return process.returncode, out, err


def shell(command: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command of the shell's, in which ``$FAKEBROKER`` is this one."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=folder,
            env=variables(FAKEBROKER=f"{sys.executable} -m fakebroker"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
    return done.returncode, done.stdout, done.stderr
