"""Other forms of the quotient: symmetric, logarithmic, and against population instead of all activity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .activity import Activity
from .advantage import LocationQuotient, location_quotient
from .results import ActivityError, Definition, Floats, read_only

ZeroQuotient = Literal["exclude", "infinite"]
Population = Mapping[str, float | None] | Sequence[float | None] | NDArray[np.generic]


@dataclass(frozen=True, eq=False)
class SymmetricQuotient:
    """(LQ − 1) / (LQ + 1), shape (regions, domains): −1 none, 0 average, towards 1 the more specialised; no unit."""

    regions: tuple[str, ...]
    domains: tuple[str, ...]
    values: Floats
    definition: Definition


@dataclass(frozen=True, eq=False)
class LogQuotient:
    """ln LQ, shape (regions, domains): 0 = average, ±0.693 = twice or half of it; no unit.

    `zeros` counts the cells whose LQ is 0 and which therefore have no logarithm; `definition["zero"]` says whether
    they are NaN ("exclude") or −inf ("infinite").
    """

    regions: tuple[str, ...]
    domains: tuple[str, ...]
    values: Floats
    zeros: int
    definition: Definition


@dataclass(frozen=True, eq=False)
class PopulationQuotient:
    """Activity per head against the average per head, shape (regions, domains): 1 = average; no unit.

    `population` holds the inhabitants of each region as they were used (NaN = unknown), `total_population` their sum.
    """

    regions: tuple[str, ...]
    domains: tuple[str, ...]
    values: Floats
    population: Floats
    total_population: float
    definition: Definition


def symmetric_quotient(activity: Activity) -> SymmetricQuotient:
    """(LQ − 1) / (LQ + 1), between −1 and 1 (Dalum, Laursen and Villumsen 1998; Laursen 2015).

    Same order of cells as LQ, without its long upper tail; NaN exactly where LQ is NaN (unknown cells, empty regions
    and domains).

    >>> table = Activity.from_matrix(["A", "B"], ["x", "y"], [[3, 1], [1, 3]])
    >>> symmetric_quotient(table).values.round(3).tolist()
    [[0.2, -0.333], [-0.333, 0.2]]
    """
    return symmetric_quotient_from(location_quotient(activity))


def symmetric_quotient_from(quotient: LocationQuotient) -> SymmetricQuotient:
    """Symmetric form of already computed location quotients."""
    given = quotient.values
    with np.errstate(invalid="ignore"):
        values = (given - 1.0) / (given + 1.0)
    values[np.isposinf(given)] = 1.0
    definition = quotient.definition.extended(measure="symmetric location quotient", form="(LQ-1)/(LQ+1)")
    return SymmetricQuotient(quotient.regions, quotient.domains, read_only(values), definition)


def log_quotient(activity: Activity, *, zero: ZeroQuotient = "exclude") -> LogQuotient:
    """ln LQ: symmetric around 0 as a factor (Vollrath 1991).

    A known 0 has LQ 0 and no logarithm: it becomes NaN (`zero="exclude"`, the default, so that means and regressions
    do not break) or −inf (`zero="infinite"`). `zeros` counts such cells either way, because leaving them out leaves
    out the regions' clearest absences. Unknown cells are NaN in both and are not counted.
    Raises ActivityError for another `zero`.

    >>> table = Activity.from_matrix(["A", "B"], ["x", "y"], [[2, 0], [1, 3]])
    >>> found = log_quotient(table)
    >>> found.values.round(3).tolist(), found.zeros
    ([[0.693, nan], [-0.693, 0.405]], 1)
    >>> log_quotient(table, zero="infinite").values[0].round(3).tolist()
    [0.693, -inf]
    """
    return log_quotient_from(location_quotient(activity), zero=zero)


def log_quotient_from(quotient: LocationQuotient, *, zero: ZeroQuotient = "exclude") -> LogQuotient:
    """Logarithm of already computed location quotients."""
    if zero not in ("exclude", "infinite"):
        raise ActivityError(f'The rule for quotients of zero is {zero!r}; choose "exclude" or "infinite".')
    given = quotient.values
    none = given == 0
    values = np.full_like(given, np.nan)
    np.log(given, out=values, where=~none)
    if zero == "infinite":
        values[none] = -np.inf
    definition = quotient.definition.extended(measure="log location quotient", log_base="e", zero=zero)
    return LogQuotient(quotient.regions, quotient.domains, read_only(values), int(none.sum()), definition)


def population_quotient(activity: Activity, population: Population) -> PopulationQuotient:
    """RPOP = (x_ri / pop_r) / (X_i / pop): activity per head, against the same over all regions.

    `population` gives the inhabitants of every region, as a mapping from region label (more labels than the table has
    do no harm) or as numbers in the order of `activity.regions`; None or NaN is unknown.
    X_i and pop are summed over the regions whose population *and* activity in that domain are known, so that a
    suppressed value or a missing head count lowers neither side alone; `total_population` is the sum over all regions
    with a known population. The people of a region with a known 0 count.
    NaN for unknown cells, regions of unknown population, and empty regions or domains.
    Raises ActivityError for a region without an entry and for a population that is not a positive finite number.

    >>> table = Activity.from_matrix(["A", "B"], ["x", "y"], [[3, 1], [1, 3]])
    >>> population_quotient(table, {"A": 100, "B": 300}).values.round(3).tolist()
    [[3.0, 1.0], [0.333, 1.0]]
    """
    heads = _heads(activity, population)
    counted = activity.known & np.isfinite(heads)[:, None]
    values = np.where(counted, activity.known_values, 0.0)
    domain_totals = values.sum(axis=0)
    # The heads behind each domain total: only regions whose value in that domain is known.
    domain_heads = np.nan_to_num(heads) @ counted
    usable = counted & activity.assessed & (domain_totals > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        quotients = (values / domain_totals) / (heads[:, None] / domain_heads)
    quotients[~usable] = np.nan
    definition = Definition.of(
        measure="population quotient",
        year=activity.year,
        unknown="counts in no total",
        totals="regions with known population and known value in the domain",
        regions_without_population=int(np.isnan(heads).sum()),
    )
    total = float(np.nansum(heads)) if np.isfinite(heads).any() else float("nan")
    return PopulationQuotient(
        activity.regions, activity.domains, read_only(quotients), read_only(heads), total, definition
    )


def _heads(activity: Activity, population: Population) -> Floats:
    if isinstance(population, Mapping):
        missing = [region for region in activity.regions if region not in population]
        if missing:
            raise ActivityError(
                f"The population has no entry for region {missing[0]!r} ({len(missing)} in all); "
                f"give a number, or None where it is unknown."
            )
        population = [population[region] for region in activity.regions]
    try:
        heads = np.array(population, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ActivityError(
            f"The populations are not all numbers ({error}); give numbers, None for unknown."
        ) from error
    if heads.shape != (len(activity.regions),):
        raise ActivityError(
            f"The populations have shape {heads.shape}, but there are {len(activity.regions)} regions; "
            f"give one number per region, in the order of the regions."
        )
    wrong = np.flatnonzero(np.isinf(heads) | (heads <= 0))
    if wrong.size:
        raise ActivityError(
            f"The population of region {activity.regions[wrong[0]]!r} is {float(heads[wrong[0]])!r}; "
            f"give a positive finite number, or None where it is unknown."
        )
    return heads
