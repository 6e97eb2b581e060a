"""Room among the first places for organisations with few projects, which popularity would crowd out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]

DEPTH = 10
FEW = 2
"""Projects with partners that an organisation has at most to be given room. What is known about most small and medium-
sized enterprises is one or two projects; their size itself is not in a history."""


def with_room(best: Places, busy: Floats, plain: Places, room: float) -> Places:
    """The order `best` with organisations that have at most `FEW` projects (`busy` per place) moved up where needed.

    Among the first k, for every k up to `DEPTH`, there are at least floor(`room` x as many as among the first k of
    `plain`), as far as k and the candidates allow. Each place goes to the best left, unless one with few projects is
    due, then to the best of those (the greedy order of Zehlike and others 2017, with a minimum read off a list).
    """
    small = busy[best] <= FEW
    due = _due(busy[plain] <= FEW, room)
    few = np.flatnonzero(small)[:DEPTH].tolist()
    rest = np.flatnonzero(~small)[:DEPTH].tolist()
    chosen: list[int] = []
    while len(chosen) < DEPTH and (few or rest):
        had = int(small[chosen].sum())
        owed = had < due[len(chosen)]
        take_few = bool(few) and (owed or not rest or few[0] < rest[0])
        chosen.append(few.pop(0) if take_few else rest.pop(0))
    return np.concatenate([best[chosen], np.delete(best, chosen)])


def _due(small: NDArray[np.bool_], room: float) -> NDArray[np.int64]:
    """How many with few projects the first 1 to `DEPTH` places must hold, so that no later minimum is out of reach."""
    places = np.arange(1, DEPTH + 1)
    counts = np.cumsum(np.pad(small, (0, DEPTH - len(small))))
    least = np.minimum(np.floor(room * counts + 1e-9), places).astype(np.int64)
    due: NDArray[np.int64] = np.maximum.accumulate((least - places)[::-1])[::-1] + places
    return due
