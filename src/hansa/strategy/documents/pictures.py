"""Charts and maps of documents: specifications whose figures are the numbers of the table beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from django.utils.formats import get_format
from django.utils.translation import gettext as _

from hansa.strategy import charts, figures, shapes
from hansa.strategy.documents.blocks import Chart, Number, Runs, Table, clean

LONGEST_LABEL = 44


def cut(words: str, most: int = LONGEST_LABEL) -> str:
    """A label that fits beside its bar."""
    words = clean(words)
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def _marks() -> dict[str, Any]:
    """Figures on axes are written with the document's decimal and thousands marks."""
    marks = {"decimal": get_format("DECIMAL_SEPARATOR"), "thousands": get_format("THOUSAND_SEPARATOR")}
    return {"locale": {"number": {**marks, "grouping": [3], "currency": ["", ""]}}}


def drawn(spec: dict[str, Any]) -> str:
    """The specification as SVG on white, without a caption: the document sets its own."""
    return charts.svg({**spec, "background": "#ffffff"})


def bars(
    rows: Sequence[tuple[str, Number]], *, axis: str, caption: Runs, alternative: str, table: Table | None = None
) -> Chart:
    """Horizontal bars in the order given; what is unknown gets no bar but keeps its line."""
    values = [
        {"label": cut(label), "place": n, "value": number.value, "text": number.text}
        for n, (label, number) in enumerate(rows)
    ]
    y = {
        "field": "label",
        "type": "nominal",
        "sort": {"field": "place"},
        "axis": {"title": None, "labelLimit": 330, "labelFontSize": 12, "ticks": False, "domain": False},
    }
    x = {
        "field": "value",
        "type": "quantitative",
        "axis": {"title": axis, "grid": True, "gridColor": "var(--line)", "tickCount": 5},
    }
    spec = {
        "$schema": charts.SCHEMA,
        "width": 380,
        "height": {"step": 24},
        "config": _marks(),
        "data": {"values": values},
        "layer": [
            {"mark": {"type": "bar", "color": "var(--sea)", "height": {"band": 0.62}}, "encoding": {"x": x, "y": y}},
            {
                "mark": {"type": "text", "align": "left", "dx": 5, "fontSize": 11, "fill": "var(--ink)"},
                "encoding": {"x": x, "y": y, "text": {"field": "text", "type": "nominal"}},
            },
        ],
    }
    return Chart(drawn(spec), spec, caption, clean(alternative), table)


def matrix(
    cells: Sequence[tuple[str, str, Number]],
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    legend: str,
    caption: Runs,
    alternative: str,
    table: Table | None = None,
) -> Chart:
    """A heat map of (row, column, number), each written in its field, so that colour never speaks alone.

    `rows` and `columns` give the order in which they are drawn.
    """
    values = [
        {"row": cut(row), "column": cut(column, 24), "value": number.value, "text": number.text}
        for row, column, number in cells
    ]
    x = _band("column", [cut(each, 24) for each in columns], {"orient": "top", "labelAngle": -35, "labelFontSize": 11})
    y = _band("row", [cut(each) for each in rows], {"labelLimit": 300, "labelFontSize": 12})
    breaks = [1.5, 2, 3]
    colours = [f"var(--class-{n})" for n in (1, 2, 3, 5)]
    spec = {
        "$schema": charts.SCHEMA,
        "width": {"step": 52},
        "height": {"step": 26},
        "config": _marks(),
        "data": {"values": values},
        "layer": [
            {
                "mark": {"type": "rect", "stroke": "#ffffff", "strokeWidth": 2},
                "encoding": {
                    "x": x,
                    "y": y,
                    "fill": {
                        "field": "value",
                        "type": "quantitative",
                        "scale": {"type": "threshold", "domain": breaks, "range": colours},
                        "legend": {"title": legend, "orient": "bottom", "direction": "horizontal", "titleLimit": 400},
                    },
                },
            },
            {
                "mark": {"type": "text", "fontSize": 11},
                "encoding": {
                    "x": x,
                    "y": y,
                    "text": {"field": "text", "type": "nominal"},
                    "color": {"condition": {"test": "datum.value >= 3", "value": "#ffffff"}, "value": "var(--ink)"},
                },
            },
        ],
    }
    return Chart(drawn(spec), spec, caption, clean(alternative), table)


def _band(field: str, order: Sequence[str], axis: dict[str, Any]) -> dict[str, Any]:
    """A side of the matrix in the given order, without lines of its own."""
    bare = {"title": None, "domain": False, "ticks": False}
    return {"field": field, "type": "nominal", "sort": list(order), "axis": {**bare, **axis}}


def partnership_map(
    rows: Sequence[tuple[tuple[str, ...], str, Number]],
    *,
    title: str,
    caption: Runs,
    alternative: str,
) -> Chart | None:
    """A map around the partnership of (codes, name, number), or None where no geometry has any of the regions.

    Of the `codes` of a region the first that the geometry draws is coloured: its own, else the one that stands in.
    """
    loaded = figures.current()
    land = shapes.shapes(loaded) if loaded is not None else None
    if land is None:
        return None
    unknown = _("unknown")
    values = sorted({number.value for _codes, _name, number in rows if number.value is not None})
    labels = _classes(values, {number.value: number.text for _codes, _name, number in rows})
    told: dict[str, dict[str, Any]] = {}
    for codes, name, number in rows:
        code = next((each for each in codes if each in land.drawn), None)
        if code is not None and code not in told:
            shown = unknown if number.value is None else _class_of(number.value, values, labels)
            tip = f"{clean(name)}: {number.text}"
            told[code] = {"code": code, "name": clean(name), "class": shown, "tip": tip, "href": "", "own": True}
    if not told:
        return None
    spec = charts.map_spec(land.features, list(told.values()), labels, title=title, unknown=unknown)
    spec |= {"width": 560, "height": 500}
    spec["projection"] = _around([f for f in land.features if f["properties"]["code"] in told], 560, 500)
    svg = drawn(spec)
    # the geometry is named, not kept: it would weigh more than the rest of the document
    return Chart(svg, {**spec, "data": {"geometry": land.digest}}, caption, clean(alternative))


def _around(features: Sequence[dict[str, Any]], width: float, height: float) -> dict[str, Any]:
    """An azimuthal equal-area projection (Lambert, 1772) centred on the features, with a margin around them."""
    points = np.array([point for feature in features for point in _points(feature["geometry"]["coordinates"])])
    low, high = points.min(axis=0), points.max(axis=0)
    middle = (low + high) / 2
    lon, lat = np.radians(points[:, 0] - middle[0]), np.radians(points[:, 1])
    at = np.radians(middle[1])
    k = np.sqrt(2 / (1 + np.sin(at) * np.sin(lat) + np.cos(at) * np.cos(lat) * np.cos(lon)))
    x = k * np.cos(lat) * np.sin(lon)
    y = k * (np.cos(at) * np.sin(lat) - np.sin(at) * np.cos(lat) * np.cos(lon))
    scale = min(0.8 * width / max(np.ptp(x), 0.01), 0.8 * height / max(np.ptp(y), 0.01))
    shift = [width / 2 - scale * (x.min() + x.max()) / 2, height / 2 + scale * (y.min() + y.max()) / 2]
    return {
        "type": "azimuthalEqualArea",
        "rotate": [round(float(-middle[0]), 3), round(float(-middle[1]), 3), 0],
        "scale": round(float(scale), 1),
        "translate": [round(float(each), 1) for each in shift],
    }


def _points(coordinates: Any) -> list[list[float]]:
    """The points of a polygon or of several, however deep they lie."""
    if isinstance(coordinates[0], int | float):
        return [coordinates[:2]]
    return [point for part in coordinates for point in _points(part)]


def _classes(values: Sequence[float], written: dict[Any, str]) -> list[str]:
    """At most five classes of the counts that occur, from low to high."""
    if len(values) <= 5:
        return [written[value] for value in values] or ["–"]
    groups = _groups(values)
    return [written[g[0]] if len(g) == 1 else f"{written[g[0]]}–{written[g[-1]]}" for g in groups]


def _groups(values: Sequence[float]) -> list[Sequence[float]]:
    size = -(-len(values) // 5)
    return [values[start : start + size] for start in range(0, len(values), size)]


def _class_of(value: float, values: Sequence[float], labels: Sequence[str]) -> str:
    if len(values) <= 5:
        return labels[values.index(value)]
    return labels[next(n for n, group in enumerate(_groups(values)) if value <= group[-1])]
