"""What brokers said about hits changes the next ranking: which refusal means what, and relevance feedback."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hansa.matching.explain import Reason
from hansa.matching.reasons import Asked, Unmoved
from hansa.matching.records import Document, Hit, Query

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hansa.matching.concepts import Concepts

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Effect:
    """What a coded refusal changes, besides that the hit is not shown again for its query.

    `pair`: never suggested again to the same asker, whatever the query. `trait`: hits of this query that share the
    `region`, `kind` or `stance` (offer, request) count for less. `topic`: the text was wrong, so the query moves away
    from it and the outcome teaches the weights. A refusal without `topic` says nothing about texts and must not teach
    them.
    """

    pair: bool = False
    trait: str | None = None
    topic: bool = False


REFUSALS: Mapping[str, Effect] = {
    "wrong_topic": Effect(topic=True),
    "wrong_side": Effect(trait="stance"),
    "wrong_region": Effect(trait="region"),
    "wrong_kind": Effect(trait="kind"),
    "already_partner": Effect(pair=True),
    "not_credible": Effect(pair=True),
    "conflict_of_interest": Effect(pair=True),
    "no_capacity": Effect(),
    "no_answer": Effect(),
    "other": Effect(),
}
"""The codes of refusals and what each changes."""


@dataclass(frozen=True)
class Verdict:
    """What somebody said about one hit. `asker` is the client (or owner) on whose behalf was searched; `code` is one of
    `REFUSALS` for a refusal and None for an acceptance. Raises ValueError for anything else."""

    query: str
    document: str
    code: str | None = None
    asker: str | None = None

    def __post_init__(self) -> None:
        if self.code is not None and self.code not in REFUSALS:
            raise ValueError(f"The refusal of {self.document} has the code {self.code!r}: use one of {_codes()}.")

    @property
    def accepted(self) -> bool:
        """Whether the hit was accepted."""
        return self.code is None

    @property
    def teaches(self) -> bool:
        """Whether it says something about how texts are compared."""
        return self.code is None or REFUSALS[self.code].topic


def after_verdicts(
    hits: Sequence[Hit],
    documents: Mapping[str, Document],
    verdicts: Iterable[Verdict],
    *,
    asker: str | None = None,
    keep: float = 0.5,
) -> list[Hit]:
    """The hits of one query as they rank after what was said so far; the contributions still add up to the scores.

    Refused hits of this query are left out, and so are those refused for ever by the same `asker`, with everything of
    the same owner. Every refusal of a region, kind or side multiplies the scores of this query's hits that share it by
    `keep`. Accepted hits stay. `documents` tells region, kind and owner; the last verdict on a pair of query and
    document counts. Raises ValueError for a `keep` outside 0 to 1 or hits of several queries.
    """
    if not 0 <= keep <= 1:
        raise ValueError(f"`keep` is {keep}: it must lie in 0 to 1.")
    if len({hit.query for hit in hits}) > 1:
        raise ValueError("The hits belong to several queries: give one query at a time.")
    said = _last(verdicts)
    gone = _gone_for_ever(said, documents, asker)
    query = hits[0].query if hits else ""
    here = [verdict for verdict in said if verdict.query == query and verdict.code is not None]
    refused = {verdict.document for verdict in here}
    times: dict[tuple[str, str], int] = {}
    for verdict in here:
        trait, document = REFUSALS[verdict.code or "other"].trait, documents.get(verdict.document)
        value = getattr(document, trait) if trait and document else ""
        if trait and value:
            times[trait, value] = times.get((trait, value), 0) + 1
    kept = [
        _counted_less(hit, documents.get(hit.id), times, keep)
        for hit in hits
        if hit.id not in refused and not gone & _names(hit.id, documents)
    ]
    kept.sort(key=lambda hit: (-hit.score, hit.id))
    return [replace(hit, rank=rank) for rank, hit in enumerate(kept, start=1)]


def without_refused(
    query: Query, documents: Mapping[str, Document], verdicts: Iterable[Verdict], *, asker: str | None = None
) -> Query:
    """The query with all that is refused for it, or by its asker for ever, among its `exclude_ids`: so the index fills
    their places. Traits are not filters; they count in `after_verdicts`."""
    said = _last(verdicts)
    gone = _gone_for_ever(said, documents, asker)
    refused = {verdict.document for verdict in said if verdict.query == query.id and not verdict.accepted}
    refused |= {id for id in documents if gone & _names(id, documents)} | {id for id in gone if id in documents}
    return replace(query, exclude_ids=(*query.exclude_ids, *sorted(refused - set(query.exclude_ids))))


def rocchio(
    query: Floats,
    liked: Sequence[Floats],
    disliked: Sequence[Floats],
    *,
    alpha: float = 1.0,
    beta: float = 0.75,
    gamma: float = 0.15,
) -> Floats:
    """A query vector moved to what was accepted and away from what was refused for its topic, of unit length.

    alpha q + beta mean(liked) - gamma mean(disliked) (Rocchio 1971), each vector brought to unit length first; vectors
    of zeros (no meaning known) are left out. Give centred vectors. If the parts cancel out, the query stays. Raises
    ValueError for negative factors or vectors of another length or with a number that is not finite.
    """
    if min(alpha, beta, gamma) < 0:
        raise ValueError("The factors of Rocchio's formula must not be negative.")
    start = _unit(np.asarray(query, dtype=np.float64), len(query))
    moved = alpha * start
    for factor, side in ((beta, liked), (-gamma, disliked)):
        units = [unit for vector in side if (unit := _unit(vector, len(query))).any()]
        if units:
            moved = moved + factor * np.mean(units, axis=0)
    made = _unit(moved, len(query)) if np.linalg.norm(moved) > 1e-9 else start
    return made


def rocchio_concepts(
    query: Concepts,
    liked: Sequence[Concepts],
    disliked: Sequence[Concepts],
    *,
    most: int = 60,
    alpha: float = 1.0,
    beta: float = 0.75,
    gamma: float = 0.15,
) -> Concepts:
    """Rocchio's formula on concepts: those of accepted texts join the query, those of refused ones lose weight.

    Concepts that fall to zero or below leave; the `most` heaviest stay, and the squares of their weights sum to 1.
    """
    from hansa.matching.concepts import Concepts

    rows = np.unique(np.concatenate([one.rows for one in (query, *liked, *disliked)]))

    def dense(one: Concepts) -> Floats:
        vector = np.zeros(len(rows))
        vector[np.searchsorted(rows, one.rows)] = one.weights
        return vector

    moved = rocchio(
        dense(query), [dense(one) for one in liked], [dense(one) for one in disliked],
        alpha=alpha, beta=beta, gamma=gamma,
    )  # fmt: skip
    heaviest = np.lexsort((rows, -moved))[:most]
    chosen = np.sort(heaviest[moved[heaviest] > 0])
    weights = moved[chosen]
    norm = float(np.linalg.norm(weights)) or 1.0
    return Concepts(rows[chosen].astype(np.int32), (weights / norm).astype(np.float32))


@dataclass(frozen=True, eq=False)
class Example:
    """A text that was accepted or refused: its centred vector (empty or zeros without one) and its concepts."""

    vector: NDArray[np.float32]
    concepts: Concepts | None = None


def moved_by(
    asked: Asked, vector: NDArray[np.float32], liked: Sequence[Example], disliked: Sequence[Example]
) -> tuple[Asked, NDArray[np.float32]]:
    """A prepared query and its centred vector, moved to what was accepted and away from what was refused for its topic.

    The vector moves by `rocchio`, the concepts by `rocchio_concepts`; what a query or an example lacks is left out, so
    that a query without a text becomes what its accepted examples have in common. The query remembers where it was
    (`Asked.unmoved`), so that hits can say whether they came nearer. Without examples both are returned as they are.
    """
    if not liked and not disliked:
        return asked, vector

    def vectors(examples: Sequence[Example]) -> list[Floats]:
        return [np.asarray(one.vector, dtype=np.float64) for one in examples if len(one.vector) == len(vector)]

    def concepts(examples: Sequence[Example]) -> list[Concepts]:
        return [one.concepts for one in examples if one.concepts is not None and len(one.concepts.rows)]

    turned = vector
    if len(vector):
        made = rocchio(np.asarray(vector, dtype=np.float64), vectors(liked), vectors(disliked))
        turned = made.astype(np.float32)
    about = asked.concepts if asked.concepts is not None else _no_concepts()
    near, far = concepts(liked), concepts(disliked)
    if near or far:
        about = rocchio_concepts(about, near, far)
    unmoved = Unmoved(asked, vector, len(liked), len(disliked))
    return replace(asked, concepts=about if len(about.rows) else asked.concepts, unmoved=unmoved), turned


def _no_concepts() -> Concepts:
    from hansa.matching.concepts import Concepts

    return Concepts(np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32))


def _codes() -> str:
    return ", ".join(REFUSALS)


def _last(verdicts: Iterable[Verdict]) -> list[Verdict]:
    return list({(v.query, v.document, v.asker): v for v in verdicts}.values())


def _names(id: str, documents: Mapping[str, Document]) -> set[str]:
    """What a refusal for ever may have named: the document, or its owner (marked, as ids and owners may be alike)."""
    owner = documents[id].owner if id in documents else None
    return {id} if owner is None else {id, f"owner\n{owner}"}


def _gone_for_ever(said: Iterable[Verdict], documents: Mapping[str, Document], asker: str | None) -> set[str]:
    if asker is None:
        return set()
    gone: set[str] = set()
    for verdict in said:
        if verdict.asker == asker and verdict.code is not None and REFUSALS[verdict.code].pair:
            gone |= _names(verdict.document, documents)
    return gone


def _counted_less(hit: Hit, document: Document | None, times: Mapping[tuple[str, str], int], keep: float) -> Hit:
    made = hit
    for (trait, value), count in sorted(times.items()):
        if document is not None and getattr(document, trait) == value:
            loss = made.score * (keep**count - 1)
            reason = Reason("verdicts", loss, f"{trait}_declined", {trait: value, "times": count})
            made = replace(made, score=made.score + loss, reasons=(*made.reasons, reason))
    return made


def _unit(vector: Floats, length: int) -> Floats:
    made = np.asarray(vector, dtype=np.float64)
    if made.shape != (length,) or not np.isfinite(made).all():
        raise ValueError(f"A vector must hold {length} finite numbers, as the query's does.")
    norm = float(np.linalg.norm(made))
    unit: Floats = made / norm if norm > 0 else made
    return unit
