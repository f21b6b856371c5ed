"""What ends a command early."""

from __future__ import annotations


class CommandError(Exception):
    """A command can't go on; its text is the one line that the user reads on stderr.

    :param exit_code: 1 for what went wrong, 2 for what the user got wrong.
    """

    def __init__(self, text: str, exit_code: int = 1) -> None:
        super().__init__(text)
        self.exit_code = exit_code
