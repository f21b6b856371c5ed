"""A message that a run has lost is found, and one that is only late, or in other words, is not."""

from __future__ import annotations

from types import SimpleNamespace
from unittest import TestCase

from fakebroker.ledger.event import Event
from fakebroker.ledger.message import Copy, Place, PublishedMessage
from fakebroker.search.losses import losses


def message(
    body: str, *copy: str, place: Place = "gone", fate: str = "routed", rule: int | None = None, **last: object
) -> PublishedMessage:
    """A message to ``jobs``: the events of its copy, and where that is; without events there is no copy."""
    made = PublishedMessage(
        1, 1, 1, 1, False, "1:in:basic.publish:1", 0.0, "", "jobs", False, SimpleNamespace(body=body.encode())
    )
    made.fate = [Event(1, 0.0, None, None, name) for name in ("published", fate)]
    if copy:
        events = [Event(2, 0.0, None, None, name) for name in copy]
        for name, value in last.items():
            setattr(events[-1], name, value)
        made.copies = [Copy(made, "jobs", events=events, place=place)]
    if rule is not None:
        made.crossing, made.fate[0].rule = None, rule
    return made


def acked(body: str) -> PublishedMessage:
    return message(body, "ready", "delivered", "acked")


def waiting(body: str) -> PublishedMessage:
    return message(body, "ready", place="ready")


class Losses(TestCase):
    def found(self, plain: list[PublishedMessage], other: list[PublishedMessage]) -> list[str]:
        return [str(loss) for loss in losses(plain, other)]

    def by_rule(self, made: PublishedMessage) -> PublishedMessage:
        """The same, whose last event was a rule's doing."""
        made.copies[0].events[-1].rule = 1
        return made

    def test_the_same_again_is_no_loss(self) -> None:
        self.assertEqual(self.found([acked("a"), waiting("b")], [acked("a"), waiting("b")]), [])

    def test_a_message_that_was_never_published_is_lost(self) -> None:
        told = "b'b' to the default exchange by 'jobs': it was never published"
        self.assertEqual(self.found([acked("a"), acked("b")], [acked("a")]), [told])

    def test_so_is_one_whose_publish_never_arrived(self) -> None:
        (told,) = self.found([waiting("a")], [message("a", fate="withheld")])
        self.assertIn("its publish never reached the broker", told)

    def test_one_that_was_returned_is_lost_by_that(self) -> None:
        returned = message("a", fate="returned")
        returned.fate.append(Event(1, 0.0, None, None, "withheld"))  # a rule has returned it, and so it went no further
        (told,) = self.found([waiting("a")], [returned])
        self.assertIn("it was returned", told)

    def test_so_is_one_that_was_sent_with_no_ack_and_did_not_arrive(self) -> None:
        plain = message("a", "ready", "delivered", no_ack=True)
        (told,) = self.found([plain], [message("a", "ready", "delivered", no_ack=True, reached=False)])
        self.assertIn("never arrived", told)
        self.assertEqual(self.found([plain], [plain]), [])

    def test_one_that_still_waits_in_its_queue_is_not_lost(self) -> None:
        self.assertEqual(self.found([acked("a")], [waiting("a")]), [])

    def test_what_a_restart_takes_out_of_a_queue_is_the_programs_loss_only_where_it_was_handled_before(self) -> None:
        gone = message("a", "ready", "lost")
        self.assertEqual(self.found([waiting("a")], [gone]), [])
        self.assertIn("its last event was: lost", self.found([acked("a")], [gone])[0])

    def test_one_whose_queue_a_rule_has_deleted_is_not_lost_by_the_program(self) -> None:
        deleted = ("ready", "delivered", "queue-deleted")
        self.assertEqual(self.found([acked("a")], [self.by_rule(message("a", *deleted))]), [])
        (told,) = self.found([acked("a")], [message("a", *deleted)])
        self.assertIn("queue deleted", told)

    def test_one_that_was_sent_again_is_not_lost(self) -> None:
        self.assertEqual(self.found([acked("a")], [message("a", fate="withheld"), acked("a")]), [])

    def test_two_alike_of_which_one_is_lost_are_counted(self) -> None:
        self.assertEqual(len(self.found([acked("a"), acked("a"), acked("a")], [acked("a")])), 2)

    def test_bodies_that_the_program_makes_up_stand_for_one_another(self) -> None:
        self.assertEqual(self.found([acked("id 1"), acked("id 2")], [acked("id 3"), acked("id 4")]), [])
        self.assertEqual(len(self.found([acked("id 1"), acked("id 2")], [acked("id 3")])), 1)

    def test_copies_that_a_rule_makes_up_do_not_count(self) -> None:
        copied = message("a", "ready", "acked", rule=1)
        self.assertEqual(len(self.found([acked("a")], [copied])), 1)
