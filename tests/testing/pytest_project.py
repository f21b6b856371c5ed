"""A project of its own in which pytest runs with the plugin."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest import TestCase

ROOT = Path(__file__).parent.parent.parent

CLIENT = """
import pika, pytest

def publish(url, body):
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.queue_declare("jobs")
        channel.basic_publish("", "jobs", body)
"""


class Project(TestCase):
    """Runs pytest in a folder of its own."""

    client = CLIENT
    """What each file begins with."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def pytest(self, text: str, *options: str, plugins: tuple[str, ...] = (), **environment: str) -> tuple[int, str]:
        """Exit code and output of pytest on a file with this text."""
        (self.folder / "test_it.py").write_text(f"{self.client}{text}")
        # Only these plugins, whether fakebroker is installed or just lies here.
        named = [f"-p{name}" for name in ("fakebroker.pytest_plugin", *plugins)]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *named, "-p", "no:cacheprovider", "--color=no", *options],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr
