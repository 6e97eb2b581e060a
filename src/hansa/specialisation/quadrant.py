"""The smart specialisation quadrant: relatedness against complexity, for the domains a region lacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .activity import Activity
from .advantage import LocationQuotient, Presence, location_quotient, presence
from .economic_complexity import Complexity, complexity_from
from .relatedness import Diagonal, RelatednessDensity, density_from, proximity_from
from .results import ActivityError, Definition, Floats, position

Cut = Literal["region median", "global median"] | float

NEAR_COMPLEX = "near and complex"
NEAR_SIMPLE = "near and simple"
FAR_COMPLEX = "far and complex"
FAR_SIMPLE = "far and simple"
NOT_PLACED = "not placed"
QUADRANTS = (NEAR_COMPLEX, NEAR_SIMPLE, FAR_COMPLEX, FAR_SIMPLE)


@dataclass(frozen=True)
class QuadrantPoint:
    """A domain the region lacks: relatedness density (share 0..1), complexity (PCI), its quadrant, and its LQ.

    `quadrant` is one of QUADRANTS, or "not placed" where density or complexity is NaN.
    """

    domain: str
    density: float
    complexity: float
    quadrant: str
    location_quotient: float


@dataclass(frozen=True)
class Quadrant:
    """The domains one region lacks, in the plane of relatedness density and complexity.

    `density_cut` and `complexity_cut` are the lines themselves; a point on a line counts as near, or complex.
    `points` go from the near and complex to the far and simple, by density within a quadrant; those that could not
    be placed come last. `not_assessed` names domains unknown in the region. `sign_firm` tells whether the direction
    of complexity is established (None without any complexity); `note` is empty, or says in sentences what limits
    the reading.
    """

    region: str
    density_cut: float
    complexity_cut: float
    points: tuple[QuadrantPoint, ...]
    not_assessed: tuple[str, ...]
    sign_firm: bool | None
    note: str
    definition: Definition

    def among(self, quadrant: str) -> tuple[QuadrantPoint, ...]:
        """The points of one quadrant, or those not placed; raises ActivityError for another name."""
        if quadrant not in (*QUADRANTS, NOT_PLACED):
            names = ", ".join(f'"{name}"' for name in (*QUADRANTS, NOT_PLACED))
            raise ActivityError(f"There is no quadrant {quadrant!r}; choose one of {names}.")
        return tuple(point for point in self.points if point.quadrant == quadrant)


def quadrant(
    activity: Activity,
    region: str,
    *,
    density_cut: Cut = "region median",
    complexity_cut: Cut = "region median",
    threshold: float = 1.0,
    diagonal: Diagonal = "exclude",
) -> Quadrant:
    """Where the domains a region lacks lie between near and far, simple and complex (Balland et al. 2019).

    x is relatedness density (near domains are less risky), y is PCI (complex ones promise more). Cut lines:
    "region median" is the median over the domains this region lacks; "global median" is the median over all lacked
    cells of all regions (density), or over all domains (complexity); a number is used as it stands (density as a
    share 0..1). Domains that are unknown in the region are not drawn but named.
    Raises ActivityError for a region the table does not have and for a cut that is neither.

    >>> values = [[3, 2, 2, 2, 0], [2, 3, 3, 0, 2], [2, 3, 0, 0, 0], [4, 0, 0, 0, 0]]
    >>> found = quadrant(Activity.from_matrix("ABCD", "vwxyz", values), "C", complexity_cut=0.0)
    >>> [(point.domain, point.quadrant) for point in found.points]
    [('z', 'near and complex'), ('x', 'near and complex'), ('y', 'far and complex')]
    """
    held = presence(activity, threshold)
    density = density_from(held, proximity_from(held), diagonal)
    return quadrant_from(
        location_quotient(activity),
        held,
        density,
        complexity_from(held),
        region,
        density_cut=density_cut,
        complexity_cut=complexity_cut,
    )


def quadrant_from(
    quotients: LocationQuotient,
    held: Presence,
    density: RelatednessDensity,
    found: Complexity,
    region: str,
    *,
    density_cut: Cut = "region median",
    complexity_cut: Cut = "region median",
) -> Quadrant:
    """The quadrant of results that share one table; see `quadrant`."""
    row = position({label: index for index, label in enumerate(held.regions)}, region, "region")
    absent = np.flatnonzero(held.lacked[row])
    near, pci = density.values[row, absent], found.pci[absent]
    x_line = _line(density_cut, "density", near, lambda: density.values[held.lacked])
    y_line = _line(complexity_cut, "complexity", pci, lambda: found.pci)
    points = [
        QuadrantPoint(
            held.domains[i],
            float(near[k]),
            float(pci[k]),
            _name(float(near[k]), float(pci[k]), x_line, y_line),
            float(quotients.values[row, i]),
        )
        for k, i in enumerate(absent)
    ]
    definition = density.definition.extended(
        measure="quadrant",
        density_cut=density_cut,
        complexity_cut=complexity_cut,
        on_the_line="near, complex",
        pci_moments=found.definition.get("pci_moments"),
    )
    return Quadrant(
        region=region,
        density_cut=x_line,
        complexity_cut=y_line,
        points=tuple(sorted(points, key=_order)),
        not_assessed=tuple(held.domains[i] for i in np.flatnonzero(~held.assessed[row])),
        sign_firm=found.sign.firm if found.sign else None,
        note=_note(found, near, pci),
        definition=definition,
    )


def _line(cut: Cut, axis: str, own: Floats, everywhere: Callable[[], Floats]) -> float:
    if cut == "region median":
        return _median(own)
    if cut == "global median":
        return _median(everywhere())
    if isinstance(cut, str) or not np.isfinite(cut):
        raise ActivityError(
            f'The {axis} cut is {cut!r}; give a finite number, or choose "region median" or "global median".'
        )
    return float(cut)


def _median(values: Floats) -> float:
    finite = values[np.isfinite(values)]
    return float(np.median(finite)) if finite.size else float("nan")


def _name(density: float, pci: float, x_line: float, y_line: float) -> str:
    if not np.isfinite([density, pci, x_line, y_line]).all():
        return NOT_PLACED
    # Compared to twelve decimals, so that rounding in a sum cannot move a point off its own line.
    near, complex_ = round(density, 12) >= round(x_line, 12), round(pci, 12) >= round(y_line, 12)
    if near:
        return NEAR_COMPLEX if complex_ else NEAR_SIMPLE
    return FAR_COMPLEX if complex_ else FAR_SIMPLE


def _order(point: QuadrantPoint) -> tuple[int, float, str]:
    names = (*QUADRANTS, NOT_PLACED)
    near = 0.0 if np.isnan(point.density) else -round(point.density, 12)
    return names.index(point.quadrant), near, point.domain


def _note(found: Complexity, near: Floats, pci: Floats) -> str:
    sentences = []
    alone = int(np.isnan(near).sum())
    if alone:
        sentences.append(f"{alone} of {len(near)} lacked domains have no relatedness density and are not placed.")
    missing = int(np.isnan(pci).sum())
    if missing:
        sentences.append(f"{missing} of {len(pci)} lacked domains have no complexity and are not placed.")
        sentences.append(found.note)
    if found.sign is not None and not found.sign.firm:
        sentences.append(found.sign.explanation)
    return " ".join(sentence for sentence in sentences if sentence)
