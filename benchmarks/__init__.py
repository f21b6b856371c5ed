"""fakebroker beside real brokers and beside what the machine can do, in one run: ``python -m benchmarks``."""
