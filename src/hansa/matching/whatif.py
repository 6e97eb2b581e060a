"""What if the weights were others: suggestions scored again from the signals kept with them, without a new search."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from hansa.matching.context import adjusted, moved
from hansa.matching.explain import Reason
from hansa.matching.records import CONTEXT, Hit

if TYPE_CHECKING:
    from hansa.matching.scoring import Scored


@dataclass(frozen=True)
class Kept:
    """The signals of a suggestion, kept so that other weights can be tried without a new search.

    `signals` holds the value, 0 to 1, of every signal that could speak for the query, zeros too; `factor` is what
    multiplied their weighted mean (need and offer meeting, variety); `context` holds the values, -1 to 1, of what is
    known of both sides; `told` are the reasons that were given per signal, whose words are used again. Raises
    ValueError for values that cannot be.
    """

    query: str
    document: str
    signals: Mapping[str, float]
    factor: float = 1.0
    told: Mapping[str, Reason] = field(default_factory=dict)
    context: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_values(self.signals, self.context, self.factor, f"{self.document} for {self.query}")


def check_values(signals: Mapping[str, float], context: Mapping[str, float], factor: float, whose: str) -> None:
    """Raises ValueError for a signal outside 0 to 1, one of context outside -1 to 1, or a factor below 0."""
    if not all(0 <= value <= 1 + 1e-6 for value in signals.values()):
        raise ValueError(f"A signal of {whose} lies outside 0 to 1.")
    strange = sorted(set(context) - set(CONTEXT))
    if strange:
        raise ValueError(f"{strange[0]!r} is no signal of context: choose among {', '.join(CONTEXT)}.")
    if not all(-1 - 1e-6 <= value <= 1 + 1e-6 for value in context.values()):
        raise ValueError(f"A signal of context of {whose} lies outside -1 to 1.")
    if not 0 <= factor < math.inf:
        raise ValueError(f"The factor of {whose} is {factor}: give 0 or more.")


def kept_of(hit: Hit, scored: Scored) -> Kept:
    """The signals of a hit as they were scored, those without weight too."""
    row = scored.row(hit.id)
    factor = float(scored.fit[row] * scored.prose[row])
    context = {name: float(values[row]) for name, values in scored.context.items()}
    told = {reason.signal: reason for reason in hit.reasons if reason.signal not in ("fit", "variety", "feedback")}
    return Kept(hit.query, hit.id, scored.spoke(row), factor, told, context)


def kept_from(hit: Hit, weights: Mapping[str, float], spoke: Iterable[str], base: float = 1.0) -> Kept:
    """The signals of a hit, got back from its reasons, where `kept_of` was not used at the time.

    `weights` per signal are those it was ranked with, those of context too (`Weights.every_weight`); `spoke` the
    signals that could speak for its query and document. `base` is the factor already in the signals' contributions:
    `Weights.unclear` where the query said what it wants, else 1. A signal of context without weight left no trace and
    is lost. Raises ValueError if another signal had no weight or a reason names one that is not said to speak.
    """
    names = list(dict.fromkeys(spoke))
    lost = [name for name in names if weights.get(name, 0.0) <= 0]
    if lost or not names or base <= 0:
        raise ValueError(f"The weight of {lost[0] if lost else 'every signal'} was 0: its value cannot be known.")
    shares, around = dict.fromkeys(names, 0.0), dict.fromkeys(CONTEXT, 0.0)
    for reason in hit.reasons:
        if reason.signal in shares:
            shares[reason.signal] += reason.contribution / base
        elif reason.signal in around:
            around[reason.signal] += reason.contribution
        elif reason.signal in weights and reason.contribution:
            raise ValueError(f"The reasons of {hit.id} name the signal {reason.signal}, which is not said to speak.")
    total, likeness = math.fsum(weights[name] for name in names), math.fsum(shares.values())
    values = {name: share * total / weights[name] for name, share in shares.items()}
    told = {reason.signal: reason for reason in hit.reasons if reason.signal in shares or around.get(reason.signal)}
    core = hit.score - math.fsum(around.values())
    context = {name: _value(part, core, weights.get(name, 0.0)) for name, part in around.items() if part}
    return Kept(hit.query, hit.id, values, core / likeness if likeness > 0 else 1.0, told, context)


def _value(part: float, core: float, weight: float) -> float:
    """The value of a signal of context from its contribution."""
    if weight <= 0:
        raise ValueError("A reason of context was given with a weight of 0: give the weights that it was ranked with.")
    most = core * (1 - core) if part > 0 else core
    return max(-1.0, min(1.0, part / (most * weight)))


def rescored(kept: Iterable[Kept], weights: Mapping[str, float]) -> list[Hit]:
    """What-if: hits of one query scored with other weights per signal, best first, equal scores in order of id.

    `weights` are those of the signals and of context together (`Weights.every_weight`); one that is not named is 0. The
    score is the weighted mean over the signals that spoke, times the factor, moved by context as `context` says. Each
    reason is worded as before, or has the code `signal_share` if that was not kept. Only the kept suggestions are
    ranked: a new search could find others. Raises ValueError for negative weights, weights of context that sum to 1 or
    more, or suggestions of several queries.
    """
    kept = list(kept)
    if len({one.query for one in kept}) > 1:
        raise ValueError("The suggestions belong to several queries: give one query at a time.")
    if any(not 0 <= weight < math.inf for weight in weights.values()):
        raise ValueError("A weight is negative or not finite: give 0 or more.")
    if math.fsum(weights.get(name, 0.0) for name in CONTEXT) >= 1:
        raise ValueError("The weights of context must sum to less than 1: lower one.")
    scored = [(score_of(one.signals, weights, one.factor, one.context), one) for one in kept]
    scored.sort(key=lambda pair: (-pair[0], pair[1].document))
    return [
        Hit(one.query, rank, one.document, score, tuple(sorted(_reasons(one, weights), key=lambda r: -r.contribution)))
        for rank, (score, one) in enumerate(scored, start=1)
    ]


def score_of(
    signals: Mapping[str, float],
    weights: Mapping[str, float],
    factor: float = 1.0,
    context: Mapping[str, float] | None = None,
) -> float:
    """The weighted mean of the signals that spoke, times a factor, moved by context; 0 if none of them has a weight."""
    total = math.fsum(weights.get(name, 0.0) for name in signals)
    core = factor * math.fsum(weights.get(n, 0.0) * v for n, v in signals.items()) / total if total else 0.0
    pulls = [weights.get(name, 0.0) * value for name, value in (context or {}).items()]
    return adjusted(core, math.fsum(p for p in pulls if p > 0), math.fsum(-p for p in pulls if p < 0))


def _reasons(kept: Kept, weights: Mapping[str, float]) -> Iterator[Reason]:
    total = math.fsum(weights.get(name, 0.0) for name in kept.signals)
    core = score_of(kept.signals, weights, kept.factor)
    for name, value in kept.signals.items():
        if total and weights.get(name, 0.0) * value:
            yield _reason(kept, name, weights.get(name, 0.0) / total * value * kept.factor)
    for name, value in kept.context.items():
        part = moved(core, weights.get(name, 0.0) * value)
        if part:
            yield _reason(kept, name, part)


def _reason(kept: Kept, signal: str, contribution: float) -> Reason:
    if signal in kept.told:
        return replace(kept.told[signal], contribution=contribution)
    return Reason(signal, contribution, "signal_share", {"signal": signal})
