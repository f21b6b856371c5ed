"""What can go wrong: one file for each action; ``fakebroker.faults.catalogue`` lists them all."""
