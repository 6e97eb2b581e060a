"""What brokers did with suggestions, as outcomes that weights are learnt from; and learning from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from hansa.brokerage import verdicts, weighing
from hansa.brokerage.models import Case, LearntWeights, Match

if TYPE_CHECKING:
    from hansa.matching import Outcome
    from hansa.matching.learning import CrossValidated, Learnt

LEAST_REQUESTS = 30
"""Requests with somebody accepted and somebody refused for the field: weights are judged from request to request, and
over fewer an interval says little. A judgement, like the least outcomes in `hansa.matching.learning`."""
MOST = 20_000
"""The latest outcomes that are looked at."""
AGREED = (Case.State.AGREEMENT, Case.State.JOINT_STRATEGY)


@dataclass(frozen=True)
class Gathered:
    """Outcomes that speak of texts, and how many there are of each kind. `other_reasons` were refused for something
    that texts do not say; of `without_signals` nobody knows any more what they were scored by."""

    outcomes: list[Outcome] = field(default_factory=list)
    short_listed: int = 0
    introduced: int = 0
    agreed: int = 0
    refused: int = 0
    other_reasons: int = 0
    without_signals: int = 0
    requests: int = 0
    requests_with_both: int = 0

    @property
    def accepted(self) -> int:
        return self.short_listed + self.introduced + self.agreed

    @property
    def enough(self) -> bool:
        return all(have >= need for _what, have, need in self.needs())

    def needs(self) -> list[tuple[str, int, int]]:
        """What learning asks for: its code, how many there are, how many are needed."""
        from hansa.matching.learning import LEAST_OF_EACH, LEAST_OUTCOMES

        return [
            ("outcomes", len(self.outcomes), LEAST_OUTCOMES),
            ("accepted", self.accepted, LEAST_OF_EACH),
            ("refused", self.refused, LEAST_OF_EACH),
            ("requests", self.requests_with_both, LEAST_REQUESTS),
        ]


def gathered() -> Gathered:
    """The outcomes of this installation, of all its agencies; a constant number of queries."""
    counts: Counter[str] = Counter()
    outcomes: list[Outcome] = []
    sides: dict[int, set[bool]] = {}
    for match in _decided()[:MOST]:
        kind = _kind(match)
        if kind in ("refused", "short_listed", "introduced", "agreed") and not match.signals:
            kind = "without_signals"
        counts[kind] += 1
        if kind not in ("other_reasons", "without_signals"):
            outcomes.append(_outcome(match, refused=kind == "refused"))
            sides.setdefault(match.request_id, set()).add(kind != "refused")
    return Gathered(
        outcomes, requests=len(sides), requests_with_both=sum(len(side) == 2 for side in sides.values()), **counts
    )


def _decided() -> QuerySet[Match]:
    """Matches that somebody decided on, the latest first."""
    found = Match.objects.exclude(state=Match.State.SUGGESTED).select_related("case")
    return found.only(
        "request_id", "other_request_id", "organisation_id", "signals", "state", "refusal", "computed_at",
        "case__match_id", "case__state", "case__refusal",
    ).order_by("-computed_at", "-pk")  # fmt: skip


def _kind(match: Match) -> str:
    """A case that ended with a refusal counts as that refusal, whatever the broker thought of the match before."""
    case = getattr(match, "case", None)
    if match.state == Match.State.DECLINED or (case is not None and case.state == Case.State.DECLINED):
        return "refused" if _code(match) == "wrong_topic" else "other_reasons"
    if case is not None and case.state in AGREED:
        return "agreed"
    return "introduced" if match.state == Match.State.INTRODUCED else "short_listed"


def _code(match: Match) -> str:
    return verdicts.MEANS.get(verdicts.refusal_of(match), "other")


def _outcome(match: Match, *, refused: bool) -> Outcome:
    from hansa.matching import Outcome, Verdict

    query, at = f"{match.request_id}", match.computed_at.timestamp()
    said = Verdict(query, verdicts.key_of(match), _code(match) if refused else None)
    return Outcome(
        said,
        match.signals["signals"],
        shown=at,
        answered=at,
        factor=match.signals["factor"],
        context=match.signals["context"],
    )


def learn(row: LearntWeights) -> LearntWeights:
    """Learn weights from what there is now, judge them on requests they were not learnt from, and store both.

    With too few outcomes that alone is stored. Nothing is ranked otherwise by this.
    """
    from hansa.matching import cross_validated, learn_weights

    found = gathered()
    prior = weighing.by_default().weights
    row.outcomes, row.accepted, row.requests = len(found.outcomes), found.accepted, found.requests
    if not found.enough:
        return _stored(row, LearntWeights.Status.REFUSED)
    every = prior.every_weight()
    learnt = learn_weights(found.outcomes, every, version=prior.version)
    if learnt.refused:
        return _stored(row, LearntWeights.Status.REFUSED)
    _describe(row, learnt, cross_validated(found.outcomes, every))
    row.scale = scale_of(found.outcomes, learnt)
    return _stored(row, LearntWeights.Status.LEARNT)


def _describe(row: LearntWeights, learnt: Learnt, judged: CrossValidated) -> None:
    # the key of the row tells apart what was learnt twice from the same outcomes
    row.version, row.weights = f"{learnt.version}.{row.pk}", dict(learnt.weights)
    row.judged = judged.queries
    if judged.queries:
        row.right, row.right_default, row.low, row.high = judged.right, judged.right_prior, judged.low, judged.high


def scale_of(outcomes: Sequence[Outcome], learnt: Learnt) -> float:
    """How many times as high the scores of these suggestions are, taken together, with learnt weights as with the
    default; 1 where none scores."""
    every = weighing.by_default().weights.every_weight()
    now, before = (_sum_of_scores(outcomes, weights) for weights in (learnt.weights, every))
    return now / before if now > 0 and before > 0 else 1.0


def _sum_of_scores(outcomes: Iterable[Outcome], weights: object) -> float:
    from hansa.matching.whatif import score_of

    return sum(score_of(one.signals, weights, one.factor, one.context) for one in outcomes)  # type: ignore[arg-type]


@transaction.atomic
def _stored(row: LearntWeights, status: str) -> LearntWeights:
    row.status, row.computed_at = status, timezone.now()
    row.save()
    return row


def failed(row: LearntWeights) -> None:
    """Write down that learning ended with a fault, so that the page does not wait for ever."""
    LearntWeights.objects.filter(pk=row.pk).update(status=LearntWeights.Status.FAILED, computed_at=timezone.now())
