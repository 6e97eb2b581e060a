"""The opportunity plane: the domains a region lacks, by relatedness density and complexity."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..quadrant import FAR_COMPLEX, FAR_SIMPLE, NEAR_COMPLEX, NEAR_SIMPLE, NOT_PLACED, Quadrant
from ..results import ActivityError
from .look import AMBER, INK, INK_2, SEA, SEA_MID, VOID, Caption, Chart, Row, altair, data, finished, legible, named

COLOURS = {NEAR_COMPLEX: AMBER, NEAR_SIMPLE: SEA, FAR_COMPLEX: SEA_MID, FAR_SIMPLE: VOID}

WIDTH, HEIGHT, LABEL = 620, 440, 10


def opportunity_plane(
    found: Quadrant, caption: Caption, *, names: Mapping[str, str] | None = None, labelled: int = 8
) -> Chart:
    """A region's quadrant as a chart (Balland et al. 2019): x relatedness density, y complexity, both cut lines drawn.

    One circle per placed domain; what limits the
    reading (`Quadrant.note`) stands there too. Up to `labelled` of the near and complex domains carry names, the
    nearest first, as far as labels do not overlap. Raises ActivityError where no domain is placed, and without
    altair.
    """
    placed = [point for point in found.points if point.quadrant != NOT_PLACED]
    if not placed:
        raise ActivityError(f"No domain of region {found.region!r} can be placed; {found.note or 'it lacks none.'}")
    rows: list[Row] = [
        {
            "domain": point.domain,
            "name": named(names, point.domain),
            "density": point.density,
            "complexity": point.complexity,
            "quadrant": point.quadrant,
            "lq": point.location_quotient,
        }
        for point in placed
    ]
    told = _told([row for row in rows if row["quadrant"] == NEAR_COMPLEX], rows)[: max(labelled, 0)]
    cuts = found.definition
    lines = (
        f"Lines: density {found.density_cut:.3f} ({_worded(cuts['density_cut'])}), "
        f"complexity {found.complexity_cut:.2f} ({_worded(cuts['complexity_cut'])})."
    )
    notes = [lines, *_wrapped(found.note)]
    return finished(_layers(rows, told, found), caption, width=WIDTH, height=HEIGHT, notes=notes)


def _told(near: list[Row], rows: list[Row]) -> list[Row]:
    places = []
    (left, right), (low, high) = _range(rows, "density"), _range(rows, "complexity")
    for row in near:
        across, up = (row["density"] - left) / (right - left), (row["complexity"] - low) / (high - low)
        places.append((across * WIDTH, up * HEIGHT))
    return [near[k] for k in legible(places, [row["name"] for row in near], LABEL, centred=False)]


def _worded(cut: object) -> str:
    return cut if isinstance(cut, str) else "given"


def _wrapped(text: str, most: int = 110) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) >= most:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _layers(rows: list[Row], told: list[Row], found: Quadrant) -> Chart:
    alt = altair()
    x = alt.X("density:Q", title="Relatedness density (share, 0 to 1)", scale=alt.Scale(domain=_range(rows, "density")))
    y = alt.Y("complexity:Q", title="Complexity (PCI, standard deviations)")
    y = y.scale(domain=_range(rows, "complexity"))
    order = list(COLOURS)
    colour = alt.Color(
        "quadrant:N", scale=alt.Scale(domain=order, range=[COLOURS[name] for name in order]), title=None
    ).legend(orient="bottom")
    tip = [
        alt.Tooltip("domain:N"),
        alt.Tooltip("name:N"),
        alt.Tooltip("density:Q", format=".3f"),
        alt.Tooltip("complexity:Q", format=".2f"),
        alt.Tooltip("lq:Q", title="location quotient", format=".2f"),
    ]
    rule = {"color": INK_2, "strokeDash": [4, 3], "strokeWidth": 1}
    across = alt.Chart(data([{"complexity": found.complexity_cut}])).mark_rule(**rule).encode(y=y)
    upright = alt.Chart(data([{"density": found.density_cut}])).mark_rule(**rule).encode(x=x)
    dots = alt.Chart(data(rows)).mark_circle(size=70, opacity=0.85).encode(x=x, y=y, color=colour, tooltip=tip)
    texts = (
        alt.Chart(data(told))
        .mark_text(align="left", dx=7, fontSize=LABEL, color=INK, limit=170)
        .encode(x=x, y=y, text="name:N")
    )
    return alt.layer(across, upright, dots, texts)


def _range(rows: list[Row], field: str) -> list[float]:
    values = np.array([row[field] for row in rows])
    margin = 0.06 * float(np.ptp(values)) or 0.05
    return [float(values.min()) - margin, float(values.max()) + margin]
