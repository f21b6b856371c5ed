"""The broker of one run of a sweep: the files that it makes, and that none is left."""

from __future__ import annotations

import tempfile
from pathlib import Path
from unittest import TestCase, mock

from fakebroker.control.command_error import CommandError
from fakebroker.control.main import parser
from fakebroker.control.sweep_options import for_server
from fakebroker.control.sweep_site import SweepSite
from fakebroker.testing import VirtualClock


class Sites(TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        patched = mock.patch("tempfile.tempdir", folder.name)
        patched.start()
        self.addCleanup(patched.stop)
        self.clock = VirtualClock()

    def site(self, *options: str) -> SweepSite:
        served = for_server(parser().parse_args(["sweep", *options, "--", "true"]))
        return SweepSite(self.clock, served, 60)

    def test_a_program_is_told_where_its_certificates_are_while_it_runs(self) -> None:
        site = self.site("--tls")
        for name in ("AMQP_CA_FILE", "AMQP_CLIENT_FILE"):
            self.assertIn("BEGIN CERTIFICATE", Path(site.environment[name]).read_text())
        self.clock.result(site.stop())
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_without_tls_there_are_none(self) -> None:
        site = self.site()
        self.assertEqual((dict(site.environment), list(self.folder.iterdir())), ({}, []))
        self.clock.result(site.stop())

    def test_what_makes_no_sense_leaves_no_files(self) -> None:
        with self.assertRaisesRegex(CommandError, "--definitions /nowhere: no such file"):
            self.site("--tls", "--definitions", "/nowhere")
        self.assertEqual(list(self.folder.iterdir()), [])
