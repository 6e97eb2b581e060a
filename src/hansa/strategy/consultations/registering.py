"""What step 5 shows of itself on the board, on a priority's page and on a run's."""

from __future__ import annotations


def register() -> None:
    pass
