"""A broker as the command line and ``twist`` run it: set up from files, recorded, with HTTP beside it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.logger import Logger

from fakebroker.clock import Time
from fakebroker.control.command_error import CommandError
from fakebroker.control.login import VARIABLES, begin_with, defaults, find_login, passwords
from fakebroker.control.memory_alarm import MemoryWatch
from fakebroker.control.options import without_effect
from fakebroker.control.passed_over import tell_passed_over
from fakebroker.control.recording import Recording
from fakebroker.control.telling_verdicts import tell_verdicts
from fakebroker.errors import FakeBrokerError
from fakebroker.fake import FakeBroker
from fakebroker.json_reader import parse_json
from fakebroker.server.listeners import Login
from fakebroker.server.tls import Tls
from fakebroker.validation import near

PATIENCE = 0.4
"""Seconds for clients to read and to answer the close when the broker ends."""

WRONG = 2
"""The exit code for what the user got wrong."""


class Server:
    """A broker, set up as the options say.

    :param options: those of ``fakebroker serve``.
    :param ledger: keep a ledger, whatever they say.
    :raises CommandError: for a file that can't be read, or says what makes no sense.
    """

    def __init__(self, reactor: object, options: argparse.Namespace, ledger: bool = False) -> None:
        for problem in without_effect(options):
            raise CommandError(problem, WRONG)
        self._reactor = reactor
        self._options = options
        self._record: Recording | None = None
        self._http: Any = None
        self._watch: MemoryWatch | None = None
        kept = ledger or options.ledger or options.tell_verdicts
        self.broker = FakeBroker(reactor, seed=options.seed, ledger=kept, liberties=options.liberties)
        self._tls = self._certificates() if options.tls else None
        self._passwords: dict[str, str] = {}
        self._set_up = [*self._from_files(), *self._limits()]
        self._begin()
        self.broker.listeners.login = self._who_logs_in()
        self.broker.on_reset.append(self._begin)

    def start(self) -> Deferred[str]:
        """Listen, on every port.

        :returns: a Deferred that fires with the AMQP URL.
        """
        return maybeDeferred(self._listen_http).addCallback(lambda _: self._listen()).addCallback(self._listening)

    @property
    def http_port(self) -> int | None:
        """The port for HTTP; None when there is none."""
        return None if self._http is None else self._http.port

    def stop(self) -> Deferred[None]:
        """Close everything; fires when nothing is left in the reactor."""
        if self._options.tell_verdicts:
            tell_verdicts(self.broker.ledger)
        stopping: Deferred[None] = succeed(None) if self._http is None else self._http.stop()
        return stopping.addCallback(lambda _: self.broker.stop(PATIENCE)).addCallback(lambda _: self._close())

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
            self.broker.journal.watch(self._record.note)

    def _from_files(self) -> list[Callable[[], object]]:
        found: list[Callable[[], object]] = [self._users_and_vhosts()]
        options = self._options
        if options.faults is not None:
            form = _json("--faults", options.faults)
            found.append(lambda: _judged(options.faults, lambda: self.broker.faults.load(form)))
        if options.journal is not None:
            try:
                self._record = Recording(cast(Time, self._reactor), options.journal)
            except OSError as error:
                raise CommandError(f"--journal {options.journal}: {_told(error)}", WRONG) from None
        return found

    def _users_and_vhosts(self) -> Callable[[], None]:
        """The function that sets up users and vhosts: guest and ``/``, those of the options, or those of a definitions
        file."""
        file, strict = self._options.definitions, self._options.strict_definitions
        if file is None:
            wanted = defaults(self._options)
            self._passwords = {wanted.user: wanted.password}
            return lambda: begin_with(self.broker.broker, wanted)
        for name in filter(os.environ.get, VARIABLES):
            Logger().warn("{name} has no effect: {file} says who is there", name=name, file=file)
        document = _json("--definitions", file)
        self._passwords = passwords(document)

        def take() -> None:
            begin_with(self.broker.broker, None)
            lines = _judged(file, lambda: self.broker.import_definitions(document, strict=strict))
            tell_passed_over(file, lines)

        return take

    def _who_logs_in(self) -> Login:
        """The user whom the URL names."""
        name = self._options.url_user
        if name is not None and name not in self.broker.users:
            raise CommandError(f"--url-user: there is no user {name!r}{near(name, self.broker.users)}", WRONG)
        login = find_login(self.broker.broker, self._passwords, name)
        if login.password is None:
            whom = "nobody can log in" if login.user is None else f"the password of {login.user!r} is not known"
            Logger().warn("{whom}: the URL has none", whom=whom)
        return login

    def _limits(self) -> list[Callable[[], object]]:
        found: list[Callable[[], object]] = []
        if self._options.max_connections is not None:
            found.append(self._limit_connections)
        if self._options.max_memory is not None:
            self._watch = MemoryWatch(self.broker, self._options.max_memory)
            found.append(self._watch.start)
        if self._tls is not None:
            found.append(self._set_up_tls)
        if self._options.loopback_user:
            found.append(self._keep_off_the_network)
        return found

    def _keep_off_the_network(self) -> None:
        """Restrict some users to logins from this machine. A user may also be added later, over HTTP."""
        users, names = self.broker.users, self._options.loopback_user
        users.loopback.update(names)
        for name in names:
            if name not in users:
                hint = near(name, users)
                Logger().warn("--loopback-user: there is no user {name!r} yet{hint}", name=name, hint=hint)

    def _certificates(self) -> Tls:
        options = self._options
        names = dict.fromkeys(("localhost", "127.0.0.1", "::1", options.host, *options.control_name))
        names.pop("0.0.0.0", None)
        # The common name alone: `--tls-client guest` is then the user guest.
        made = lambda: Tls(tuple(names), verify=options.tls_verify, login_from="common_name")  # noqa: E731
        tls: Tls = _judged("--tls", made)
        if options.tls_folder is not None:
            try:
                tls.write(options.tls_folder, options.tls_client or "guest")
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

    def _close(self) -> None:
        if self._watch is not None:
            self._watch.stop()
        if self._record is not None:
            self._record.close()


def _json(option: str, name: str) -> Any:
    """The parsed contents of a JSON file."""
    try:
        octets = Path(name).read_bytes()
    except OSError as error:
        raise CommandError(f"{option} {name}: {_told(error)}", WRONG) from None
    return _judged(name, lambda: parse_json(octets), "not JSON: ")


def _write(name: str, text: str) -> None:
    """Write a file atomically: a process that waits for it never sees half of it."""
    new = Path(f"{name}.new")
    try:
        new.write_text(text, encoding="utf-8")
        new.replace(name)
    except OSError as error:
        with suppress(OSError):
            new.unlink()
        raise CommandError(f"--port-file {name}: {_told(error)}", WRONG) from None


def _judged(name: str, act: Callable[[], object], about: str = "") -> Any:
    """Apply a file. An error names the file."""
    try:
        return act()
    except (FakeBrokerError, ValueError) as error:
        raise CommandError(f"{name}: {about}{error}", WRONG) from None


def _told(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error).lower()
