"""All measures of one activity table at once, sharing what they have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from .activity import Activity
from .advantage import (
    Diversity,
    LocationQuotient,
    Presence,
    Ubiquity,
    diversity_from,
    location_quotient,
    presence,
    ubiquity_from,
)
from .economic_complexity import Complexity, PciMoments, complexity_from
from .opportunity import Ingredients, Opportunities, ScoreWeights, opportunities_from
from .partners import Complementarity, complementarity_from
from .products import Precision
from .relatedness import (
    DensityExplanation,
    Diagonal,
    Proximity,
    RelatednessDensity,
    density_from,
    explain_density_from,
    proximity_from,
    proximity_per_total,
)
from .results import Definition, Floats


@dataclass(frozen=True, eq=False)
class Measures:
    """Every measure of one activity table under one definition; nothing is computed twice.

    `location_quotient` and `complementarity` are computed at their first use and kept.
    """

    activity: Activity
    presence: Presence
    diversity: Diversity
    ubiquity: Ubiquity
    proximity: Proximity
    density: RelatednessDensity
    complexity: Complexity
    diagonal: Diagonal
    definition: Definition

    @cached_property
    def location_quotient(self) -> LocationQuotient:
        """LQ of every known cell (see `location_quotient`)."""
        return location_quotient(self.activity)

    @cached_property
    def complementarity(self) -> Complementarity:
        """What each partner region adds to each region (see `complementarity`)."""
        return complementarity_from(self.presence, self._weights)

    @cached_property
    def _weights(self) -> Floats:
        return proximity_per_total(self.proximity)

    def opportunities(
        self, region: str, partners: Sequence[str] = (), *, weights: ScoreWeights | None = None
    ) -> Opportunities:
        """Domains the region lacks, best first (see `opportunities`)."""
        ingredients = Ingredients(self.location_quotient, self.presence, self.density, self.complexity, self._weights)
        row = self.activity.region_index(region)
        return opportunities_from(ingredients, row, [self.activity.region_index(one) for one in partners], weights)

    def explain_density(self, region: str, domain: str) -> DensityExplanation:
        """Which held domains make up one density (see `explain_density`)."""
        row, column = self.activity.region_index(region), self.activity.domain_index(domain)
        return explain_density_from(self.presence, self.proximity, row, column, self.diagonal)


def measures(
    activity: Activity,
    *,
    threshold: float = 1.0,
    minimum: float = 0.0,
    diagonal: Diagonal = "exclude",
    pci_moments: PciMoments = "own",
    precision: Precision = "auto",
) -> Measures:
    """All measures of one table: equal to the single functions, with presence and proximity computed once.

    `precision="single"` computes proximity and density in float32: six to seven digits, half the time and memory.
    "auto" does so from 2·10^10 multiplications (regions x domains x domains) on, where they take seconds. Presence,
    ECI and PCI are in double precision either way.

    >>> table = Activity.from_matrix("ABC", "xyz", [[4, 4, 4], [4, 4, 0], [9, 0, 0]])
    >>> found = measures(table)
    >>> found.diversity.values.tolist(), found.definition["diagonal"]
    ([2.0, 1.0, 1.0], 'exclude')
    """
    held = presence(activity, threshold, minimum=minimum)
    phi = proximity_from(held, precision)
    found = complexity_from(held, pci_moments)
    density = density_from(held, phi, diagonal)
    definition = held.definition.extended(
        measure="all", diagonal=diagonal, pci_moments=pci_moments, precision=str(phi.definition["precision"])
    )
    return Measures(
        activity=activity,
        presence=held,
        diversity=diversity_from(held),
        ubiquity=ubiquity_from(held),
        proximity=phi,
        density=density,
        complexity=found,
        diagonal=diagonal,
        definition=definition,
    )


def opportunities(
    activity: Activity,
    region: str,
    partners: Sequence[str] = (),
    *,
    threshold: float = 1.0,
    diagonal: Diagonal = "exclude",
    weights: ScoreWeights | None = None,
) -> Opportunities:
    """Domains the region is known to lack, ranked by a score that adds up.

    score = w_d · percentile of relatedness density + w_c · percentile of PCI + w_p · percentile of the density that
    the partners together would add (0 where they add nothing, and for all when no partner is named). Percentiles are
    mid-ranks among the region's candidates. The first two parts are the axes of the quadrant of Balland et al. (2019),
    the third is the complementarity of Balland and Boschma (2021). `ScoreWeights(combine="product")` multiplies the
    three instead of adding them. Ties go to the higher density, then to the label.
    Raises ActivityError for an unknown region or partner and for a region named as its own partner.
    """
    return measures(activity, threshold=threshold, diagonal=diagonal).opportunities(region, partners, weights=weights)
