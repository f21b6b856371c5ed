"""asyncio in virtual time: its clock is the broker's, and connections to the broker's address go through memory."""

from __future__ import annotations

import asyncio
from asyncio import sleep
from unittest import TestCase

from fakebroker import memory
from fakebroker.testing import aio

HEADER = b"AMQP\x00\x00\x09\x01"


async def hello(host: str = "localhost", port: int | str = 5672) -> bytes:
    """The first octets of connection.start, which a broker sends to whoever says the protocol's name."""
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(HEADER)
    answer = await reader.readexactly(11)
    writer.close()
    return answer


class Time(TestCase):
    def test_an_hour_of_sleep_is_an_hour_of_the_broker(self) -> None:
        async def main() -> tuple[float, float]:
            async with memory() as broker:
                await sleep(3600)
                return asyncio.get_running_loop().time(), broker.clock.seconds()

        self.assertEqual(aio.run(main()), (3600.0, 3600.0))

    def test_calls_of_broker_and_client_run_in_the_order_of_their_times(self) -> None:
        async def main() -> list[tuple[str, float]]:
            seen: list[tuple[str, float]] = []
            loop = asyncio.get_running_loop()

            def note(who: str) -> None:
                seen.append((who, loop.time()))

            async with memory() as broker:
                broker.clock.callLater(1, note, "broker")
                loop.call_later(2, note, "client")
                broker.clock.callLater(3, note, "broker")
                loop.call_later(3, note, "client")
                await sleep(10)
            return seen

        expected = [("broker", 1.0), ("client", 2.0), ("broker", 3.0), ("client", 3.0)]
        self.assertEqual(aio.run(main()), expected)

    def test_what_advances_the_clock_in_a_coroutine_has_blocked_the_loop(self) -> None:
        async def main() -> list[float]:
            seen: list[float] = []
            loop = asyncio.get_running_loop()
            async with memory() as broker:
                loop.call_later(10, lambda: seen.append(loop.time()))
                broker.clock.advance(60)
                await sleep(0)
                await sleep(0)
            return seen

        self.assertEqual(aio.run(main()), [60.0])

    def test_a_call_of_the_broker_may_set_the_loop_s_next_call(self) -> None:
        async def main() -> float:
            loop = asyncio.get_running_loop()
            done = loop.create_future()
            async with memory() as broker:
                broker.clock.callLater(0, loop.call_later, 5, done.set_result, None)
                await asyncio.wait([done], timeout=100)
            return loop.time()

        self.assertEqual(aio.run(main()), 5.0)

    def test_sleeping_for_less_than_a_moment_again_and_again_comes_to_an_end(self) -> None:
        """What is left until then, as a difference of times, may be so little that adding it changes nothing."""

        async def main() -> int:
            loop, times = asyncio.get_running_loop(), 0
            await sleep(1)
            while loop.time() < 60:
                await sleep(1e-18)
                times += 1
            return times

        self.assertLess(aio.run(main()), 100_000)


class Connections(TestCase):
    def test_streams_reach_the_broker_by_each_name_of_this_machine(self) -> None:
        async def main() -> list[bytes]:
            async with memory():
                return [await hello(host) for host in ("localhost", "127.0.0.1", "::1")]

        starts = aio.run(main())
        self.assertEqual(len(starts), 3)
        for start in starts:
            self.assertTrue(start.endswith(b"\x00\x0a\x00\x0a"), start)  # connection.start

    def test_a_port_may_be_a_text_or_the_name_of_a_service(self) -> None:
        async def main() -> None:
            async with memory():
                await hello(port="5672")
                await hello(port="amqp")

        aio.run(main())

    def test_two_brokers_have_two_addresses(self) -> None:
        async def main() -> tuple[int, int]:
            async with memory(host="rabbit-1") as one, memory(host="rabbit-2") as two:
                await hello("rabbit-2")
                await hello("rabbit-2")
                await hello("rabbit-1")
                return len(one.journal.find("connection.start")), len(two.journal.find("connection.start"))

        self.assertEqual(aio.run(main()), (1, 2))

    def test_a_broker_that_is_down_refuses_and_comes_up_again_in_its_time(self) -> None:
        async def main() -> tuple[list[float], int | None]:
            loop = asyncio.get_running_loop()
            async with memory() as broker:
                broker.down(60)
                refused: list[float] = []
                number = None
                while True:
                    try:
                        await hello()
                        return [*refused, loop.time()], number
                    except ConnectionRefusedError as error:
                        number = error.errno
                        refused.append(loop.time())
                        await sleep(25)

        self.assertEqual(aio.run(main()), ([0.0, 25.0, 50.0, 75.0], 111))

    def test_a_connection_has_the_addresses_that_it_would_have_over_tcp(self) -> None:
        async def main() -> tuple[object, ...]:
            async with memory():
                _, writer = await asyncio.open_connection("localhost", 5672)
                _, another = await asyncio.open_connection("::1", 5672)
                found = writer.get_extra_info("peername"), another.get_extra_info("peername")
                self.assertNotEqual(writer.get_extra_info("sockname"), another.get_extra_info("sockname"))
                writer.close()
                another.close()
                return found

        self.assertEqual(aio.run(main()), (("127.0.0.1", 5672), ("::1", 5672, 0, 0)))


class Order(TestCase):
    def test_tasks_and_futures_come_out_of_a_set_in_the_same_order_in_each_run(self) -> None:
        kept: list[object] = []  # so that the second run has other addresses

        async def main() -> tuple[list[str], list[int]]:
            loop = asyncio.get_running_loop()
            tasks = {asyncio.create_task(sleep(1), name=str(number)) for number in range(50)}
            done, _ = await asyncio.wait(tasks)
            futures = [loop.create_future() for _ in range(50)]
            kept.extend([done, futures])
            return [task.get_name() for task in done], [futures.index(future) for future in set(futures)]

        self.assertEqual(aio.run(main()), aio.run(main()))

    def test_a_task_factory_of_one_s_own_makes_the_tasks(self) -> None:
        class Mine(asyncio.Task):
            pass

        async def main() -> list[type]:
            loop = asyncio.get_running_loop()
            loop.set_task_factory(lambda loop, coro, **options: Mine(coro, loop=loop, **options))
            task = asyncio.create_task(sleep(1), name="mine")
            await task
            return [type(task), type(asyncio.current_task())]

        self.assertEqual([kind.__name__ for kind in aio.run(main())], ["Mine", "OrderedTask"])


class Running(TestCase):
    def test_what_the_coroutine_returns_is_returned(self) -> None:
        async def main() -> str:
            await sleep(10)
            return "done"

        self.assertEqual(aio.run(main()), "done")

    def test_what_still_runs_is_cancelled_at_the_end(self) -> None:
        ended: list[str] = []

        async def forever() -> None:
            try:
                await sleep(10**6)
            finally:
                ended.append("cancelled")

        async def main() -> asyncio.Task[None]:
            task = asyncio.ensure_future(forever())
            await sleep(1)
            return task

        self.assertTrue(aio.run(main()).cancelled())
        self.assertEqual(ended, ["cancelled"])

    def test_it_does_not_run_inside_a_loop(self) -> None:
        async def inner() -> None:
            raise AssertionError("it ran")

        async def main() -> None:
            aio.run(inner())

        with self.assertRaisesRegex(RuntimeError, "running event loop"):
            aio.run(main())

    def test_in_a_loop_that_keeps_real_time_a_block_says_what_to_use(self) -> None:
        async def main() -> None:
            async with memory():
                raise AssertionError("it was entered")

        with self.assertRaisesRegex(RuntimeError, r"keeps real time: fakebroker\.testing\.aio\.run"):
            asyncio.run(main())


class Cases(aio.VirtualTestCase):
    async def asyncSetUp(self) -> None:
        await sleep(100)
        self.began = asyncio.get_running_loop().time()

    async def test_a_test_case_runs_in_virtual_time(self) -> None:
        async with memory() as broker:
            await sleep(3600)
            self.assertEqual((self.began, broker.clock.seconds()), (100.0, 3700.0))
