"""The chart of rank intervals: which places a priority takes when weights and data are drawn."""

from __future__ import annotations

from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from hansa.strategy.charts import SCHEMA, TIP, Spec
from hansa.strategy.stepwork.assessing import Assessment

ROW = 30


def intervals_spec(found: Assessment) -> Spec:
    """Places 5–95 % near the chosen weights (broad) and under any weights (thin), with the place as chosen (dot)."""
    points = [point for point in map(_point, found.rows) if point]
    order = [point["name"] for point in points]
    y = {"field": "name", "type": "nominal", "sort": order, "title": None, "axis": {"grid": False, "ticks": False}}
    scale = {"domain": [0.5, max(len(order), 1) + 0.5], "nice": False}
    axis = {"title": _("place, 1 is the best"), "tickMinStep": 1, "format": "d", "grid": True}

    def x(field: str) -> dict[str, Any]:
        return {"field": field, "type": "quantitative", "scale": scale, "axis": axis}

    def bar(low: str, high: str, size: int, colour: str, opacity: float) -> dict[str, Any]:
        mark = {"type": "rule", "strokeWidth": size, "strokeCap": "round", "color": colour, "opacity": opacity}
        return {"mark": mark, "encoding": {"x": x(low), "x2": {"field": high}, "tooltip": TIP}}

    height = ROW * len(order) + 50
    return {
        "$schema": SCHEMA,
        "usermeta": {"aspect": 0.1, "least": height, "most": 860},
        "width": 720,
        "height": height,
        "autosize": {"type": "fit", "contains": "padding"},
        "data": {"values": points},
        "encoding": {"y": y},
        "layer": [
            bar("any_low", "any_high", 2, "var(--ink-2)", 0.8),
            bar("low", "high", 9, "var(--sea)", 0.45),
            {
                "mark": {"type": "circle", "size": 90, "color": "var(--amber)", "opacity": 1},
                "encoding": {"x": x("place"), "tooltip": TIP},
            },
        ],
    }


def _point(row: Any) -> dict[str, Any] | None:
    if row.place is None:
        return None
    told = {
        "id": row.priority.identifier,
        "title": row.priority.local_title,
        "place": number_format(row.place, 1),
        "low": number_format(row.around["low"], 1),
        "high": number_format(row.around["high"], 1),
    }
    return {
        "name": row.priority.identifier,
        "place": row.place,
        "low": row.around["low"],
        "high": row.around["high"],
        "any_low": row.uniform["low"],
        "any_high": row.uniform["high"],
        "tip": _("%(id)s %(title)s: place %(place)s, from %(low)s to %(high)s in 9 of 10 draws") % told,
    }
