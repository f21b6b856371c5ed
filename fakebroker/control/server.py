"""A broker as the command line and ``twist`` run it: set up from files, recorded, with HTTP beside it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.logger import Logger

from fakebroker.control.errors import CommandError
from fakebroker.control.memory import MemoryWatch
from fakebroker.errors import FakeBrokerError
from fakebroker.fake import FakeBroker
from fakebroker.journal.entries import Entry
from fakebroker.journal.record import dumps, record_of
from fakebroker.json_reader import parse_json
from fakebroker.server.tls import Tls

WRONG = 2
"""The exit code for what the user got wrong."""


class Server:
    """A broker that is to be served as the options say.

    :param options: those of ``fakebroker serve``.
    :raises CommandError: for a file that can't be read, or says what makes no sense.
    """

    def __init__(self, reactor: Any, options: argparse.Namespace) -> None:
        self._reactor = reactor
        self._options = options
        self._record: IO[str] | None = None
        self._http: Any = None
        self._watch: MemoryWatch | None = None
        self.broker = FakeBroker(reactor, seed=options.seed)
        self._tls = self._certificates() if options.tls else None
        self._set_up = [*self._from_files(), *self._limits()]
        self._begin()
        self.broker.on_reset.append(self._begin)

    def start(self) -> Deferred[str]:
        """Listen, on every port.

        :returns: a Deferred that fires with the AMQP URL.
        """
        return maybeDeferred(self._listen_http).addCallback(lambda _: self._listen()).addCallback(self._listening)

    def stop(self) -> Deferred[None]:
        """Close everything; fires when nothing is left in the reactor."""
        stopping: Deferred[None] = succeed(None) if self._http is None else self._http.stop()
        return stopping.addCallback(lambda _: self.broker.stop()).addCallback(lambda _: self._close())

    def _listen(self) -> Deferred[int]:
        if self._tls is None:
            return self.broker.listen(self._options.port, self._options.host)
        return self.broker.listen_tls(self._tls, self._options.port, self._options.host)

    def _listening(self, port: int) -> str:
        if self._options.port_file is not None:
            _write(self._options.port_file, f"{port}\n")
        return self.broker.url if self._tls is None else self.broker.tls_url

    def _listen_http(self) -> None:
        if self._options.control_port is None:
            return
        from fakebroker.control.http import listen

        self._http = listen(
            self.broker, self._reactor, self._options.host, self._options.control_port, self._options.control_name
        )
        Logger().info("HTTP on {host}:{port}", host=self._options.host, port=self._http.port)

    # --- what the broker begins with, and begins with again after a reset

    def _begin(self) -> None:
        for set_up in self._set_up:
            set_up()
        if self._record is not None:
            self.broker.journal.watch(self._note)

    def _from_files(self) -> list[Callable[[], Any]]:
        found: list[Callable[[], Any]] = []
        options = self._options
        if options.definitions is not None:
            text = _read("--definitions", options.definitions)
            found.append(lambda: _judged(options.definitions, lambda: self.broker.broker.import_definitions(text)))
        if options.faults is not None:
            form = _judged(options.faults, lambda: parse_json(_read("--faults", options.faults)))
            found.append(lambda: _judged(options.faults, lambda: self.broker.faults.load(form)))
        if options.journal is not None:
            self._record = _opened("--journal", options.journal)
        return found

    def _limits(self) -> list[Callable[[], Any]]:
        found: list[Callable[[], Any]] = []
        if self._options.max_connections is not None:
            found.append(self._limit_connections)
        if self._options.max_memory is not None:
            self._watch = MemoryWatch(self.broker, self._options.max_memory)
            found.append(self._watch.start)
        if self._tls is not None:
            found.append(self._set_up_tls)
        return found

    def _certificates(self) -> Tls:
        options = self._options
        names = dict.fromkeys(("localhost", "127.0.0.1", "::1", options.host, *options.control_name))
        names.pop("0.0.0.0", None)
        # The common name alone: `--tls-client guest` is then the user guest.
        made = lambda: Tls(tuple(names), verify=options.tls_verify, login_from="common_name")  # noqa: E731
        tls: Tls = _judged("--tls", made)
        if options.tls_folder is not None:
            try:
                tls.write(options.tls_folder, options.tls_client)
            except OSError as error:
                raise CommandError(f"--tls-folder {options.tls_folder}: {_told(error)}", WRONG) from None
        return tls

    def _set_up_tls(self) -> None:
        assert self._tls is not None, "asked before"
        if self._options.tls_flaw is not None:
            self._tls.fail(self._options.tls_flaw, times=None)
        if self._options.tls_verify:
            self.broker.mechanisms.append("EXTERNAL")

    def _limit_connections(self) -> None:
        for vhost in self.broker.vhosts.values():
            vhost.limits["max-connections"] = self._options.max_connections

    # --- the record

    def _note(self, entry: Entry) -> None:
        assert self._record is not None, "it is there from the beginning"
        self._record.write(dumps([record_of(entry)]))
        self._record.flush()

    def _close(self) -> None:
        if self._watch is not None:
            self._watch.stop()
        if self._record is not None:
            self._record.close()


def _read(option: str, name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{option} {name}: {_told(error)}", WRONG) from None


def _opened(option: str, name: str) -> IO[str]:
    try:
        return Path(name).open("w", encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{option} {name}: {_told(error)}", WRONG) from None


def _write(name: str, text: str) -> None:
    """Write a file in one go: who waits for it never sees half of it."""
    new = Path(f"{name}.new")
    try:
        new.write_text(text, encoding="utf-8")
        new.replace(name)
    except OSError as error:
        raise CommandError(f"--port-file {name}: {_told(error)}", WRONG) from None


def _judged(name: str, act: Callable[[], Any]) -> Any:
    """Do what a file asks for; what is wrong with it is told with its name."""
    try:
        return act()
    except (FakeBrokerError, ValueError) as error:
        raise CommandError(f"{name}: {error}", WRONG) from None


def _told(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error).lower()
