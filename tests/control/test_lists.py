"""``fakebroker faults`` and its like: what the command line tells without a broker."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest import TestCase

from fakebroker.faults import ACTIONS
from fakebroker.faults.named import NAMED
from tests.control.process import ROOT, end
from tests.control.test_main import said


class Faults(TestCase):
    def test_every_action_is_listed_with_its_fields(self) -> None:
        code, out, _ = said("faults", "--list")
        self.assertEqual(code, 0)
        for name in ACTIONS:
            self.assertIn(f"\n  {name}  ", out)
        self.assertIn("      jitter: a number; 0.0 if not given", out)

    def test_every_named_fault_is_listed_with_its_family(self) -> None:
        _, out, _ = said("faults", "--list")
        for fault in NAMED.values():
            family = out.partition(f"named faults, {fault.family}:\n")[2].partition("\nnamed faults")[0]
            self.assertIn(f"\n  {fault.name}  {fault.summary}; {fault.where}\n", f"\n{family}\n")

    def test_one_named_fault_is_explained(self) -> None:
        code, out, _ = said("faults", "--show", "reset-after")
        self.assertEqual(code, 0)
        self.assertIn("family network: the item passes, then the connection is reset.\nIt is tried everywhere.", out)

    def test_a_named_fault_and_the_action_of_its_name_are_both_explained(self) -> None:
        _, out, _ = said("faults", "--show", "nack")
        self.assertIn("It is tried at confirms.", out)
        self.assertIn("The client sees its publish refused.", out)

    def test_one_action_is_explained(self) -> None:
        code, out, _ = said("faults", "--show", "delay")
        self.assertEqual(code, 0)
        self.assertIn("seconds: a number", out)

    def test_the_example_of_every_action_passes_the_check(self) -> None:
        for name in ACTIONS:
            _, out, _ = said("faults", "--show", name)
            form = json.loads(out.partition("in JSON: ")[2])
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "rules.json"
                file.write_text(json.dumps(form))
                self.assertEqual(said("faults", "--check", str(file))[::2], (0, ""))
                self.assertEqual(form["then"]["action"], name)

    def test_an_action_that_there_is_not(self) -> None:
        code, out, err = said("faults", "--show", "delai")
        self.assertEqual((code, out), (2, ""))
        self.assertIn("did you mean 'delay'?", err)

    def check(self, verb: str, **arguments: object) -> tuple[int, str, str]:
        """What the check says of a rule that has the broker do something."""
        form = {"when": {"what": "basic.get"}, "then": {"action": "do", "verb": verb, "arguments": arguments}}
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "rules.json"
            file.write_text(json.dumps(form))
            return said("faults", "--check", str(file))

    def test_the_arguments_of_a_verb_are_checked(self) -> None:
        self.assertEqual((0, ""), self.check("delete_queue", name="jobs")[::2])
        self.assertEqual((0, ""), self.check("down", seconds=5)[::2])
        for verb, arguments in (("delete_queue", {}), ("delete_queue", {"nmae": "jobs"}), ("restart", {"sep": ""})):
            code, _, error = self.check(verb, **arguments)
            self.assertEqual(2, code, verb)
            self.assertIn(f"then: {verb}(", error)

    def test_a_file_of_rules_is_checked(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "rules.json"
            file.write_text(json.dumps([{"when": {"what": "basic.ack", "direction": "out"}, "then": "drop"}]))
            code, out, _ = said("faults", "--check", str(file))
        self.assertEqual((code, out), (0, "when('basic.ack', direction='out') -> Drop()\n"))


class Ping(TestCase):
    def test_a_url_that_is_none(self) -> None:
        code, _, err = said("ping", "localhost")
        self.assertEqual(code, 2)
        self.assertIn("is not a URL such as amqp://", err)

    def test_a_url_that_is_none_is_shown_without_its_password(self) -> None:
        for url in ("http://guest:s3cret@127.0.0.1", "amqp://guest:s3c:r@et@127.0.0.1:none"):
            code, _, err = said("ping", url)
            self.assertEqual(2, code)
            self.assertIn("//guest:...@127.0.0.1", err)


class Twist(TestCase):
    """``twist`` finds plugins by folder: here it is laid out as it is when installed."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        plugins = Path(folder.name) / "twisted" / "plugins"
        plugins.mkdir(parents=True)
        (plugins / "fakebroker_plugin.py").write_text((ROOT / "twist" / "fakebroker_plugin.py").read_text())
        self.path = os.pathsep.join([folder.name, str(ROOT)])
        self.folder = folder.name

    def twist(self, *arguments: str) -> subprocess.Popen[str]:
        script = "import sys; from twisted.application.twist._twist import Twist; Twist.main(['twist', *sys.argv[1:]])"
        process = subprocess.Popen(
            [sys.executable, "-c", script, "--log-format=text", "fakebroker", *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": self.path},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.addCleanup(end, process)
        return process

    def test_it_runs_a_broker_with_the_same_options(self) -> None:
        process = self.twist("--seed", "7")
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "AMQP on amqp://guest:guest@127.0.0.1:" in line:
                break
        else:
            self.fail("".join(lines))
        # It takes signals once its reactor runs, and answers only then.
        url = lines[-1].rpartition(" ")[2].strip()
        self.assertEqual(said("ping", url), (0, "", ""))
        process.terminate()
        self.assertIn("Main loop terminated", process.stdout.read())

    def test_a_wrong_file_is_told_in_one_line(self) -> None:
        process = self.twist("--faults", "/nowhere")
        out, _ = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 2, out)
        self.assertEqual(out, "twist fakebroker: --faults /nowhere: no such file or directory\n")

    def test_a_wrong_option_too(self) -> None:
        process = self.twist("--prot", "1")
        self.assertIn("--prot", process.communicate(timeout=30)[0])
        self.assertEqual(process.returncode, os.EX_USAGE)
