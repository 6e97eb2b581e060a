"""Who is shown, against who would be relevant: exposure by group, and a re-ranking that lifts named groups at a stated
cost."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from hansa.matching.explain import Reason
from hansa.matching.records import Hit

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNKNOWN = "unknown"
_STEPS = 100
_EXACT = 1e-12


@dataclass(frozen=True)
class GroupExposure:
    """How much of the attention goes to a group, against how much of the relevance is its own.

    `exposure` and `merit` are shares in 0 to 1, averaged over `queries`; `ratio` is exposure by merit, 1 where they
    agree, with a percentile interval from `low` to `high` over queries drawn with replacement. NaN where the group
    has no merit in any query.
    """

    group: str
    exposure: float
    merit: float
    ratio: float
    low: float
    high: float
    queries: int


@dataclass(frozen=True)
class Lift:
    """How far the places of some groups are lifted; the default lifts nothing.

    Among the first k places at least floor(`share` x k) belong to `groups`, for every k up to `depth`. With
    `significance` (Zehlike and others 2017) the minimum is instead the fewest that chance would leave, each place being
    of the groups with probability `share`, unless chance would do so in at most that share of cases; it is tested
    place by place, without their correction for many tests. `most_cost` bounds what may be lost in nDCG@depth against
    the scores: a share that costs more is lowered in hundredths of itself until it does not. Raises ValueError for
    numbers that cannot be.
    """

    groups: tuple[str, ...] = ()
    share: float = 0.0
    depth: int = 10
    significance: float | None = None
    most_cost: float | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise ValueError(f"The share is {self.share}: it must lie in 0 to 1.")
        if self.depth < 1:
            raise ValueError(f"The depth is {self.depth}: at least one place must be looked at.")
        if self.significance is not None and not 0 < self.significance < 1:
            raise ValueError(f"The significance is {self.significance}: it must lie between 0 and 1.")
        if self.most_cost is not None and not 0 <= self.most_cost <= 1:
            raise ValueError(f"The most cost is {self.most_cost}: it must lie in 0 to 1.")

    @property
    def off(self) -> bool:
        """Whether nothing is asked for."""
        return not self.groups or self.share == 0

    def minimum(self, places: int) -> int:
        """How many of the first `places` must belong to the groups."""
        if self.off:
            return 0
        if self.significance is None:
            return math.floor(self.share * places + 1e-9)
        from scipy.stats import binom

        so_few = binom.cdf(np.arange(places + 1), places, self.share)
        return int(np.argmax(so_few > self.significance + _EXACT))


@dataclass(frozen=True)
class Move:
    """One hit that is shown elsewhere than its score says: `lifted` for its group, or yielding to others."""

    id: str
    before: int
    after: int
    group: str
    lifted: bool


@dataclass(frozen=True)
class Lifted:
    """A list after lifting, and what it cost.

    `hits` keep their scores and reasons; moved ones have one more reason, of contribution 0. `before` and `after` are
    nDCG@depth, `share` is what was asked of each prefix in the end, `short` the places at which too few of the groups
    were in the list to keep the promise.
    """

    hits: tuple[Hit, ...]
    moves: tuple[Move, ...]
    before: float
    after: float
    share: float
    short: tuple[int, ...]

    @property
    def cost(self) -> float:
        """nDCG lost; 0 or more against the scores, of either sign against judgements."""
        lost = self.before - self.after
        return 0.0 if abs(lost) < _EXACT else lost


def lifted(
    hits: Sequence[Hit],
    groups: Mapping[str, str],
    setting: Lift | None = None,
    relevance: Mapping[str, float] | None = None,
) -> Lifted:
    """The hits of one query with the places of some groups lifted as `setting` says; unchanged where that is off.

    `groups` names the group of each id; others belong to none and are never lifted. Each place goes to the best hit
    left, unless the minimum needs one of the groups, then to the best of those: no order that keeps the minimum has a
    higher DCG on the scores. Only hits in the list can be lifted, so ask the index for more than are shown. The cost is
    measured on the scores, or on `relevance` per id where given (absent is 0). Raises ValueError if hits are not in
    order of score, repeat an id or belong to several queries.

    >>> hits = [Hit("q", i + 1, id, s) for i, (id, s) in enumerate([("a", 0.9), ("b", 0.8), ("c", 0.4)])]
    >>> after = lifted(hits, {"c": "less developed"}, Lift(("less developed",), share=0.5, depth=3))
    >>> [hit.id for hit in after.hits], round(after.cost, 3)
    (['a', 'c', 'b'], 0.033)
    """
    setting = setting or Lift()
    _check(hits)
    value = {hit.id: hit.score for hit in hits} if relevance is None else relevance
    before = _ndcg([hit.id for hit in hits], value, setting.depth)
    if setting.off:
        return Lifted(tuple(hits), (), before, before, 0.0, ())
    order, share = _affordable(hits, groups, setting)
    moved = _moves(hits, order, groups, set(setting.groups))
    told = {move.id: _told(move) for move in moved}
    shown = tuple(
        replace(hit, rank=rank, reasons=(*hit.reasons, told[hit.id]) if hit.id in told else hit.reasons)
        for rank, hit in enumerate(order, start=1)
    )
    reached = replace(setting, share=share)
    counts = np.cumsum([groups.get(hit.id) in setting.groups for hit in order])
    short = tuple(k for k in range(1, min(setting.depth, len(order)) + 1) if counts[k - 1] < reached.minimum(k))
    after = _ndcg([hit.id for hit in order], value, setting.depth)
    return Lifted(shown, moved, before, after, share, short)


def exposure(
    rankings: Mapping[str, Sequence[str]],
    relevance: Mapping[str, Mapping[str, float]],
    groups: Mapping[str, str],
    *,
    depth: int | None = None,
    samples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> tuple[GroupExposure, ...]:
    """Share of exposure against share of relevance per group, in order of the groups' names.

    Exposure of a place is 1 / log2(1 + rank), 0 below `depth` (Singh and Joachims 2018). `rankings` give ids best first
    per query; `relevance` the worth of every id that is known to be relevant, shown or not. The ratio of two groups'
    ratios is their disparate treatment ratio. Ids without a group count as `unknown`. Queries without a place or
    without relevance say nothing and are left out. Raises ValueError for negative relevance, repeated ids or if
    no query is left.

    >>> rows = exposure({"q": ["a", "b"]}, {"q": {"a": 1, "b": 1}}, {"a": "more developed", "b": "less developed"})
    >>> [(row.group, round(row.exposure, 3), row.merit, round(row.ratio, 3)) for row in rows]
    [('less developed', 0.387, 0.5, 0.774), ('more developed', 0.613, 0.5, 1.226)]
    """
    if depth is not None and depth < 1:
        raise ValueError(f"The depth is {depth}: at least one place must be looked at.")
    if samples < 1 or not 0 < confidence < 1:
        raise ValueError("At least one sample and a confidence between 0 and 1 are needed.")
    names = sorted({*groups.values(), UNKNOWN})
    column = {name: i for i, name in enumerate(names)}
    seen: list[NDArray[np.float64]] = []
    worth: list[NDArray[np.float64]] = []
    for query in sorted(rankings):
        shown, relevant = rankings[query], relevance.get(query, {})
        _check_query(query, shown, relevant)
        given = _shares({id: 1 / math.log2(1 + k) for k, id in enumerate(shown[:depth], start=1)}, groups, column)
        merit = _shares(relevant, groups, column)
        if given is not None and merit is not None:
            seen.append(given)
            worth.append(merit)
    if not seen:
        raise ValueError("No query has both places and relevant ids: there is nothing to compare.")
    shown_share, merit_share = np.array(seen), np.array(worth)
    ratios = _resampled(shown_share, merit_share, samples, seed)
    rows = []
    for name, i in column.items():
        if not (shown_share[:, i].any() or merit_share[:, i].any()):
            continue
        known = ratios[:, i][np.isfinite(ratios[:, i])]
        tail = (1 - confidence) / 2
        low, high = np.quantile(known, [tail, 1 - tail]) if len(known) else (math.nan, math.nan)
        given_mean, merit_mean = float(shown_share[:, i].mean()), float(merit_share[:, i].mean())
        ratio = given_mean / merit_mean if merit_mean else math.nan
        rows.append(GroupExposure(name, given_mean, merit_mean, ratio, float(low), float(high), len(seen)))
    return tuple(rows)


def exposure_table(rows: Sequence[GroupExposure]) -> str:
    """The exposure of groups as a Markdown table for a report."""
    lines = [
        "| group | share of exposure | share of relevance | ratio | interval | queries |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        ratio, interval = f"{row.ratio:.2f}", f"{row.low:.2f} to {row.high:.2f}"
        if math.isnan(row.ratio):
            ratio = interval = "–"
        name = row.group.replace("|", "\\|")
        lines.append(f"| {name} | {row.exposure:.3f} | {row.merit:.3f} | {ratio} | {interval} | {row.queries} |")
    return "\n".join(lines)


def _affordable(hits: Sequence[Hit], groups: Mapping[str, str], setting: Lift) -> tuple[list[Hit], float]:
    """The order at the largest share, in hundredths of the wanted one, whose cost on the scores is allowed."""
    scores = {hit.id: hit.score for hit in hits}
    ideal = _ndcg([hit.id for hit in hits], scores, setting.depth)

    def order(step: int) -> tuple[list[Hit], bool]:
        made = _order(hits, groups, replace(setting, share=setting.share * step / _STEPS))
        cost = ideal - _ndcg([hit.id for hit in made], scores, setting.depth)
        return made, setting.most_cost is None or cost <= setting.most_cost + _EXACT

    low, high = 0, _STEPS
    if order(high)[1]:
        return order(high)[0], setting.share
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if order(middle)[1] else (low, middle)
    return order(low)[0], setting.share * low / _STEPS


def _order(hits: Sequence[Hit], groups: Mapping[str, str], setting: Lift) -> list[Hit]:
    chosen = set(setting.groups)
    named = [hit for hit in hits if groups.get(hit.id) in chosen]
    rest = list(hits)
    made: list[Hit] = []
    count = 0
    for place in range(1, min(setting.depth, len(hits)) + 1):
        due = bool(named) and count < setting.minimum(place)
        taken = named[0] if due else rest[0]
        rest.remove(taken)
        if named and taken is named[0]:
            named.pop(0)
            count += 1
        made.append(taken)
    return made + rest


def _moves(
    hits: Sequence[Hit], order: Sequence[Hit], groups: Mapping[str, str], chosen: Collection[str]
) -> tuple[Move, ...]:
    old = {hit.id: place for place, hit in enumerate(hits, start=1)}
    return tuple(
        Move(hit.id, old[hit.id], place, groups.get(hit.id, UNKNOWN), place < old[hit.id])
        for place, hit in enumerate(order, start=1)
        if place != old[hit.id]
    )


def _told(move: Move) -> Reason:
    params: dict[str, object] = {"before": move.before, "after": move.after}
    if move.lifted:
        return Reason("fairness", 0.0, "place_lifted", params | {"group": move.group})
    return Reason("fairness", 0.0, "place_yielded", params)


def _ndcg(ids: Sequence[str], value: Mapping[str, float], depth: int) -> float:
    """nDCG with linear gain (Järvelin and Kekäläinen 2002); 1 where nothing is relevant."""

    def dcg(gains: Sequence[float]) -> float:
        return math.fsum(gain / math.log2(1 + k) for k, gain in enumerate(gains[:depth], start=1))

    best = dcg(sorted(value.values(), reverse=True))
    return dcg([value.get(id, 0.0) for id in ids]) / best if best else 1.0


def _check(hits: Sequence[Hit]) -> None:
    if len({hit.query for hit in hits}) > 1:
        raise ValueError("The hits belong to several queries: lift one query at a time.")
    if len({hit.id for hit in hits}) < len(hits):
        raise ValueError("An id is found twice among the hits: keep the better one.")
    if any(one.score < other.score for one, other in pairwise(hits)):
        raise ValueError("The hits are not in order of score: give them as the index found them.")


def _check_query(query: str, shown: Sequence[str], relevant: Mapping[str, float]) -> None:
    if len(set(shown)) < len(shown):
        raise ValueError(f"Query {query} shows an id twice: keep its first place.")
    if not all(0 <= value < math.inf for value in relevant.values()):
        raise ValueError(f"Query {query} has a relevance that is negative or not finite: give 0 or more.")


def _shares(
    values: Mapping[str, float], groups: Mapping[str, str], column: Mapping[str, int]
) -> NDArray[np.float64] | None:
    total = math.fsum(values.values())
    if total == 0:
        return None
    row = np.zeros(len(column))
    for id, value in values.items():
        row[column[groups.get(id, UNKNOWN)]] += value / total
    return row


def _resampled(shown: NDArray[np.float64], merit: NDArray[np.float64], samples: int, seed: int) -> NDArray[np.float64]:
    """Ratios of summed shares over queries drawn with replacement (Efron 1979)."""
    count = len(shown)
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=samples).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios: NDArray[np.float64] = (drawn @ shown) / (drawn @ merit)
    return ratios
