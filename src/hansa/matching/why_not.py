"""Why a document was not shown, and what speaks against one that was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hansa.matching.explain import Reason
from hansa.matching.reasons import told_rank

if TYPE_CHECKING:
    from hansa.matching.reasons import Asked
    from hansa.matching.records import Document, Hit, Query
    from hansa.matching.snapshot import Entry

_FAR = 0.25


@dataclass(frozen=True)
class WhyNot:
    """Why `id` is not among the first `limit` hits of `query`.

    `excluded` names the query's filters that it does not pass. `rank` is the place that its `score` has among the
    documents that pass them (as if it passed them too), None if nothing ties it to the query. `last` is the last hit
    shown, and `behind` says per signal what its own contribution lacks to that hit's; these add up to the difference
    of the two scores. `reasons` are what speaks for it, `against` what speaks against.
    """

    query: str
    id: str
    excluded: tuple[str, ...]
    rank: int | None
    limit: int
    score: float
    last: Hit | None
    behind: Mapping[str, float] = field(default_factory=dict)
    reasons: tuple[Reason, ...] = ()
    against: tuple[Reason, ...] = ()

    @property
    def shown(self) -> bool:
        """Whether it is among the hits after all."""
        return not self.excluded and self.rank is not None and self.rank <= self.limit

    def as_json(self) -> dict[str, Any]:
        """The answer as plain values."""
        return {
            "query": self.query,
            "id": self.id,
            "shown": self.shown,
            "excluded": list(self.excluded),
            "rank": self.rank,
            "limit": self.limit,
            "score": self.score,
            "last": None if self.last is None else {"id": self.last.id, "score": self.last.score},
            "behind": dict(self.behind),
            "reasons": [reason.as_json() for reason in self.reasons],
            "against": [reason.as_json() for reason in self.against],
        }


def behind(own: Hit, last: Hit | None) -> dict[str, float]:
    """What each signal of the last hit shown gives it more than it gives this document, the greatest first."""
    if last is None:
        return {}
    theirs, ours = _by_signal(last.reasons), _by_signal(own.reasons)
    gaps = {name: theirs.get(name, 0.0) - ours.get(name, 0.0) for name in theirs | ours}
    return dict(sorted(gaps.items(), key=lambda gap: (-gap[1], gap[0])))


def against(
    asked: Asked,
    entry: Entry,
    own: Hit,
    place: tuple[int, int],
    half_life: float = 365.0,
    reach: int | None = None,
) -> tuple[Reason, ...]:
    """What speaks against a document: what lowered its score, and signals that could have spoken and did not. It is old
    after twice the `half_life` (days) of its freshness. A place beyond `reach` is only known to lie there."""
    given = _by_signal(own.reasons)
    made = [reason for reason in own.reasons if reason.contribution < 0]
    rank, among = place
    if entry.vector is not None and rank > max(1, among * _FAR):
        made.append(Reason("meaning", 0.0, "far_meaning", {"rank": told_rank(rank, reach), "among": among}))
    speaks = entry.concepts is not None and len(entry.concepts.rows)
    if asked.concepts is not None and speaks and not given.get("concepts"):
        made.append(Reason("concepts", 0.0, "no_shared_concept"))
    if asked.lang is not None and asked.lang == entry.lang and not given.get("spelling"):
        made.append(Reason("spelling", 0.0, "no_shared_words", {"lang": entry.lang}))
    if asked.query.domains and not entry.document.domains:
        made.append(Reason("domains", 0.0, "no_domain_named"))
    elif asked.query.domains and not given.get("domains"):
        made.append(Reason("domains", 0.0, "no_shared_domain", {"domains": list(entry.document.domains)}))
    if asked.query.want is not None and entry.document.stance is None:
        made.append(Reason("fit", 0.0, "side_unclear", {"kind": entry.document.kind}))
    return (*made, *_of_context(asked.query, entry.document, half_life))


def _of_context(query: Query, document: Document, half_life: float) -> Iterator[Reason]:
    if query.priorities and document.priorities and not set(query.priorities) & set(document.priorities):
        yield Reason("priorities", 0.0, "no_shared_priority", {"priorities": list(document.priorities)})
    if query.today and document.published and (query.today - document.published).days > 2 * half_life:
        yield Reason("freshness", 0.0, "published_long_ago", {"published": document.published.isoformat()})


def _by_signal(reasons: Sequence[Reason]) -> dict[str, float]:
    summed: dict[str, float] = {}
    for reason in reasons:
        summed[reason.signal] = summed.get(reason.signal, 0.0) + reason.contribution
    return summed
