"""Back-test: how well a score of one year tells which domains regions enter (or give up) by a later year."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .activity import Activity
from .advantage import location_quotient, presence, ubiquity_from
from .logistic import Logistic, fit_logistic
from .ranking import Ranked, ReliabilityBin, reliability
from .results import ActivityError, Bools, Definition, Floats
from .transitions import ENTRY, TransitionRule, Transitions, on_axes_of, transitions

Score = Floats | Callable[[Activity], Floats]
Within = Literal["equal", "pairs"]


@dataclass(frozen=True)
class Figure:
    """A figure with its bootstrap interval (NaN ends where none was asked for, or no draw gave an answer)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Calibration:
    """Probabilities made from the score on one half of the regions, judged on the other half.

    `brier` is the mean squared error of the probabilities, `brier_base` that of the fitted half's base rate for
    every cell; `skill` = 1 - brier / brier_base (0 = no better than the base rate).
    """

    brier: float
    brier_base: float
    skill: float
    bins: tuple[ReliabilityBin, ...]


@dataclass(frozen=True)
class ScoreResult:
    """What one score achieved. The `gain` figures are paired differences to the best naive score of that figure.

    `answered`: share of candidates with a score; the others are placed last, as ties.
    `precision_pooled` and `precision_per_region`: pairs (k, precision); per region it is the mean over regions.
    """

    name: str
    naive: bool
    answered: float
    auc: Figure
    auc_within_regions: Figure
    average_precision: Figure
    auc_gain: Figure
    auc_within_regions_gain: Figure
    average_precision_gain: Figure
    precision_pooled: tuple[tuple[int, float], ...]
    precision_per_region: tuple[tuple[int, float], ...]
    calibration: Calibration


@dataclass(frozen=True, eq=False)
class Backtest:
    """Scores side by side with the naive ones; `best_naive` names the best naive score of each figure.

    `base_rate` is the precision of guessing in the pool, `base_rate_per_region` the mean of the regions' base rates.
    """

    rule: TransitionRule
    candidates: int
    events: int
    base_rate: float
    base_rate_per_region: float
    regions_compared: int
    results: tuple[ScoreResult, ...]
    best_naive: Mapping[str, str]
    transitions: Transitions
    definition: Definition

    def result(self, name: str) -> ScoreResult:
        """The line of one score; raises ActivityError for a name that was not tested."""
        for one in self.results:
            if one.name == name:
                return one
        raise ActivityError(f"There is no score {name!r}; tested were {', '.join(one.name for one in self.results)}.")


def naive_scores(activity: Activity, before: Activity | None = None) -> dict[str, Floats]:
    """Scores anybody has without an analysis, each (regions, domains): what a useful score must beat.

    Own location quotient, ubiquity, and size (region, domain, and their product, the expected value), the sizes in
    both directions because nobody knows beforehand which one pays. With an earlier year, also the mean of both years'
    own quotients: whoever may look back can look back naively.
    """
    shape = (len(activity.regions), len(activity.domains))
    held = presence(activity)
    region = np.broadcast_to(activity.region_totals[:, None], shape)
    domain = np.broadcast_to(activity.domain_totals, shape)
    expected = activity.region_totals[:, None] * (activity.domain_totals / (activity.total or 1.0))
    own = location_quotient(activity).values
    past = {}
    if before is not None:
        earlier = on_axes_of(activity, location_quotient(before).values, before)
        past["own location quotient, mean of two years"] = np.where(np.isnan(earlier), own, (own + earlier) / 2)
    return {
        "own location quotient": own,
        **past,
        "ubiquity": np.broadcast_to(ubiquity_from(held).values, shape),
        "region total": region,
        "domain total": domain,
        "expected value": expected,
        "region total, smallest first": -region,
        "domain total, smallest first": -domain,
        "expected value, smallest first": -expected,
    }


def backtest(
    earlier: Activity,
    later: Activity,
    scores: Mapping[str, Score],
    *,
    before: Activity | None = None,
    rule: TransitionRule = ENTRY,
    draws: int = 200,
    seed: int = 0,
    level: float = 0.9,
    within: Within = "equal",
    pooled_at: Sequence[int] = (100, 500),
    per_region_at: Sequence[int] = (5, 10),
    bins: int = 10,
) -> Backtest:
    """How well scores of the earlier year rank the transitions to the later year, beside every naive score.

    A score is an array of shape (regions, domains) of the *earlier* table, or a function that makes one from that
    table (it never sees the later one). High means *expected to be held later*: entries are expected from the top,
    exits from the bottom. Scores that use a year before the earlier table need `before`, so that the naive scores
    may use it too.

    - `auc`: over all candidates pooled, ties half. `auc_within_regions`: mean of the regions' own AUCs, over regions
      with both outcomes, each counted once (`within="equal"`) or by its number of pairs (`"pairs"`).
    - Intervals: percentiles over `draws` bootstrap samples of whole regions (Efron and Tibshirani 1993), because the
      cells of a region are not independent; the same samples serve every score, so `gain` intervals are paired.
    - Calibration: regions are split in halves by `seed`; a logistic curve of the score's percentile is fitted on one
      half and judged on the other.

    Raises ActivityError for years in the wrong order, a score of another shape, or a table without candidates.

    >>> before = Activity.from_matrix("ABC", "xyz", [[6, 3, 1], [1, 6, 3], [3, 1, 6]], year=2015)
    >>> after = Activity.from_matrix("ABC", "xyz", [[5, 5, 1], [1, 5, 5], [1, 1, 6]], year=2020)
    >>> found = backtest(before, after, {"nothing": np.zeros((3, 3))}, draws=0)
    >>> found.candidates, found.events, found.result("nothing").auc.value, found.best_naive["auc"]
    (6, 2, 0.5, 'own location quotient')
    """
    _checked(level, draws, within)
    cells = transitions(earlier, later, rule)
    naive = naive_scores(earlier, before)
    _refuse_clash(naive, scores)
    if not cells.candidates.any():
        raise ActivityError(f"No cell can show an {rule.kind} between the two years; compare other years or rules.")
    ranked = {name: _ranked(name, score, earlier, cells, rule.kind) for name, score in {**scores, **naive}.items()}
    first = next(iter(ranked.values()))[0]
    setting = _Setting((1 - level) / 2, tuple(pooled_at), tuple(per_region_at), bins, _training(first, seed))
    results, best = _results(ranked, set(naive), _region_draws(first, draws, seed), within, setting)
    return Backtest(
        rule=rule,
        candidates=len(first.outcomes),
        events=int(first.outcomes.sum()),
        base_rate=float(first.outcomes.mean()),
        base_rate_per_region=float(np.nanmean(first.group_precision_at(len(cells.domains)))),
        regions_compared=int(np.isfinite(first.group_auc).sum()),
        results=tuple(results),
        best_naive=best,
        transitions=cells,
        definition=cells.definition.extended(auc_within=within, draws=draws, seed=seed, level=level, **ALWAYS),
    )


FIGURES = ("auc", "auc_within_regions", "average_precision")
ALWAYS: dict[str, str] = {"measure": "back-test", "resampled": "regions", "ties": "half"}


@dataclass(frozen=True, eq=False)
class _Setting:
    """What every line of a back-test is made with."""

    alpha: float
    pooled_at: tuple[int, ...]
    per_region_at: tuple[int, ...]
    bins: int
    training: Bools


def _results(
    ranked: Mapping[str, tuple[Ranked, float]], naive: set[str], weights: Floats, within: str, setting: _Setting
) -> tuple[list[ScoreResult], dict[str, str]]:
    """One line per score, and the best naive score of each figure."""
    figures = {name: _figures(one, weights, within) for name, (one, _) in ranked.items()}
    # In the order they were given: a tie between naive scores goes to the first.
    order = [name for name in ranked if name in naive]
    best = {key: max(order, key=lambda name: _order(figures[name][key][0])) for key in FIGURES}
    against = {key: figures[best[key]][key] for key in FIGURES}
    lines = [_result(name, name in naive, one, figures[name], against, setting) for name, one in ranked.items()]
    return lines, best


def _result(
    name: str,
    naive: bool,
    ranked: tuple[Ranked, float],
    figures: Mapping[str, Floats],
    best: Mapping[str, Floats],
    setting: _Setting,
) -> ScoreResult:
    one, answered = ranked
    own = {key: _figure(figures[key], setting.alpha) for key in FIGURES}
    gains = {f"{key}_gain": _figure(figures[key] - best[key], setting.alpha) for key in FIGURES}
    return ScoreResult(
        name=name,
        naive=naive,
        answered=answered,
        precision_pooled=tuple((k, one.precision_at(k)) for k in setting.pooled_at),
        precision_per_region=tuple((k, float(np.nanmean(one.group_precision_at(k)))) for k in setting.per_region_at),
        calibration=_calibration(one, setting.training, setting.bins),
        **own,
        **gains,
    )


def _checked(level: float, draws: int, within: str) -> None:
    if not 0 < level < 1:
        raise ActivityError(f"The level of the intervals is {level!r}; give a share between 0 and 1, usually 0.9.")
    if draws < 0:
        raise ActivityError(f"The number of draws is {draws!r}; give 0 for no intervals, or a few hundred.")
    if within not in ("equal", "pairs"):
        raise ActivityError(f'Regions cannot be weighted by {within!r}; choose "equal" or "pairs".')


def _refuse_clash(naive: Mapping[str, Floats], scores: Mapping[str, Score]) -> None:
    clash = sorted(set(naive) & set(scores))
    if clash:
        raise ActivityError(f"The name {clash[0]!r} belongs to a naive score; give your score another name.")


def _ranked(name: str, score: Score, earlier: Activity, cells: Transitions, kind: str) -> tuple[Ranked, float]:
    values = np.asarray(score(earlier) if callable(score) else score, dtype=np.float64)
    shape = (len(earlier.regions), len(earlier.domains))
    if values.shape != shape:
        raise ActivityError(f"The score {name!r} has shape {values.shape}; the earlier table has shape {shape}.")
    picked = values[np.ix_(cells.earlier_rows, cells.earlier_columns)][cells.candidates]
    answered = ~np.isnan(picked)
    scores = np.where(answered, picked if kind == "entry" else -picked, -np.inf)
    region = np.nonzero(cells.candidates)[0]
    ranked = Ranked(scores, cells.happened[cells.candidates], region, len(cells.regions))
    return ranked, float(answered.mean())


def _region_draws(one: Ranked, draws: int, seed: int) -> Floats:
    """How often each region is drawn, shape (draws, regions); regions without candidates are never drawn."""
    there = np.unique(one.groups)
    weights = np.zeros((draws, one.group_count))
    sampler = np.random.default_rng(seed)
    weights[:, there] = sampler.multinomial(len(there), np.full(len(there), 1 / len(there)), size=draws)
    return weights


def _figures(one: Ranked, weights: Floats, within: str) -> dict[str, Floats]:
    """Each figure for the whole (first) and for every draw, shape (1 + draws,)."""
    everything = np.vstack([np.ones((1, one.group_count)), weights])
    auc, precision = one.resampled(everything)
    own = one.group_auc
    counts = np.bincount(one.groups, minlength=one.group_count)
    hits = np.bincount(one.groups, weights=one.outcomes, minlength=one.group_count)
    worth = np.isfinite(own) * (1.0 if within == "equal" else hits * (counts - hits))
    shares = everything * worth
    totals = shares.sum(axis=1)
    mean = np.full(len(everything), np.nan)
    np.divide(shares @ np.nan_to_num(own), totals, out=mean, where=totals > 0)
    return {"auc": auc, "auc_within_regions": mean, "average_precision": precision}


def _order(value: float) -> float:
    return float(value) if np.isfinite(value) else -np.inf


def _figure(values: Floats, alpha: float) -> Figure:
    drawn = values[1:][np.isfinite(values[1:])]
    if not len(drawn):
        return Figure(float(values[0]), float("nan"), float("nan"))
    low, high = np.quantile(drawn, [alpha, 1 - alpha])
    return Figure(float(values[0]), float(low), float(high))


def _training(one: Ranked, seed: int) -> Bools:
    """Cells of the regions whose score is calibrated; the others judge it."""
    there = np.unique(one.groups)
    chosen = np.random.default_rng([seed, 1]).permutation(there)[: (len(there) + 1) // 2]
    return np.isin(one.groups, chosen)


def _calibration(one: Ranked, training: Bools, bins: int) -> Calibration:
    fitted, judged = one.outcomes[training], one.outcomes[~training]
    if not len(judged) or fitted.all() or not fitted.any():
        return Calibration(float("nan"), float("nan"), float("nan"), ())
    place = _places(one.scores, one.scores[training])
    model: Logistic = fit_logistic(("percentile",), place[training][:, None], fitted)
    chances = model.probabilities(place[~training][:, None])
    brier = float(((chances - judged) ** 2).mean())
    base = float(((fitted.mean() - judged) ** 2).mean())
    return Calibration(brier, base, 1 - brier / base if base > 0 else float("nan"), reliability(chances, judged, bins))


def _places(scores: Floats, reference: Floats) -> Floats:
    """Mid-rank percentile of each score among the reference scores: what no change of the score's scale can move."""
    ordered = np.sort(reference)
    return (np.searchsorted(ordered, scores, "left") + np.searchsorted(ordered, scores, "right")) / 2 / len(ordered)
