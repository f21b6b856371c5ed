"""What is measured, one file for each kind; ``ALL`` in the order of the table."""

from benchmarks.measure import Measure
from benchmarks.measures import confirm, cycle, deliver, growth, handshake, pipe, publish, round_trip, start, topic

ALL: tuple[Measure, ...] = (
    *start.MEASURES,
    *handshake.MEASURES,
    *round_trip.MEASURES,
    *publish.MEASURES,
    *deliver.MEASURES,
    *confirm.MEASURES,
    *pipe.MEASURES,
    *topic.MEASURES,
    *cycle.MEASURES,
    *growth.MEASURES,
)
