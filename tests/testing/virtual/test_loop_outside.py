"""What a test does besides, outside of memory: while it is under way, no time is jumped over."""

from __future__ import annotations

import asyncio
import os
import socket
import sqlite3
import sys
import tempfile
import threading
from asyncio import sleep
from collections.abc import Callable
from queue import SimpleQueue
from time import monotonic
from time import sleep as rest
from typing import Any
from unittest import TestCase, mock

from fakebroker import memory
from fakebroker.testing import NeverSettles, aio
from fakebroker.testing.virtual import loop_outside

REAL = 0.15
"""Real seconds that the work of these tests takes."""


def work() -> str:
    """What takes real time: no loop of ours has a hand in it."""
    rest(REAL)
    return "done"


def time() -> float:
    return asyncio.get_running_loop().time()


class Jobs(TestCase):
    def test_a_job_of_an_executor_takes_no_virtual_time(self) -> None:
        async def main() -> tuple[str, float]:
            async with memory() as broker:
                broker.clock.callLater(60, lambda: None)
                return await asyncio.wait_for(asyncio.to_thread(work), 60), time()

        self.assertEqual(aio.run(main()), ("done", 0.0))

    def test_virtual_time_passes_beside_a_job_but_no_faster_than_real_time(self) -> None:
        async def main() -> tuple[float, bool]:
            job = asyncio.ensure_future(asyncio.to_thread(work))
            await sleep(REAL / 3)
            return time(), job.done()

        self.assertEqual(aio.run(main()), (REAL / 3, False))

    def test_threads_that_have_nothing_to_do_do_not_stop_time(self) -> None:
        async def main() -> float:
            await asyncio.to_thread(work)
            await sleep(86000)
            return time()

        self.assertEqual(aio.run(main()), 86000.0)

    def test_a_job_that_waits_for_the_loop_does_not_stop_time(self) -> None:
        async def an_hour() -> str:
            await sleep(3600)
            return "an hour"

        async def main() -> tuple[str, float]:
            loop = asyncio.get_running_loop()
            job = lambda: asyncio.run_coroutine_threadsafe(an_hour(), loop).result()  # noqa: E731
            return await asyncio.to_thread(job), time()

        self.assertEqual(aio.run(main()), ("an hour", 3600.0))

    def test_a_job_that_waits_for_ever_is_named(self) -> None:
        never = threading.Event()
        self.addCleanup(never.set)

        async def main() -> None:
            try:
                await asyncio.to_thread(never.wait)
            finally:
                never.set()

        with self.assertRaisesRegex(NeverSettles, r"outside of memory there is:\n  a job .*Event\.wait"):
            aio.run(main())

    def test_an_error_of_a_job_arrives(self) -> None:
        async def main() -> None:
            await asyncio.to_thread(int, "x")

        with self.assertRaisesRegex(ValueError, "invalid literal"):
            aio.run(main())


class Children(TestCase):
    def test_a_child_takes_no_virtual_time(self) -> None:
        async def main() -> tuple[bytes, float]:
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-c", "print(6 * 7)", stdout=asyncio.subprocess.PIPE
            )
            output, _ = await asyncio.wait_for(child.communicate(), 60)
            return output.strip(), time()

        self.assertEqual(aio.run(main()), (b"42", 0.0))

    def test_nor_does_one_of_a_shell(self) -> None:
        async def main() -> tuple[bytes, float]:
            child = await asyncio.create_subprocess_shell("echo $((6 * 7))", stdout=asyncio.subprocess.PIPE)
            output, _ = await asyncio.wait_for(child.communicate(), 60)
            return output.strip(), time()

        self.assertEqual(aio.run(main()), (b"42", 0.0))

    def test_beside_a_child_that_lives_on_time_passes(self) -> None:
        async def main() -> tuple[float, int]:
            child = await asyncio.create_subprocess_exec(sys.executable, "-c", "input()", stdin=asyncio.subprocess.PIPE)
            await sleep(REAL)
            after = time()
            await child.communicate(b"\n")
            return after, await child.wait()

        self.assertEqual(aio.run(main()), (REAL, 0))


class Server:
    """A database, so to say: a real server in a thread, which answers each line after a while, in two pieces."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = self._listening.getsockname()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        client, _ = self._listening.accept()
        with client, client.makefile("rb") as lines:
            for line in lines:
                work()
                client.sendall(line[:2])
                client.sendall(line[2:])

    def stop(self) -> None:
        self._thread.join()
        self._listening.close()


class Sockets(TestCase):
    def with_server(self, scene: Callable[[Any, Any], Any]) -> Any:
        server = Server()
        self.addCleanup(server.stop)

        async def main() -> Any:
            async with memory() as broker:
                broker.clock.callLater(3600, lambda: None)
                reader, writer = await asyncio.open_connection(*server.address)
                try:
                    return await scene(reader, writer)
                finally:
                    writer.close()
                    await writer.wait_closed()

        return aio.run(main())

    def test_a_question_that_is_not_answered_yet_stops_time(self) -> None:
        async def scene(reader: Any, writer: Any) -> tuple[list[bytes], float]:
            answers = []
            for line in (b"one\n", b"two\n"):
                writer.write(line)
                answers.append(await asyncio.wait_for(reader.readline(), 60))
            return answers, time()

        self.assertEqual(self.with_server(scene), ([b"one\n", b"two\n"], 0.0))

    def test_a_connection_that_lies_idle_does_not(self) -> None:
        async def scene(reader: Any, writer: Any) -> float:
            writer.write(b"one\n")
            await reader.readline()
            await sleep(80000)
            return time()

        self.assertEqual(self.with_server(scene), 80000.0)

    def test_a_peer_that_never_answers_is_waited_for_once(self) -> None:
        async def main() -> tuple[float, float]:
            near, far = socket.socketpair()
            _, writer = await asyncio.open_connection(sock=near)
            ends = []
            for _ in range(2):
                writer.write(b"nobody answers")
                before = monotonic()
                await sleep(40000)
                ends.append(monotonic() - before)
            writer.close()
            far.close()
            return ends[0], ends[1]

        with mock.patch.object(loop_outside, "PATIENCE", 3 * REAL):
            first, second = aio.run(main())
        self.assertGreaterEqual(first, 3 * REAL)
        self.assertLess(second, first)

    def test_nor_does_a_descriptor_that_somebody_watches(self) -> None:
        async def main() -> tuple[float, list[bytes]]:
            seen: list[bytes] = []
            reading, writing = os.pipe()
            loop = asyncio.get_running_loop()
            loop.add_reader(reading, lambda: seen.append(os.read(reading, 10)))
            os.write(writing, b"here")
            await sleep(80000)
            loop.remove_reader(reading)
            os.close(reading)
            os.close(writing)
            return time(), seen

        self.assertEqual(aio.run(main()), (80000.0, [b"here"]))

    def test_a_server_of_the_same_loop_is_not_outside(self) -> None:
        async def serve(reader: Any, writer: Any) -> None:
            line = await reader.readline()
            await sleep(3600)
            writer.write(line)
            writer.close()

        async def main() -> tuple[bytes, float]:
            server = await asyncio.start_server(serve, "127.0.0.1", 0)
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"hello\n")
            answer = await reader.readline()
            writer.close()
            server.close()
            return answer, time()

        self.assertEqual(aio.run(main()), (b"hello\n", 3600.0))

    def test_a_server_on_a_path_of_the_same_loop_is_not_outside(self) -> None:
        async def serve(reader: Any, writer: Any) -> None:
            line = await reader.readline()
            await sleep(3600)
            writer.write(line)
            writer.close()

        async def main(path: str) -> tuple[bytes, float]:
            server = await asyncio.start_unix_server(serve, path)
            reader, writer = await asyncio.open_unix_connection(path)
            writer.write(b"hello\n")
            answer = await reader.readline()
            writer.close()
            server.close()
            return answer, time()

        before = monotonic()
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(aio.run(main(f"{folder}/socket")), (b"hello\n", 3600.0))
        self.assertLess(monotonic() - before, loop_outside.PATIENCE / 2, "it has not waited in real time")

    def test_an_answer_to_a_socket_of_one_s_own_is_waited_for(self) -> None:
        near, far = socket.socketpair()
        near.setblocking(False)
        self.addCleanup(near.close)
        self.addCleanup(far.close)

        def answer() -> None:
            far.recv(10)
            work()
            far.sendall(b"late")

        thread = threading.Thread(target=answer)
        thread.start()

        async def main() -> tuple[bytes, float]:
            loop = asyncio.get_running_loop()
            await loop.sock_sendall(near, b"?")
            return await asyncio.wait_for(loop.sock_recv(near, 10), 60), time()

        self.assertEqual(aio.run(main()), (b"late", 0.0))
        thread.join()

    def test_a_server_of_sockets_that_waits_for_more_does_not_stop_time(self) -> None:
        async def serve(listening: socket.socket) -> None:
            loop = asyncio.get_running_loop()
            client, _ = await loop.sock_accept(listening)
            with client:
                while line := await loop.sock_recv(client, 10):
                    await loop.sock_sendall(client, line)

        async def main() -> tuple[bytes, float]:
            with socket.create_server(("127.0.0.1", 0)) as listening:
                listening.setblocking(False)
                server = asyncio.ensure_future(serve(listening))
                reader, writer = await asyncio.open_connection(*listening.getsockname())
                writer.write(b"hello\n")
                line = await reader.readline()
                await sleep(80000)
                writer.close()
                await server
                return line, time()

        self.assertEqual(aio.run(main()), (b"hello\n", 80000.0))


class Database:
    """A connection to sqlite in a thread of its own, as aiosqlite has it."""

    def __init__(self) -> None:
        self._questions: SimpleQueue[Any] = SimpleQueue()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        connection = sqlite3.connect(":memory:")
        connection.create_function("work", 0, work)
        while True:
            future, text = self._questions.get()
            if text is None:
                connection.close()
                future.get_loop().call_soon_threadsafe(future.set_result, None)
                return
            rows = connection.execute(text).fetchall()
            future.get_loop().call_soon_threadsafe(future.set_result, rows)

    async def ask(self, text: str | None) -> Any:
        future = asyncio.get_running_loop().create_future()
        self._questions.put_nowait((future, text))
        return await future


class Threads(TestCase):
    def test_a_database_in_a_thread_is_waited_for_and_does_not_stop_time_when_idle(self) -> None:
        async def main() -> tuple[Any, float, Any, float]:
            async with memory() as broker:
                broker.clock.callLater(1, lambda: None)
                database = Database()
                first = await asyncio.wait_for(database.ask("select work()"), 60)
                asked = time()
                await sleep(80000)
                second = await asyncio.wait_for(database.ask("select work()"), 60)
                await database.ask(None)
                return first, asked, second, time()

        self.assertEqual(aio.run(main()), ([("done",)], 0.0, [("done",)], 80000.0))

    def test_a_thread_that_works_and_tells_the_loop_is_waited_for(self) -> None:
        async def main() -> float:
            loop, told = asyncio.get_running_loop(), asyncio.Event()
            thread = threading.Thread(target=lambda: (work(), loop.call_soon_threadsafe(told.set)))
            thread.start()
            await asyncio.wait_for(told.wait(), 60)
            return time()

        self.assertEqual(aio.run(main()), 0.0)


class Names(TestCase):
    def test_a_broker_s_name_has_an_address_and_needs_no_name_server(self) -> None:
        async def main() -> tuple[int, tuple[Any, ...]]:
            async with memory(host="rabbit.example"):
                loop = asyncio.get_running_loop()
                [*_, (_, _, _, _, address)] = await loop.getaddrinfo("rabbit.example", "amqp", type=socket.SOCK_STREAM)
                _, writer = await asyncio.open_connection(*address[:2])
                peer = writer.get_extra_info("peername")
                writer.close()
                return len(address), (*peer, address)

        _, (host, port, address) = aio.run(main())
        self.assertEqual((host, port), address[:2])

    def test_a_socket_of_one_s_own_cannot_be_connected(self) -> None:
        async def main() -> None:
            async with memory():
                with socket.socket() as sock:
                    sock.setblocking(False)
                    await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", 5672))

        with self.assertRaisesRegex(RuntimeError, r"no socket leads to a broker in memory\. create_connection\(\)"):
            aio.run(main())
