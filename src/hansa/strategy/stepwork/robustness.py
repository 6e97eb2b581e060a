"""How firm a ranking is: weighted scores, and places under drawn weights and resampled data. See also `turning`.

Pure arithmetic, no database. P priorities, C criteria, R regions, J judges, D draws. NaN is unknown and never zero: a
score is the mean over the known criteria, with the weights renormalised over them; `coverage` tells their share.

*Normalisation*, per criterion over the priorities with a known value, to 0..1 with 1 the better end: `minmax` is
(x − min) / (max − min); `rank` is the mid-rank share (below + equal / 2) / n. Where all are equal, everyone gets 0.5.

*Drawn weights* come from a Dirichlet distribution: `around` the chosen weights with parameters concentration x weight
share (mean the chosen shares w, variance w (1 − w) / (concentration + 1)), and `uniform` over all mixtures, all
parameters 1. Criteria of weight zero take no part in either. *Resampled data*: regions and judges are drawn with
replacement, the same draw for every priority (bootstrap, Efron 1979); where a draw leaves a value without any known
observation, the value of the full sample stands.

Ties share their places: of e equal priorities with g ahead of them each is counted in the first k with
(k − g) / e, cut to 0..1, so that the probabilities of the first k add up to k.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Normalisation = Literal["minmax", "rank"]

BLOCK = 1_000
"""Draws that are computed at once; part of the definition of the digits, like the seed."""
DECIMALS = 12
"""Scores that agree to so many decimals are tied: what is left is rounding."""
LEAST_WEIGHT = 1e-12


@dataclass(frozen=True)
class Observed:
    """What is known of P priorities under C criteria.

    `weights` (C,) at least 0; `directions` (C,): 1 where more is better, −1 where less is. `fixed` (P, C) holds the
    values that are not resampled. `regional` maps a criterion's column to values (P, R), whose mean over the known
    regions is the priority's value; `judged` maps one to scores (P, J), whose median over the judges is.
    """

    fixed: Floats
    weights: Floats
    directions: Floats
    regional: Mapping[int, Floats] = field(default_factory=dict)
    judged: Mapping[int, Floats] = field(default_factory=dict)

    @property
    def values(self) -> Floats:
        """The value of every priority under every criterion, (P, C)."""
        found = np.array(self.fixed, dtype=np.float64)
        for column, observed in self.regional.items():
            found[:, column] = _means(observed, np.ones((1, observed.shape[1])))[0]
        for column, scores in self.judged.items():
            found[:, column] = _medians(scores, np.arange(scores.shape[1])[None, :])[0]
        return found


@dataclass(frozen=True)
class Ranking:
    """Scores (P,) in 0..1, the share of the weight that is known (P,), places (P,) with ties sharing the mean place."""

    normalised: Floats
    scores: Floats
    coverage: Floats
    places: Floats


@dataclass(frozen=True)
class Firmness:
    """What D draws say of each priority: probability of the first k, of the first place, and places at 5, 50, 95 %."""

    in_first: Floats
    first: Floats
    low: Floats
    median: Floats
    high: Floats


def ranking(observed: Observed, method: Normalisation = "minmax") -> Ranking:
    """Scores and places under the chosen weights."""
    normalised = normalise(observed.values.T, observed.directions[:, None], method).T
    scores = weighted(normalised.T[:, None, :], observed.weights[None, :])[0]
    known = np.isfinite(normalised)
    total = observed.weights.sum()
    coverage = (known * observed.weights).sum(axis=1) / total if total > 0 else np.zeros(len(scores))
    return Ranking(normalised, scores, coverage, places(scores[None, :])[0])


def normalise(values: Floats, directions: Floats, method: Normalisation = "minmax") -> Floats:
    """Values with the priorities on the last axis, brought to 0..1 with 1 the better end; NaN stays NaN."""
    better = values * directions
    if method == "rank":
        known = np.isfinite(better)
        below = np.count_nonzero(better[..., None, :] < better[..., :, None], axis=-1)
        equal = np.count_nonzero(better[..., None, :] == better[..., :, None], axis=-1)
        count = np.maximum(known.sum(axis=-1, keepdims=True), 1)
        return np.where(known, (below + equal / 2) / count, np.nan)
    low = np.fmin.reduce(better, axis=-1, keepdims=True)
    width = np.fmax.reduce(better, axis=-1, keepdims=True) - low
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.where(width > 0, (better - low) / np.where(width > 0, width, 1.0), 0.5)
    return np.where(np.isfinite(better), found, np.nan)


def weighted(columns: Sequence[Floats] | Floats, weights: Floats) -> Floats:
    """Scores (D, P) from C normalised columns (D or 1, P) and weights (D, C); NaN where nothing weighted is known.

    Criterion by criterion, so that no digit depends on how many priorities stand beside each other.
    """
    size = columns[0].shape[-1] if len(columns) else 0
    total, known = np.zeros((len(weights), size)), np.zeros((len(weights), size))
    for column, values in enumerate(columns):
        weight = weights[:, column, None]
        there = np.isfinite(values)
        total += weight * np.where(there, values, 0.0)
        known += weight * there
    scores = np.divide(total, known, out=np.full_like(total, np.nan), where=known > 0)
    return np.round(scores, DECIMALS)


def places(scores: Floats) -> Floats:
    """Places (D, P), 1 the best; ties share their mean place, an unknown score has none (NaN)."""
    ahead, equal = _ahead_and_equal(scores)
    return np.where(np.isfinite(scores), ahead + (equal + 1) / 2, np.nan)


def in_first(scores: Floats, k: int) -> Floats:
    """Share (D, P) of each priority in the first k places; adds up to k, or to the number of known scores."""
    return _share_of_first(scores, *_ahead_and_equal(scores), k)


def _share_of_first(scores: Floats, ahead: NDArray[np.intp], equal: NDArray[np.intp], k: int) -> Floats:
    return np.where(np.isfinite(scores), np.clip((k - ahead) / np.maximum(equal, 1), 0.0, 1.0), 0.0)


def _ahead_and_equal(scores: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    ahead = np.count_nonzero(scores[:, None, :] > scores[:, :, None], axis=-1)
    equal = np.count_nonzero(scores[:, None, :] == scores[:, :, None], axis=-1)
    return ahead, equal


def firmness(
    observed: Observed,
    *,
    k: int,
    draws: int = 10_000,
    seed: int = 1,
    concentration: float = 50.0,
    method: Normalisation = "minmax",
) -> dict[str, Firmness]:
    """How often each priority is among the first `k`, and where it stands, under drawn weights and resampled data.

    Returns `around` (weights near the chosen ones) and `uniform` (any weights), both over the same resampled data.
    The same input and seed give the same digits. A priority without any known value has probability 0 and no place.
    """
    taken = np.flatnonzero(observed.weights > 0)
    size = observed.fixed.shape[0]
    if not len(taken) or not size:
        nothing, nowhere = np.zeros(size), np.full(size, np.nan)
        return dict.fromkeys(("around", "uniform"), Firmness(nothing, nothing, nowhere, nowhere, nowhere))
    random = np.random.Generator(np.random.PCG64(seed))
    drawn = {
        "around": _dirichlet(random, concentration * observed.weights[taken] / observed.weights.sum(), draws),
        "uniform": _dirichlet(random, np.ones(len(taken)), draws),
    }
    regions = _width(observed.regional)
    judges = _width(observed.judged)
    counts = (
        random.multinomial(regions, np.full(regions, 1 / regions), size=draws).astype(np.float64) if regions else None
    )
    asked = random.integers(0, judges, size=(draws, judges)) if judges else None
    found = {name: np.empty((draws, size)) for name in drawn}
    inside = {name: np.zeros(size) for name in drawn}
    best = {name: np.zeros(size) for name in drawn}
    whole = observed.values
    for start in range(0, draws, BLOCK):
        part = slice(start, min(start + BLOCK, draws))
        columns = [
            _column(observed, column, whole, method, None if counts is None else counts[part], _part(asked, part))
            for column in taken
        ]
        for name, weights in drawn.items():
            scores = weighted(columns, weights[part])
            ahead, equal = _ahead_and_equal(scores)
            found[name][part] = np.where(np.isfinite(scores), ahead + (equal + 1) / 2, np.nan)
            inside[name] += _share_of_first(scores, ahead, equal, k).sum(axis=0)
            best[name] += _share_of_first(scores, ahead, equal, 1).sum(axis=0)
    return {name: Firmness(inside[name] / draws, best[name] / draws, *_quantiles(found[name])) for name in drawn}


def _part(asked: NDArray[np.int64] | None, part: slice) -> NDArray[np.int64] | None:
    return None if asked is None else asked[part]


def _column(
    observed: Observed,
    column: int,
    whole: Floats,
    method: Normalisation,
    counts: Floats | None,
    asked: NDArray[np.int64] | None,
) -> Floats:
    """One criterion of a block of draws, normalised: (draws, P), or (1, P) where it is not resampled."""
    values = whole[None, :, column]
    if column in observed.regional and counts is not None:
        again = _means(observed.regional[column], counts)
        values = np.where(np.isfinite(again), again, values)
    elif column in observed.judged and asked is not None:
        again = _medians(observed.judged[column], asked)
        values = np.where(np.isfinite(again), again, values)
    return normalise(values, observed.directions[column], method)


def _means(observed: Floats, counts: Floats) -> Floats:
    """Means (D, P) of the known of (P, R), each region counted as often as drawn (D, R).

    Region by region, so that no digit depends on how many priorities stand beside each other.
    """
    known = np.isfinite(observed)
    total = np.zeros((len(counts), len(observed)))
    weight = np.zeros_like(total)
    for region in range(observed.shape[1]):
        times = counts[:, region, None]
        total += times * np.where(known[:, region], observed[:, region], 0.0)
        weight += times * known[:, region]
    return np.divide(total, weight, out=np.full_like(total, np.nan), where=weight > 0)


def _medians(scores: Floats, asked: NDArray[np.int64]) -> Floats:
    """Medians (D, P) of the known of (P, J) over the judges asked (D, J); a judge asked twice counts twice."""
    ordered = np.sort(scores.T[asked], axis=1)  # (D, J, P); unknown ones stand last
    count = np.isfinite(ordered).sum(axis=1, keepdims=True)
    low = np.take_along_axis(ordered, np.maximum(count - 1, 0) // 2, axis=1)[:, 0]
    high = np.take_along_axis(ordered, np.minimum(count // 2, ordered.shape[1] - 1), axis=1)[:, 0]
    return (low + high) / 2


def _dirichlet(random: np.random.Generator, parameters: Floats, draws: int) -> Floats:
    return np.maximum(random.dirichlet(parameters, size=draws), LEAST_WEIGHT)


def _width(columns: Mapping[int, Floats]) -> int:
    return next((observed.shape[1] for observed in columns.values()), 0)


def _quantiles(found: Floats) -> tuple[Floats, Floats, Floats]:
    """Places that at least 5, 50 and 95 % of the draws do not exceed."""
    ordered = np.sort(found, axis=0)
    at = [max(int(np.ceil(share * len(ordered))) - 1, 0) for share in (0.05, 0.5, 0.95)]
    return ordered[at[0]], ordered[at[1]], ordered[at[2]]
