"""What cannot reach a broker in memory is told so by name, and what to use instead."""

from __future__ import annotations

import subprocess
import sys
from unittest import TestCase

from twisted.internet import reactor
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.trial.unittest import SynchronousTestCase

import fakebroker


class TwistedsReactor(SynchronousTestCase):
    def test_its_clients_are_told_to_use_the_endpoint(self) -> None:
        with fakebroker.memory():
            attempt = TCP4ClientEndpoint(reactor, "127.0.0.1", 5672).connect(Factory.forProtocol(Protocol))
            error = self.failureResultOf(attempt, RuntimeError).getErrorMessage()
        self.assertIn("Twisted's reactor waits in real time", error)
        self.assertIn("127.0.0.1:5672", error)
        self.assertIn("broker.endpoint()", error)

    def test_it_does_not_run_in_a_block(self) -> None:
        with fakebroker.memory(), self.assertRaisesRegex(RuntimeError, "Twisted's reactor waits in real time"):
            reactor.run()


FAKES = """
import sys, types
module = types.ModuleType({module!r})
class Fake:
    host = "localhost:5672"
    def {method}(self, *args): print("really", args)
module.{owner} = Fake
sys.modules[{module!r}] = module
import fakebroker
with fakebroker.memory() as broker:
    Fake().{method}(*{others!r})
    try:
        Fake().{method}(*{ours!r})
    except RuntimeError as error:
        print(error)
Fake().{method}(*{ours!r})
"""


class ClientsThatWaitInC(TestCase):
    """Stand-ins that have their names: whether a library is installed makes no difference."""

    def output(self, **names: object) -> list[str]:
        return self.run_code(FAKES.format(**names))

    def run_code(self, code: str) -> list[str]:
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        return ran.stdout.splitlines()

    def test_uvloop(self) -> None:
        theirs, ours = ("f", "db.example", 5432), ("f", "localhost", 5672)
        lines = self.output(module="uvloop", owner="Loop", method="create_connection", others=theirs, ours=ours)
        self.assertEqual((lines[0], lines[2]), (f"really {theirs}", f"really {ours}"))
        self.assertIn("uvloop waits in real time, and can't reach the broker in memory at localhost:5672", lines[1])

    def test_gevent(self) -> None:
        theirs, ours = (("127.0.0.1", 80),), (("127.0.0.1", 5672),)
        lines = self.output(module="gevent.socket", owner="socket", method="connect", others=theirs, ours=ours)
        self.assertEqual((lines[0], lines[2]), (f"really {theirs}", f"really {ours}"))
        self.assertIn("gevent waits in real time", lines[1])

    def test_librabbitmq(self) -> None:
        code = FAKES.format(module="librabbitmq", owner="Connection", method="connect", others=(), ours=())
        lines = self.run_code(code.replace("    Fake().connect(*())\n    try", "    try"))
        self.assertIn("librabbitmq waits in real time", lines[0])

    def test_patches_of_gevent_make_a_block_impossible(self) -> None:
        code = """
import sys, types
module = types.ModuleType("gevent.monkey")
module.is_module_patched = lambda name: name == "socket"
sys.modules["gevent.monkey"] = module
import fakebroker
try:
    with fakebroker.memory():
        print("inside")
except RuntimeError as error:
    print(error)
"""
        [line] = self.run_code(code)
        self.assertIn("gevent has replaced Python's sockets by its own", line)
