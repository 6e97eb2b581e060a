"""Which score tells what regions enter next: chosen on one panel, judged on others, always beside the naive scores.

    PYTHONPATH=src python benchmarks/backtest.py [--data FOLDER] [--draws 500]

1. Single-year scores are chosen on New Zealand only (six steps 1981-2013): the mean of the pooled AUC over the steps;
   among the scores within 0.01 of the best, the one that stands first in CANDIDATES, from simple to elaborate.
2. The chosen score, and the model fitted on New Zealand with its coefficients as they are, are judged on the UK and
   on citations.
3. The walk-forward model, whose features were fixed before UK and citations were opened, is judged on all three.

4. What suppression (Eurostat) and rounding (New Zealand) could change, for docs/specialisation/uncertainty.md.

Results also go to build/benchmarks/backtest.json.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.stats import rankdata

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._report import ROOT, machine, table, write

from hansa.specialisation import (
    EXIT,
    Activity,
    Backtest,
    Figure,
    Forecast,
    RandomRounding,
    ScoreResult,
    SuppressedBetween,
    TransitionRule,
    backtest,
    fit_entry_model,
    location_quotient,
    naive_scores,
    presence,
    proximity,
    rank_intervals,
    relatedness_density,
    resampled_intervals,
    suppression_bounds,
    ubiquity,
    walk_forward,
)
from hansa.specialisation.forecast import FEATURES

Floats = NDArray[np.float64]
Score = Callable[[Activity], Floats]

FILES = {
    "New Zealand": "nz_employment_1976_2013.parquet",
    "UK": "uk_bres_nuts2_sic4_2015_2018.parquet",
    "citations": "citations_asjc_2017_2020.parquet",
}
SHORT = {"own location quotient, mean of two years": "LQ of two years", "own location quotient": "LQ"}
MODELS = {
    "all features": FEATURES,
    "without density": tuple(name for name in FEATURES if "density" not in name),
    "without growth": tuple(name for name in FEATURES if name != "growth before"),
}
WORTH = 0.01
"""A difference in mean AUC below this does not pay for a more elaborate score."""
RULES = {"LQ < 1 to >= 1": TransitionRule(), "LQ < 0.5 to >= 1": TransitionRule("entry", 0.5, 1.0)}


def panel(name: str, folder: Path) -> list[Activity]:
    """All years of one panel, in order, on one grid; absent rows are zero."""
    rows = pq.read_table(folder / FILES[name])
    tables = []
    for year in sorted(set(rows["year"].to_pylist())):
        part = rows.filter(pc.equal(rows["year"], year))
        value = part["value"].to_numpy(zero_copy_only=False)
        tables.append(Activity.from_long(part["region"].to_pylist(), part["domain"].to_pylist(), value, year))
    return tables


def expected(activity: Activity) -> Floats:
    return np.asarray(activity.region_totals[:, None] * activity.domain_totals / activity.total)


def density(activity: Activity) -> Floats:
    return relatedness_density(activity).values


def relative_density(activity: Activity) -> Floats:
    lacked = np.where(presence(activity).lacked, density(activity), np.nan)
    return np.asarray((lacked - np.nanmean(lacked, 1, keepdims=True)) / np.nanstd(lacked, 1, keepdims=True))


def weighted_density(activity: Activity) -> Floats:
    """Density with location quotients up to 2 in place of held or not."""
    phi = np.nan_to_num(proximity(activity).values)
    np.fill_diagonal(phi, 0.0)
    return np.asarray(np.minimum(np.nan_to_num(location_quotient(activity).values), 2.0) @ phi / phi.sum(axis=0))


def root_shortfall(activity: Activity) -> Floats:
    return np.asarray(np.sqrt(activity.values) - np.sqrt(expected(activity)))


def counted_shortfall(activity: Activity) -> Floats:
    """The transform of Anscombe (1948), which needs counts."""
    return np.asarray(np.sqrt(activity.values + 3 / 8) - np.sqrt(expected(activity) + 3 / 8))


def own_quotient(activity: Activity) -> Floats:
    return location_quotient(activity).values


def pooled(score: Score, activity: Activity) -> Floats:
    lacked, values = presence(activity).lacked, score(activity)
    result = np.full(values.shape, np.nan)
    result[lacked] = (rankdata(np.round(values[lacked], 12)) - 0.5) / lacked.sum()
    return result


def by_region(score: Score, activity: Activity) -> Floats:
    lacked, values = presence(activity).lacked, np.round(score(activity), 12)
    result = np.full(values.shape, np.nan)
    for row in np.flatnonzero(lacked.any(axis=1)):
        result[row, lacked[row]] = (rankdata(values[row, lacked[row]]) - 0.5) / lacked[row].sum()
    return result


def both(first: Score, weight: float, second: Score) -> Score:
    """Percentile of the first among all lacked cells plus a weight times that of the second within the region."""
    return lambda activity: pooled(first, activity) + weight * by_region(second, activity)


def spread_ubiquity(activity: Activity) -> Floats:
    return np.broadcast_to(ubiquity(activity).values, (len(activity.regions), len(activity.domains)))


CANDIDATES: dict[str, Score] = {
    "density": density,
    "relative density": relative_density,
    "density of quotients": weighted_density,
    "shortfall x - E": lambda a: a.values - expected(a),
    "shortfall (x - E)/√E": lambda a: (a.values - expected(a)) / np.sqrt(expected(a)),
    "shortfall √x - √E": root_shortfall,
    "shortfall √(x+3/8) - √(E+3/8)": counted_shortfall,
    **{f"pct LQ + {w} pct density": both(own_quotient, w, density) for w in (0.25, 0.5, 1.0)},
    **{f"pct(√x - √E) + {w} pct ubiquity": both(root_shortfall, w, spread_ubiquity) for w in (0.25, 0.5, 1.0)},
    **{f"pct(√x - √E) + {w} pct density": both(root_shortfall, w, density) for w in (0.25, 0.5, 1.0)},
    **{f"pct(√(x+3/8) - ...) + {w} pct density": both(counted_shortfall, w, density) for w in (0.25, 0.5, 1.0)},
}
MODEL = "ridge logistic, walk-forward"
NAIVE = tuple(naive_scores(Activity.from_matrix("A", "x", [[1.0]])))


def figures(one: ScoreResult) -> list[float]:
    return [one.auc.value, one.auc_within_regions.value, one.average_precision.value]


def choose(tables: Sequence[Activity]) -> tuple[str, dict[str, list[float]], list[Forecast]]:
    """The chosen score, every candidate's mean figures over the steps, and the walk-forward forecasts."""
    forecasts = list(walk_forward(tables, draws=0))
    steps = [backtest(one, other, CANDIDATES, draws=0) for one, other in pairwise(tables[1:])]
    found = {name: np.mean([figures(step.result(name)) for step in steps], axis=0).tolist() for name in CANDIDATES}
    found[MODEL] = np.mean([figures(one.backtest.result("model")) for one in forecasts], axis=0).tolist()
    best = max(line[0] for line in found.values())
    chosen = next(name for name, line in found.items() if line[0] > best - WORTH)
    naive = {name: np.mean([figures(step.result(name)) for step in steps], axis=0).tolist() for name in NAIVE}
    return chosen, {**naive, **found}, forecasts


def shown(figure: Figure) -> str:
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"


def signed(figure: Figure) -> str:
    return f"{figure.value:+.3f} [{figure.low:+.3f}, {figure.high:+.3f}]"


def lines(found: Backtest) -> list[list[Any]]:
    """One row per score; of the sizes only the best direction."""
    rows = []
    for one in found.results:
        if one.naive and one.name not in {"own location quotient", "ubiquity", *found.best_naive.values()}:
            continue
        rows.append(
            [
                ("naive: " if one.naive else "") + one.name,
                shown(one.auc),
                signed(one.auc_gain),
                shown(one.auc_within_regions),
                signed(one.auc_within_regions_gain),
                shown(one.average_precision),
                f"{dict(one.precision_per_region)[10]:.3f}",
                f"{one.calibration.skill:.3f}",
            ]
        )
    return rows


HEADING = (
    "score",
    "AUC pooled",
    "gain on best naive",
    "AUC within regions",
    "gain on best naive",
    "average precision",
    "precision at 10 per region",
    "Brier skill",
)


def report(title: str, found: Backtest) -> dict[str, Any]:
    print(f"\n{title}: {found.candidates} candidates, {found.events} events, base rate {found.base_rate:.3f}, ", end="")
    print(f"per region {found.base_rate_per_region:.3f}; regions in the mean AUC: {found.regions_compared}")
    print(table(HEADING, lines(found)))
    return {
        "candidates": found.candidates,
        "events": found.events,
        "base_rate": found.base_rate,
        "best_naive": dict(found.best_naive),
        "scores": {one.name: asdict(one) for one in found.results},
    }


def report_steps(title: str, forecasts: Sequence[Forecast]) -> list[dict[str, Any]]:
    rows, kept = [], []
    for one in forecasts:
        line, cells = one.backtest.result("model"), one.backtest.transitions.definition
        naive = one.backtest.best_naive["auc"]
        rows.append(
            [
                f"{cells['year']} to {cells['later_year']}",
                shown(line.auc),
                f"{one.backtest.result(naive).auc.value:.3f} ({SHORT.get(naive, naive)})",
                signed(line.auc_gain),
                signed(line.average_precision_gain),
                f"{one.brier:.4f}",
                f"{one.brier_base:.4f}",
            ]
        )
        kept.append({"step": rows[-1][0], "brier": one.brier, "brier_base": one.brier_base, **asdict(line)})
    print(f"\n{title}: model fitted on the steps before only")
    print(
        table(
            (
                "step",
                "AUC of the model",
                "best naive AUC",
                "gain in AUC",
                "gain in precision",
                "Brier",
                "Brier of base rate",
            ),
            rows,
        )
    )
    return kept


def suppressed(folder: Path) -> list[list[Any]]:
    """Eurostat 2014: what stays open when every hidden cell is between 0 and a limit."""
    rows = pq.read_table(folder / "eurostat_sbs_nuts2_2014.parquet")
    value = rows["value"].to_numpy(zero_copy_only=False)
    activity = Activity.from_long(rows["region"].to_pylist(), rows["domain"].to_pylist(), value, 2014)
    known = activity.known
    print(f"\nEurostat 2014: {(~known).sum()} of {known.size} cells hidden ({(~known).mean():.1%})")
    lines_ = []
    for upper in (10, 100, 1000, 10000):
        found = suppression_bounds(activity, upper=upper)
        eci = rank_intervals(activity, "ECI", perturbation=SuppressedBetween(high=float(upper)))
        lines_.append(
            [
                f"{upper:,}",
                f"{found.undecided[known].mean():.1%}",
                f"{found.undecided[~known].mean():.1%}",
                f"{np.nanmedian(found.diversity_high - found.diversity_low):.0f}",
                f"{np.nanmax(found.diversity_high - found.diversity_low):.0f}",
                f"{np.nanmedian(eci.rank_high - eci.rank_low):.0f}",
                eci.flips,
            ]
        )
    heading = ("hidden cells up to", "known cells open", "hidden cells open", "diversity: median width", "widest")
    print(table((*heading, "ECI rank: median width", "flips"), lines_))
    return lines_


def rounded(activity: Activity) -> list[list[Any]]:
    """New Zealand 2013: what rounding to base 3 and the choice of places do to the ranks of complexity."""
    ways = {
        "rounding to base 3": rank_intervals(activity, "ECI", perturbation=RandomRounding(3)),
        "places drawn with replacement": resampled_intervals(activity, "ECI"),
        "one place left out": resampled_intervals(activity, "ECI", method="jackknife"),
    }
    lines_ = [
        [
            name,
            found.draws,
            f"{np.nanmedian(found.rank_high - found.rank_low):.0f}",
            found.flips,
            " ".join(found.flipped_by),
        ]
        for name, found in ways.items()
    ]
    print(f"\nNew Zealand 2013, {len(activity.regions)} places, ECI")
    print(table(("what varies", "draws", "rank: median width", "flips", "turned by leaving out"), lines_))
    return lines_


def main() -> None:
    """Choose, then report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "complexity")
    parser.add_argument("--draws", type=int, default=500)
    options = parser.parse_args()
    tables = panel("New Zealand", options.data)
    chosen, found, _ = choose(tables)
    print("Choice on New Zealand, mean over six steps 1981-2013")
    rows = [[name, *(f"{value:.4f}" for value in line)] for name, line in found.items()]
    print(table(("score", "AUC pooled", "AUC within regions", "average precision"), rows))
    print(f"chosen: {chosen}")
    result: dict[str, Any] = {"machine": machine(), "draws": options.draws, "choice": found, "chosen": chosen}
    model = fit_entry_model(list(pairwise(tables)))
    scores: dict[str, Score] = {
        "chosen score": CANDIDATES[chosen],
        "New Zealand model": model.probabilities,
        "density": density,
    }
    for name, first, last in (("New Zealand", 2001, 2013), ("UK", 2015, 2018), ("citations", 2017, 2020)):
        years = {one.year: one for one in (tables if name == "New Zealand" else panel(name, options.data))}
        used = {name: scores[name] for name in ("chosen score", "density")} if name == "New Zealand" else scores
        for label, rule in RULES.items():
            tested = backtest(years[first], years[last], used, rule=rule, draws=options.draws)
            result[f"{name} {label}"] = report(f"{name} {first} to {last}, {label}", tested)
        leaving = backtest(years[first], years[last], {"density": density}, rule=EXIT, draws=options.draws)
        result[f"{name} exits"] = report(f"{name} {first} to {last}, exits", leaving)
        years_in_order = [years[year] for year in sorted(years)]
        for label, features in MODELS.items():
            steps = walk_forward(years_in_order, features=features, draws=options.draws)
            result[f"{name} walk-forward {label}"] = report_steps(f"{name}, {label}", steps)
    result["suppression"] = suppressed(options.data)
    result["rounding"] = rounded(tables[-1])
    print(f"\nwritten: {write('backtest', result).relative_to(ROOT)}")


if __name__ == "__main__":
    main()
