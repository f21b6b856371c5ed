"""What a program that has failed says last is understood, in several languages."""

from __future__ import annotations

from unittest import TestCase

from fakebroker.search.last_words import last_words

PYTHON = """some log
Traceback (most recent call last):
  File "/home/me/app.py", line 8, in main
    channel.basic_ack(7)
    ~~~~~~~~~~~~~~~~~^^^
  File "/venv/lib/python3.13/site-packages/pika/channel.py", line 99, in basic_ack
    raise ChannelClosed
pika.exceptions.ChannelClosed: (406, 'unknown tag')
"""
CHAINED = """Traceback (most recent call last):
  File "a.py", line 1, in <module>
    1 / 0
ZeroDivisionError: division by zero

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "a.py", line 3, in <module>
    raise KeyError(1)
KeyError: 1
"""
JAVA = """SLF4J: no binder
Exception in thread "main" java.io.IOException
\tat com.rabbitmq.client.impl.AMQChannel.wrap(AMQChannel.java:140)
\tat shop.Worker.run(Worker.java:31)
\tat shop.Main.main(Main.java:9)
Caused by: com.rabbitmq.client.ShutdownSignalException: connection error
\tat com.rabbitmq.utility.ValueOrException.getValue(ValueOrException.java:66)
\t... 2 more
"""
NODE = """node:events:491
      throw er; // Unhandled 'error' event
      ^

Error: Unexpected close
    at succeed (/app/node_modules/amqplib/lib/connection.js:272:13)
    at work (/app/worker.js:12:9)
    at async main (/app/worker.js:20:3) {
  code: 1
}

Node.js v20.1.0
"""
EMITTED = """node_modules/amqplib/lib/safe_emit.js:8
      throw e;
      ^

TypeError: Cannot read properties of null (reading 'content')
    at /app/worker.js:10:30
    at Channel.handleCancel (/app/node_modules/amqplib/lib/channel.js:493:25)
    at Channel.emit (node:events:524:28)
Emitted 'error' event on ChannelModel instance at:
    at Connection.emit (node:events:524:28)
    [... lines matching original stack trace ...]
    at process.processTicksAndRejections (node:internal/process/task_queues:81:21)

Node.js v20.20.2
"""
GO = """2026/11/30 17:00:00 connected
panic: Exception (504) Reason: "channel/connection is not open"

goroutine 1 [running]:
github.com/rabbitmq/amqp091-go.(*Channel).Ack(...)
\t/root/go/pkg/mod/github.com/rabbitmq/amqp091-go@v1.9.0/channel.go:1700 +0x25
main.main()
\t/app/main.go:42 +0x1d
exit status 2
"""


class LastWordsOfPrograms(TestCase):
    def test_python(self) -> None:
        self.assertEqual(
            last_words(PYTHON), ("pika.exceptions.ChannelClosed: (406, 'unknown tag')", "app.py:8 in main")
        )

    def test_the_last_of_several_errors_counts(self) -> None:
        self.assertEqual(last_words(CHAINED), ("KeyError: 1", "a.py:3 in <module>"))

    def test_java(self) -> None:
        error = "java.io.IOException, caused by com.rabbitmq.client.ShutdownSignalException: connection error"
        self.assertEqual(last_words(JAVA), (error, "Worker.java:31 in shop.Worker.run"))

    def test_javascript(self) -> None:
        self.assertEqual(last_words(NODE), ("Error: Unexpected close", "worker.js:12 in work"))

    def test_what_emitted_an_error_is_not_the_error(self) -> None:
        error = "TypeError: Cannot read properties of null (reading 'content')"
        self.assertEqual(last_words(EMITTED), (error, "worker.js:10"))

    def test_go(self) -> None:
        self.assertEqual(
            last_words(GO), ('panic: Exception (504) Reason: "channel/connection is not open"', "main.go:42")
        )

    def test_go_that_has_no_stack_to_show(self) -> None:
        self.assertEqual(last_words("fatal error: out of memory\n"), ("fatal error: out of memory", ""))

    def test_javascript_whose_stack_is_all_that_is_left(self) -> None:
        cut = "Error: Unexpected close\n    at work (/app/worker.js:12:9)"
        self.assertEqual(last_words(cut), ("Error: Unexpected close", "worker.js:12 in work"))

    def test_of_all_else_the_last_line_is_the_error(self) -> None:
        self.assertEqual(last_words("one\n\x1b[31mtwo\x1b[0m\n\n"), ("two", ""))
        self.assertEqual(last_words(""), ("", ""))

    def test_a_traceback_that_is_cut_off_does_no_harm(self) -> None:
        self.assertEqual(last_words("Traceback (most recent call last):\n  File"), ("File", ""))
