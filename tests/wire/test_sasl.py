"""Login responses, as RabbitMQ 3.10 reads them."""

from __future__ import annotations

from unittest import TestCase

from fakebroker.errors import AMQPError
from fakebroker.values import Table
from fakebroker.wire import sasl
from fakebroker.wire.field_table import encode_table
from tests.properties import given
from tests.wire.strategies import text


def amqplain(table: Table) -> bytes:
    return encode_table(table)


class Plain(TestCase):
    def test_user_and_password_follow_an_empty_identity(self) -> None:
        self.assertEqual(sasl.credentials("PLAIN", b"\0guest\0secret"), ("guest", "secret"))

    def test_both_may_be_empty(self) -> None:
        self.assertEqual(sasl.credentials("PLAIN", b"\0\0"), ("", ""))

    def test_all_else_is_a_syntax_error(self) -> None:
        for response in (b"", b"guest", b"\0guest", b"guest\0secret", b"me\0guest\0secret", b"\0guest\0secret\0"):
            with self.assertRaises(AMQPError) as caught:
                sasl.credentials("PLAIN", response)
            self.assertEqual(caught.exception.name, "syntax-error", response)

    def test_names_need_not_be_utf8(self) -> None:
        user, password = sasl.credentials("PLAIN", b"\0\xff\0\xfe")
        self.assertEqual(sasl.response("PLAIN", user, password), b"\0\xff\0\xfe")


class AMQPlain(TestCase):
    def test_login_and_password_are_fields_of_a_table_without_a_length(self) -> None:
        response = b"\5LOGINS\0\0\0\5guest\x08PASSWORDS\0\0\0\6secret"
        self.assertEqual(sasl.credentials("AMQPLAIN", response), ("guest", "secret"))
        self.assertEqual(sasl.response("AMQPLAIN", "guest", "secret"), response)

    def test_their_order_and_other_fields_do_not_matter(self) -> None:
        response = amqplain({"PASSWORD": "p", "other": 1, "LOGIN": "u"})
        self.assertEqual(sasl.credentials("AMQPLAIN", response), ("u", "p"))

    def test_one_that_is_missing_is_a_syntax_error(self) -> None:
        for table in ({}, {"LOGIN": "u"}, {"PASSWORD": "p"}, {"login": "u", "password": "p"}):
            with self.assertRaisesRegex(AMQPError, "is missing LOGIN or PASSWORD field") as caught:
                sasl.credentials("AMQPLAIN", amqplain({**table}))
            self.assertEqual(caught.exception.name, "syntax-error")

    def test_nothing_but_texts_can_be_a_login(self) -> None:
        for table in ({"LOGIN": 1, "PASSWORD": "p"}, {"LOGIN": "u", "PASSWORD": b"p"}):
            with self.assertRaisesRegex(AMQPError, "uses unsupported type for LOGIN or PASSWORD field") as caught:
                sasl.credentials("AMQPLAIN", amqplain(table))  # type: ignore[arg-type]
            self.assertEqual(caught.exception.name, "syntax-error")

    def test_a_response_that_is_no_table_is_an_internal_error(self) -> None:
        with self.assertRaises(AMQPError) as caught:
            sasl.credentials("AMQPLAIN", b"\0guest\0secret")
        self.assertEqual(str(caught.exception), "INTERNAL_ERROR")


class Both(TestCase):
    def test_another_mechanism_is_an_invalid_command(self) -> None:
        with self.assertRaisesRegex(AMQPError, "unknown authentication mechanism 'EXTERNAL'") as caught:
            sasl.credentials("EXTERNAL", b"")
        self.assertEqual(caught.exception.name, "command-invalid")

    @given(text, text)
    def test_what_a_client_responds_is_what_the_server_reads(self, user: str, password: str) -> None:
        self.assertEqual(sasl.credentials("AMQPLAIN", sasl.response("AMQPLAIN", user, password)), (user, password))
        if "\0" not in user + password:
            self.assertEqual(sasl.credentials("PLAIN", sasl.response("PLAIN", user, password)), (user, password))
