"""asyncio's transport in memory: what a protocol of one's own sees is what it sees over TCP."""

from __future__ import annotations

import asyncio
import errno
from asyncio import sleep
from collections.abc import Awaitable, Callable
from typing import Any
from unittest import TestCase

from twisted.internet.protocol import Factory, Protocol

from fakebroker import memory
from fakebroker.server.in_memory import MemoryEndpoint
from fakebroker.testing import MemoryBroker, VirtualClock, aio
from fakebroker.testing.virtual.loop import simulation_of

HEADER = b"AMQP\x00\x00\x09\x01"
WRONG_HEADER = b"HTTP/1.1"

BROKER = ("localhost", 5672)
SERVER = ("server", 1)


class Server(Protocol):
    """A server that reads, and closes with a FIN when it is asked to. (RabbitMQ closes with a reset.)"""

    def dataReceived(self, data: bytes) -> None:
        assert self.transport is not None
        if data == b"close":
            self.transport.write(b"bye")
            self.transport.loseConnection()


class ServerPlace:
    """Where such a server is."""

    host, port = SERVER
    tls = None

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock

    def endpoint(self) -> MemoryEndpoint:
        return MemoryEndpoint(self._clock, Factory.forProtocol(Server), lambda: True)


class Events(asyncio.Protocol):
    """Writes down what it is told."""

    keeps_open = False

    def __init__(self) -> None:
        self.seen: list[object] = []
        self.octets = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.seen.append("made")

    def data_received(self, data: bytes) -> None:
        self.octets += data

    def eof_received(self) -> bool:
        self.seen.append("eof")
        return self.keeps_open

    def connection_lost(self, exc: Exception | None) -> None:
        self.seen.append(exc)

    def pause_writing(self) -> None:
        self.seen.append("pause")

    def resume_writing(self) -> None:
        self.seen.append("resume")


class KeepsOpen(Events):
    keeps_open = True


Scene = Callable[[MemoryBroker, Any, Events], Awaitable[object]]


async def play(scene: Scene, protocol: Events, address: tuple[str, int]) -> list[object]:
    async with memory() as broker:
        loop = asyncio.get_running_loop()
        simulation_of(loop).network.add(ServerPlace(broker.clock))  # type: ignore[arg-type]
        transport, _ = await loop.create_connection(lambda: protocol, *address)
        await scene(broker, transport, protocol)
        await sleep(1)
    return protocol.seen


class Transport(TestCase):
    def play(self, scene: Scene, protocol: Events | None = None, address: tuple[str, int] = BROKER) -> list[object]:
        """What a protocol is told."""
        return aio.run(play(scene, protocol or Events(), address))

    def test_a_server_that_closes_sends_an_end(self) -> None:
        async def scene(broker: MemoryBroker, transport: Any, protocol: Events) -> None:
            transport.write(b"close")
            await sleep(1)
            self.assertEqual(protocol.octets, b"bye")
            self.assertTrue(transport.is_closing())

        self.assertEqual(self.play(scene, Events(), SERVER), ["made", "eof", None])

    def test_rabbitmq_closes_with_a_reset(self) -> None:
        async def scene(broker: MemoryBroker, transport: Any, protocol: Events) -> None:
            transport.write(WRONG_HEADER)
            await sleep(1)
            self.assertEqual(protocol.octets, HEADER)
            self.assertTrue(transport.is_closing())

        self.assertIsInstance(self.play(scene)[-1], ConnectionResetError)

    def test_a_protocol_that_keeps_it_open_meets_a_broken_pipe_at_its_second_write(self) -> None:
        async def scene(broker: MemoryBroker, transport: Any, protocol: Events) -> None:
            transport.write(b"close")
            await sleep(1)
            self.assertFalse(transport.is_closing())
            transport.write(b"one")
            await sleep(1)
            self.assertEqual(protocol.seen, ["made", "eof"])
            transport.write(b"two")

        *before, lost = self.play(scene, KeepsOpen(), SERVER)
        self.assertEqual(before, ["made", "eof"])
        assert isinstance(lost, BrokenPipeError)
        self.assertEqual(lost.errno, errno.EPIPE)

    def test_a_broker_that_goes_down_resets_the_connection(self) -> None:
        async def scene(broker: MemoryBroker, transport: Any, protocol: Events) -> None:
            broker.down()

        made, lost = self.play(scene)
        assert isinstance(lost, ConnectionResetError)
        self.assertEqual((made, lost.errno), ("made", errno.ECONNRESET))

    def test_a_client_may_close_one_half_and_read_the_rest(self) -> None:
        async def scene(broker: MemoryBroker, transport: Any, protocol: Events) -> None:
            self.assertTrue(transport.can_write_eof())
            transport.write(HEADER)
            transport.write_eof()
            await sleep(1)
            self.assertTrue(protocol.octets.startswith(b"\x01\x00\x00"), protocol.octets)

        self.assertIsInstance(self.play(scene)[-1], ConnectionResetError)

    def test_after_that_it_writes_no_more(self) -> None:
        async def scene(broker: MemoryBroker, transport: Any, protocol: Events) -> None:
            transport.write_eof()
            with self.assertRaisesRegex(RuntimeError, "after write_eof"):
                transport.write(b"more")

        self.play(scene)

    def test_a_client_that_closes_is_told_and_what_it_wrote_arrives(self) -> None:
        async def scene(broker: MemoryBroker, transport: Any, protocol: Events) -> None:
            transport.write(HEADER)
            transport.close()
            transport.write(b"too late")
            await sleep(1)
            self.assertIn("lost: closed by the client", broker.journal.transcript())
            broker.journal.assert_command("connection.start")

        self.assertEqual(self.play(scene), ["made", None])

    def test_a_client_that_aborts_resets_the_connection(self) -> None:
        async def scene(broker: MemoryBroker, transport: Any, protocol: Events) -> None:
            transport.abort()
            await sleep(1)
            self.assertIn("lost: reset by the client", broker.journal.transcript())

        self.assertEqual(self.play(scene), ["made", None])

    def test_a_protocol_that_pauses_reading_gets_nothing_until_it_goes_on(self) -> None:
        async def scene(broker: MemoryBroker, transport: Any, protocol: Events) -> None:
            transport.write(HEADER)
            for _ in range(2):
                transport.pause_reading()
            self.assertFalse(transport.is_reading())
            await sleep(1)
            self.assertEqual(protocol.octets, b"")
            broker.down()
            await sleep(1)
            self.assertEqual(protocol.seen, ["made"])
            for _ in range(2):
                transport.resume_reading()

        self.assertIsInstance(self.play(scene)[-1], ConnectionResetError)

    def test_a_protocol_is_asked_to_pause_while_much_is_unread(self) -> None:
        async def scene(broker: MemoryBroker, transport: Any, protocol: Events) -> None:
            transport.set_write_buffer_limits(high=1000)
            self.assertEqual(transport.get_write_buffer_limits(), (250, 1000))
            transport.set_write_buffer_limits(low=250)
            self.assertEqual(transport.get_write_buffer_limits(), (250, 1000))
            transport.write(bytes(65536))
            self.assertNotIn("pause", protocol.seen)
            transport.write(bytes(1001))
            self.assertIn("pause", protocol.seen)
            self.assertGreater(transport.get_write_buffer_size(), 1000)
            await sleep(0)
            await sleep(0)
            self.assertEqual(transport.get_write_buffer_size(), 0)

        self.assertEqual(self.play(scene, Events(), SERVER), ["made", "pause", "resume"])

    def test_what_is_no_octets_is_refused(self) -> None:
        async def scene(broker: MemoryBroker, transport: Any, protocol: Events) -> None:
            with self.assertRaisesRegex(TypeError, "bytes-like object, not 'str'"):
                transport.write("AMQP")
            with self.assertRaisesRegex(ValueError, "must be >= low"):
                transport.set_write_buffer_limits(high=1, low=2)
            transport.writelines([b"AMQP", bytearray(b"\x00\x00"), memoryview(b"\x09\x01")])
            await sleep(1)
            broker.journal.assert_command("connection.start")

        self.play(scene)

    def test_a_protocol_that_fails_loses_its_connection_and_is_told_about(self) -> None:
        class Fails(Events):
            def data_received(self, data: bytes) -> None:
                raise ZeroDivisionError("here")

        async def scene(broker: MemoryBroker, transport: Any, protocol: Events) -> None:
            told: list[dict[str, Any]] = []
            loop = asyncio.get_running_loop()
            loop.set_exception_handler(lambda _, context: told.append(context))
            transport.write(HEADER)
            await sleep(1)
            self.assertIs(told[0]["protocol"], protocol)

        self.assertIsInstance(self.play(scene, Fails())[-1], ZeroDivisionError)

    def test_another_protocol_may_take_over(self) -> None:
        another = Events()

        async def scene(broker: MemoryBroker, transport: Any, protocol: Events) -> None:
            transport.set_protocol(another)
            self.assertIs(transport.get_protocol(), another)
            transport.write(HEADER)
            await sleep(1)

        self.assertEqual(self.play(scene), ["made"])
        self.assertNotEqual(another.octets, b"")

    def test_a_protocol_with_a_buffer_of_its_own_has_it_filled(self) -> None:
        class Buffered(asyncio.BufferedProtocol):
            buffer = bytearray(16)
            octets = b""

            def get_buffer(self, sizehint: int) -> bytearray:
                return self.buffer

            def buffer_updated(self, nbytes: int) -> None:
                self.octets += self.buffer[:nbytes]

        async def main() -> bytes:
            async with memory():
                loop = asyncio.get_running_loop()
                transport, protocol = await loop.create_connection(Buffered, "localhost", 5672)
                transport.write(WRONG_HEADER)
                await sleep(1)
                return protocol.octets

        self.assertEqual(aio.run(main()), HEADER)

    def test_its_socket_takes_options_and_tells_addresses(self) -> None:
        async def scene(broker: MemoryBroker, transport: Any, protocol: Events) -> None:
            sock = transport.get_extra_info("socket")
            sock.setsockopt(6, 1, 1)
            self.assertEqual(sock.getsockopt(6, 1), 1)
            self.assertEqual(sock.getpeername(), transport.get_extra_info("peername"))
            self.assertEqual(sock.getsockname(), transport.get_extra_info("sockname"))
            self.assertEqual((sock.fileno(), sock.gettimeout(), sock.getblocking()), (-1, 0, False))
            self.assertRegex(repr(sock), r"^<MemorySocket from \('127.0.0.1', \d+\) to \('127.0.0.1', 5672\)>$")

        self.play(scene)


class Tls(TestCase):
    def test_streams_speak_tls(self) -> None:
        async def main() -> tuple[bytes, object]:
            async with memory(tls=True) as broker:
                assert broker.tls is not None
                context = broker.tls.client_context()
                reader, writer = await asyncio.open_connection("localhost", 5671, ssl=context)
                writer.write(WRONG_HEADER)
                return await reader.read(), writer.get_extra_info("peercert")["subject"]

        octets, subject = aio.run(main())
        self.assertEqual(octets, HEADER)
        self.assertTrue(subject)

    def test_who_does_not_trust_the_broker_is_told_so(self) -> None:
        async def main() -> None:
            async with memory(tls=True):
                await asyncio.open_connection("localhost", 5671, ssl=True)

        with self.assertRaisesRegex(OSError, "CERTIFICATE_VERIFY_FAILED"):
            aio.run(main())

    def test_the_name_in_the_certificate_may_be_another_than_the_address(self) -> None:
        async def main() -> None:
            async with memory(host="rabbit.example", tls=True) as broker:
                assert broker.tls is not None
                context = broker.tls.client_context()
                _, writer = await asyncio.open_connection(
                    "rabbit.example", 5671, ssl=context, server_hostname="localhost"
                )
                writer.close()
                await writer.wait_closed()
                await asyncio.open_connection("rabbit.example", 5671, ssl=context)

        with self.assertRaisesRegex(OSError, "Hostname mismatch"):
            aio.run(main())

    def test_a_connection_may_begin_tls_later(self) -> None:
        async def main() -> bytes:
            async with memory(tls=True) as broker:
                loop = asyncio.get_running_loop()
                protocol = Events()
                plain, _ = await loop.create_connection(lambda: protocol, "localhost", 5671)
                assert broker.tls is not None
                context = broker.tls.client_context()
                secure = await loop.start_tls(plain, protocol, context, server_hostname="localhost")
                assert secure is not None
                secure.write(WRONG_HEADER)
                await sleep(1)
                return protocol.octets

        self.assertEqual(aio.run(main()), HEADER)

    def test_a_broker_without_tls_is_no_peer_for_it(self) -> None:
        async def main() -> None:
            async with memory():
                await asyncio.open_connection("localhost", 5672, ssl=True)

        with self.assertRaisesRegex(OSError, "WRONG_VERSION_NUMBER|wrong version number|RECORD_LAYER_FAILURE"):
            aio.run(main())
