"""Complementarity as a picture: all regions against all, or one region's partners where they lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..partners import Complementarity
from ..results import ActivityError
from .look import (
    AMBER,
    INK,
    LINE,
    READABLE,
    SEA,
    SEA_PALE,
    VOID,
    Caption,
    Chart,
    Row,
    altair,
    checked,
    data,
    finished,
    label_axis,
    named,
    number,
)

Point = tuple[float, float]
SIDE = 620


def complementarity_matrix(
    found: Complementarity,
    caption: Caption,
    *,
    regions: Sequence[str] | None = None,
    names: Mapping[str, str] | None = None,
) -> Chart:
    """What partners (columns) add to regions (rows): mean added relatedness density, in percent points.

    `regions` chooses and orders both axes. One square per ordered pair of different regions; grey where the figure is
    NaN. Raises ActivityError for a region that is not there or given twice, and without altair.
    """
    chosen = checked(tuple(found.regions if regions is None else regions), found.regions, "region")
    if len(set(chosen)) != len(chosen):
        raise ActivityError("A region is named twice for the matrix; name each region once.")
    places = {label: index for index, label in enumerate(found.regions)}
    labels = [named(names, label) for label in chosen]
    values = found.mean_added_density * 100.0
    rows: list[Row] = [
        {
            "row": r,
            "column": s,
            "row_end": r + 1,
            "column_end": s + 1,
            "region": labels[r],
            "partner": labels[s],
            "added": number(values[places[region], places[partner]]),
        }
        for r, region in enumerate(chosen)
        for s, partner in enumerate(chosen)
        if r != s
    ]
    alt = altair()
    ends = [0, max(len(chosen), 1)]
    x = alt.X("column:Q", title="Partner", axis=label_axis(labels, 90)).scale(domain=ends, nice=False)
    y = alt.Y("row:Q", title="Region", axis=label_axis(labels, 0)).scale(domain=ends, nice=False, reverse=True)
    squares = (
        alt.Chart(data(rows))
        .mark_rect(strokeWidth=0)
        .encode(
            x=x,
            y=y,
            x2="column_end:Q",
            y2="row_end:Q",
            color=alt.condition("isValid(datum.added)", _shade("Added density, points"), alt.value(VOID)),
            tooltip=["region:N", "partner:N", alt.Tooltip("added:Q", format=".2f")],
        )
    )
    missing = sum(row["added"] is None for row in rows)
    notes = ["Rows gain, columns add", f"{missing} pairs cannot be assessed (grey)" if missing else ""]
    return finished(squares, caption, width=SIDE, height=SIDE, notes=notes)


def partner_map(
    found: Complementarity,
    region: str,
    points: Mapping[str, Point],
    caption: Caption,
    *,
    lines: int = 5,
    names: Mapping[str, str] | None = None,
) -> Chart:
    """One region's partners where they lie: the darker a circle, the more density the partner adds (percent points).

    `points` gives (longitude, latitude) in degrees. Lines lead to the `lines` strongest partners, which are labelled;
    the region itself is drawn in the accent colour. Partners without a point are counted in the subtitle. One circle
    per partner with a figure and a point, and one for the region. No background map is drawn or loaded.
    Raises ActivityError for a region that is not there or has no point, for points off the globe, and without altair.
    """
    checked([region], found.regions, "region")
    if region not in points:
        raise ActivityError(f"Region {region!r} has no point; give its longitude and latitude.")
    for label, (longitude, latitude) in points.items():
        if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
            raise ActivityError(
                f"The point of {label!r} is ({longitude}, {latitude}); give longitude and latitude in degrees."
            )
    partners = found.partners_of(region)
    rows: list[Row] = [
        {
            "partner": label,
            "name": named(names, label),
            "added": added * 100.0,
            "longitude": points[label][0],
            "latitude": points[label][1],
        }
        for label, added in partners
        if label in points
    ]
    home: Row = {"name": named(names, region), "longitude": points[region][0], "latitude": points[region][1]}
    left_out = len(partners) - len(rows)
    notes = [
        f"What each partner adds to {named(names, region)}",
        f"{left_out} partners without a position are not drawn" if left_out else "",
    ]
    width, height = _size([*rows, home])
    return finished(_map(rows, home, max(lines, 0)), caption, width=width, height=height, notes=notes)


def _map(rows: list[Row], home: Row, lines: int) -> Chart:
    alt = altair()
    strongest = [
        {**row, "home_longitude": home["longitude"], "home_latitude": home["latitude"]} for row in rows[:lines]
    ]
    where = {"longitude": "longitude:Q", "latitude": "latitude:Q"}
    rules = (
        alt.Chart(data(strongest))
        .mark_rule(color=LINE, strokeWidth=1.4)
        .encode(**where, longitude2="home_longitude:Q", latitude2="home_latitude:Q")
    )
    tip = ["name:N", alt.Tooltip("added:Q", format=".2f")]
    # The least first, so that the strongest partners lie on top.
    circles = (
        alt.Chart(data(rows[::-1]))
        .mark_circle(opacity=0.95, size=90 if len(rows) <= READABLE else 45)
        .encode(**where, color=_shade("Added density, points"), tooltip=tip)
    )
    own = alt.Chart(data([home])).mark_circle(color=AMBER, size=170, opacity=1).encode(**where, tooltip=["name:N"])
    texts = alt.Chart(data([*strongest, home])).mark_text(dy=-11, fontSize=11, color=INK).encode(**where, text="name:N")
    return alt.layer(rules, circles, own, texts).project(type="mercator")


def _shade(title: str) -> Chart:
    alt = altair()
    scale = alt.Scale(range=[SEA_PALE, SEA], interpolate="lab")
    return alt.Color("added:Q", title=title, scale=scale).legend(orient="bottom", gradientLength=220)


def _size(rows: Sequence[Row]) -> tuple[int, int]:
    """Width and height that follow the points' extent in Mercator, within limits a page can hold."""
    longitude = np.radians([row["longitude"] for row in rows])
    latitude = np.radians(np.clip([row["latitude"] for row in rows], -85.0, 85.0))
    up = np.log(np.tan(np.pi / 4.0 + latitude / 2.0))
    ratio = float(np.ptp(up)) / max(float(np.ptp(longitude)), 1e-9)
    return SIDE, int(SIDE * min(max(ratio, 0.45), 1.3))
