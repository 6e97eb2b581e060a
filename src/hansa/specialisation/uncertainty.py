"""Intervals on values and ranks: what resampled regions, rounded cells and suppressed cells could change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from .activity import Activity
from .advantage import diversity, location_quotient, ubiquity
from .economic_complexity import complexity
from .relatedness import relatedness_density
from .results import ActivityError, Definition, Floats, read_only

Axis = Literal["region", "domain", "cell"]
Measure = str | Callable[[Activity], Floats]
Progress = Callable[[int, int], None]
Rows = NDArray[np.intp]

MEASURES: dict[str, tuple[Axis, bool, Callable[[Activity], Floats]]] = {
    "ECI": ("region", True, lambda activity: complexity(activity).eci),
    "PCI": ("domain", True, lambda activity: complexity(activity).pci),
    "diversity": ("region", False, lambda activity: diversity(activity).values),
    "ubiquity": ("domain", False, lambda activity: ubiquity(activity).values),
    "location quotient": ("cell", False, lambda activity: location_quotient(activity).values),
    "relatedness density": ("cell", False, lambda activity: relatedness_density(activity).values),
}
"""Measures known by name: the axis of the answer, whether its sign is free, and how to compute it."""


class Perturbation(Protocol):
    """Draws a table that could lie behind the published one."""

    @property
    def description(self) -> str:
        """What is drawn, for the definition of a result."""
        ...

    def drawn(self, values: Floats, sampler: np.random.Generator) -> Floats:
        """Values of the same shape, drawn; the given array is left as it is."""
        ...


@dataclass(frozen=True)
class RandomRounding:
    """Counts that were rounded to multiples of `base`: draws the count behind each, no count likelier beforehand.

    model "random": a count was moved to one of its two neighbouring multiples, the nearer the likelier, so that the
    rounding is right on average (a published v came from v+k with weight base-|k|, |k| < base). "uniform": every
    count less than `base` away is equally likely. "nearest": conventional rounding, halves up. Never below 0: behind
    a published 0 stand counts of 0 and more, so draws lie above the published values there.
    """

    base: int
    model: Literal["random", "uniform", "nearest"] = "random"

    def __post_init__(self) -> None:
        if self.base < 2:
            raise ActivityError(f"The base of the rounding is {self.base!r}; give a whole number of at least 2.")
        if self.model not in ("random", "uniform", "nearest"):
            raise ActivityError(f'The rounding model is {self.model!r}; choose "random", "uniform" or "nearest".')

    @property
    def description(self) -> str:
        """What is drawn."""
        return f"rounding to base {self.base} ({self.model})"

    def drawn(self, values: Floats, sampler: np.random.Generator) -> Floats:
        """Counts behind the known cells; raises ActivityError for a value that is no multiple of the base."""
        known = ~np.isnan(values)
        published = values[known]
        wrong = published % self.base != 0
        if wrong.any():
            raise ActivityError(
                f"The value {float(published[wrong][0])!r} is no multiple of {self.base}, so it was not rounded to "
                f"base {self.base}; give the base the source rounds to."
            )
        offsets, weights = self._offsets()
        above = offsets >= 0
        chance = sampler.random(len(published))
        anywhere = offsets[np.searchsorted(np.cumsum(weights) / weights.sum(), chance, "right")]
        upwards = offsets[above][np.searchsorted(np.cumsum(weights[above]) / weights[above].sum(), chance, "right")]
        result = values.copy()
        result[known] = published + np.where(published > 0, anywhere, upwards)
        return result

    def _offsets(self) -> tuple[Floats, Floats]:
        if self.model == "nearest":
            offsets = np.arange(-(self.base // 2), (self.base + 1) // 2, dtype=np.float64)
            return offsets, np.ones_like(offsets)
        offsets = np.arange(1 - self.base, self.base, dtype=np.float64)
        return offsets, self.base - np.abs(offsets) if self.model == "random" else np.ones_like(offsets)


@dataclass(frozen=True, eq=False)
class SuppressedBetween:
    """Unknown cells, drawn evenly between `low` and `high` (numbers, or arrays of shape (regions, domains)).

    An even draw is an assumption, not knowledge; `suppression_bounds` gives limits that need none.
    """

    low: float | Floats = 0.0
    high: float | Floats = field(kw_only=True)

    def __post_init__(self) -> None:
        low, high = np.asarray(self.low), np.asarray(self.high)
        if not (np.all(low >= 0) and np.all(low <= high) and np.all(np.isfinite(high))):
            raise ActivityError("Suppressed cells need finite limits with 0 <= low <= high; correct the limits.")

    @property
    def description(self) -> str:
        """What is drawn."""
        ends = [f"{float(np.min(end)):g}..{float(np.max(end)):g}" for end in (self.low, self.high)]
        return f"suppressed cells evenly between {ends[0]} and {ends[1]}"

    def drawn(self, values: Floats, sampler: np.random.Generator) -> Floats:
        """The values with every unknown cell drawn."""
        unknown = np.isnan(values)
        low, high = (np.broadcast_to(np.asarray(end), values.shape)[unknown] for end in (self.low, self.high))
        result = values.copy()
        result[unknown] = low + (high - low) * sampler.random(len(low))
        return result


@dataclass(frozen=True, eq=False)
class Intervals:
    """A measure with intervals of its values and ranks; arrays of shape (regions,), (domains,) or (regions, domains).

    `value`, `rank`: of the table as it is; rank 1 = highest, ties share the middle; cells are ranked within their
    region. `low`..`high`, `rank_low`..`rank_high`: the interval over the draws that answered; NaN where none did.
    `answered`: share of the draws that did. `flips`: draws whose sign was turned to agree with the table's own
    (measures without a sign of their own); `flipped_by` names the regions whose omission did it (jackknife).
    `stopped`: the run was ended early and `draws` is what was done by then.
    """

    axis: Axis
    regions: tuple[str, ...]
    domains: tuple[str, ...]
    value: Floats
    low: Floats
    high: Floats
    rank: Floats
    rank_low: Floats
    rank_high: Floats
    answered: Floats
    draws: int
    flips: int
    flipped_by: tuple[str, ...]
    stopped: bool
    definition: Definition


def rank_intervals(
    activity: Activity,
    measure: Measure,
    *,
    perturbation: Perturbation | Sequence[Perturbation],
    draws: int = 200,
    seed: int = 0,
    level: float = 0.9,
    axis: Axis | None = None,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Intervals:
    """Intervals of a measure over tables that could lie behind the published one.

    `measure` is one of the names in `MEASURES`, or a function of a table with its `axis`. Perturbations are applied
    one after the other. Draw k depends on `seed` and k only. The ends are order statistics: a share (1 - level)/2 of
    the draws lies outside on each side. Kept in memory: that share of the draws at each end, times four while
    collecting; never all of them. `progress(done, draws)` is called after each draw; `should_stop()` ends the run.

    >>> table = Activity.from_matrix(["A", "B", "C"], ["x", "y", "z"], [[30, 3, 0], [9, 21, 6], [3, 12, 18]])
    >>> found = rank_intervals(table, "location quotient", perturbation=RandomRounding(3), draws=100)
    >>> found.rank[0].tolist(), found.rank_low[0].tolist(), found.rank_high[0].tolist()
    ([1.0, 2.0, 3.0], [1.0, 2.0, 2.0], [1.0, 3.0, 3.0])
    """
    steps = list(perturbation) if isinstance(perturbation, Sequence) else [perturbation]
    _refuse_odd(draws, level)

    def tables() -> Iterator[tuple[Activity, None]]:
        for draw in range(draws):
            values, sampler = activity.values, np.random.default_rng([seed, draw])
            for step in steps:
                values = step.drawn(values, sampler)
            yield Activity(activity.regions, activity.domains, values, activity.year), None

    run = _Run(activity, measure, axis, draws, (1 - level) / 2, scaled=False)
    run.go(tables(), progress, should_stop)
    how = "; ".join(step.description for step in steps)
    return run.result(Definition.of(perturbation=how, seed=seed, level=level), ())


def resampled_intervals(
    activity: Activity,
    measure: Measure,
    *,
    method: Literal["bootstrap", "jackknife"] = "bootstrap",
    draws: int = 200,
    seed: int = 0,
    level: float = 0.9,
    axis: Axis | None = None,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Intervals:
    """Intervals of a measure over other sets of regions: does the answer hang on who is in the table?

    "bootstrap" draws as many regions with replacement (Efron 1979); a region drawn twice counts twice, one not drawn
    has no answer in that draw. "jackknife" leaves out each region once (Quenouille 1949; `draws`, `seed` and `level`
    then do not count) and gives the smallest and largest values; `flipped_by` names regions whose omission turns
    ECI and PCI around. Ranks are scaled to the number of regions (or domains) the whole table answers.

    >>> table = Activity.from_matrix("ABCD", "wxyz", [[9, 1, 1, 1], [5, 5, 1, 1], [1, 5, 5, 1], [1, 1, 5, 5]])
    >>> found = resampled_intervals(table, "diversity", method="jackknife")
    >>> found.value.tolist(), found.low.tolist(), found.high.tolist()
    ([1.0, 2.0, 2.0, 2.0], [1.0, 2.0, 2.0, 2.0], [2.0, 3.0, 3.0, 2.0])
    """
    if method not in ("bootstrap", "jackknife"):
        raise ActivityError(f'The way of resampling is {method!r}; choose "bootstrap" or "jackknife".')
    count = len(activity.regions)
    draws = count if method == "jackknife" else draws
    _refuse_odd(draws, level)
    values = activity.values

    def tables() -> Iterator[tuple[Activity, Rows]]:
        for draw in range(draws):
            if method == "jackknife":
                rows = np.delete(np.arange(count, dtype=np.intp), draw)
            else:
                rows = np.sort(np.random.default_rng([seed, draw]).integers(0, count, count, dtype=np.intp))
            # A number before the label keeps a region that is drawn twice apart from itself.
            labels = tuple(f"{at:09d} {activity.regions[row]}" for at, row in enumerate(rows))
            yield Activity(labels, activity.domains, values[rows], activity.year), rows

    alpha = 0.0 if method == "jackknife" else (1 - level) / 2
    run = _Run(activity, measure, axis, draws, alpha, scaled=True)
    run.go(tables(), progress, should_stop)
    definition = Definition.of(resampled="regions", method=method)
    if method == "bootstrap":
        return run.result(definition.extended(seed=seed, level=level), ())
    return run.result(definition.extended(ends="smallest and largest"), tuple(activity.regions[k] for k in run.flipped))


def _refuse_odd(draws: int, level: float) -> None:
    if draws < 1:
        raise ActivityError(f"The number of draws is {draws!r}; give at least 1, usually 200.")
    if not 0 < level < 1:
        raise ActivityError(f"The level of the intervals is {level!r}; give a share between 0 and 1, usually 0.9.")


class _Tails:
    """Exact order statistics from both ends of a stream of arrays, without keeping the stream."""

    def __init__(self, shape: tuple[int, ...], draws: int, alpha: float) -> None:
        # (1 - 0.9) / 2 * 200 is a trifle below 10.
        self.alpha, self.keep = alpha, int(alpha * draws + 1e-9) + 1
        self.count = np.zeros(shape)
        # Unanswered is infinitely far from either end; the high end is kept with its sign turned.
        self._ends = [np.full((2 * self.keep, *shape), np.inf) for _ in range(2)]
        self._filled = self.keep

    def add(self, values: Floats) -> None:
        answered = ~np.isnan(values)
        self.count += answered
        for end, sign in zip(self._ends, (1.0, -1.0), strict=True):
            end[self._filled] = np.where(answered, sign * values, np.inf)
        self._filled += 1
        if self._filled == 2 * self.keep:
            self._compact()

    def _compact(self) -> None:
        for end in self._ends:
            end.partition(self.keep - 1, axis=0)
            end[self.keep :] = np.inf
        self._filled = self.keep

    def interval(self) -> tuple[Floats, Floats]:
        self._compact()
        place = (self.alpha * self.count + 1e-9).astype(np.intp)[None]
        low, high = (np.take_along_axis(np.sort(end[: self.keep], axis=0), place, axis=0)[0] for end in self._ends)
        return np.where(self.count > 0, low, np.nan), np.where(self.count > 0, -high, np.nan)


class _Run:
    """One run over many tables: point, tails of values and ranks, flips."""

    def __init__(
        self, activity: Activity, measure: Measure, axis: Axis | None, draws: int, alpha: float, *, scaled: bool
    ) -> None:
        self.activity, self.draws, self.scaled = activity, draws, scaled
        self.name, self.axis, self.signed, self.compute = _measure(measure, axis)
        self.value = self._computed(activity)
        self.rank = _ranks(self.value)
        self.values, self.ranks = (_Tails(self.value.shape, draws, alpha) for _ in range(2))
        self.done, self.stopped = 0, False
        self.flipped: list[int] = []

    def _computed(self, table: Activity) -> Floats:
        found = np.asarray(self.compute(table), dtype=np.float64)
        rows, columns = len(table.regions), len(table.domains)
        wanted = {"region": (rows,), "domain": (columns,), "cell": (rows, columns)}[self.axis]
        if found.shape != wanted:
            raise ActivityError(f"The measure answers shape {found.shape}, but the axis {self.axis!r} needs {wanted}.")
        return found

    def go(
        self,
        tables: Iterator[tuple[Activity, Rows]] | Iterator[tuple[Activity, None]],
        progress: Progress | None,
        should_stop: Callable[[], bool] | None,
    ) -> None:
        for table, rows in tables:
            if should_stop is not None and should_stop():
                self.stopped = True
                return
            self._take(self._computed(table), rows)
            self.done += 1
            if progress is not None:
                progress(self.done, self.draws)

    def _take(self, found: Floats, rows: Rows | None) -> None:
        if rows is not None and self.axis != "domain":
            placed = np.full(self.value.shape, np.nan)
            placed[rows] = found
            found = placed
        if self.signed and _opposite(found, self.value):
            found = -found
            self.flipped.append(self.done)
        ranks = _ranks(found)
        if self.scaled:
            there, all_there = (np.isfinite(one).sum(axis=-1, keepdims=True) for one in (found, self.value))
            ranks = (ranks - 0.5) * all_there / np.maximum(there, 1) + 0.5
        self.values.add(found)
        self.ranks.add(ranks)

    def result(self, definition: Definition, flipped_by: tuple[str, ...]) -> Intervals:
        (low, high), (rank_low, rank_high) = self.values.interval(), self.ranks.interval()
        return Intervals(
            axis=self.axis,
            regions=self.activity.regions,
            domains=self.activity.domains,
            value=self.value,
            low=read_only(low),
            high=read_only(high),
            rank=read_only(self.rank),
            rank_low=read_only(rank_low),
            rank_high=read_only(rank_high),
            answered=read_only(self.values.count / max(self.done, 1)),
            draws=self.done,
            flips=len(self.flipped),
            flipped_by=flipped_by,
            stopped=self.stopped,
            definition=Definition.of(measure=f"intervals of {self.name}", year=self.activity.year).extended(
                **dict(definition), draws=self.done, aligned="sign of the whole table" if self.signed else None
            ),
        )


def _measure(measure: Measure, axis: Axis | None) -> tuple[str, Axis, bool, Callable[[Activity], Floats]]:
    if isinstance(measure, str):
        if measure not in MEASURES:
            raise ActivityError(
                f"There is no measure {measure!r}; choose from {', '.join(MEASURES)}, or give a function."
            )
        own, signed, compute = MEASURES[measure]
        if axis not in (None, own):
            raise ActivityError(f"The measure {measure!r} answers per {own}, not per {axis}; leave the axis out.")
        return measure, own, signed, compute
    if axis not in ("region", "domain", "cell"):
        raise ActivityError('A function as measure needs its axis; give "region", "domain" or "cell".')
    return getattr(measure, "__name__", "a function"), axis, False, measure


def _ranks(values: Floats) -> Floats:
    """Rank 1 = highest along the last axis, ties in the middle (equal to twelve decimals), NaN unranked."""
    from scipy.stats import rankdata

    known = ~np.isnan(values)
    ranks = np.asarray(rankdata(np.where(known, -np.round(values, 12), np.inf), axis=-1), dtype=np.float64)
    return np.where(known, ranks, np.nan)


def _opposite(found: Floats, point: Floats) -> bool:
    both = np.isfinite(found) & np.isfinite(point)
    if not both.any():
        return False
    one, other = found[both], point[both]
    return bool((one - one.mean()) @ (other - other.mean()) < 0)
