"""What every document of a snapshot reaches for one query, in the parts that reasons are made of.

A snapshot may hold a whole catalogue or only the candidates that a database proposed: a document reaches the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hansa.matching.reasons import Parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from hansa.matching.reasons import Asked
    from hansa.matching.records import Weights
    from hansa.matching.snapshot import Snapshot

    Numbers = NDArray[np.float64]
    Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Scored:
    """Arrays in the order of `snapshot`: the share of each signal in the likeness, the factor for need and offer (and
    the one that needs no reason, `base`), the factor for prose, and which documents pass the filters. `among` says how
    many documents pass them in the whole catalogue, where the snapshot holds only the candidates."""

    snapshot: Snapshot
    shares: Mapping[str, Numbers]
    fit: Numbers
    base: float
    prose: Numbers
    admitted: NDArray[np.bool_]
    among: int | None = None

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
        among = int(self.admitted.sum()) if self.among is None else self.among
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


def scored_by(
    weights: Weights,
    asked: Asked,
    vector: Floats,
    snapshot: Snapshot,
    spelling: Floats | None,
    *,
    among: int | None = None,
) -> Scored | None:
    """Score every document of `snapshot` for a query; None where no signal can speak.

    `vector` is the query's centred vector (empty without one); `spelling` holds one value between 0 and 1 per document,
    which depends on all documents of the catalogue and so is computed elsewhere (None without a text). `among` is the
    number of documents that pass the filters, where `snapshot` is a choice of them.
    """
    signals = _signals(asked, vector, snapshot, spelling)
    weighed = weights.signal_weights()
    total = sum(weighed[name] for name in signals)
    if total == 0 or not snapshot.ids:
        return None
    shares = {name: weighed[name] / total * values.astype(np.float64) for name, values in signals.items()}
    fit, base = _fit(weights, asked.query.want, snapshot)
    admitted = np.array([asked.query.admits(e.document, e.lang) for e in snapshot.entries], dtype=bool)
    return Scored(snapshot, shares, fit, base, _prose(weights, snapshot), admitted, among)


def _signals(asked: Asked, vector: Floats, snapshot: Snapshot, spelling: Floats | None) -> dict[str, Floats]:
    """Value per document of each signal that can speak for this query."""
    signals: dict[str, Floats] = {}
    if len(vector) and vector.any():
        signals["meaning"] = snapshot.meaning(vector)
    if asked.concepts is not None and len(asked.concepts.rows):
        signals["concepts"] = snapshot.concepts(asked.concepts)
    if spelling is not None:
        signals["spelling"] = spelling
    if asked.query.domains:
        signals["domains"] = snapshot.domains(asked.query.domains)
    return signals


def _fit(weights: Weights, want: str | None, snapshot: Snapshot) -> tuple[Numbers, float]:
    """Factor per document for need and offer meeting, and the one that needs no reason: where it is not clear."""
    if want is None:
        return np.ones(len(snapshot.ids)), 1.0
    unclear, meets, same = weights.unclear, weights.meets, weights.same_side
    factors = [unclear if stance is None else (meets if stance == want else same) for stance in snapshot.stances]
    return np.array(factors, dtype=np.float64), unclear


def _prose(weights: Weights, snapshot: Snapshot) -> Numbers:
    """Factor per document for saying something rather than repeating keywords."""
    if weights.prose_variety == 0:
        return np.ones(len(snapshot.ids))
    ratio: Numbers = np.minimum(1.0, snapshot.variety / weights.prose_variety) ** 2
    return ratio
