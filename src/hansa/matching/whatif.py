"""What if the weights were others: suggestions scored again from the signals kept with them, without a new search."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from hansa.matching.explain import Reason
from hansa.matching.records import Hit


@dataclass(frozen=True)
class Kept:
    """The signals of a suggestion, kept so that other weights can be tried without a new search.

    `signals` holds the value, 0 to 1, of every signal that could speak for the query, zeros too; `factor` is what
    multiplied their weighted mean (need and offer meeting, variety); `told` are the reasons that were given per signal,
    whose words are used again. Raises ValueError for values that cannot be.
    """

    query: str
    document: str
    signals: Mapping[str, float]
    factor: float = 1.0
    told: Mapping[str, Reason] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not all(0 <= value <= 1 + 1e-6 for value in self.signals.values()):
            raise ValueError(f"A signal of {self.document} for {self.query} lies outside 0 to 1.")
        if not 0 <= self.factor < math.inf:
            raise ValueError(f"The factor of {self.document} for {self.query} is {self.factor}: give 0 or more.")


def kept_from(hit: Hit, weights: Mapping[str, float], spoke: Iterable[str], base: float = 1.0) -> Kept:
    """The signals of a hit, got back from its reasons.

    `weights` per signal are those it was ranked with, `spoke` the signals that could speak for its query. `base` is the
    factor already in the signals' contributions: `Weights.unclear` where the query said what it wants, else 1. Raises
    ValueError if a signal had no weight (its value left no trace) or a reason names one that is not said to speak.
    """
    names = list(dict.fromkeys(spoke))
    lost = [name for name in names if weights.get(name, 0.0) <= 0]
    if lost or not names or base <= 0:
        raise ValueError(f"The weight of {lost[0] if lost else 'every signal'} was 0: its value cannot be known.")
    shares = dict.fromkeys(names, 0.0)
    for reason in hit.reasons:
        if reason.signal in shares:
            shares[reason.signal] += reason.contribution / base
        elif reason.signal in weights and reason.contribution:
            raise ValueError(f"The reasons of {hit.id} name the signal {reason.signal}, which is not said to speak.")
    total, likeness = math.fsum(weights[name] for name in names), math.fsum(shares.values())
    values = {name: share * total / weights[name] for name, share in shares.items()}
    told = {reason.signal: reason for reason in hit.reasons if reason.signal in shares}
    return Kept(hit.query, hit.id, values, hit.score / likeness if likeness > 0 else 1.0, told)


def rescored(kept: Iterable[Kept], weights: Mapping[str, float]) -> list[Hit]:
    """What-if: hits of one query scored with other weights per signal, best first, equal scores in order of id.

    The score is the weighted mean over the signals that spoke, times the factor. Each reason is worded as before, or
    has the code `signal_share` if that was not kept. Only the kept suggestions are ranked: a new search could find
    others. Raises ValueError for negative weights or suggestions of several queries.
    """
    kept = list(kept)
    if len({one.query for one in kept}) > 1:
        raise ValueError("The suggestions belong to several queries: give one query at a time.")
    if any(not 0 <= weight < math.inf for weight in weights.values()):
        raise ValueError("A weight is negative or not finite: give 0 or more.")
    scored = [(score_of(one.signals, weights, one.factor), one) for one in kept]
    scored.sort(key=lambda pair: (-pair[0], pair[1].document))
    hits = []
    for rank, (score, one) in enumerate(scored, start=1):
        total = math.fsum(weights.get(name, 0.0) for name in one.signals)
        reasons = [
            _reason(one, name, weights.get(name, 0.0) / total * value * one.factor)
            for name, value in one.signals.items()
            if total and weights.get(name, 0.0) * value
        ]
        reasons.sort(key=lambda reason: -reason.contribution)
        hits.append(Hit(one.query, rank, one.document, score, tuple(reasons)))
    return hits


def score_of(signals: Mapping[str, float], weights: Mapping[str, float], factor: float = 1.0) -> float:
    """The weighted mean of the signals that spoke, times a factor; 0 if none of them has a weight."""
    total = math.fsum(weights.get(name, 0.0) for name in signals)
    return factor * math.fsum(weights.get(n, 0.0) * v for n, v in signals.items()) / total if total else 0.0


def _reason(kept: Kept, signal: str, contribution: float) -> Reason:
    if signal in kept.told:
        return replace(kept.told[signal], contribution=contribution)
    return Reason(signal, contribution, "signal_share", {"signal": signal})
