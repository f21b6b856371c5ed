"""The servers that are measured: each a process of its own, on a port of its own, in a folder of its own."""

from __future__ import annotations

import os
import pickle
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path
from time import perf_counter, sleep
from typing import ClassVar

from benchmarks.canned import canned
from benchmarks.client import Address, handshake
from benchmarks.frames import HEADER

ROOT = Path(__file__).parent.parent
PATIENCE = 60.0
"""Seconds a server has to answer its first client."""


class Peer(ABC):
    """One server, started by :meth:`start` and ended by :meth:`stop`."""

    name: ClassVar[str]
    stands_for: ClassVar[str]
    """What the table calls it."""
    versions: ClassVar[tuple[str, ...]] = ("0-8", "0-9-1")
    is_broker: ClassVar[bool] = True
    unable: ClassVar[tuple[str, ...]] = ()
    """How the names of the figures begin for which it is not asked: it would never answer."""

    def __init__(self) -> None:
        self.address = Address("127.0.0.1", spare_port())
        self.started_in = 0.0
        """Seconds from the process's beginning to its first ``connection.start``."""
        self.ready_memory = 0
        """Octets, the most until then."""
        self.folder = Path()
        self._process: subprocess.Popen[bytes]

    @classmethod
    def missing(cls) -> str:
        """Why this peer can't be had here; empty when it can."""
        return ""

    @abstractmethod
    def command(self) -> list[str]:
        """The command that runs the server in the foreground."""

    def environment(self) -> dict[str, str]:
        """The variables that the server is given; Python keeps what it compiles, as where fakebroker is installed."""
        return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": ""}

    def start(self) -> None:
        """Start the server, and wait until it answers a client.

        :raises RuntimeError: when it ends instead, or takes too long.
        """
        self.folder = Path(tempfile.mkdtemp(prefix=f"benchmarks-{self.name}-"))
        command = self.command()
        with (self.folder / "output").open("wb") as output:
            begin = perf_counter()
            self._process = subprocess.Popen(
                command, cwd=self.folder, env=self.environment(), stdout=output, stderr=output, start_new_session=True
            )
        while not _answers(self.address):
            if self._process.poll() is not None or perf_counter() - begin > PATIENCE:
                said = (self.folder / "output").read_text(errors="replace")
                self.stop()
                raise RuntimeError(f"{self.name} did not start: {said[-500:]}")
            sleep(0.0005)
        self.started_in = perf_counter() - begin
        self.ready_memory = self.memory(peak=True)
        handshake(self.address)

    def stop(self) -> None:
        """End the server and all that it started."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def pid(self) -> int:
        """The process that does the work."""
        return self._process.pid

    def cpu(self) -> float:
        """Seconds of processor time used so far, by all threads."""
        tasks = Path(f"/proc/{self.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9

    def memory(self, peak: bool = False) -> int:
        """Octets of memory in use now, or the most there were."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(rf"^{'VmHWM' if peak else 'VmRSS'}:\s+(\d+) kB", status, re.MULTILINE)
        assert found is not None
        return int(found[1]) * 1024


class FakeBrokerPeer(Peer):
    """This project, as its users start it."""

    name = stands_for = "fakebroker"

    def command(self) -> list[str]:
        return [sys.executable, "-m", "fakebroker", "serve", "--port", str(self.address.port)]


class BarePeer(Peer):
    """A bare Twisted server: what could be reached at all."""

    name = "limit"
    stands_for = "bare Twisted"
    is_broker = False

    def command(self) -> list[str]:
        path = self.folder / "canned"
        path.write_bytes(pickle.dumps(canned()._asdict()))
        return [sys.executable, "-m", "benchmarks.bare", str(self.address.port), str(path)]


class GarageMQPeer(Peer):
    """A small broker in Go, Debian's package garagemq."""

    name = stands_for = "garagemq"
    versions = ("0-9-1",)
    # It loses empty messages, is busy for minutes with a thousand patterns, hangs with ten consumers on one channel,
    # and does not let pika have a queue without a name.
    unable = ("publish 0 B", "topic", "fan-out", "cycles of pika")

    @classmethod
    def missing(cls) -> str:
        return "" if shutil.which("garagemq") else "garagemq is not installed"

    def command(self) -> list[str]:
        text = Path("/etc/garagemq/config.yaml").read_text()
        text = text.replace(" port: 5672", f" port: {self.address.port}")
        text = text.replace(" port: 15672", f" port: {spare_port()}").replace(" 0.0.0.0", " 127.0.0.1")
        text = re.sub(r"defaultPath: /var.*", f"defaultPath: {self.folder}", text)
        (self.folder / "config.yaml").write_text(text)
        return ["garagemq", "--config", "config.yaml", "--log-level", "error"]


class RabbitMQPeer(Peer):
    """The real one, Debian's package rabbitmq-server, as a node with private names, ports and folders."""

    name = "rabbitmq"
    stands_for = "RabbitMQ"
    SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server"

    def __init__(self) -> None:
        super().__init__()
        self._epmd_port = spare_port()

    @classmethod
    def missing(cls) -> str:
        return "" if Path(cls.SERVER).exists() else "rabbitmq-server is not installed"

    def command(self) -> list[str]:
        (self.folder / "rabbitmq.conf").touch()
        (self.folder / "plugins").write_text("[].")
        return [self.SERVER]

    def environment(self) -> dict[str, str]:
        folder = str(self.folder)
        return {
            **os.environ,
            "HOME": folder,
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_RELAXED_COMMAND_CHECK": "true",  # it goes although it may think that the node still lives
            "RABBITMQ_NODENAME": f"benchmarks-{self.address.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": self.address.host,
            "RABBITMQ_NODE_PORT": str(self.address.port),
            "RABBITMQ_DIST_PORT": str(spare_port()),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_MNESIA_BASE": f"{folder}/mnesia",
            "RABBITMQ_LOG_BASE": f"{folder}/log",
            "RABBITMQ_PID_FILE": f"{folder}/pid",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/plugins",
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq",
        }

    def stop(self) -> None:
        """End the node; its name server is a daemon of its own, and is asked to go when no node is left."""
        super().stop()
        environment = {**os.environ, "ERL_EPMD_PORT": str(self._epmd_port)}
        subprocess.run(["epmd", "-kill"], env=environment, capture_output=True, check=False)

    @property
    def pid(self) -> int:
        return int((self.folder / "pid").read_text())


PEERS: dict[str, type[Peer]] = {peer.name: peer for peer in (FakeBrokerPeer, RabbitMQPeer, GarageMQPeer, BarePeer)}


def spare_port() -> int:
    """A port that nobody has."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


def _answers(address: Address) -> bool:
    try:
        with socket.create_connection(address, 5) as peer:
            peer.sendall(HEADER)
            return peer.recv(1) == b"\x01"
    except OSError:
        return False
