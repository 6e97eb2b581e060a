"""The presence matrix, ordered so that its nested shape shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..advantage import Presence
from ..results import ActivityError, Floats
from .look import AMBER, SEA, VOID, Caption, Chart, Row, altair, checked, data, finished, label_axis, named

WIDTH, HEIGHT = 720, 480
HIGHLIGHTED = "highlighted"


def nested_presence(
    held: Presence,
    caption: Caption,
    *,
    region_order: Floats | None = None,
    domain_order: Floats | None = None,
    highlighted: Sequence[str] = (),
    names: Mapping[str, str] | None = None,
) -> Chart:
    """Which regions (rows) hold which domains (columns), the fullest corner at the top left.

    Rows go from the most to the least diverse region, columns from the most to the least ubiquitous domain; ties by
    label. `region_order` and `domain_order` order by other figures instead, such as fitness and complexity: regions
    from the largest, domains from the smallest, NaN last. One square per presence; unknown cells are drawn grey and
    counted in the subtitle; regions and domains that cannot be assessed are left out. `highlighted` regions are drawn
    in the accent colour. Raises ActivityError for a highlighted region that is not there, and without altair.
    """
    marked = set(checked(highlighted, held.regions, "region"))
    rows = _ordered(
        held.regions, region_order, held.held_counts, np.asarray(held.assessed.any(axis=1)), "region", largest=True
    )
    domains, kept = held.domains, np.asarray(held.assessed.any(axis=0))
    columns = _ordered(domains, domain_order, held.holder_counts, kept, "domain", largest=domain_order is None)
    grid = np.ix_(rows, columns)
    cells: list[Row] = []
    states = ((held.present[grid], "held"), (~held.assessed[grid], "unknown"))
    for mask, state in states:
        for r, i in np.argwhere(mask).tolist():
            region, domain = held.regions[rows[r]], domains[columns[i]]
            cells.append(
                {
                    "row": r,
                    "column": i,
                    "region": named(names, region),
                    "domain": named(names, domain),
                    "state": HIGHLIGHTED if state == "held" and region in marked else state,
                }
            )
    unknown = int(states[1][0].sum())
    by = "diversity and ubiquity" if region_order is None and domain_order is None else "the figures given"
    notes = [
        f"{len(rows)} regions x {len(columns)} domains, ordered by {by}",
        f"{unknown} unknown cells (grey)" if unknown else "",
    ]
    regions = [named(names, held.regions[r]) for r in rows]
    return finished(
        _cells(cells, regions, [named(names, domains[i]) for i in columns]),
        caption,
        width=WIDTH,
        height=HEIGHT,
        notes=notes,
    )


def _ordered(
    labels: Sequence[str], given: Floats | None, counts: Floats, kept: NDArray[np.bool_], axis: str, *, largest: bool
) -> list[int]:
    values = counts if given is None else np.asarray(given, dtype=np.float64)
    if values.shape != (len(labels),):
        raise ActivityError(
            f"The order of {axis}s has shape {values.shape}, but there are {len(labels)} {axis}s; give one figure each."
        )
    turn = -1.0 if largest else 1.0

    def key(index: int) -> tuple[bool, float, str]:
        value = float(values[index])
        return bool(np.isnan(value)), 0.0 if np.isnan(value) else turn * value, labels[index]

    return sorted((int(index) for index in np.flatnonzero(kept)), key=key)


def _cells(cells: list[Row], regions: list[str], domains: list[str]) -> Chart:
    alt = altair()

    # Squares meet edge to edge: positions are numbers, and names stand on the axis only where they can be read.
    for cell in cells:
        cell |= {"row_end": cell["row"] + 1, "column_end": cell["column"] + 1}
    x = alt.X("column:Q", title=f"Domains ({len(domains)})", axis=label_axis(domains, 90))
    y = alt.Y("row:Q", title=f"Regions ({len(regions)})", axis=label_axis(regions, 0))
    x = x.scale(domain=[0, len(domains)], nice=False)
    y = y.scale(domain=[0, len(regions)], nice=False, reverse=True)
    states = ["held", HIGHLIGHTED, "unknown"]
    present = [state for state in states if any(cell["state"] == state for cell in cells)]
    colours = dict(zip(states, (SEA, AMBER, VOID), strict=True))
    scale = alt.Scale(domain=present, range=[colours[state] for state in present])
    colour = alt.Color("state:N", title=None, scale=scale)
    return (
        alt.Chart(data(cells))
        .mark_rect(strokeWidth=0)
        .encode(
            x=x,
            y=y,
            x2="column_end:Q",
            y2="row_end:Q",
            color=colour.legend(orient="bottom") if len(present) > 1 else colour.legend(None),
            tooltip=["region:N", "domain:N", "state:N"],
        )
    )
