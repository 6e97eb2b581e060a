"""What the page of a region or of a domain shows: computed from the figures, without a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hansa import evidence
from hansa.strategy.atlas import ranks
from hansa.strategy.figures import Figures, known

if TYPE_CHECKING:
    from hansa.evidence import Fallback
    from hansa.specialisation import Opportunities

LABELLED = 5
NEAR_DOMAINS = 10


@dataclass(frozen=True)
class Cell:
    """One domain in one region. None is unknown; `holds` is None where the location quotient is unknown.

    `bar` is the location quotient as a share of the region's largest, for drawing.
    """

    domain: str
    label: str
    value: float | None
    location_quotient: float | None
    density: float | None
    complexity: float | None
    holds: bool | None
    bar: float = 0.0


@dataclass(frozen=True)
class Step:
    """A domain the region lacks, with the reasons for it in figures.

    `closer_than` and `harder_than` are shares (0..1, mid-ranks) of the other domains the region lacks. `held_by` are
    the partner regions that hold it, `added` the density all partners together would add (None without partners).
    """

    cell: Cell
    rank: int
    closer_than: float | None
    harder_than: float | None
    added: float | None
    held_by: tuple[str, ...]


@dataclass(frozen=True)
class Partner:
    """What another region would add: mean density over the domains the first lacks, and the domains that gain most."""

    region: str
    adds: float | None
    domains_only_there: int | None
    brings: tuple[str, ...]


def stand_in(loaded: Figures, region: str) -> Fallback:
    """Whose figures are shown for `region`, and why; its `code` is None when nobody's can be."""
    return evidence.fallback(region, loaded.row_of.keys())


def cells(loaded: Figures, row: int, language: str) -> list[Cell]:
    """Every domain of the table in one region, in the order of the table."""
    largest = _largest(loaded.location_quotient[row])
    found = []
    for column, domain in enumerate(loaded.domains):
        quotient = loaded.cell("location_quotient", row, column)
        found.append(
            Cell(
                domain=domain,
                label=loaded.label(domain, language),
                value=loaded.cell("value", row, column),
                location_quotient=quotient,
                density=loaded.cell("density", row, column),
                complexity=loaded.domain_figure("complexity", column),
                holds=None if quotient is None else bool(loaded.held[row, column]),
                bar=(quotient or 0.0) / largest,
            )
        )
    return found


def _largest(numbers: Any) -> float:
    finite = numbers[np.isfinite(numbers)]
    return float(finite.max()) if finite.size and finite.max() > 0 else 1.0


def specialisations(found: Sequence[Cell]) -> list[Cell]:
    """The domains held, the highest location quotient first."""
    held = [cell for cell in found if cell.holds]
    return sorted(held, key=lambda cell: (-(cell.location_quotient or 0.0), cell.domain))


@dataclass(frozen=True)
class Direction:
    """How far the direction of complexity can be trusted in this table; see `complexity_direction`."""

    trusted: bool
    explanation: str
    evidence: dict[str, Any]


def complexity_direction(loaded: Figures) -> Direction:
    """Whether complexity may be used to rank: its sign rule is firm and domains that few regions hold score higher.

    ECI and PCI are an eigenvector, whose sign arithmetic leaves open. The rule and its correlations are stored with
    the measures. Where they contradict each other, or are not stored, complexity is shown but ranks nothing.
    """
    told = loaded.definitions.get("complexity", {}).get("sign_evidence") or {}
    trusted = bool(told.get("firm")) and told.get("ubiquity_weighted", 1.0) < 0
    return Direction(trusted, str(told.get("explanation", "")), dict(told))


def steps(loaded: Figures, region: str, partners: Sequence[str], found: Sequence[Cell]) -> list[Step]:
    """The domains `region` lacks, best first.

    Order: percentile of relatedness density plus percentile of domain complexity among the domains it lacks, the axes
    of Balland et al. (2019); density alone where `complexity_direction` is not to be trusted. `region` and `partners`
    are codes with figures of their own; partners that are the region itself are passed over.
    """
    by_domain = {cell.domain: cell for cell in found}
    others = tuple(dict.fromkeys(code for code in partners if code != region))
    ranked = _opportunities(loaded, region, others, complexity_direction(loaded).trusted).ranked
    return [
        Step(
            cell=by_domain[one.domain],
            rank=one.rank,
            closer_than=known(one.density_part),
            harder_than=_share(one.pci, [other.pci for other in ranked]),
            added=known(one.added_density) if others else None,
            held_by=tuple(sorted(partner.partner for partner in one.partners if partner.holds)),
        )
        for one in ranked
    ]


def _share(number: float, others: Sequence[float]) -> float | None:
    """Mid-rank percentile of `number` among the known of `others`."""
    finite = [other for other in others if np.isfinite(other)]
    if not np.isfinite(number) or not finite:
        return None
    below, equal = sum(other < number for other in finite), sum(other == number for other in finite)
    return (below + equal / 2) / len(finite)


def _opportunities(loaded: Figures, region: str, partners: tuple[str, ...], by_complexity: bool) -> Opportunities:
    from hansa.specialisation import ScoreWeights

    key = ("opportunities", region, partners, by_complexity)
    if key not in loaded.kept:
        weights = ScoreWeights(density=1.0, complexity=1.0 if by_complexity else 0.0, partners=0.0)
        loaded.kept[key] = loaded.measures.opportunities(region, partners, weights=weights)
    kept: Opportunities = loaded.kept[key]
    return kept


def closest(found: Sequence[Step]) -> list[Step]:
    """The same steps with the highest relatedness density first; those of unknown density last."""
    return sorted(found, key=lambda step: (step.cell.density is None, -(step.cell.density or 0.0), step.cell.domain))


def partners_of(loaded: Figures, region: str, others: Sequence[str]) -> list[Partner]:
    """What each of `others` would add to `region`; all are codes with figures of their own.

    Mean added relatedness density over the domains the region lacks (Balland and Boschma 2021, without link weights).
    Where the partner is the region itself (two places with the same figures), what it adds is unknown.
    """
    return [Partner(other, *_adds(loaded, region, other)) for other in others]


Added = tuple[float | None, int | None, tuple[str, ...]]


def _adds(loaded: Figures, region: str, partner: str) -> Added:
    key = ("adds", region, partner)
    if key not in loaded.kept:
        loaded.kept[key] = _added(loaded, region, partner) if region != partner else (None, None, ())
    kept: Added = loaded.kept[key]
    return kept


def _added(loaded: Figures, region: str, partner: str) -> Added:
    complementarity = loaded.measures.complementarity
    row, column = loaded.row(region), loaded.row(partner)
    only_there = known(complementarity.partner_only[row, column])
    carried = complementarity.pair(region, partner).carried_by[:2]
    return (
        known(complementarity.mean_added_density[row, column]),
        None if only_there is None else int(only_there),
        tuple(one.domain for one in carried),
    )


def points(found: Sequence[Step], short: dict[str, str], labelled: int = LABELLED) -> list[dict[str, Any]]:
    """The circles of the opportunity plane: steps whose density and complexity are known; the best are labelled.

    A label goes to the side with more room and is left out where an earlier one already stands.
    """
    drawn = [step for step in found if step.cell.density is not None and step.cell.complexity is not None]
    across = _unit([step.cell.density or 0.0 for step in drawn])
    up = _unit([step.cell.complexity or 0.0 for step in drawn])
    placed: list[tuple[str, float, float]] = []
    result = []
    for n, step in enumerate(drawn):
        best = n < labelled
        side = "left" if across[n] > 0.5 else "right"
        free = all(side != other or abs(up[n] - y) > 0.07 for other, _, y in placed)
        if best and free:
            placed.append((side, across[n], up[n]))
        result.append(
            {
                "domain": step.cell.domain,
                "label": f"{step.cell.domain} {short[step.cell.domain]}" if best and free else "",
                "side": side,
                "density": step.cell.density,
                "complexity": step.cell.complexity,
                "value": step.cell.value,
                "best": best,
            }
        )
    return result


def _unit(numbers: list[float]) -> list[float]:
    low, high = min(numbers, default=0.0), max(numbers, default=0.0)
    return [(number - low) / (high - low) if high > low else 0.5 for number in numbers]


@dataclass(frozen=True)
class Standing:
    """A region's or domain's own figures with their places among all (1 = largest)."""

    total: float | None
    count: float | None  # diversity of a region, ubiquity of a domain
    count_rank: int | None
    complexity: float | None
    complexity_rank: int | None
    known: int
    possible: int


def region_standing(loaded: Figures, row: int) -> Standing:
    return Standing(
        total=known(loaded.region_total[row]),
        count=known(loaded.diversity[row]),
        count_rank=ranks(loaded.diversity)[row],
        complexity=known(loaded.region_complexity[row]),
        complexity_rank=ranks(loaded.region_complexity)[row],
        known=int(loaded.known_cells[row]),
        possible=len(loaded.domains),
    )


def domain_standing(loaded: Figures, column: int) -> Standing:
    return Standing(
        total=known(loaded.domain_total[column]),
        count=known(loaded.ubiquity[column]),
        count_rank=ranks(loaded.ubiquity)[column],
        complexity=known(loaded.domain_complexity[column]),
        complexity_rank=ranks(loaded.domain_complexity)[column],
        known=int(np.isfinite(loaded.value[:, column]).sum()),
        possible=len(loaded.regions),
    )


def nearest_domains(loaded: Figures, column: int, most: int = NEAR_DOMAINS) -> list[tuple[str, float]]:
    """The domains most often held together with this one: code and proximity, nearest first."""
    near = loaded.proximity[column].copy()
    near[column] = np.nan
    order = sorted(np.flatnonzero(np.isfinite(near)), key=lambda other: (-near[other], loaded.domains[other]))
    return [(loaded.domains[other], float(near[other])) for other in order[:most]]
