"""``datetime`` in a block: the present is the broker's, and the classes are what they are."""

from __future__ import annotations

import datetime
import pickle
import warnings
from dataclasses import dataclass, field
from datetime import date, timedelta, timezone
from datetime import datetime as moment
from unittest import TestCase

import fakebroker

BEGIN = moment(2023, 11, 14, 22, 13, 20, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)


class Stamp(moment):
    """A subclass, as pendulum and others have."""


@dataclass
class Event:
    """Has the present as a default."""

    at: moment = field(default_factory=moment.utcnow)


def day(today=date.today):
    return today()


class Present(TestCase):
    def test_now_is_the_brokers_time(self):
        with fakebroker.memory() as broker:
            broker.clock.advance(3600)
            now = moment.now(timezone.utc)
            self.assertEqual(BEGIN + HOUR, now)
            self.assertEqual(BEGIN + HOUR, moment.now(tz=timezone(HOUR)))
            self.assertEqual((BEGIN + HOUR).astimezone().replace(tzinfo=None), moment.now())
            self.assertEqual((BEGIN + HOUR).replace(tzinfo=None), moment.utcnow())
            self.assertEqual(moment.now(), moment.today())
            self.assertEqual(moment.now().date(), date.today())

    def test_now_gives_ordinary_datetimes(self):
        with fakebroker.memory():
            now, today = moment.now(timezone.utc), date.today()
        self.assertIs(moment, type(now))
        self.assertIs(date, type(today))
        self.assertEqual(now, pickle.loads(pickle.dumps(now)))
        self.assertEqual("2023-11-14T22:13:20+00:00", now.isoformat())

    def test_the_classes_stay_the_same(self):
        before = datetime.datetime, datetime.date
        with fakebroker.memory():
            self.assertEqual(before, (datetime.datetime, datetime.date))
            self.assertTrue(isinstance(BEGIN, datetime.datetime))

    def test_subclasses_follow(self):
        with fakebroker.memory():
            now = Stamp.now(timezone.utc)
        self.assertEqual((BEGIN, Stamp), (now, type(now)))

    def test_defaults_follow(self):
        with fakebroker.memory():
            self.assertEqual(BEGIN.replace(tzinfo=None), Event().at)
            self.assertEqual(moment.now().date(), day())
        self.assertGreater(Event().at, BEGIN.replace(tzinfo=None) + 365 * 24 * HOUR)
        self.assertGreater(day(), BEGIN.date())

    def test_what_was_taken_in_the_block_tells_the_real_time_after_it(self):
        with fakebroker.memory():
            now, today, method, utc = moment.now, date.today, Stamp.now, moment.utcnow
        self.assertGreater(now(timezone.utc), BEGIN + 365 * 24 * HOUR)
        self.assertGreater(method(timezone.utc), BEGIN + 365 * 24 * HOUR)
        self.assertGreater(today(), BEGIN.date())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            self.assertGreater(utc(), BEGIN.replace(tzinfo=None) + 365 * 24 * HOUR)

    def test_what_it_cannot_do_is_told_in_pythons_words(self):
        with fakebroker.memory():
            with self.assertRaisesRegex(TypeError, "tzinfo"):
                moment.now("Berlin")  # type: ignore[arg-type]
