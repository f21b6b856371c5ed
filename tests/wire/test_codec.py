"""Every method and every property of every version: what is encoded comes back from decoding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest import TestCase

from fakebroker.errors import AMQPError, DecodeError
from fakebroker.wire.command import Content
from fakebroker.wire.spec import Class, Method, load
from tests.properties import given
from tests.wire.strategies import VERSIONS, arguments, properties


def all_methods() -> Iterator[Method]:
    for version in VERSIONS:
        yield from load(version).methods.values()


def all_classes() -> Iterator[Class]:
    for version in VERSIONS:
        yield from load(version).classes.values()


class Methods(TestCase):
    def test_each_method_survives_with_nothing_given(self) -> None:
        for method in all_methods():
            empty = method.make()
            self.assertEqual(method.decode(method.encode(empty)), empty, method.name)

    def test_each_method_survives_with_anything_its_fields_can_hold(self) -> None:
        for method in all_methods():
            if method.fields:
                self.check(method)

    def check(self, method: Method) -> None:
        @given(arguments(method), examples=4)
        def survives(args: Any) -> None:
            self.assertEqual(method.decode(method.encode(args)), args, method.name)

        survives()

    def test_what_a_definition_does_not_have_is_missing(self) -> None:
        spec = load("0-9-1")
        for each in (spec.classes["basic"], spec.methods["basic.ack"]):
            self.assertFalse(hasattr(each, "nosuch"), each)
        self.assertEqual("<Spec 0-9-1>", repr(spec))
        self.assertEqual("<Class basic (60)>", repr(spec.classes["basic"]))

    def test_contents_are_the_same_when_their_octets_are(self) -> None:
        one, same, other = (Content.make({"priority": 1}, body) for body in (b"x", b"x", b"y"))
        self.assertEqual({one, same, other}, {one, other})
        self.assertFalse(one == b"x")

    def test_bits_share_octets_from_the_lowest_up(self) -> None:
        declare = load("0-8").methods["queue.declare"]
        args = declare.make(durable=True, no_wait=True)
        self.assertEqual(declare.encode(args), b"\0\x32\0\x0a\0\0\0" + bytes([0b10010]) + b"\0\0\0\0")

    def test_bits_that_stand_apart_have_an_octet_each(self) -> None:
        deliver = load("0-9-1").methods["basic.get-ok"]
        payload = deliver.encode(deliver.make(redelivered=True, message_count=1))
        self.assertEqual(payload, b"\0\x3c\0\x47" + b"\0" * 8 + b"\1" + b"\0\0" + b"\0\0\0\1")

    def test_the_names_are_the_same_in_all_versions(self) -> None:
        for version in VERSIONS:
            names = [field.name for field in load(version).methods["queue.declare"].fields]
            expected = ["ticket", "queue", "passive", "durable", "exclusive", "auto_delete", "no_wait", "arguments"]
            self.assertEqual(names, expected)
            self.assertEqual(load(version).methods["basic.qos"].fields[2].name, "global_")

    def test_an_unknown_field_is_a_type_error_that_names_method_and_field(self) -> None:
        with self.assertRaisesRegex(TypeError, "durably"):
            load("0-8").command(1, "queue.declare", durably=True)

    def test_an_unknown_method_is_a_key_error(self) -> None:
        with self.assertRaises(KeyError):
            load("0-8").command(1, "queue.invent")

    def test_each_command_gets_a_table_of_its_own(self) -> None:
        spec = load("0-8")
        spec.command(1, "queue.declare").args.arguments["x"] = 1
        self.assertEqual(spec.command(1, "queue.declare").args.arguments, {})

    def test_a_string_that_is_too_long_says_so(self) -> None:
        for version in VERSIONS:
            declare = load(version).methods["queue.declare"]
            with self.assertRaisesRegex(ValueError, "^a value does not fit its field in queue.declare: "):
                declare.encode(declare.make(queue="q" * 256))

    def test_the_longest_string_goes_through(self) -> None:
        declare = load("0-8").methods["queue.declare"]
        args = declare.make(queue="q" * 255)
        self.assertEqual(declare.decode(declare.encode(args)), args)

    def test_a_publish_that_repeats_is_decoded_once(self) -> None:
        publish = load("0-8").methods["basic.publish"]
        payload = publish.encode(publish.make(exchange="e", routing_key="k"))
        self.assertIs(publish.decode(payload), publish.decode(bytes(bytearray(payload))))


class Undecodable(TestCase):
    """RabbitMQ 3.10 on a channel that is open."""

    def decode(self, name: str, arguments: bytes) -> AMQPError:
        with self.assertRaises(AMQPError) as caught:
            load("0-9-1").methods[name].decode(b"\0\0\0\0" + arguments)
        return caught.exception

    def test_what_is_missing_or_left_over_is_a_frame_error_with_the_bytes_and_the_method(self) -> None:
        for sent in (b"", b"\0", b"\0\0\5q", b"\0\0\1q\0\0\0\0", b"\0\0\1q\0\0\0\0\0zz", b"\0\0\1q\0\0\0\1\0"):
            error = self.decode("queue.declare", sent)
            self.assertEqual(str(error), f"FRAME_ERROR - cannot decode <<{','.join(map(str, sent))}>>")
            self.assertEqual(error.method, (50, 10))

    def test_a_method_without_fields_has_nothing_behind_it(self) -> None:
        self.assertEqual(self.decode("tx.select", b"x").method, (90, 10))

    def test_a_name_that_is_not_utf8_is_a_frame_error_without_a_method(self) -> None:
        for name in (b"\xff", b"\xc0\x80", b"\xed", b"\xe2\x82", b"\xf8\x88\x80\x80\x80", b"ok\x80"):
            error = self.decode("queue.declare", b"\0\0" + bytes([len(name)]) + name + b"\0\0\0\0\0")
            self.assertEqual(str(error), "FRAME_ERROR - Malformed UTF-8 in shortstr")
            self.assertEqual(error.method, (0, 0))

    def test_surrogates_and_numbers_beyond_unicode_are_utf8_to_erlang(self) -> None:
        declare = load("0-9-1").methods["queue.declare"]
        for name in (b"\xed\xa0\x80", b"a\xed\xbf\xbfb", b"\xf4\x90\x80\x80", b"\xf7\xbf\xbf\xbf"):
            payload = b"\0\x32\0\x0a\0\0" + bytes([len(name)]) + name + b"\0\0\0\0\0"
            self.assertEqual(declare.encode(declare.decode(payload)), payload)

    def test_names_in_methods_with_content_may_be_any_bytes(self) -> None:
        publish = load("0-9-1").methods["basic.publish"]
        payload = b"\0\x3c\0\x28\0\0\1\xff\2\xfe\xfd\0"
        self.assertEqual(publish.encode(publish.decode(payload)), payload)

    def test_a_table_that_cannot_be_read_is_another_error(self) -> None:
        with self.assertRaises(DecodeError):
            load("0-9-1").methods["queue.declare"].decode(b"\0\0\0\0\0\0\1q\0\0\0\0\3\1aq")


class ContentProperties(TestCase):
    def test_each_class_survives_with_any_of_its_properties(self) -> None:
        for klass in all_classes():
            if klass.fields:
                self.check(klass)

    def check(self, klass: Class) -> None:
        @given(properties(klass), examples=8)
        def survive(drawn: Any) -> None:
            self.assertEqual(klass.decode_properties(klass.encode_properties(drawn)), drawn, klass.name)

        survive()

    def test_the_two_lowest_flags_are_ignored(self) -> None:
        basic = load("0-9-1").classes["basic"]
        self.assertEqual(basic.decode_properties(b"\0\3"), basic.Properties())

    def test_a_class_without_properties_has_no_flags(self) -> None:
        test = load("0-8").classes["test"]
        self.assertEqual(test.encode_properties(test.Properties()), b"")
        with self.assertRaises(DecodeError):
            test.decode_properties(b"\0\0")

    def test_properties_that_do_not_fit_their_flags_cannot_be_decoded(self) -> None:
        for header in (b"", b"\0", b"\0\0z", b"\xff\xff", b"\x80\0\5abc", b"\x20\0\0\0\0\3\1aq", b"\x20\0\0\0\0\4\1aI"):
            content = Content(load("0-9-1").classes["basic"], header, b"")
            with self.assertRaisesRegex(DecodeError, "^(a field |content properties that do not fit their flags$)"):
                content.properties  # noqa: B018 - looking at them is what decodes them


class Contents(TestCase):
    def test_all_properties_can_be_asked_for_by_name(self) -> None:
        properties = Content.make({"delivery_mode": 2, "headers": {"a": 1}, "type": "t"}, b"body").properties
        self.assertEqual(
            properties._asdict(),
            {
                "content_type": None, "content_encoding": None, "headers": {"a": 1}, "delivery_mode": 2,
                "priority": None, "correlation_id": None, "reply_to": None, "expiration": None, "message_id": None,
                "timestamp": None, "type": "t", "user_id": None, "app_id": None, "cluster_id": None,
            },
        )  # fmt: skip

    def test_a_changed_copy_leaves_the_original_alone(self) -> None:
        original = Content.make({"expiration": "5", "app_id": "a"}, b"body")
        changed = original.with_properties(expiration=None, priority=3)
        self.assertEqual((changed.properties.expiration, changed.properties.priority), (None, 3))
        self.assertEqual((changed.properties.app_id, changed.body), ("a", b"body"))
        self.assertEqual(original.properties.expiration, "5")

    def test_two_that_look_the_same_have_a_table_each(self) -> None:
        one, two = (Content.make({"headers": {"n": 1}, "priority": 3}) for _ in range(2))
        self.assertEqual(one.header, two.header)
        assert one.properties.headers is not None
        one.properties.headers["n"] = 2
        self.assertEqual({"n": 1}, two.properties.headers)

    def test_they_and_what_they_belong_to_say_what_they_are(self) -> None:
        content = Content.make({"priority": 3}, b"body")
        self.assertEqual("<Content header=b'\\x08\\x00\\x03' body=b'body'>", repr(content))
        self.assertIn("BasicProperties(content_type=None,", repr(content.properties))
        self.assertEqual("<Method queue.declare (50, 10)>", repr(load("0-9-1").methods["queue.declare"]))

    def test_an_unknown_property_is_a_type_error(self) -> None:
        with self.assertRaises(TypeError):
            Content.make({"priorty": 1})
        with self.assertRaises(TypeError):
            Content.make().with_properties(priorty=1)

    def test_contents_are_equal_when_they_look_the_same_on_the_wire(self) -> None:
        self.assertEqual(Content.make({"priority": 1}, b"x"), Content.make({"priority": 1}, b"x"))
        self.assertNotEqual(Content.make({"priority": 1}, b"x"), Content.make({"priority": 2}, b"x"))
