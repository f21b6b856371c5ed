"""What RabbitMQ leaves to chance, and who chooses: by a seed, or from a list of choices that was made before.

A *liberty* is something that RabbitMQ may do in one way or in another, and of which a client must take either.
``docs/fidelity.md`` says which there are. A chooser is asked each time; 0 is always what the broker does without one.
"""

from fakebroker.liberties.chooser import Chooser, Decision
from fakebroker.liberties.given import chooser_of
from fakebroker.liberties.listed import Listed
from fakebroker.liberties.names import LIBERTIES, chosen
from fakebroker.liberties.seeded import Seeded
from fakebroker.liberties.systematic import Systematic

__all__ = ["LIBERTIES", "Chooser", "Decision", "Listed", "Seeded", "Systematic", "chooser_of", "chosen"]
