"""Vega-Lite specifications as plain dictionaries, and the same drawn as SVG without a browser.

Colours are written as `var(--sea)`; the page resolves them against its own scheme, `svg` against the light one.
"""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from django.utils.formats import get_format
from django.utils.translation import gettext as _

from hansa.strategy.figures import Figures

Spec = dict[str, Any]
KEPT_DRAWINGS = 24

LIGHT = {
    "ink": "#16212e",
    "ink-2": "#53606e",
    "line": "#dcd8ce",
    "paper": "#fbfaf7",
    "sunken": "#f1efe9",
    "sea": "#0f4c75",
    "amber": "#a65706",
    "class-1": "#dce9f1",
    "class-2": "#a9cade",
    "class-3": "#6ea2c3",
    "class-4": "#36759f",
    "class-5": "#0f4c75",
    "void": "#c9c2b4",
}
"""The light colours of hansa.css by name; a test holds the two equal."""

_NAMED = re.compile(r"var\(--([a-z0-9-]+)\)")
_RAMPS = {1: (4,), 2: (2, 5), 3: (1, 3, 5), 4: (1, 2, 4, 5), 5: (1, 2, 3, 4, 5)}
HATCH = {
    "gradient": "linear",
    "x1": 0,
    "y1": 0,
    "x2": 1,
    "y2": 1,
    "stops": [
        {"offset": (stripe + edge) / 6, "color": f"var(--{'void' if even == 0 else 'paper'})"}
        for stripe in range(6)
        for even in (stripe % 2,)
        for edge in (0, 1)
    ],
}


SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
SHAPE = {"type": "geoshape", "clip": True}
TIP = {"field": "tip", "type": "nominal"}


def map_spec(
    shapes: str | list[dict[str, Any]],
    rows: Sequence[dict[str, Any]],
    labels: Sequence[str],
    *,
    title: str,
    unknown: str,
) -> Spec:
    """A choropleth of Europe.

    `shapes`: address of the geometry, or its features. `rows`: one per region with `code`, `name`, `class` (one of
    `labels` or `unknown`), `tip`, `href`, `own` (true for the partnership's regions, outlined). Land without a row is
    drawn as surroundings; regions marked remote in the geometry are left out.
    """
    data: Spec = {"url": shapes, "format": {"type": "json", "property": "features"}}
    if not isinstance(shapes, str):
        data = {"values": shapes}
    fields = ["class", "name", "tip", "href", "own"]
    return {
        "$schema": SCHEMA,
        "usermeta": {"aspect": 0.84, "most": 680},
        "width": 760,
        "height": 638,
        "data": data,
        "transform": [
            {"filter": "!datum.properties.remote"},
            {"lookup": "properties.code", "from": {"data": {"values": list(rows)}, "key": "code", "fields": fields}},
        ],
        "projection": {
            "type": "azimuthalEqualArea",
            "rotate": [-12, -53.5, 0],
            "scale": {"expr": "width * 1.34"},
            "translate": {"expr": "[width * 0.47, height * 0.53]"},
        },
        "layer": _map_layers(labels, title, unknown),
    }


def _map_layers(labels: Sequence[str], title: str, unknown: str) -> list[Spec]:
    """Surroundings, regions in their classes, regions without a known figure, outlines of the partnership's."""
    line = {"stroke": "var(--paper)", "strokeWidth": 0.6, "cursor": "pointer"}
    legend = {
        "title": title,
        "orient": "bottom",
        "direction": "horizontal",
        "columns": {"expr": "max(2, floor(width / 140))"},
        "symbolType": "square",
        "symbolStrokeWidth": 0,
        "symbolOpacity": 1,
        "labelLimit": 240,
        "titleLimit": 600,
    }
    ramp = [f"var(--class-{n})" for n in _RAMPS[len(labels)]]
    scale = {"domain": [*labels, unknown], "range": [*ramp, "var(--void)"]}
    fill = {"field": "class", "type": "ordinal", "scale": scale, "legend": legend}
    return [
        {
            "transform": [{"filter": "!isValid(datum.class)"}],
            "mark": {**SHAPE, "fill": "var(--sunken)", "stroke": "var(--line)", "strokeWidth": 0.6},
        },
        {
            "transform": [{"filter": f"isValid(datum.class) && datum.class !== {json.dumps(unknown)}"}],
            "mark": {**SHAPE, **line},
            "encoding": {"fill": fill, "tooltip": TIP},
        },
        {
            "transform": [{"filter": f"datum.class === {json.dumps(unknown)}"}],
            "mark": {**SHAPE, **line, "fill": HATCH},
            "encoding": {"tooltip": TIP},
        },
        {
            "transform": [{"filter": "datum.own"}],
            "mark": {**SHAPE, "filled": False, "stroke": "var(--amber)", "strokeWidth": 2, "cursor": "pointer"},
            "encoding": {"tooltip": TIP},
        },
    ]


def opportunities_spec(points: Sequence[dict[str, Any]], *, unit: str) -> Spec:
    """The opportunity plane of a region (Balland et al. 2019): relatedness density against domain complexity.

    `points`: one per domain the region lacks, with `density`, `complexity`, `value` (None when unknown), `label`
    (drawn where not empty), `side` (left or right of its circle), `best`, `tip`, `href`. Circle area is `value`.
    """
    x = _axis("density", ".2f", _("relatedness density: closer to what is there →"))
    y = _axis("complexity", ".1f", _("complexity (PCI): harder to copy →"))
    size = {
        "field": "value",
        "type": "quantitative",
        "scale": {"type": "linear", "range": [30, 900], "domainMin": 0},
        "legend": {"title": unit, "orient": "bottom", "direction": "horizontal", "values": _size_marks(points)},
    }
    middle = {"type": "rule", "color": "var(--line)", "strokeDash": [4, 4], "strokeWidth": 1.2}
    return {
        "$schema": SCHEMA,
        "usermeta": {"aspect": 0.58, "least": 300, "most": 860},
        "width": 720,
        "height": 420,
        "autosize": {"type": "fit", "contains": "padding"},
        "config": _numbers(),
        "data": {"values": list(points)},
        "layer": [
            {
                "mark": middle,
                "encoding": {"x": {"field": "density", "type": "quantitative", "aggregate": "median"}},
            },
            {
                "mark": middle,
                "encoding": {"y": {"field": "complexity", "type": "quantitative", "aggregate": "median"}},
            },
            {
                "mark": {"type": "circle", "cursor": "pointer", "stroke": "var(--paper)", "strokeWidth": 0.5},
                "encoding": {
                    "x": x,
                    "y": y,
                    "size": size,
                    "color": {"condition": {"test": "datum.best", "value": "var(--amber)"}, "value": "var(--sea)"},
                    "opacity": {"condition": {"test": "datum.best", "value": 0.9}, "value": 0.5},
                    "tooltip": TIP,
                },
            },
            *_labels(points, x, y),
        ],
    }


def _axis(field: str, form: str, title: str) -> Spec:
    return {
        "field": field,
        "type": "quantitative",
        "scale": {"zero": False, "nice": True, "padding": 12},
        "axis": {"grid": False, "tickCount": 5, "format": form, "title": title},
    }


def _labels(points: Sequence[dict[str, Any]], x: Spec, y: Spec) -> list[Spec]:
    """The names beside the labelled circles, each over a halo that parts it from what lies under it."""
    text = {"baseline": "middle", "fontSize": 12, "limit": {"expr": "min(300, width * 0.62)"}}
    halo = {"stroke": "var(--paper)", "strokeWidth": 3, "opacity": 0.75}
    return [
        {
            "transform": [{"filter": f"datum.label !== '' && datum.side === '{side}'"}],
            "mark": {"type": "text", "align": align, "dx": shift, **text, **look},
            "encoding": {"x": x, "y": y, "text": {"field": "label", "type": "nominal"}},
        }
        for side, align, shift in (("right", "left", 18), ("left", "right", -18))
        if any(point["label"] and point["side"] == side for point in points)
        for look in (halo, {"fill": "var(--ink)"})
    ]


def _size_marks(points: Sequence[dict[str, Any]]) -> list[float]:
    """Two or three round sizes for the legend."""
    largest = max((point["value"] or 0 for point in points), default=0)
    if largest < 10:
        return []
    power = 10 ** (len(str(int(largest))) - 1)
    top = int(largest / power) * power
    return [top / 10, top / 2, top]


def _numbers() -> Spec:
    """Figures on axes and in legends are written as on the page: with the reader's decimal and thousands marks."""
    marks = {"decimal": get_format("DECIMAL_SEPARATOR"), "thousands": get_format("THOUSAND_SEPARATOR")}
    return {"locale": {"number": {**marks, "grouping": [3], "currency": ["", ""]}}}


def resolved(spec: Any) -> Any:
    """The specification with every named colour replaced by its light value."""
    text = _NAMED.sub(lambda found: LIGHT[found[1]], json.dumps(spec))
    return json.loads(text)


def svg(spec: Spec, *, caption: Sequence[str] = ()) -> str:
    """The specification drawn in the light scheme; the lines of the caption (source, attribution) stand under it."""
    import vl_convert

    drawn = {
        **spec,
        "background": spec.get("background", LIGHT["paper"]),
        "padding": 14,
        "config": {
            **spec.get("config", {}),
            "font": "'Source Sans 3', 'Segoe UI', 'Noto Sans', sans-serif",
            "view": {"stroke": None},
            "axis": {
                "labelColor": LIGHT["ink"],
                "titleColor": LIGHT["ink-2"],
                "domainColor": LIGHT["line"],
                "tickColor": LIGHT["line"],
                "titleFontWeight": 500,
            },
            "legend": {"labelColor": LIGHT["ink"], "titleColor": LIGHT["ink-2"], "titleFontWeight": 500},
        },
    }
    if caption:
        drawn["title"] = {
            "text": list(caption),
            "orient": "bottom",
            "anchor": "start",
            "fontSize": 11,
            "fontWeight": "normal",
            "color": LIGHT["ink-2"],
        }
    return str(vl_convert.vegalite_to_svg(resolved(drawn), vl_version="6.4"))


def kept_svg(loaded: Figures, key: Any, draw: Callable[[], str]) -> str:
    """The drawing of that key for these figures, drawn at most once while it is among the last used."""
    shelf: OrderedDict[Any, str] = loaded.kept.setdefault("svg", OrderedDict())
    if key not in shelf:
        shelf[key] = draw()
        while len(shelf) > KEPT_DRAWINGS:
            shelf.popitem(last=False)
    return shelf[key]
