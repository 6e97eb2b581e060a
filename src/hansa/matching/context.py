"""What is known of both sides besides their texts, and how it moves a score.

With core = likeness x fit x prose and, of each signal i, a value d_i in -1..1 (0: unknown or neutral) and a weight w_i:

    score = core + core (1 - core) sum of w_i d_i over d_i > 0 - core sum of w_i |d_i| over d_i < 0

What speaks for a document takes a share of what its core lacks, so that the score stays below 1, and nothing is made
from nothing; what speaks against takes a share of the core, and as the weights sum to less than 1 never all of it. The
score rises with the core whatever the signals are. Own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np

from hansa.matching.explain import Reason

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hansa.matching.records import Document, Query, Weights

    Numbers = NDArray[np.float64]

Amount = TypeVar("Amount", float, "Numbers")
Told = Callable[["Document"], float]
FACTS = {
    "wishes": "countries",
    "cooperation": "cooperation",
    "priorities": "priorities",
    "complementarity": "region",
    "record": "outcomes",
    "freshness": "published",
    "quality": "quality",
}
"""What each signal is made of on the document's side."""
_MANY = 10**9


class Context(Protocol):
    """What is known of domains and regions; None where nothing is."""

    def relatedness(self, one: str, other: str) -> float | None:
        """How related two domains are, 0 to 1."""

    def complementarity(self, region: str, partner: str, domains: Sequence[str]) -> float | None:
        """How much `partner` has of what `region` lacks in these domains (in all, if none is named), 0 to 1."""


def adjusted(core: Amount, gains: Amount, losses: Amount) -> Amount:
    """The score of a core, 0 to 1, with the weighted sums of what speaks for and against."""
    return core + core * (1 - core) * gains - core * losses


def moved(core: float, pull: float) -> float:
    """What one weighted value, -1 to 1, adds to a core or takes from it."""
    return core * (1 - core) * pull if pull > 0 else core * pull


def stated(documents: Iterable[Document]) -> frozenset[str]:
    """Which of the facts that signals are made of any document states."""
    return frozenset(
        name for document in documents for name in FACTS.values() if getattr(document, name) not in (None, (), "")
    )


def context_values(
    query: Query, documents: Sequence[Document], weights: Weights, context: Context | None, facts: Collection[str]
) -> dict[str, Numbers]:
    """Value, -1 to 1, of every signal that says something of some document, one number a document; `facts` are those
    that any of them states."""
    found: dict[str, Numbers] = {}
    for name, told in _signals(query, weights, context).items():
        if FACTS[name] in facts:
            values = np.fromiter((told(document) for document in documents), np.float64, len(documents))
            if values.any():
                found[name] = values
    return found


def _signals(query: Query, weights: Weights, context: Context | None) -> dict[str, Told]:
    """How each signal that the query lets speak is told of a document."""
    signals: dict[str, Told] = {
        "record": lambda d: track_record(d.outcomes, weights.record_half),
        "quality": lambda d: 0.0 if d.quality is None else 2 * d.quality - 1,
    }
    if query.region:
        signals["wishes"] = lambda d: welcome(query.region, d.countries)
    if query.cooperation:
        accepted = set(query.cooperation)
        signals["cooperation"] = lambda d: agreement(accepted, d.cooperation)
    if query.priorities:
        served = set(query.priorities)
        signals["priorities"] = lambda d: float(bool(served & set(d.priorities)))
    if query.today is not None:
        today = query.today
        signals["freshness"] = lambda d: freshness(d.published, today, weights.half_life)
    if query.region and context is not None:
        signals["complementarity"] = _complementarity(query, context)
    return signals


def welcome(region: str, countries: Sequence[str]) -> float:
    """1 where a document's author looks for partners in the asker's region, -1 where only elsewhere, 0 where they did
    not say or the region is known too roughly to tell."""
    if any(region.startswith(wanted) for wanted in countries if wanted):
        return 1.0
    within = any(wanted.startswith(region) for wanted in countries)
    return 0.0 if not countries or within else -1.0


def track_record(outcomes: int | None, half: float) -> float:
    """n / (n + half): 0 for newcomers and where it is not known, half for `half` outcomes, never 1."""
    counted = float(min(outcomes or 0, _MANY))
    return counted / (counted + half)


def agreement(accepted: Collection[str], offered: Collection[str]) -> float:
    """1 where both sides accept some kind of cooperation, -1 where they accept others, 0 where one did not say."""
    if not accepted or not offered:
        return 0.0
    return 1.0 if set(accepted) & set(offered) else -1.0


def freshness(published: date | None, today: date, half_life: float) -> float:
    """1 on the day of publication (and before it), halved every `half_life` days; 0 where the day is not known."""
    if published is None:
        return 0.0
    return float(2.0 ** (-max(0, (today - published).days) / half_life))


def _complementarity(query: Query, context: Context) -> Told:
    known: dict[tuple[str, tuple[str, ...]], float] = {}

    def told(document: Document) -> float:
        if not document.region:
            return 0.0
        key = (document.region, query.domains or document.domains)
        if key not in known:
            value = context.complementarity(query.region, *key)
            known[key] = 0.0 if value is None else min(1.0, max(0.0, value))
        return known[key]

    return told


def context_reason(name: str, contribution: float, query: Query, document: Document) -> Reason:
    """What one signal of context added or took, in a broker's terms."""
    good = contribution > 0
    code, params = _SAYING[name](query, document, good)
    return Reason(name, contribution, code, params)


def _wishes(query: Query, document: Document, good: bool) -> tuple[str, dict[str, Any]]:
    told = {"region": query.region, "countries": list(document.countries)}
    return ("welcomes_your_region" if good else "looks_elsewhere"), told


def _cooperation(query: Query, document: Document, good: bool) -> tuple[str, dict[str, Any]]:
    if good:
        return "same_cooperation", {"cooperation": sorted(set(query.cooperation) & set(document.cooperation))}
    return "other_cooperation", {"cooperation": list(document.cooperation), "asked": list(query.cooperation)}


def _quality(query: Query, document: Document, good: bool) -> tuple[str, dict[str, Any]]:
    percent = round(100 * (document.quality or 0.0))
    return ("good_quality" if good else "low_quality"), {"percent": percent}


def _priorities(query: Query, document: Document, good: bool) -> tuple[str, dict[str, Any]]:
    return "shared_priority", {"priorities": sorted(set(query.priorities) & set(document.priorities))}


def _region(query: Query, document: Document, good: bool) -> tuple[str, dict[str, Any]]:
    return "complementary_region", {"region": document.region}


def _record(query: Query, document: Document, good: bool) -> tuple[str, dict[str, Any]]:
    return "proven_record", {"outcomes": document.outcomes}


def _freshness(query: Query, document: Document, good: bool) -> tuple[str, dict[str, Any]]:
    return "fresh", {"published": "" if document.published is None else document.published.isoformat()}


_SAYING: Mapping[str, Callable[[Query, Document, bool], tuple[str, dict[str, Any]]]] = {
    "wishes": _wishes,
    "cooperation": _cooperation,
    "priorities": _priorities,
    "complementarity": _region,
    "record": _record,
    "freshness": _freshness,
    "quality": _quality,
}
