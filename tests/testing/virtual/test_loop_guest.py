"""A virtual loop in a block for blocking code: its clients, and those of other threads, live in one time."""

from __future__ import annotations

import asyncio
import socket
import threading
from asyncio import sleep
from time import sleep as rest
from unittest import TestCase

from fakebroker import memory
from fakebroker.testing import NeverSettles, aio

HEADER = b"AMQP\x00\x00\x09\x01"


class Guest(TestCase):
    def test_it_has_the_block_s_time_and_its_broker(self) -> None:
        async def main() -> tuple[bytes, float]:
            reader, writer = await asyncio.open_connection("localhost", 5672)
            writer.write(HEADER)
            start = await reader.readexactly(1)
            writer.close()
            await sleep(3600)
            return start, asyncio.get_running_loop().time()

        with memory() as broker:
            self.assertEqual(aio.run(main()), (b"\x01", 3600.0))
            self.assertEqual(broker.clock.seconds(), 3600.0)

    def test_its_jobs_take_virtual_time(self) -> None:
        async def main() -> float:
            _, slept = await asyncio.gather(asyncio.to_thread(rest, 60), sleep(50, "slept"))
            self.assertEqual(slept, "slept")
            return asyncio.get_running_loop().time()

        with memory():
            self.assertEqual(aio.run(main()), 60.0)

    def test_a_blocking_client_in_another_thread_goes_on_beside_it(self) -> None:
        octets: list[bytes] = []

        def client() -> None:
            rest(30)
            with socket.create_connection(("localhost", 5672)) as sock:
                sock.sendall(HEADER)
                octets.append(sock.recv(1))

        async def main() -> None:
            await sleep(60)

        with memory():
            thread = threading.Thread(target=client)
            thread.start()
            aio.run(main())
            self.assertEqual(octets, [b"\x01"])
            thread.join()

    def test_one_that_waits_for_ever_tells_where(self) -> None:
        async def main() -> None:
            await asyncio.Event().wait()

        with self.assertRaisesRegex(
            NeverSettles, r"an event loop waits for \(the tasks wait here:\n.*\n.* in main: await"
        ):
            with memory():
                aio.run(main())

    def test_one_that_is_idle_for_long_takes_no_other_time_than_its_own(self) -> None:
        async def main() -> float:
            for _ in range(20_000):
                await sleep(1)
            return asyncio.get_running_loop().time()

        with memory():
            self.assertEqual(aio.run(main()), 20_000.0)

    def test_so_does_python_s_own_loop(self) -> None:
        async def main() -> None:
            await asyncio.Event().wait()

        told = r"an event loop waits for \(the tasks wait here:\n.*\n.* in main: await"
        with self.assertRaisesRegex(NeverSettles, told):
            with memory():
                asyncio.run(main())
