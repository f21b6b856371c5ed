"""``python -m tests.clients.versions [PACKAGE...]``: each client at its current version and at the two before, in a
virtual environment of its own, each seed in two processes. It needs the package index, and minutes."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.clients.campaign import ROOT

PACKAGES = {
    "pika": ("pika", "pika-select"),
    "amqp": ("py-amqp",),
    "kombu": ("kombu",),
    "celery": ("celery-solo", "celery-threads"),
    "AMQPStorm": ("amqpstorm",),
    "rabbitpy": ("rabbitpy",),
    "puka": ("puka",),
    "aio-pika": ("aio-pika",),
    "aiormq": ("aiormq",),
    "aioamqp": ("aioamqp",),
    "faststream[rabbit]": ("faststream",),
    "taskiq-aio-pika": ("taskiq",),
}
"""By the package whose versions are tried, the programs that use it."""
MOST = 3


def main(arguments: Sequence[str]) -> int:
    """Try all, and print a line for each; 0 when all are good."""
    parser = argparse.ArgumentParser(prog="python -m tests.clients.versions", description=__doc__)
    parser.add_argument("packages", nargs="*", metavar="PACKAGE", help=", ".join(PACKAGES))
    parser.add_argument("--seeds", type=int, default=20, metavar="N", help="how many; 20 unless told")
    options = parser.parse_args(arguments)
    good = True
    for package in options.packages or PACKAGES:
        for version in versions(package):
            done = attempt(package, version, options.seeds)
            good &= done.returncode == 0
            rows = [line for line in done.stdout.splitlines() if line.split(" ")[0] in PACKAGES[package]]
            print(f"{package} {version}:", *(rows or [done.stderr[-500:]]), sep="\n    ", flush=True)
    return 0 if good else 1


def versions(package: str) -> list[str]:
    """The current version and the two before."""
    command = [sys.executable, "-m", "pip", "index", "versions", package.partition("[")[0]]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = re.search(r"^Available versions: (.*)$", done.stdout, re.MULTILINE)
    assert found is not None, done.stdout
    return found[1].split(", ")[:MOST]


def attempt(package: str, version: str, seeds: int) -> subprocess.CompletedProcess[str]:
    """Run the programs with one version."""
    with tempfile.TemporaryDirectory() as folder:
        python = str(Path(folder) / "bin" / "python")
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        install = [python, "-m", "pip", "install", "-q", "Twisted", f"{package}=={version}"]
        done = subprocess.run(install, capture_output=True, text=True, check=False)
        if done.returncode:
            return done
        command = [python, "-m", "tests.clients", *PACKAGES[package], "--seeds", str(seeds), "--twice"]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
