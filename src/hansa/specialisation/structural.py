"""Structural distance: which regions resemble each other in conditions that change slowly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, cast

import numpy as np

from .results import ActivityError, Definition, Floats, position, read_only

SkewRule = Literal["yeo-johnson", "none"]

POWER_BOUNDS = (-5.0, 7.0)
"""Range searched for the power of Yeo and Johnson; 1 leaves a variable as it is."""


@dataclass(frozen=True, eq=False)
class StructuralTable:
    """Structural variables of regions: `values` float64 (regions, variables), any unit and sign, NaN = unknown.

    `dimensions` gives the dimension (group) of each variable, such as "sectors" or "firm size".

    >>> table = StructuralTable(("A", "B"), ("density", "age"), [[12.0, 44.1], [310.0, None]], ("place", "people"))
    >>> table.values[0].tolist()
    [12.0, 44.1]
    """

    regions: tuple[str, ...]
    variables: tuple[str, ...]
    values: Floats
    dimensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        regions, variables = _axis(self.regions, "region"), _axis(self.variables, "variable")
        dimensions = tuple(self.dimensions) or variables
        try:
            values = np.array(self.values, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise ActivityError(
                f"The structural values are not all numbers ({error}); give numbers, and None or NaN for unknown."
            ) from error
        if values.shape != (len(regions), len(variables)) or len(dimensions) != len(variables):
            raise ActivityError(
                f"The structural values have shape {values.shape} for {len(regions)} regions, {len(variables)} "
                f"variables and {len(dimensions)} dimensions; give one row per region and one dimension per variable."
            )
        if np.isinf(values).any():
            row, column = np.argwhere(np.isinf(values))[0].tolist()
            raise ActivityError(
                f"The value of region {regions[row]!r} in variable {variables[column]!r} is infinite; "
                "give a finite number, or None for unknown."
            )
        for name, value in (("regions", regions), ("variables", variables), ("dimensions", dimensions)):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "values", read_only(values))


@dataclass(frozen=True)
class VariableTreatment:
    """What was done to one variable before distances were taken.

    `skewness` is g1 = m3 / m2^1.5 of the known values; `power` is 1 where nothing was corrected. `smallest` and
    `largest` are the original values that became 0 and 1. `weight` is the share of all weight (the weights add up
    to 1). A variable that does not vary becomes 0 everywhere: it separates no regions. NaN where nothing is known.
    """

    variable: str
    dimension: str
    weight: float
    known: int
    skewness: float
    power: float
    skewness_after: float
    smallest: float
    largest: float


@dataclass(frozen=True)
class VariableDistance:
    """One variable's part of a distance; the parts add up to it."""

    variable: str
    contribution: float


@dataclass(frozen=True)
class StructuralNeighbour:
    """A region and its structural distance, the share of weight known for both, and the variables that carry it."""

    region: str
    distance: float
    known_share: float
    carried_by: tuple[VariableDistance, ...]


@dataclass(frozen=True, eq=False)
class StructuralDistance:
    """Structural distances, shape (regions, regions), symmetric, 0..1: 0 = alike in every known variable.

    `known_share` is the share of all weight that lies on variables known for both regions; the distance uses these
    alone, with weights that add up to 1 again. NaN where nothing is known for both or less than the share asked for.
    `rescaled` (regions, variables) holds the corrected variables, 0..1.
    """

    regions: tuple[str, ...]
    variables: tuple[str, ...]
    values: Floats
    known_share: Floats
    rescaled: Floats
    treatments: tuple[VariableTreatment, ...]
    definition: Definition

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {label: index for index, label in enumerate(self.regions)}

    def nearest(self, region: str, count: int | None = None) -> tuple[StructuralNeighbour, ...]:
        """Other regions, nearest first, ties by label; regions without a distance are left out.

        Raises ActivityError for a region the table does not have.
        """
        row = position(self._positions, region, "region")
        found = [
            (round(float(self.values[row, other]), 12), label, other)
            for other, label in enumerate(self.regions)
            if other != row and np.isfinite(self.values[row, other])
        ]
        return tuple(self._neighbour(row, other) for _, _, other in sorted(found)[:count])

    def _neighbour(self, row: int, other: int) -> StructuralNeighbour:
        weights = np.array([one.weight for one in self.treatments])
        gaps = self.rescaled[row] - self.rescaled[other]
        known = np.isfinite(gaps) & (weights > 0)
        parts = np.where(known, weights * gaps**2, 0.0) / weights[known].sum()
        carried = [VariableDistance(self.variables[k], float(parts[k])) for k in np.flatnonzero(known)]
        carried.sort(key=lambda part: (-part.contribution, part.variable))
        return StructuralNeighbour(
            self.regions[other], float(self.values[row, other]), float(self.known_share[row, other]), tuple(carried)
        )


def structural_distance(
    table: StructuralTable,
    *,
    weights: Mapping[str, float] | None = None,
    dimension_weights: Mapping[str, float] | None = None,
    skew: SkewRule = "yeo-johnson",
    skew_limit: float = 1.0,
    least_known: float = 0.0,
) -> StructuralDistance:
    """d_rs = sum_k w_k (z_rk - z_sk)^2 over structural variables (after Navarro et al. 2014, JRC89819).

    z are the variables corrected for skew and rescaled so that the smallest known value is 0 and the largest 1.
    The skew rule is ours: a variable with abs(g1) > `skew_limit` is standardised and passed through the transformation
    of Yeo and Johnson (2000) with the power that brings g1 to 0 (searched between -5 and 7); `skew="none"` corrects
    nothing. Each variable's treatment is recorded.

    `weights` gives weights >= 0 by variable (default 1 each). With `dimension_weights`, each dimension gets that
    weight and shares it among its variables in proportion to theirs. Either must name every variable or dimension.
    Variables unknown in one of two regions are left out for that pair and the other weights scaled up; `least_known`
    (0..1) asks for a smallest share of known weight.

    The values published for the JRC's tool are not reproduced: they rest on variables and weights of its own.

    >>> table = StructuralTable(("A", "B", "C"), ("u", "v"), [[0, 10], [1, 10], [4, 30]])
    >>> found = structural_distance(table, weights={"u": 3, "v": 1})
    >>> found.values[0].tolist(), found.nearest("A", 1)[0].carried_by[0].variable
    ([0.0, 0.046875, 1.0], 'u')
    """
    _refuse_settings(skew, skew_limit, least_known)
    shares = _shares(table, weights, dimension_weights)
    rescaled = np.full_like(table.values, np.nan)
    treatments = []
    for k in range(len(table.variables)):
        rescaled[:, k], treatment = _treated(table, k, float(shares[k]), skew, skew_limit)
        treatments.append(treatment)
    distance, known = _distances(rescaled, shares)
    distance[(known <= 0) | (known < least_known - 1e-12)] = np.nan
    definition = Definition.of(
        measure="structural distance",
        formula="sum of weight * squared difference",
        skew=skew,
        skew_limit=float(skew_limit) if skew != "none" else None,
        skewness="g1, population moments",
        rescaled="0..1 by smallest and largest known value",
        weights="equal" if weights is None else "given",
        dimension_weights=None if dimension_weights is None else "given",
        unknown="left out of the pair, other weights scaled up",
        least_known=float(least_known),
    )
    return StructuralDistance(
        table.regions,
        table.variables,
        read_only(distance),
        read_only(known),
        read_only(rescaled),
        tuple(treatments),
        definition,
    )


def _refuse_settings(skew: str, skew_limit: float, least_known: float) -> None:
    if skew not in ("yeo-johnson", "none"):
        raise ActivityError(f'The skew rule is {skew!r}; choose "yeo-johnson" or "none".')
    if not (np.isfinite(skew_limit) and skew_limit >= 0):
        raise ActivityError(f"The skew limit is {skew_limit!r}; give a number of at least 0, usually 1.0.")
    if not 0 <= least_known <= 1:
        raise ActivityError(f"The least known share is {least_known!r}; give a number from 0 to 1.")


def _axis(labels: Sequence[str], axis: str) -> tuple[str, ...]:
    seen: set[str] = set()
    for row, label in enumerate(labels, start=1):
        if not isinstance(label, str) or not label:
            raise ActivityError(f"The {axis} in place {row} is {label!r}; every {axis} must be non-empty text.")
        if label in seen:
            raise ActivityError(f"The {axis} {label!r} is given twice; give each {axis} once.")
        seen.add(label)
    return tuple(labels)


def _shares(
    table: StructuralTable, weights: Mapping[str, float] | None, dimension_weights: Mapping[str, float] | None
) -> Floats:
    """Weights of the variables, adding up to 1."""
    own = _given(weights, table.variables, "variable")
    if dimension_weights is not None:
        order = tuple(dict.fromkeys(table.dimensions))
        outer = _given(dimension_weights, order, "dimension")
        member = np.array([order.index(one) for one in table.dimensions], dtype=np.intp)
        sums = np.bincount(member, weights=own, minlength=len(order))
        for k in np.flatnonzero((sums == 0) & (outer > 0)):
            raise ActivityError(
                f"The dimension {order[k]!r} has weight, but none of its variables has; weigh one of them."
            )
        own = own * (outer / np.where(sums > 0, sums, 1.0))[member]
    if not own.sum() > 0:
        raise ActivityError("All weights are zero; give at least one variable a positive weight.")
    shares: Floats = own / own.sum()
    return shares


def _given(weights: Mapping[str, float] | None, labels: Sequence[str], axis: str) -> Floats:
    if weights is None:
        return np.ones(len(labels))
    differing = [f"{label!r} has no weight" for label in labels if label not in weights]
    differing += [f"{label!r} is not one of them" for label in weights if label not in labels]
    if differing:
        raise ActivityError(f"The weights do not fit the {axis}s: {differing[0]}; name every {axis} once.")
    found = np.array([weights[label] for label in labels], dtype=np.float64)
    for label, weight in zip(labels, found.tolist(), strict=True):
        if not (np.isfinite(weight) and weight >= 0):
            raise ActivityError(f"The weight of {axis} {label!r} is {weight!r}; give a number of at least 0.")
    return found


def _treated(
    table: StructuralTable, k: int, weight: float, skew: str, limit: float
) -> tuple[Floats, VariableTreatment]:
    column: Floats = table.values[:, k]
    known = np.isfinite(column)
    values = column[known]
    result = np.full(len(column), np.nan)
    before = after = smallest = largest = float("nan")
    power = 1.0
    if values.size:
        smallest, largest = float(values.min()), float(values.max())
        result[known] = 0.0
    if smallest < largest:
        # Rescaling first keeps the moments of very large and very small units within range.
        unit = values / 2.0 - smallest / 2.0
        unit = unit / unit.max()
        before = after = skewness(unit)
        if skew != "none" and abs(before) > limit:
            standard = (unit - unit.mean()) / unit.std()
            power = _power_without_skew(standard)
            unit = yeo_johnson(standard, power)
            unit = (unit - unit.min()) / (unit.max() - unit.min())
            after = skewness(unit)
        result[known] = unit
    label, dimension = table.variables[k], table.dimensions[k]
    count = int(known.sum())
    return result, VariableTreatment(label, dimension, weight, count, before, power, after, smallest, largest)


def skewness(values: Floats) -> float:
    """g1 = m3 / m2^1.5 with population moments; 0 for values that do not vary."""
    centred = values - values.mean()
    second = float(np.mean(centred**2))
    return float(np.mean(centred**3)) / second**1.5 if second > 0 else 0.0


def yeo_johnson(values: Floats, power: float) -> Floats:
    """The power transformation of Yeo and Johnson (2000), defined for both signs; power 1 changes nothing."""
    above, below = np.log1p(np.maximum(values, 0.0)), np.log1p(np.maximum(-values, 0.0))
    upper = above if abs(power) < 1e-12 else np.expm1(power * above) / power
    lower = below if abs(power - 2.0) < 1e-12 else np.expm1((2.0 - power) * below) / (2.0 - power)
    return np.where(values >= 0, upper, -lower)


def _power_without_skew(standard: Floats) -> float:
    from scipy.optimize import brentq

    # A larger power is a convex function of a smaller one, so skewness never falls with it: one root at most.
    def remaining(power: float) -> float:
        return skewness(yeo_johnson(standard, power))

    low, high = POWER_BOUNDS
    if remaining(low) >= 0:
        return low
    if remaining(high) <= 0:
        return high
    return float(cast(Any, brentq)(remaining, low, high, xtol=1e-12))


def _distances(rescaled: Floats, shares: Floats) -> tuple[Floats, Floats]:
    """Distances over the variables known for both regions, and the share of weight these have."""
    known = np.isfinite(rescaled).astype(np.float64)
    # Centred on the middle of the scale, so that the products lose no digits.
    centred = np.where(known > 0, rescaled - 0.5, 0.0)
    weighted = known * shares
    half = (centred**2 * shares) @ known.T
    apart = half + half.T - 2.0 * ((centred * shares) @ centred.T)
    share = weighted @ known.T
    apart, share = (apart + apart.T) / 2.0, np.minimum((share + share.T) / 2.0, 1.0)
    distance = np.full_like(apart, np.nan)
    np.divide(apart, share, out=distance, where=share > 0)
    np.clip(distance, 0.0, 1.0, out=distance)
    alone = np.diagonal(share) > 0
    distance[np.arange(len(alone)), np.arange(len(alone))] = np.where(alone, 0.0, np.nan)
    return distance, share
