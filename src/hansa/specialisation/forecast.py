"""Which domains regions will enter: a model fitted on a table's own past, and nothing but naive scores without one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .activity import Activity
from .advantage import location_quotient, presence
from .backtest import Backtest, backtest, naive_scores
from .economic_complexity import complexity_from
from .logistic import Logistic, fit_logistic
from .ranking import Positions, ReliabilityBin, reliability
from .relatedness import density_from, proximity_from, relatedness_density
from .results import ActivityError, Bools, Definition, Floats, read_only
from .transitions import ENTRY, TransitionRule, Transitions, on_axes_of, transitions

LOG_FLOOR = 0.1
"""Added to a location quotient before its logarithm, so that an activity of 0 has one."""
NAIVE_BASIS = "naive: there are no two earlier years to learn from"
FEATURES = (
    "log own location quotient",
    "shortfall",
    "density",
    "relative density",
    "log region total",
    "log domain total",
    "ubiquity",
    "diversity",
    "PCI",
    "growth before",
)


@dataclass(frozen=True, eq=False)
class EntryModel:
    """A ridge logistic regression of transitions on features of the earlier year (see `FEATURES`).

    `trained_on` lists the pairs of years; `model.coefficients` are per standard deviation of the training cells.
    """

    model: Logistic
    rule: TransitionRule
    trained_on: tuple[tuple[int | None, int | None], ...]
    definition: Definition

    def probabilities(self, activity: Activity, before: Activity | None = None) -> Floats:
        """Chance of the transition for every candidate of one year, shape (regions, domains); NaN elsewhere.

        `before` is an earlier year of the same table, for the growth feature; without it growth counts as average.
        """
        held = presence(activity, self.rule.before)
        candidates = held.lacked if self.rule.kind == "entry" else held.present
        rows, columns = np.nonzero(candidates)
        values = np.full(candidates.shape, np.nan)
        features = _features(activity, rows, columns, before, self.rule.after)[:, _picked(self.model.names)]
        values[rows, columns] = self.model.probabilities(features)
        return read_only(values)


@dataclass(frozen=True, eq=False)
class EntryScore:
    """Score of every domain a region lacks, shape (regions, domains), NaN where it is held or not assessed.

    `values` are chances (0..1) of the next step where a model could learn, else they *are* the naive score; `basis`
    says which. `naive` (called `naive_name`), `ubiquity` and relatedness `density` are of the same cells: show the
    naive one beside the score, always. `model` tells what the chances are made of.
    """

    regions: tuple[str, ...]
    domains: tuple[str, ...]
    values: Floats
    basis: str
    naive: Floats
    naive_name: str
    ubiquity: Floats
    density: Floats
    model: EntryModel | None
    definition: Definition


@dataclass(frozen=True, eq=False)
class Forecast:
    """One step of a walk-forward: a model of the past, its probabilities, and what then happened.

    `probabilities` has the shape of the earlier table. `bins` and `brier` judge them as they are, nothing refitted;
    `brier_base` is that of the training base rate for every cell.
    """

    model: EntryModel
    probabilities: Floats
    backtest: Backtest
    brier: float
    brier_base: float
    bins: tuple[ReliabilityBin, ...]


def entry_score(
    activity: Activity, past: Sequence[Activity] = (), *, rule: TransitionRule = ENTRY, ridge: float = 1.0
) -> EntryScore:
    """Score of the domains each region lacks, higher = sooner to be entered, with its naive companions.

    With two or more tables in `past` (earlier years of the same table, in rising order) a model is fitted on the
    steps past -> ... -> activity, and `values` are its chances for one more such step. Judged on steps it had not
    seen, it beat the best naive score clearly on two of three panels and barely on the third (figures and doubts:
    docs/specialisation/prediction.md).

    With one earlier year `values` are the means of both years' own location quotients, with none the own location
    quotients: no score of a single year that was tried beat the naive ones on every panel, so none is offered.
    Raises ActivityError for an exit rule, or years out of order.

    >>> table = Activity.from_matrix(["A", "B", "C"], ["x", "y"], [[6, 2], [2, 6], [4, 4]], year=2020)
    >>> found = entry_score(table)
    >>> found.values.tolist()
    [[nan, 0.5], [0.5, nan], [nan, nan]]
    >>> found.basis
    'naive: there are no two earlier years to learn from'
    """
    if rule.kind != "entry":
        raise ActivityError("An entry score needs an entry rule; for exits use fit_entry_model with the exit rule.")
    held = presence(activity, rule.before)
    panel = [*past, activity]
    if past:
        _refuse_disorder(panel)
    known = naive_scores(activity, past[-1] if past else None)
    naive_name = "own location quotient, mean of two years" if past else "own location quotient"
    naive = np.where(held.lacked, known[naive_name], np.nan)
    values, model, basis = naive, None, NAIVE_BASIS
    if len(past) > 1:
        model = fit_entry_model(list(pairwise(panel)), before=[None, *past[:-1]], rule=rule, ridge=ridge)
        values = model.probabilities(activity, past[-1])
        basis = f"chances of the next step, by a model fitted on {len(past)} earlier steps of this table"
    return EntryScore(
        regions=held.regions,
        domains=held.domains,
        values=read_only(values),
        basis=basis,
        naive=read_only(naive),
        naive_name=naive_name,
        ubiquity=read_only(np.where(held.lacked, known["ubiquity"], np.nan)),
        density=read_only(np.where(held.lacked, relatedness_density(activity).values, np.nan)),
        model=model,
        definition=held.definition.extended(
            measure="entry score", kind=rule.kind, before=rule.before, after=rule.after, basis=basis
        ),
    )


def fit_entry_model(
    pairs: Sequence[tuple[Activity, Activity]],
    *,
    before: Sequence[Activity | None] | None = None,
    rule: TransitionRule = ENTRY,
    ridge: float = 1.0,
    features: Sequence[str] = FEATURES,
) -> EntryModel:
    """A model of the transitions in pairs of (earlier, later) tables; features come from the earlier one only.

    `before[k]` is a year before `pairs[k]`, for the growth feature. `features` picks some of `FEATURES`.
    Raises ActivityError for an unknown feature, no pair, or pairs without both outcomes.
    """
    kept = _picked(features)
    found, outcomes, years = [], [], []
    for at, (earlier, later) in enumerate(pairs):
        cells = transitions(earlier, later, rule)
        rows, columns = _candidates(cells)
        found.append(_features(earlier, rows, columns, before[at] if before else None, rule.after)[:, kept])
        outcomes.append(cells.happened[cells.candidates])
        years.append((earlier.year, later.year))
    if not found:
        raise ActivityError("There is no pair of years to fit a model on; give at least one.")
    model = fit_logistic(tuple(features), np.concatenate(found), np.concatenate(outcomes), ridge)
    definition = Definition.of(
        measure="entry model",
        kind=rule.kind,
        before=rule.before,
        after=rule.after,
        ridge=ridge,
        log_floor=LOG_FLOOR,
        standardised="by the training cells",
        missing_feature="training mean",
    )
    return EntryModel(model, rule, tuple(years), definition)


def walk_forward(
    panel: Sequence[Activity],
    *,
    rule: TransitionRule = ENTRY,
    ridge: float = 1.0,
    features: Sequence[str] = FEATURES,
    draws: int = 200,
    seed: int = 0,
) -> tuple[Forecast, ...]:
    """For each year from the second to the last but one: fit on what ended by then, predict the next step.

    The model that predicts the step from year k sees the steps up to year k: no table after k, neither for features,
    nor for standardisation, nor for coefficients. The first step cannot be predicted: there is nothing before it.
    Raises ActivityError for fewer than three tables, tables without a year, or years out of order.
    """
    if len(panel) < 3:
        raise ActivityError(f"The panel has {len(panel)} years; a forecast needs three: two to learn, one to judge.")
    _refuse_disorder(panel)
    forecasts = []
    for at in range(1, len(panel) - 1):
        past = [(panel[k], panel[k + 1]) for k in range(at)]
        earlier_still = [panel[k - 1] if k else None for k in range(at)]
        model = fit_entry_model(past, before=earlier_still, rule=rule, ridge=ridge, features=features)
        forecasts.append(_judged(model, panel[at], panel[at + 1], panel[at - 1], draws, seed))
    return tuple(forecasts)


def _judged(model: EntryModel, earlier: Activity, later: Activity, before: Activity, draws: int, seed: int) -> Forecast:
    chances = model.probabilities(earlier, before)
    score = chances if model.rule.kind == "entry" else -chances
    tested = backtest(earlier, later, {"model": score}, before=before, rule=model.rule, draws=draws, seed=seed)
    cells = tested.transitions
    predicted = chances[np.ix_(cells.earlier_rows, cells.earlier_columns)][cells.candidates]
    happened = cells.happened[cells.candidates]
    base = model.model.base_rate
    return Forecast(
        model,
        chances,
        tested,
        float(((predicted - happened) ** 2).mean()),
        float(((base - happened) ** 2).mean()),
        reliability(predicted, happened),
    )


def _refuse_disorder(panel: Sequence[Activity]) -> None:
    years = [one.year for one in panel]
    if any(year is None for year in years):
        raise ActivityError("A table of the panel has no year; give every table its year.")
    known = [year for year in years if year is not None]
    if any(first >= second for first, second in pairwise(known)):
        raise ActivityError(f"The years of the panel are {known}; give them in rising order, each once.")


def _picked(features: Sequence[str]) -> list[int]:
    for name in features:
        if name not in FEATURES:
            raise ActivityError(f"There is no feature {name!r}; choose from {', '.join(FEATURES)}.")
    if not features:
        raise ActivityError("A model needs at least one feature; give some of FEATURES.")
    return [FEATURES.index(name) for name in features]


def _candidates(cells: Transitions) -> tuple[Positions, Positions]:
    rows, columns = np.nonzero(cells.candidates)
    return cells.earlier_rows[rows], cells.earlier_columns[columns]


def _features(
    activity: Activity, rows: Positions, columns: Positions, before: Activity | None, threshold: float
) -> Floats:
    """Features of the given cells, shape (cells, features), from this year and, for growth, the year before it."""
    held = presence(activity)
    density = density_from(held, proximity_from(held)).values
    quotient = _log_quotient(activity)[rows, columns]
    growth = np.full(len(rows), np.nan)
    if before is not None:
        growth = quotient - on_axes_of(activity, _log_quotient(before), before)[rows, columns]
    size_r, size_i = activity.region_totals[rows], activity.domain_totals[columns]
    return np.column_stack(
        [
            quotient,
            _shortfall(activity, rows, columns, threshold),
            density[rows, columns],
            _relative(density, held.lacked)[rows, columns],
            np.log(size_r),
            np.log(size_i),
            (held.holder_counts / len(held.regions))[columns],
            (held.held_counts / len(held.domains))[rows],
            complexity_from(held).pci[columns],
            growth,
        ]
    )


def _shortfall(activity: Activity, rows: Positions, columns: Positions, threshold: float) -> Floats:
    """√x - √(threshold · X_r·X_i/X), computed with square roots only so that no product overflows."""
    actual = np.sqrt(activity.values[rows, columns])
    needed = np.sqrt(activity.region_totals)[rows] * np.sqrt(activity.domain_totals / (activity.total or 1.0))[columns]
    return np.asarray(actual - np.sqrt(threshold) * needed, dtype=np.float64)


def _relative(density: Floats, lacked: Bools) -> Floats:
    """Density in standard deviations from the mean over the domains the region lacks (Pinheiro et al. 2022)."""
    used = lacked & np.isfinite(density)
    counts = np.maximum(used.sum(axis=1), 1)[:, None]
    mean = np.where(used, density, 0.0).sum(axis=1, keepdims=True) / counts
    spread = np.sqrt(np.where(used, (density - mean) ** 2, 0.0).sum(axis=1, keepdims=True) / counts)
    result = np.full_like(density, np.nan)
    np.divide(density - mean, spread, out=result, where=spread > 1e-12)
    return result


def _log_quotient(activity: Activity) -> Floats:
    return np.asarray(np.log(location_quotient(activity).values + LOG_FLOOR), dtype=np.float64)
