"""Opportunities: the domains a region lacks, ranked by a stated, additive score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .advantage import LocationQuotient, Presence
from .economic_complexity import Complexity
from .partners import added_density
from .relatedness import RelatednessDensity
from .results import ActivityError, Bools, Definition, Floats


@dataclass(frozen=True)
class PartnerAddition:
    """What one partner alone would add to the density of a domain (share, 0..1), and whether it holds the domain."""

    partner: str
    added_density: float
    holds: bool


@dataclass(frozen=True)
class Opportunity:
    """A domain the region lacks, with every figure behind its score.

    `score` is the sum (or product, see `ScoreWeights`) of `density_part`, `complexity_part` and `partner_part`, each a
    weighted percentile (0..1) among the region's candidates. A figure that is NaN makes its part and the score NaN, and
    the domain is ranked last.
    """

    rank: int
    domain: str
    score: float
    density_part: float
    complexity_part: float
    partner_part: float
    location_quotient: float
    density: float
    pci: float
    added_density: float
    partners: tuple[PartnerAddition, ...]


@dataclass(frozen=True)
class Opportunities:
    """Ranked opportunities of one region; `not_assessed` names the domains that are unknown there or wholly empty."""

    region: str
    partners: tuple[str, ...]
    ranked: tuple[Opportunity, ...]
    not_assessed: tuple[str, ...]
    definition: Definition


@dataclass(frozen=True)
class ScoreWeights:
    """Weights of the three parts of the score, each >= 0, and how the parts come together.

    "sum" adds weight times percentile, which reads easily: every part says what it brought. "product" multiplies
    percentiles to the power of their weights: feasibility x value x what partners add, where a weak part weighs on the
    whole; without partners the third factor is 1.
    """

    density: float = 1.0
    complexity: float = 1.0
    partners: float = 1.0
    combine: Literal["sum", "product"] = "sum"

    def __post_init__(self) -> None:
        if self.combine not in ("sum", "product"):
            raise ActivityError(f'The parts of a score are combined by {self.combine!r}; choose "sum" or "product".')
        for name in ("density", "complexity", "partners"):
            weight = getattr(self, name)
            if not (np.isfinite(weight) and weight >= 0):
                raise ActivityError(f"The weight of {name} is {weight!r}; give a number of at least 0.")


@dataclass(frozen=True, eq=False)
class Ingredients:
    """The results an opportunity list is made from, all of one activity table and one definition."""

    location_quotient: LocationQuotient
    presence: Presence
    density: RelatednessDensity
    complexity: Complexity
    proximity_weights: Floats
    """phi_ij / sum_j phi_ij without j = i (see `relatedness.proximity_per_total`)."""


def percentiles(values: Floats) -> Floats:
    """Mid-rank percentiles, 0..1: (smaller + half of the equal ones) / count, NaN left out of the count.

    Values equal to twelve decimals count as equal, so that rounding in a sum cannot order them.

    >>> percentiles(np.array([0.2, 0.4, 0.4, np.nan])).round(3).tolist()
    [0.167, 0.667, 0.667, nan]
    """
    rounded = np.round(values, 12)
    ordered = np.sort(rounded[np.isfinite(rounded)])
    below, up_to = np.searchsorted(ordered, rounded, "left"), np.searchsorted(ordered, rounded, "right")
    return np.where(np.isfinite(rounded), (below + up_to) / 2.0 / max(len(ordered), 1), np.nan)


def opportunities_from(
    ingredients: Ingredients, region: int, partners: Sequence[int] = (), weights: ScoreWeights | None = None
) -> Opportunities:
    """Domains that a region lacks, best first; see `hansa.specialisation.opportunities` for the score."""
    weights = weights or ScoreWeights()
    held = ingredients.presence
    partners = _checked_partners(held, region, partners)
    candidates = np.flatnonzero(held.lacked[region])
    density = ingredients.density.values[region, candidates]
    pci = ingredients.complexity.pci[candidates]
    alone = [added_density(held, ingredients.proximity_weights, region, [one])[candidates] for one in partners]
    added = added_density(held, ingredients.proximity_weights, region, partners)[candidates]
    parts = _parts(density, pci, added, weights, bool(partners))
    scores = np.round(parts.sum(axis=1) if weights.combine == "sum" else parts.prod(axis=1), 12)
    ranked = []
    for rank, k in enumerate(_order(scores, density, [held.domains[i] for i in candidates]), start=1):
        column = int(candidates[k])
        ranked.append(
            Opportunity(
                rank=rank,
                domain=held.domains[column],
                score=float(scores[k]),
                density_part=float(parts[k, 0]),
                complexity_part=float(parts[k, 1]),
                partner_part=float(parts[k, 2]),
                location_quotient=float(ingredients.location_quotient.values[region, column]),
                density=float(density[k]),
                pci=float(pci[k]),
                added_density=float(added[k]),
                partners=_additions(held, partners, [float(one[k]) for one in alone], column),
            )
        )
    return Opportunities(
        region=held.regions[region],
        partners=tuple(held.regions[one] for one in partners),
        ranked=tuple(ranked),
        not_assessed=_unknown(held, region, held.assessed),
        definition=ingredients.density.definition.extended(
            measure="opportunities",
            score=f"{weights.combine} of the percentiles of density, complexity and the density partners add",
            density_weight=weights.density,
            complexity_weight=weights.complexity,
            partner_weight=weights.partners,
        ),
    )


def _parts(density: Floats, pci: Floats, added: Floats, weights: ScoreWeights, with_partners: bool) -> Floats:
    """Weighted percentiles, shape (candidates, 3)."""
    each = np.column_stack([percentiles(density), percentiles(pci), percentiles(added)])
    powers = np.array([weights.density, weights.complexity, weights.partners])
    if weights.combine == "product":
        if not with_partners:
            powers[2] = 0.0
        return np.asarray(np.power(each, powers), dtype=np.float64)
    each[added == 0, 2] = 0.0
    return np.asarray(powers * each, dtype=np.float64)


def _checked_partners(held: Presence, region: int, partners: Sequence[int]) -> list[int]:
    if region in partners:
        raise ActivityError(f"Region {held.regions[region]!r} is named as its own partner; name other regions.")
    return list(dict.fromkeys(partners))


def _order(scores: Floats, density: Floats, labels: list[str]) -> list[int]:
    def key(k: int) -> tuple[bool, float, bool, float, str]:
        score, near = float(scores[k]), round(float(density[k]), 12)
        no_score, no_density = bool(np.isnan(score)), bool(np.isnan(near))
        return (no_score, 0.0 if no_score else -score, no_density, 0.0 if no_density else -near, labels[k])

    return sorted(range(len(labels)), key=key)


def _additions(held: Presence, partners: list[int], added: list[float], domain: int) -> tuple[PartnerAddition, ...]:
    found = [
        PartnerAddition(held.regions[one], gain, bool(held.present[one, domain]))
        for one, gain in zip(partners, added, strict=True)
    ]
    return tuple(sorted(found, key=lambda part: (-part.added_density, part.partner)))


def _unknown(held: Presence, region: int, assessed: Bools) -> tuple[str, ...]:
    return tuple(held.domains[column] for column in np.flatnonzero(~assessed[region]))
