"""Step 3, refine: what the assessors' ratings say of each priority and trend, and how far they disagree.

A rating runs from −2 (the trend weakens the priority) to +2 (it strengthens it). An assessor's latest rating in a
closed round counts; one who says nothing in a later round keeps what was said before, and who never rated does not
count. Per priority and trend: median, smallest and largest, and the interquartile range, the difference of the
quartiles by linear interpolation (type 7 of Hyndman and Fan 1996); from `disagreement_from` on the assessors disagree.

*Resilience* of a priority is the mean over the rated trends of the median rating. Trends that nobody rated are left
out of it and counted beside it. Withdrawn trends are left out throughout.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hansa.network.models import Person
from hansa.strategy.models import Priority, RatingRound, Run, Trend, TrendRating
from hansa.strategy.stepwork.rule import Rule, by_run, rule_of


@dataclass(frozen=True)
class Spread:
    """What several assessors said: `count` of them, median, extremes and interquartile range on −2..+2."""

    count: int
    median: float
    lowest: int
    highest: int
    interquartile_range: float


@dataclass(frozen=True)
class TrendFound:
    """One trend for one priority; `spread` is None while nobody's rating counts."""

    trend: Trend
    spread: Spread | None
    disagree: bool
    comments: tuple[str, ...]


@dataclass(frozen=True)
class Refinement:
    """The ratings of one priority. `resilience` is None without any; `rated` of `len(trends)` trends are in it."""

    priority: Priority
    rule: Rule
    trends: tuple[TrendFound, ...]
    assessors: int
    closed_rounds: int
    open_round: RatingRound | None

    @property
    def rated(self) -> int:
        return sum(each.spread is not None for each in self.trends)

    @property
    def disagreements(self) -> int:
        return sum(each.disagree for each in self.trends)

    @property
    def resilience(self) -> float | None:
        medians = [each.spread.median for each in self.trends if each.spread is not None]
        return float(np.mean(medians)) if medians else None


def spread(ratings: Sequence[int]) -> Spread | None:
    """Median, extremes and interquartile range; None for no rating."""
    if not ratings:
        return None
    lower, middle, upper = (float(each) for each in np.quantile(ratings, (0.25, 0.5, 0.75)))
    return Spread(len(ratings), middle, min(ratings), max(ratings), upper - lower)


def trends() -> list[Trend]:
    """The trends that are rated, in the order of the register."""
    return list(Trend.objects.filter(withdrawn_at__isnull=True))


def rounds(run: Run) -> list[RatingRound]:
    return list(run.rating_rounds.order_by("number"))


def refine(priorities: Sequence[Priority]) -> dict[int, Refinement]:
    """The refinement of each priority by primary key, in a constant number of queries per run."""
    found: dict[int, Refinement] = {}
    listed = trends() if priorities else []
    for run, together in by_run(priorities):
        found |= _of_run(run, together, listed)
    return found


def _of_run(run: Run, priorities: Sequence[Priority], listed: Sequence[Trend]) -> dict[int, Refinement]:
    rule, held = rule_of(run), rounds(run)
    ratings = TrendRating.objects.filter(priority__in=priorities, round__closed_at__isnull=False)
    standing = latest(ratings.select_related("round"))
    by_pair: dict[tuple[int, int], list[TrendRating]] = {}
    for rating in standing:
        by_pair.setdefault((rating.priority_id, rating.trend_id), []).append(rating)
    open_round = next((each for each in held if each.closed_at is None), None)
    closed = sum(each.closed_at is not None for each in held)
    found = {}
    for priority in priorities:
        rows = tuple(_trend(trend, by_pair.get((priority.pk, trend.pk), []), rule) for trend in listed)
        shown = {trend.pk for trend in listed}
        assessors = {
            each.assessor_id for each in standing if each.priority_id == priority.pk and each.trend_id in shown
        }
        found[priority.pk] = Refinement(priority, rule, rows, len(assessors), closed, open_round)
    return found


def latest(ratings: Iterable[TrendRating]) -> list[TrendRating]:
    """Of each assessor's ratings of a priority and trend, the one of the latest round."""
    kept: dict[tuple[int, int, int], TrendRating] = {}
    for rating in sorted(ratings, key=lambda each: (each.round.number, each.pk)):
        kept[rating.priority_id, rating.trend_id, rating.assessor_id] = rating
    return list(kept.values())


def _trend(trend: Trend, ratings: Sequence[TrendRating], rule: Rule) -> TrendFound:
    # in the order of the ratings, so that the order of comments tells nothing about who wrote them
    ordered = sorted(ratings, key=lambda each: (each.rating, each.comment))
    found = spread([each.rating for each in ordered])
    disagree = found is not None and found.count > 1 and found.interquartile_range >= rule.disagreement_from
    return TrendFound(trend, found, disagree, tuple(each.comment for each in ordered if each.comment))


@dataclass(frozen=True)
class Own:
    """What one assessor sees of a trend while rating: the own rating of this round, the one before, and the group's."""

    trend: Trend
    now: TrendRating | None
    before: TrendRating | None
    group: Spread | None


def own_view(round_: RatingRound, priority: Priority, assessor: Person) -> list[Own]:
    """The rating form of one assessor and priority. In the first round there is no group to see: it is blind."""
    mine = TrendRating.objects.filter(priority=priority, assessor=assessor, round__run=round_.run).select_related(
        "round"
    )
    now = {each.trend_id: each for each in mine if each.round_id == round_.pk}
    before = {each.trend_id: each for each in latest(e for e in mine if e.round.number < round_.number)}
    group: Mapping[int, Spread | None] = {}
    if round_.number > 1:
        group = {each.trend.pk: each.spread for each in refine([priority])[priority.pk].trends}
    return [Own(trend, now.get(trend.pk), before.get(trend.pk), group.get(trend.pk)) for trend in trends()]


def done_in(round_: RatingRound) -> dict[int, dict[int, int]]:
    """In this round, per priority and assessor, how many trends are rated; the ratings themselves are not told."""
    found: dict[int, dict[int, int]] = {}
    for priority, assessor in TrendRating.objects.filter(round=round_).values_list("priority_id", "assessor_id"):
        each = found.setdefault(priority, {})
        each[assessor] = each.get(assessor, 0) + 1
    return found
