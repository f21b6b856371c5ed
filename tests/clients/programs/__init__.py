"""A small program for each client, as its user writes it: it knows a URL, and nothing of fakebroker.

Each publishes jobs with confirms, consumes and acknowledges them, idles for longer than its heartbeat, does some more,
and connects again when something went wrong. It says what happens; it ends when all is done, when it has tried often
enough, or with an error of its client. It draws from ``random`` and ``uuid`` and looks at the clock, as programs do.
"""
