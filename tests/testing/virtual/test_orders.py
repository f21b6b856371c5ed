"""Weak sets that are made in a block keep the order of their members: addresses would differ between processes."""

from __future__ import annotations

from unittest import TestCase
from weakref import WeakSet

from fakebroker import memory


class Member:
    def __init__(self, number: int) -> None:
        self.number = number


def numbers(members: WeakSet[Member]) -> list[int]:
    return [member.number for member in members]


class Orders(TestCase):
    def setUp(self) -> None:
        self.members = [Member(number) for number in range(200)]
        self.members.reverse()  # not the order of their addresses
        self.order = [member.number for member in self.members]

    def test_members_come_in_the_order_in_which_they_were_put_in(self) -> None:
        with memory():
            members = WeakSet(self.members)
            self.assertEqual(numbers(members), self.order)
            members.discard(self.members[3])
            members.remove(self.members[1])
            members.add(self.members[3])
            expected = [each for each in self.order if each not in (self.order[1], self.order[3])] + [self.order[3]]
            self.assertEqual(numbers(members), expected)

    def test_one_that_is_gone_is_left_out(self) -> None:
        with memory():
            members = WeakSet(self.members)
            del self.members[10:]
            self.assertEqual(numbers(members), self.order[:10])
            self.assertEqual(len(members), 10)

    def test_they_can_do_all_that_sets_can(self) -> None:
        with memory():
            all_of_them, some = WeakSet(self.members), WeakSet(self.members[50:100])
            self.assertTrue(some < all_of_them)
            self.assertEqual(numbers(all_of_them & some), self.order[50:100])
            self.assertEqual(numbers(all_of_them - some), self.order[:50] + self.order[100:])
            self.assertEqual(numbers(some ^ all_of_them), self.order[:50] + self.order[100:])
            all_of_them &= some
            self.assertEqual(all_of_them, some)
            self.assertEqual(all_of_them.pop().number, self.order[50])
            some.clear()
            self.assertEqual((len(some), numbers(some)), (0, []))
            with self.assertRaises(KeyError):
                some.pop()

    def test_outside_of_a_block_they_are_python_s_own(self) -> None:
        with memory():
            inside = WeakSet(self.members)
        self.assertIs(type(vars(WeakSet(self.members))["data"]), set)
        self.assertEqual(numbers(inside), self.order)
