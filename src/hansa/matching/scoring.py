"""What every document of a catalogue reaches for one query, in the parts that reasons are made of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hansa.matching.reasons import Parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from hansa.matching.snapshot import Snapshot

    Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scored:
    """Arrays in the order of `snapshot`: the share of each signal in the likeness, the factor for need and offer (and
    the one that needs no reason, `base`), the factor for prose, and which documents pass the filters."""

    snapshot: Snapshot
    shares: Mapping[str, Numbers]
    fit: Numbers
    base: float
    prose: Numbers
    admitted: NDArray[np.bool_]

    @cached_property
    def likeness(self) -> Numbers:
        """Weighted mean of the signals, 0 to 1."""
        summed: Numbers = np.sum(list(self.shares.values()), axis=0)
        return summed

    @cached_property
    def scores(self) -> Numbers:
        """Score of every document, whether it passes the filters or not."""
        return self.likeness * self.fit * self.prose

    def first(self, limit: int) -> list[int]:
        """Rows of the best documents that pass the filters and score at all; equal ones in order of id."""
        places = np.flatnonzero((self.scores > 0) & self.admitted)
        if len(places) > limit:
            lowest = np.partition(self.scores[places], -limit)[-limit]
            places = places[self.scores[places] >= lowest]
        return sorted(places.tolist(), key=lambda row: (-self.scores[row], self.snapshot.ids[row]))[:limit]

    def row(self, key: str) -> int:
        """Place of a document in the arrays."""
        return self.snapshot.ids.index(key)

    def ahead(self, row: int) -> int:
        """How many documents that pass the filters come before one, whether or not it passes them itself."""
        better = self.scores > self.scores[row]
        equal = np.flatnonzero((self.scores == self.scores[row]) & self.admitted).tolist()
        key = self.snapshot.ids[row]
        return int((better & self.admitted).sum()) + sum(self.snapshot.ids[other] < key for other in equal)

    def meaning_rank(self, row: int) -> tuple[int, int]:
        """Place in meaning among the documents that pass the filters, and how many these are."""
        among = int(self.admitted.sum())
        meaning = self.shares.get("meaning")
        if meaning is None:
            return among, among
        return int(((meaning > meaning[row]) & self.admitted).sum()) + 1, among

    def parts(self, row: int) -> Parts:
        """One document's score taken apart."""
        likeness, fit, prose = self.likeness[row], self.fit[row], self.prose[row]
        rank, among = self.meaning_rank(row)
        return Parts(
            signals={name: float(values[row] * self.base) for name, values in self.shares.items()},
            fit=float(likeness * (fit - self.base)),
            repetition=float(-likeness * fit * (1 - prose)),
            meaning_rank=rank,
            among=among,
        )
