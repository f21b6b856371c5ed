"""Targets: what counts as met."""

from unittest import TestCase

from benchmarks.figures import FIGURES, Figure
from benchmarks.measures import ALL
from benchmarks.peers import PEERS
from benchmarks.report import form, table

RATE = Figure("things", "/s", {"rabbitmq": 2, "limit": 0.5})
TIME = Figure("a thing", "ms", {"rabbitmq": 2}, absolute=1.5)


class TestTargets(TestCase):
    def test_a_rate_is_better_when_it_is_higher(self):
        self.assertEqual(RATE.ratio(300, 100), 3)

    def test_a_time_is_better_when_it_is_lower(self):
        self.assertEqual(TIME.ratio(1, 3), 3)

    def test_every_peer_has_to_be_beaten_by_its_factor(self):
        self.assertIs(RATE.met({"fakebroker": 200, "rabbitmq": 100, "limit": 400}), True)
        self.assertIs(RATE.met({"fakebroker": 199, "rabbitmq": 100, "limit": 300}), False)
        self.assertIs(RATE.met({"fakebroker": 200, "rabbitmq": 100, "limit": 401}), False)

    def test_a_peer_that_is_not_there_does_not_count(self):
        self.assertIs(RATE.met({"fakebroker": 200, "limit": 400}), True)

    def test_nothing_is_met_or_missed_when_there_is_nobody_to_compare_with(self):
        self.assertIsNone(RATE.met({"fakebroker": 200}))
        self.assertIsNone(RATE.met({"rabbitmq": 200}))

    def test_an_absolute_target_counts_too(self):
        self.assertIs(TIME.met({"fakebroker": 1.5}), True)
        self.assertIs(TIME.met({"fakebroker": 1.6, "rabbitmq": 10}), False)


class TestTable(TestCase):
    results = {
        "publish 128 B": {"fakebroker": 800_000.0, "rabbitmq": 100_000.0},
        "cycles in memory, raw client": {"fakebroker": 1500.0},
    }

    def test_it_shows_values_ratios_and_targets_in_brackets(self):
        header, publish, cycles, _, summary = table(self.results).splitlines()
        self.assertEqual(header.split(), ["fakebroker", "RabbitMQ", "x", "RabbitMQ"])
        self.assertEqual(publish.split()[3:], ["800,000", "/s", "100,000", "/s", "8.00", "(8)", "met"])
        self.assertTrue(cycles.endswith("missed (2000 /s)"), cycles)
        self.assertEqual(summary, "targets met: 1 of 2; missed: cycles in memory, raw client")

    def test_json_has_the_same(self):
        self.assertEqual(
            form(self.results)["publish 128 B"],
            {
                "unit": "/s",
                "values": {"fakebroker": 800_000.0, "rabbitmq": 100_000.0},
                "targets": {"rabbitmq": 8, "garagemq": 1.5},
                "absolute": None,
                "met": True,
            },
        )


class TestMeasures(TestCase):
    def test_every_figure_is_measured_once(self):
        measured = [name for measure in ALL for name in measure.figures]
        self.assertEqual(sorted(measured), sorted(FIGURES))

    def test_targets_name_servers_that_there_are(self):
        self.assertLessEqual({peer for figure in FIGURES.values() for peer in figure.targets}, set(PEERS))
