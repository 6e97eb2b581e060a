"""The method of reflections at any order, how far it is from its limit, and knowledge complexity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from .activity import Activity
from .advantage import Presence, presence
from .economic_complexity import Complexity, complexity_from
from .results import ActivityError, Definition, Floats, read_only

NO_DIFFERENCE = 1e-12
"""A step that leaves a smaller share of the differences than this leaves rounding only."""


@dataclass(frozen=True, eq=False)
class Reflections:
    """Averages of averages: `region_levels` (order + 1, regions) and `domain_levels` (order + 1, domains).

    Row n holds k_n: diversity and ubiquity for n = 0 (counts), averages of them after. `eci` and `pci` are the
    standardised levels (mean 0, population standard deviation 1) at `region_order`, the largest even order, and
    `domain_order`, the largest odd one: these rise with complexity. `eci_correlation` and `pci_correlation` compare
    them with ECI and PCI. `remaining` = (lambda3 / lambda2)**(region_order / 2): by how much the third direction has
    shrunk against the second since the start; near 0 = converged. NaN where nothing is held or nothing differs.
    """

    regions: tuple[str, ...]
    domains: tuple[str, ...]
    order: int
    region_levels: Floats
    domain_levels: Floats
    region_order: int
    domain_order: int
    eci: Floats
    pci: Floats
    eci_correlation: float
    pci_correlation: float
    remaining: float
    note: str
    definition: Definition


@dataclass(frozen=True, eq=False)
class KnowledgeComplexity:
    """KCI (regions,) and TCI (domains,): the unstandardised eigenvectors, each scaled to a sum of 1 or -1.

    Higher = more complex, oriented like ECI. NaN outside the largest connected group and where no scale exists.
    """

    regions: tuple[str, ...]
    domains: tuple[str, ...]
    kci: Floats
    tci: Floats
    note: str
    definition: Definition


def reflections(activity: Activity, order: int = 20, *, threshold: float = 1.0) -> Reflections:
    """k_r,n = mean of k_i,n-1 over the domains r holds; k_i,n = mean of k_r,n-1 over the holders of i.

    Hidalgo and Hausmann (2009), from k_r,0 = diversity and k_i,0 = ubiquity. Regions are compared at even orders
    and domains at odd ones: there the averages go back to diversity. At the other orders they go back to ubiquity,
    which falls with complexity. With a growing order the levels become equal and their differences tend to ECI and
    PCI; differences are carried apart from the common level, so that no order loses them in rounding.
    Unknown cells count as not held. Raises ActivityError for an order under 1.

    >>> table = Activity.from_matrix(
    ...     "ABCD", "vwxyz", [[4, 0, 0, 2, 1], [4, 3, 2, 2, 2], [4, 0, 2, 3, 2], [4, 4, 4, 2, 4]]
    ... )
    >>> found = reflections(table, order=2)
    >>> found.region_levels.round(3).tolist()
    [[2.0, 1.0, 3.0, 3.0], [2.0, 2.0, 2.0, 1.667], [2.5, 2.0, 2.667, 2.667]]
    >>> round(found.eci_correlation, 3), found.region_order, found.domain_order
    (0.575, 2, 1)
    """
    return reflections_from(presence(activity, threshold), order)


def reflections_from(held: Presence, order: int = 20, found: Complexity | None = None) -> Reflections:
    """Reflections of an already computed presence (and complexity)."""
    if order < 1:
        raise ActivityError(f"Reflections of order {order} do not exist; give an order of at least 1, usually 20.")
    found = found or complexity_from(held)
    steps = _Steps(held)
    from_regions = steps.chain(held.held_counts[steps.rows], order, start_with_regions=True)
    from_domains = steps.chain(held.holder_counts[steps.columns], order, start_with_regions=False)
    region_levels = np.full((order + 1, len(held.regions)), np.nan)
    domain_levels = np.full((order + 1, len(held.domains)), np.nan)
    for n in range(order + 1):
        regional, other = (from_regions, from_domains) if n % 2 == 0 else (from_domains, from_regions)
        region_levels[n, steps.rows], domain_levels[n, steps.columns] = regional[n].levels, other[n].levels
    region_order, domain_order = order - order % 2, order - 1 + order % 2
    eci, pci = np.full(len(held.regions), np.nan), np.full(len(held.domains), np.nan)
    eci[steps.rows] = from_regions[region_order].standardised
    pci[steps.columns] = from_regions[domain_order].standardised
    return Reflections(
        regions=held.regions,
        domains=held.domains,
        order=order,
        region_levels=read_only(region_levels),
        domain_levels=read_only(domain_levels),
        region_order=region_order,
        domain_order=domain_order,
        eci=read_only(eci),
        pci=read_only(pci),
        eci_correlation=_correlation(eci, found.eci),
        pci_correlation=_correlation(pci, found.pci),
        remaining=float((found.lambda3 / found.lambda2) ** (region_order / 2)) if found.lambda2 > 0 else float("nan"),
        note=found.note,
        definition=held.definition.extended(
            measure="method of reflections",
            order=order,
            region_order=region_order,
            domain_order=domain_order,
            standardised="mean 0, population standard deviation 1",
        ),
    )


def knowledge_complexity(activity: Activity, *, threshold: float = 1.0) -> KnowledgeComplexity:
    """Knowledge complexity of regions (KCI) and technological complexity of domains (TCI).

    Balland and Rigby (2017): the second eigenvectors of D^-1 M U^-1 M' and of its counterpart for domains. They rank
    as ECI and PCI do; here they are not standardised but divided by the size of their sum. The sum can be close to
    zero, so KCI compares within one table only. NaN, with a note, where the sum is zero. Unknown cells as in ECI.

    >>> table = Activity.from_matrix(
    ...     "ABCD", "vwxyz", [[4, 0, 0, 2, 1], [4, 3, 2, 2, 2], [4, 0, 2, 3, 2], [4, 4, 4, 2, 4]]
    ... )
    >>> found = knowledge_complexity(table)
    >>> abs(round(found.kci.sum().item(), 9)), abs(round(found.tci.sum().item(), 9))
    (1.0, 1.0)
    """
    return knowledge_complexity_from(presence(activity, threshold))


def knowledge_complexity_from(held: Presence, found: Complexity | None = None) -> KnowledgeComplexity:
    """Knowledge complexity of an already computed presence (and complexity, with whatever moments)."""
    found = found or complexity_from(held)
    kci, tci = _to_unit_sum(found.eci, held.held_counts), _to_unit_sum(found.pci, held.holder_counts)
    note = found.note
    for name, scaled, standard in (("KCI", kci, found.eci), ("TCI", tci, found.pci)):
        if np.isfinite(standard).any() and not np.isfinite(scaled).any():
            note = f"{note} The {name} of this table adds up to zero, so it has no such scale; use ECI and PCI.".strip()
    definition = held.definition.extended(measure="knowledge complexity", scaled="sum 1 or -1", sign="as ECI")
    return KnowledgeComplexity(held.regions, held.domains, read_only(kci), read_only(tci), note, definition)


@dataclass(frozen=True, eq=False)
class _Step:
    """One reflection: a common level plus differences, the latter scaled by exp(log_scale)."""

    level: float
    differences: Floats
    log_scale: float

    @property
    def levels(self) -> Floats:
        return cast(Floats, self.level + self.differences * np.exp(self.log_scale))

    @property
    def standardised(self) -> Floats:
        spread = float(self.differences.std()) if self.differences.size else 0.0
        if spread <= NO_DIFFERENCE:
            return np.full_like(self.differences, np.nan)
        return cast(Floats, (self.differences - self.differences.mean()) / spread)


class _Steps:
    """Averaging over holdings and over holders."""

    def __init__(self, held: Presence) -> None:
        self.rows, self.columns = np.flatnonzero(held.held_counts), np.flatnonzero(held.holder_counts)
        self.held_counts, self.holder_counts = held.held_counts[self.rows], held.holder_counts[self.columns]
        self.matrix: Any = held.pattern[self.rows][:, self.columns]
        self.transposed: Any = self.matrix.T.tocsr()

    def chain(self, start: Floats, order: int, *, start_with_regions: bool) -> list[_Step]:
        """Steps 0..order; averaging keeps the mean weighted by holdings, which is the common level of all of them."""
        if not len(start):
            return [_Step(float("nan"), start, 0.0)] * (order + 1)
        level = float(start @ start / start.sum())
        on_regions = start_with_regions
        steps = [self._step(level, start - level, 0.0, on_regions)]
        for _ in range(order):
            last, on_regions = steps[-1], not on_regions
            if on_regions:
                averaged = (self.matrix @ last.differences) / self.held_counts
            else:
                averaged = (self.transposed @ last.differences) / self.holder_counts
            steps.append(self._step(level, averaged, last.log_scale, on_regions))
        return steps

    def _step(self, level: float, differences: Floats, log_scale: float, on_regions: bool) -> _Step:
        weights = self.held_counts if on_regions else self.holder_counts
        differences = differences - weights @ differences / weights.sum()
        size = float(np.abs(differences).max())
        # Differences come in at size 1, except at the start, where they are counts.
        if size <= NO_DIFFERENCE:
            return _Step(level, np.zeros_like(differences), 0.0)
        return _Step(level, differences / size, log_scale + float(np.log(size)))


def _correlation(one: Floats, other: Floats) -> float:
    both = np.isfinite(one) & np.isfinite(other)
    if both.sum() < 2 or one[both].std() == 0 or other[both].std() == 0:
        return float("nan")
    return float(np.corrcoef(one[both], other[both])[0, 1])


def _to_unit_sum(values: Floats, weights: Floats) -> Floats:
    """The eigenvector behind standardised values: it averages to zero when weighted by the counts of presences."""
    ranked = np.isfinite(values)
    raw = np.full_like(values, np.nan)
    if not ranked.any():
        return raw
    vector = values[ranked] - weights[ranked] @ values[ranked] / weights[ranked].sum()
    total = abs(float(vector.sum()))
    if total > NO_DIFFERENCE * float(np.abs(vector).sum()):
        raw[ranked] = vector / total
    return raw
