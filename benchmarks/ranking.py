"""How long it takes to say how firm a ranking is: 50 priorities, 12 regions, 10,000 drawn weights and data.

    PYTHONPATH=src python benchmarks/ranking.py [--priorities 50] [--regions 12] [--draws 10000] [--runs 5]

Beside Hansa, in the same process and on the same table: the same computation draw by draw in plain NumPy, one weight
vector, one bootstrap sample and one ranking at a time. Both rank under weights near the chosen ones and under any
weights. The peer draws its own numbers, so that only probabilities are compared: the largest difference is printed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from benchmarks._report import load_average, machine, percentile, table, write

from hansa.strategy.stepwork.robustness import Observed, firmness

SEED = 20261128
CRITERIA, JUDGES = 7, 5
UNKNOWN = 0.15
TOP = 10
CONCENTRATION = 50.0


def invented(priorities: int, regions: int) -> Observed:
    """A table with everything in it: three criteria per region, two judged, two fixed, some of all of it unknown."""
    random = np.random.default_rng(SEED)

    def holes(values: Any) -> Any:
        return np.where(random.random(values.shape) < UNKNOWN, np.nan, values)

    return Observed(
        fixed=holes(random.gamma(2.0, 3.0, (priorities, CRITERIA))),
        weights=np.array([2.0, 1.0, 1.0, 2.0, 2.0, 2.0, 1.0]),
        directions=np.array([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, -1.0]),
        regional={column: holes(random.gamma(2.0, 1.0, (priorities, regions))) for column in (0, 1, 2)},
        judged={column: holes(random.integers(0, 6, (priorities, JUDGES)).astype(float)) for column in (5, 6)},
    )


def draw_by_draw(observed: Observed, draws: int) -> dict[str, Any]:
    """The peer: the plain loop that the definition reads like."""
    random = np.random.default_rng(SEED + 1)
    size, whole = len(observed.fixed), observed.values
    regions, judges = (next(iter(each.values())).shape[1] for each in (observed.regional, observed.judged))
    share = observed.weights / observed.weights.sum()
    inside = {name: np.zeros(size) for name in ("around", "uniform")}
    for _ in range(draws):
        values = whole.copy()
        picked, asked = random.integers(0, regions, regions), random.integers(0, judges, judges)
        for column, each in observed.regional.items():
            again = _quiet(np.nanmean, each[:, picked])
            values[:, column] = np.where(np.isfinite(again), again, values[:, column])
        for column, each in observed.judged.items():
            again = _quiet(np.nanmedian, each[:, asked])
            values[:, column] = np.where(np.isfinite(again), again, values[:, column])
        values = values * observed.directions
        low, high = np.nanmin(values, axis=0), np.nanmax(values, axis=0)
        normalised = (values - low) / (high - low)
        known = np.isfinite(normalised)
        for name, weights in (
            ("around", random.dirichlet(CONCENTRATION * share)),
            ("uniform", random.dirichlet(np.ones(CRITERIA))),
        ):
            scores = np.where(known, normalised, 0.0) @ weights / (known @ weights)
            inside[name][np.argsort(-scores)[:TOP]] += 1
    return {name: found / draws for name, found in inside.items()}


def _quiet(reduce: Callable[..., Any], values: Any) -> Any:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return reduce(values, axis=1)


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    result = act()
    return time.perf_counter() - started, result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--priorities", type=int, default=50)
    parser.add_argument("--regions", type=int, default=12)
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--name", default="ranking", help="of the JSON file")
    given = parser.parse_args()
    observed = invented(given.priorities, given.regions)
    load = load_average()

    def ours() -> Any:
        return firmness(observed, k=TOP, draws=given.draws, seed=SEED, concentration=CONCENTRATION)

    times: list[float] = []
    found: Any = None
    for _ in range(given.runs):
        took, again = timed(ours)
        times.append(took)
        if found is not None:
            assert all(np.array_equal(found[name].in_first, again[name].in_first) for name in found)
        found = again
    ranked_took, ranked = timed(
        lambda: firmness(observed, k=TOP, draws=given.draws, seed=SEED, concentration=CONCENTRATION, method="rank")
    )
    assert ranked["around"].in_first.sum() > 0
    peer_took, peer = timed(lambda: draw_by_draw(observed, given.draws))
    apart = max(float(np.abs(found[name].in_first - peer[name]).max()) for name in peer)
    rows = [
        ["Hansa, min–max", f"{percentile(times, 0.5):.2f}", f"{max(times):.2f}"],
        ["Hansa, by rank", f"{ranked_took:.2f}", f"{ranked_took:.2f}"],
        ["draw by draw in NumPy, min–max", f"{peer_took:.2f}", f"{peer_took:.2f}"],
    ]
    print(f"{given.priorities} priorities x {given.regions} regions x {given.draws} draws, {CRITERIA} criteria")
    print(table(["", "median s", "slowest s"], rows))
    print(f"largest difference of a probability from the peer's: {apart:.4f}")
    print(machine(), "load", load)
    written = write(
        given.name,
        {
            "machine": machine(),
            "load_average": [load, load_average()],
            "size": {**vars(given), "criteria": CRITERIA, "judges": JUDGES},
            "seconds": {"hansa": times, "hansa_by_rank": ranked_took, "draw_by_draw": peer_took},
            "largest_difference": apart,
        },
    )
    print(written)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
