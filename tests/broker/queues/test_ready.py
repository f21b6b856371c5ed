"""The order in which waiting messages leave."""

from __future__ import annotations

from unittest import TestCase

from hypothesis import strategies as st

from fakebroker.broker.message import Message
from fakebroker.broker.queues.message_batch import MessageBatch
from fakebroker.broker.queues.message_priority import PriorityReady
from fakebroker.broker.queues.ready import Ready, ReturnsFirst
from fakebroker.wire.command import Content
from tests.properties import given

STEPS = ("publish", "publish a batch of three", "take", "take two of a batch", "return the oldest", "return the newest")


def message(body: str = "", priority: int | None = None) -> Message:
    return Message("", "q", Content.make({} if priority is None else {"priority": priority}, body.encode()))


class FirstInFirstOut(TestCase):
    def test_what_is_put_back_takes_its_old_place(self) -> None:
        ready = Ready()
        messages = [message(str(n)) for n in range(5)]
        for each in messages:
            ready.append(each)
        first, second, third = ready.pop(), ready.pop(), ready.pop()
        ready.put_back(third)
        ready.put_back(first)
        self.assertEqual([messages[0], messages[2], messages[3], messages[4]], list(ready))
        ready.put_back(second)
        self.assertEqual(messages, [ready.pop() for _ in range(5)])

    def test_a_message_that_passed_by_comes_before_those_that_came_later(self) -> None:
        ready = Ready()
        early, late = message("early"), message("late")
        ready.bypass(early)
        ready.append(late)
        ready.put_back(early)
        self.assertEqual([early, late], list(ready))

    def test_bytes_are_those_of_the_bodies_that_wait(self) -> None:
        ready = Ready()
        ready.append(message("123"))
        ready.append(message("45"))
        self.assertEqual(5, ready.bytes)
        first = ready.pop()
        self.assertEqual(2, ready.bytes)
        ready.put_back(first)
        self.assertEqual(5, ready.bytes)
        ready.clear()
        self.assertEqual((0, 0), (ready.bytes, len(ready)))

    @given(st.lists(st.sampled_from(STEPS), max_size=60), examples=100)
    def test_any_mix_of_taking_and_returning_keeps_the_order_of_arrival(self, steps: list[str]) -> None:
        ready, arrived = Ready(), 0
        waiting: list[int] = []
        out: list[Message] = []
        for step in steps:
            if step.startswith("publish"):
                new = range(arrived, arrived + (3 if step.endswith("three") else 1))
                if len(new) > 1:
                    ready.append_batch(MessageBatch(message(), [b"%d" % number for number in new]))
                else:
                    ready.append(message(str(arrived)))
                waiting.extend(new)
                arrived += len(new)
            elif step.startswith("take") and waiting:
                taken = list(ready.pop_batch(2)) if step.endswith("batch") and ready.batched else [ready.pop()]
                for each in taken:
                    self.assertEqual(min(waiting), int(each.body))
                    waiting.remove(int(each.body))
                out += taken
            elif step.startswith("return") and out:
                back = out.pop(0 if step.endswith("oldest") else -1)
                ready.put_back(back)
                waiting.append(int(back.body))
            self.assertEqual(sorted(waiting), [int(each.body) for each in ready])
            self.assertEqual(len(waiting), len(ready))
            self.assertEqual(sum(len(str(number)) for number in waiting), ready.bytes)


class Priorities(TestCase):
    def test_a_higher_priority_goes_first_and_equal_ones_in_order(self) -> None:
        ready = PriorityReady(5)
        for priority in (None, 1, 5, 1, 0):
            ready.append(message(str(priority), priority))
        self.assertEqual([b"5", b"1", b"1", b"None", b"0"], [ready.pop().body for _ in range(5)])

    def test_a_priority_above_the_maximum_counts_as_the_maximum(self) -> None:
        ready = PriorityReady(5)
        ready.append(message("five", 5))
        ready.append(message("nine", 9))
        self.assertEqual([b"five", b"nine"], [each.body for each in ready])

    def test_what_is_put_back_returns_to_its_place_within_its_priority(self) -> None:
        ready = PriorityReady(5)
        for body, priority in (("a", 1), ("b", 1), ("c", 5)):
            ready.append(message(body, priority))
        taken = [ready.pop(), ready.pop()]
        for each in taken:
            ready.put_back(each)
        self.assertEqual([b"c", b"a", b"b"], [each.body for each in ready])

    def test_what_came_together_leaves_together(self) -> None:
        ready = PriorityReady(5)
        ready.append(message("low", 1))
        ready.level(message("", 5)).append_batch(MessageBatch(message("", 5), [b"a", b"b", b"c"]))
        self.assertEqual((3, 4), (ready.front.batched, len(ready)))
        self.assertEqual([b"a", b"b"], [each.body for each in ready.front.pop_batch(2)])
        self.assertEqual([b"c", b"low"], [each.body for each in ready])

    def test_what_has_lost_its_place_goes_before_all_others_of_its_priority(self) -> None:
        ready = PriorityReady(5)
        for body, priority in (("a", 1), ("b", 1), ("c", 5)):
            ready.append(message(body, priority))
        ready.pop()
        first, second = ready.pop(), ready.pop()
        ready.put_back(first)
        ready.put_first(second)
        self.assertEqual([b"b", b"a"], [each.body for each in ready])


class Returns(TestCase):
    def test_returns_go_before_all_others_in_the_order_they_came_back(self) -> None:
        ready = ReturnsFirst()
        for body in "abcd":
            ready.append(message(body))
        first, second = ready.pop(), ready.pop()
        ready.put_back(second)
        ready.put_back(first)
        self.assertEqual([b"b", b"a", b"c", b"d"], [each.body for each in ready])
