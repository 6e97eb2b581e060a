"""What every document of a snapshot reaches for one query, in the parts that reasons are made of.

A snapshot may hold a whole catalogue or only the candidates that a database proposed: a document reaches the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hansa.matching.context import adjusted, context_values, moved
from hansa.matching.reasons import Parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from hansa.matching.context import Context
    from hansa.matching.reasons import Asked
    from hansa.matching.records import Weights
    from hansa.matching.snapshot import Snapshot

    Numbers = NDArray[np.float64]
    Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Scored:
    """Arrays in the order of `snapshot`: the value of each signal that can speak for the query and its share in the
    likeness, the factor for need and offer (and the one that needs no reason, `base`), the factor for prose, which
    documents pass the filters, the value of each signal of context (and its weight in `pull`), and what feedback added
    to the likeness (None without). `among` says how many documents pass the filters in the whole catalogue, where the
    snapshot holds only the candidates, and `reach` how many of the nearest in meaning are among them."""

    snapshot: Snapshot
    signals: Mapping[str, Floats]
    shares: Mapping[str, Numbers]
    fit: Numbers
    base: float
    prose: Numbers
    admitted: NDArray[np.bool_]
    context: Mapping[str, Numbers] = field(default_factory=dict)
    pull: Mapping[str, float] = field(default_factory=dict)
    fed: Numbers | None = None
    among: int | None = None
    reach: int | None = None

    @cached_property
    def likeness(self) -> Numbers:
        """Weighted mean of the signals, 0 to 1."""
        summed: Numbers = np.sum(list(self.shares.values()), axis=0)
        return summed

    @cached_property
    def scores(self) -> Numbers:
        """Score of every document, whether it passes the filters or not."""
        core = self.core
        weighed = [self.pull[name] * values for name, values in self.context.items()]
        if not weighed:
            return core
        gains: Numbers = np.sum([np.maximum(values, 0) for values in weighed], axis=0)
        losses: Numbers = np.sum([np.maximum(-values, 0) for values in weighed], axis=0)
        return adjusted(core, gains, losses)

    @cached_property
    def core(self) -> Numbers:
        """The score before what is known of both sides."""
        return self.likeness * self.fit * self.prose

    def first(self, limit: int) -> list[int]:
        """Rows of the best documents that pass the filters and score at all; equal ones in order of id."""
        places = np.flatnonzero((self.scores > 0) & self.admitted)
        if len(places) > limit:
            lowest = np.partition(self.scores[places], -limit)[-limit]
            places = places[self.scores[places] >= lowest]
        return sorted(places.tolist(), key=lambda row: (-self.scores[row], self.snapshot.ids[row]))[:limit]

    def spoke(self, row: int) -> dict[str, float]:
        """The value of each signal that could speak for one document."""
        silent = {name for name, can in self.snapshot.speaks.items() if not can[row]}
        return {name: float(values[row]) for name, values in self.signals.items() if name not in silent}

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
            context={
                name: moved(float(self.core[row]), self.pull[name] * float(values[row]))
                for name, values in self.context.items()
                if self.pull[name] * values[row]
            },
            fed=0.0 if self.fed is None else float(self.fed[row]),
            reach=self.reach,
        )


def scored_by(
    weights: Weights,
    asked: Asked,
    vector: Floats,
    snapshot: Snapshot,
    spelling: Floats | None,
    *,
    context: Context | None = None,
    among: int | None = None,
    reach: int | None = None,
) -> Scored | None:
    """Score every document of `snapshot` for a query; None where no signal can speak.

    `vector` is the query's centred vector (empty without one); `spelling` holds one value between 0 and 1 per document,
    which depends on all documents of the catalogue and so is computed elsewhere (None without a text). `context` knows
    domains and regions. `among` is the number of documents that pass the filters, where `snapshot` is a choice of them,
    with the `reach` nearest in meaning.
    """
    signals = _signals(asked, vector, snapshot, spelling, context)
    if not snapshot.ids or not sum(weights.signal_weights()[name] for name in signals):
        return None
    shares = _shares(weights, signals, snapshot)
    fit, base = _fit(weights, asked.query.want, snapshot)
    admitted = np.array([asked.query.admits(e.document, e.lang) for e in snapshot.entries], dtype=bool)
    documents = [entry.document for entry in snapshot.entries]
    return Scored(
        snapshot=snapshot,
        signals=signals,
        shares=shares,
        fit=fit,
        base=base,
        prose=_prose(weights, snapshot),
        admitted=admitted,
        context=context_values(asked.query, documents, weights, context, snapshot.facts),
        pull=weights.context_weights(),
        fed=_fed(weights, asked, shares, signals, snapshot, context),
        among=among,
        reach=reach,
    )


def _shares(weights: Weights, signals: Mapping[str, Floats], snapshot: Snapshot) -> dict[str, Numbers]:
    """What each signal adds to the weighted mean, over the signals that can speak for each document."""
    weighed = weights.signal_weights()
    total = np.full(len(snapshot.ids), sum(weighed[name] for name in signals), dtype=np.float64)
    for name in signals.keys() & snapshot.speaks.keys():
        total -= np.where(snapshot.speaks[name], 0.0, weighed[name])
    safe = np.where(total > 1e-12, total, np.inf)
    return {name: weighed[name] * values.astype(np.float64) / safe for name, values in signals.items()}


def _fed(
    weights: Weights,
    asked: Asked,
    shares: Mapping[str, Numbers],
    signals: Mapping[str, Floats],
    snapshot: Snapshot,
    context: Context | None,
) -> Numbers | None:
    """What moving the query by feedback added to the likeness of every document; None where it was not moved."""
    if asked.unmoved is None:
        return None
    before = _signals(asked.unmoved.asked, asked.unmoved.vector, snapshot, None, context)
    rest = {name: values for name, values in signals.items() if name not in ("meaning", "concepts")}
    old = _shares(weights, before | rest, snapshot)
    names = ("meaning", "concepts")
    zero = np.zeros(len(snapshot.ids))
    difference: Numbers = sum((shares.get(name, zero) - old.get(name, zero) for name in names), zero)
    return difference


def _signals(
    asked: Asked, vector: Floats, snapshot: Snapshot, spelling: Floats | None, context: Context | None
) -> dict[str, Floats]:
    """Value per document of each signal that can speak for this query."""
    signals: dict[str, Floats] = {}
    if len(vector) and vector.any():
        signals["meaning"] = snapshot.meaning(vector)
    if asked.concepts is not None and len(asked.concepts.rows):
        signals["concepts"] = snapshot.concepts(asked.concepts)
    if spelling is not None:
        signals["spelling"] = spelling
    if asked.query.domains:
        signals["domains"] = snapshot.domains(asked.query.domains, None if context is None else context.relatedness)
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
