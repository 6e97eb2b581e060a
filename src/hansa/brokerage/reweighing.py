"""What if the signals weighed otherwise: suggestions ranked again by other weights, without a new search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from hansa.brokerage import weighing
from hansa.brokerage.models import Match, Request

if TYPE_CHECKING:
    from hansa.matching import Hit, Weights

HEAVIEST = 5.0
"""The heaviest weight that can be tried; only their proportions count."""


def weights_in_use() -> Weights:
    """The weights that suggestions are ranked with."""
    return weighing.in_use().weights


def reweighed(
    hits: Sequence[Hit], weights: Mapping[str, float], *, want: str | None, ranked_with: Weights | None = None
) -> list[Hit]:
    """Hits of one query ranked by other weights per signal.

    Weights that are not named stay as they are. The signals that could speak are those that any of the hits names; one
    that named none of them would lower all scores alike. Raises ValueError where the hits were ranked with other
    weights than those in use.
    """
    from hansa.matching import kept_from, rescored

    if not hits:
        return []
    ranked_with = ranked_with or weights_in_use()
    known, every = ranked_with.signal_weights(), ranked_with.every_weight()
    named = {reason.signal for hit in hits for reason in hit.reasons if reason.contribution}
    spoke = [signal for signal in known if signal in named]
    if not spoke:
        return list(hits)
    base = ranked_with.unclear if want else 1.0
    kept = [kept_from(hit, every, spoke, base) for hit in hits]
    # what says nothing about the score keeps its place after the reasons
    silent = {hit.id: [r for r in hit.reasons if not r.contribution and r.signal not in every] for hit in hits}
    return [replace(hit, reasons=(*hit.reasons, *silent[hit.id])) for hit in rescored(kept, {**every, **weights})]


def reweighed_matches(request: Request, matches: Sequence[Match], weights: Mapping[str, float]) -> dict[int, Hit]:
    """The stored matches of a request as other weights would rank them, by the key of the match.

    Matches of another version of the weights are left out: what their signals were worth cannot be known.
    """
    from hansa.matching import Hit, Reason

    used = weights_in_use()
    hits = [
        Hit(request.reference, match.rank, f"{match.pk}", match.score, tuple(Reason(**r) for r in match.reasons))
        for match in matches
        if weighing.version_of(match.method) == used.version
    ]
    want = "request" if request.is_offer else "offer"
    return {int(hit.id): hit for hit in reweighed(hits, weights, want=want, ranked_with=used)}
