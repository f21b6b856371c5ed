"""The broker for one run of ``fakebroker sweep``, with its certificates and its HTTP."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from twisted.internet.defer import Deferred

from fakebroker.control.server import Server
from fakebroker.fake import FakeBroker

T = TypeVar("T")


class SweepSite:
    """A broker as the options of a sweep say.

    :param served: the options of ``fakebroker serve`` that it is made with.
    :param heartbeat: seconds, as it offers them.
    :raises CommandError: for a file that can't be read, or says what makes no sense.
    """

    def __init__(self, reactor: object, served: argparse.Namespace, heartbeat: int) -> None:
        self._told: dict[str, str] = {}
        self._folder = None
        if served.tls:
            self._folder = tempfile.mkdtemp(prefix="fakebroker-")
            served = argparse.Namespace(**{**vars(served), "tls_folder": self._folder})
            self._told["AMQP_CA_FILE"] = str(Path(self._folder, "ca.pem"))
            self._told["AMQP_CLIENT_FILE"] = str(Path(self._folder, "client.pem"))
        try:
            self._server = Server(reactor, served, ledger=True)
        except BaseException:
            self._clean()
            raise
        self._host = served.host
        self.broker: FakeBroker = self._server.broker
        self.broker.tuning.heartbeat = heartbeat

    @property
    def environment(self) -> Mapping[str, str]:
        """What the program is told besides the URL."""
        return self._told

    def start(self) -> Deferred[str]:
        """Listen; fires with the AMQP URL."""
        return self._server.start().addCallback(self._started)

    def _started(self, url: str) -> str:
        if self._server.http_port is not None:
            self._told["AMQP_HTTP_URL"] = f"http://{self._host}:{self._server.http_port}"
        return url

    def stop(self) -> Deferred[None]:
        """Leave nothing in the reactor, and no files."""
        return self._server.stop().addBoth(self._clean)

    def _clean(self, result: T | None = None) -> T | None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        return result
