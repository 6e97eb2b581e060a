"""Scoring every region by the complexity of a reliable core, or of a table from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .activity import Activity
from .advantage import presence
from .economic_complexity import Complexity, complexity
from .fitness import Fitness, fitness
from .results import ActivityError, Bools, Definition, Floats, checked_threshold, read_only, read_only_mask

Reference = Literal["own", "core"]
Standardise = Literal["core", "scored", "none"]


@dataclass(frozen=True)
class Core:
    """The regions and domains trusted to say what is complex, and the rules that chose them."""

    regions: tuple[str, ...]
    domains: tuple[str, ...]
    definition: Definition


@dataclass(frozen=True, eq=False)
class CoreScores:
    """Scores of all regions by values of domains that were not computed from these regions.

    `values` (regions,) is the score and `domain_values` (domains,) what it is made of, NaN for domains that the core
    cannot value. `held_share` is the share of the domains a region holds in the whole table that have a value,
    `activity_share` the share of its known activity in them: the smaller, the less the score says about the region.
    `held_scored` counts the domains behind the score, held against the reference; a region without any is NaN.
    `in_core` marks the regions the values come from (all False for a mapping). `note` is that of the core's own
    complexity or fitness.
    """

    regions: tuple[str, ...]
    domains: tuple[str, ...]
    values: Floats
    domain_values: Floats
    held_scored: Floats
    held_share: Floats
    activity_share: Floats
    in_core: Bools
    note: str
    definition: Definition


def select_core(
    activity: Activity,
    *,
    regions: Sequence[str] | None = None,
    domains: Sequence[str] | None = None,
    least_region_total: float = 0.0,
    least_domain_total: float = 0.0,
    least_diversity: int = 0,
    least_ubiquity: int = 0,
    threshold: float = 1.0,
) -> Core:
    """The named regions and domains (all, if none are named) that are large enough.

    Totals are in the unit of the activity; diversity and ubiquity count presences. All are those of the whole table
    and each rule is applied once. Regions and domains without activity are never in the core.
    Raises ActivityError for unknown labels and for a core of fewer than two regions or domains.

    >>> table = Activity.from_matrix("ABC", "xy", [[30, 10], [5, 20], [1, 0]])
    >>> select_core(table, least_region_total=5).regions
    ('A', 'B')
    """
    held = presence(activity, threshold)
    named_rows = _named(activity.regions, None if regions is None else [activity.region_index(one) for one in regions])
    named_columns = _named(
        activity.domains, None if domains is None else [activity.domain_index(one) for one in domains]
    )
    rows = named_rows & (activity.region_totals > 0) & (activity.region_totals >= least_region_total)
    columns = named_columns & (activity.domain_totals > 0) & (activity.domain_totals >= least_domain_total)
    rows &= held.held_counts >= least_diversity
    columns &= held.holder_counts >= least_ubiquity
    if rows.sum() < 2 or columns.sum() < 2:
        raise ActivityError(
            f"The core has {int(rows.sum())} regions and {int(columns.sum())} domains; name more or lower the minimum "
            "sizes, it needs at least two of each."
        )
    definition = Definition.of(
        measure="core",
        regions_named=regions is not None,
        domains_named=domains is not None,
        least_region_total=least_region_total,
        least_domain_total=least_domain_total,
        least_diversity=least_diversity,
        least_ubiquity=least_ubiquity,
        threshold=threshold,
    )
    return Core(
        tuple(activity.regions[row] for row in np.flatnonzero(rows)),
        tuple(activity.domains[column] for column in np.flatnonzero(columns)),
        definition,
    )


def core_complexity(
    activity: Activity,
    core: Core,
    *,
    reference: Reference = "core",
    standardise: Standardise = "core",
    threshold: float = 1.0,
) -> CoreScores:
    """ECI of every region as the mean PCI, computed on the core alone, of the domains it holds.

    ECI is the mean PCI of what a region holds (Hausmann, Hidalgo et al. 2014), so a PCI from regions with reliable
    data can score the others without their noise entering it. `reference` says what a region's shares are compared
    with to decide what it holds: "core", the shares of the core's totals within the core's domains, so that core
    regions keep their own ECI; or "own", those of the whole table. `standardise="core"` gives the core's regions mean
    0 and population standard deviation 1, "scored" all scored regions, "none" leaves the mean PCI.
    Unknown cells count as not held. Where PCI is undefined (see `complexity`) a domain has no value.
    Raises ActivityError for a core that is not part of the table and for unknown switches.

    >>> table = Activity.from_matrix(
    ...     "ABCDE", "vwxyz", [[4, 0, 0, 2, 1], [4, 3, 2, 2, 2], [4, 0, 2, 3, 2], [4, 4, 4, 2, 4], [1, 0, 0, 0, 0]]
    ... )
    >>> found = core_complexity(table, select_core(table, least_region_total=5))
    >>> found.values.round(3).tolist(), found.in_core.tolist()
    ([1.166, -1.234, 0.78, -0.713, 1.166], [True, True, True, True, False])
    """
    found = complexity(_core_table(activity, core), threshold=threshold)
    return _scored(activity, core, _complexity_values(found), reference, standardise, threshold)


def core_fitness(
    activity: Activity, core: Core, *, reference: Reference = "core", threshold: float = 1.0
) -> CoreScores:
    """Fitness of every region as the sum of the complexity, computed on the core alone, of the domains it holds.

    F = M Q with the limit Q of the core (see `fitness`), divided by the mean over the core's regions. Domains whose
    complexity vanishes in the core count 0. `reference` as in `core_complexity`.
    """
    found = fitness(_core_table(activity, core), threshold=threshold)
    return _scored(activity, core, _fitness_values(found), reference, "core", threshold)


def mapped_complexity(
    activity: Activity,
    pci: Mapping[str, float],
    *,
    source: str,
    standardise: Standardise = "scored",
    threshold: float = 1.0,
) -> CoreScores:
    """ECI of every region as the mean of given PCI values of the domains it holds in this table.

    `pci` maps domain labels to values from elsewhere, named by `source`; domains it lacks are left out of the mean,
    labels the table lacks are ignored and counted in the definition. `standardise` "scored" or "none".
    Raises ActivityError for values that are not finite and when no domain of the table has one.

    >>> table = Activity.from_matrix("AB", "xyz", [[3, 1, 1], [1, 3, 2]])
    >>> mapped_complexity(table, {"x": 2.0, "y": -1.0}, source="example", standardise="none").values.tolist()
    [2.0, -1.0]
    """
    if standardise == "core":
        raise ActivityError('A mapping has no core to standardise by; choose "scored" or "none".')
    wrong = next((label for label, value in pci.items() if not np.isfinite(value)), None)
    if wrong is not None:
        raise ActivityError(f"The PCI given for domain {wrong!r} is {pci[wrong]!r}; leave out domains without a value.")
    matching = [label for label in activity.domains if label in pci]
    if not matching:
        raise ActivityError("The PCI given has none of the table's domains; use the same domain labels in both.")
    values = _Values("mean complexity by a mapping", {label: float(pci[label]) for label in matching}, True, "")
    empty = Core((), tuple(matching), Definition.of(source=source, ignored_labels=len(pci) - len(matching)))
    return _scored(activity, empty, values, "own", standardise, threshold)


@dataclass(frozen=True)
class _Values:
    """Values of domains, and whether a region's score is their mean or their sum."""

    measure: str
    by_domain: Mapping[str, float]
    averaged: bool
    note: str


def _complexity_values(found: Complexity) -> _Values:
    by_domain = dict(zip(found.domains, found.pci.tolist(), strict=True))
    return _Values("mean complexity by a core", by_domain, True, found.note)


def _fitness_values(found: Fitness) -> _Values:
    by_domain = dict(zip(found.domains, found.complexity.tolist(), strict=True))
    return _Values("fitness by a core", by_domain, False, found.note)


def _named(labels: tuple[str, ...], chosen: list[int] | None) -> Bools:
    mask = np.full(len(labels), chosen is None)
    if chosen is not None:
        mask[chosen] = True
    return mask


def _core_table(activity: Activity, core: Core) -> Activity:
    rows = [activity.region_index(one) for one in core.regions]
    columns = [activity.domain_index(one) for one in core.domains]
    return Activity(core.regions, core.domains, activity.values[np.ix_(rows, columns)], activity.year)


def _scored(
    activity: Activity, core: Core, values: _Values, reference: Reference, standardise: Standardise, threshold: float
) -> CoreScores:
    if reference not in ("own", "core"):
        raise ActivityError(f'The reference is {reference!r}; choose "own" or "core".')
    if standardise not in ("core", "scored", "none"):
        raise ActivityError(f'The scores cannot be standardised by {standardise!r}; choose "core", "scored" or "none".')
    domain_values = np.array([values.by_domain.get(label, np.nan) for label in activity.domains])
    valued = np.isfinite(domain_values)
    weights = np.where(valued, domain_values, 0.0)
    in_core = _named(activity.regions, [activity.region_index(one) for one in core.regions])
    own = presence(activity, threshold)
    held = own.present if reference == "own" else _present_by_core(activity, core, threshold)
    counts = held[:, valued].sum(axis=1).astype(np.float64)
    scores = held.astype(np.float64) @ weights
    scores = np.divide(scores, counts if values.averaged else 1.0, out=np.full_like(scores, np.nan), where=counts > 0)
    final = _standardised(scores, in_core, standardise) if values.averaged else scores / np.nanmean(scores[in_core])
    rules = {f"core_{name}": setting for name, setting in core.definition.items() if name != "measure"}
    return CoreScores(
        regions=activity.regions,
        domains=activity.domains,
        values=read_only(final),
        domain_values=read_only(domain_values),
        held_scored=read_only(np.where(own.assessed_regions, counts, np.nan)),
        held_share=read_only(_share(own.present[:, valued].sum(axis=1), own.held_counts)),
        activity_share=read_only(_share(activity.known_values[:, valued].sum(axis=1), activity.region_totals)),
        in_core=read_only_mask(in_core),
        note=values.note,
        definition=own.definition.extended(
            measure=values.measure,
            reference=reference,
            standardised=standardise if values.averaged else "mean 1 over the core",
            core_regions=len(core.regions) or None,
            core_domains=len(core.domains),
            **rules,
        ),
    )


def _present_by_core(activity: Activity, core: Core, threshold: float) -> Bools:
    """x_ri X >= threshold X_r X_i with X and X_i of the core and X_r over the core's domains."""
    threshold = checked_threshold(threshold)
    columns = [activity.domain_index(one) for one in core.domains]
    table = _core_table(activity, core)
    known = activity.known_values[:, columns]
    # The same power of two on both sides keeps large units from overflowing and decides nothing.
    exponent = -int(np.frexp(table.total)[1])
    actual = known * np.ldexp(table.total, exponent)
    expected = known.sum(axis=1)[:, None] * np.ldexp(table.domain_totals, exponent)
    held = np.zeros((len(activity.regions), len(activity.domains)), dtype=np.bool_)
    held[:, columns] = (actual >= threshold * expected) & (known > 0) & (table.domain_totals > 0)
    return held


def _standardised(scores: Floats, in_core: Bools, standardise: Standardise) -> Floats:
    if standardise == "none":
        return scores
    base = scores[in_core] if standardise == "core" else scores
    base = base[np.isfinite(base)]
    if not len(base) or base.std() == 0:
        return np.full_like(scores, np.nan)
    return np.asarray((scores - base.mean()) / base.std(), dtype=np.float64)


def _share(part: Floats, whole: Floats) -> Floats:
    return np.asarray(np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0), dtype=np.float64)
