"""The proximity network: domains as nodes, near domains linked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..results import ActivityError, RelatednessMatrix
from .layout import backbone, positions
from .look import (
    AMBER,
    INK,
    LINE,
    PAPER,
    READABLE,
    SEA,
    Caption,
    Chart,
    Row,
    altair,
    checked,
    data,
    finished,
    legible,
    named,
)

SIDE = 640
LABEL = 10


def proximity_network(
    relatedness: RelatednessMatrix,
    caption: Caption,
    *,
    highlighted: Sequence[str] = (),
    extra_links: int | None = None,
    names: Mapping[str, str] | None = None,
) -> Chart:
    """The strongest links of a proximity (or any symmetric relatedness) as a network, after Hidalgo et al. (2007).

    Shown are the maximum spanning forest and the `extra_links` strongest links besides (as many as there are
    domains, if not given). Domains without any proximity are left out, and the subtitle says how many.
    `highlighted` domains (say, those a region holds) are drawn in the accent colour. They are labelled, as are all
    where there are up to 60, as far as labels do not overlap. Nearness on paper follows steps along the links
    drawn, not proximity itself. One circle per domain, one line per link. Raises ActivityError for a highlighted
    domain that is not there, and without altair.
    """
    marked = set(checked(highlighted, relatedness.domains, "domain"))
    values = np.where(np.isnan(relatedness.values), 0.0, relatedness.values)
    np.fill_diagonal(values, 0.0)
    if not np.allclose(values, values.T, rtol=1e-9, atol=1e-12):
        raise ActivityError("The relatedness is not symmetric; a network of lines needs a symmetric one.")
    drawn = np.flatnonzero(values.any(axis=1))
    values = values[np.ix_(drawn, drawn)]
    labels = [relatedness.domains[i] for i in drawn]
    extra = len(drawn) if extra_links is None else extra_links
    if extra < 0:
        raise ActivityError(f"The number of extra links is {extra}; give a number of at least 0.")
    pairs = backbone(values, extra)
    place = positions(len(drawn), pairs)
    nodes: list[Row] = [
        {"domain": label, "name": named(names, label), "x": float(x), "y": float(y), "marked": label in marked}
        for label, (x, y) in zip(labels, place.tolist(), strict=True)
    ]
    links: list[Row] = [
        {
            "from": labels[i],
            "to": labels[j],
            "proximity": float(values[i, j]),
            "x": float(place[i, 0]),
            "y": float(place[i, 1]),
            "x2": float(place[j, 0]),
            "y2": float(place[j, 1]),
        }
        for i, j in pairs.tolist()
    ]
    left_out = len(relatedness.domains) - len(drawn)
    note = f"{len(drawn)} domains, {len(links)} strongest links" + (
        f"; {left_out} without any proximity are not drawn" if left_out else ""
    )
    return finished(_layers(nodes, links), caption, width=SIDE, height=SIDE, notes=[note])


def _layers(nodes: list[Row], links: list[Row]) -> Chart:
    alt = altair()
    free = alt.Scale(domain=[-1.04, 1.04])
    x, y = alt.X("x:Q", axis=None, scale=free), alt.Y("y:Q", axis=None, scale=free)
    told = [alt.Tooltip("from:N"), alt.Tooltip("to:N"), alt.Tooltip("proximity:Q", format=".3f")]
    lines = (
        alt.Chart(data(links))
        .mark_rule(color=LINE, strokeWidth=1.1)
        .encode(x=x, y=y, x2="x2:Q", y2="y2:Q", tooltip=told)
    )
    size = 130 if len(nodes) <= READABLE else 34
    dots = (
        alt.Chart(data(nodes))
        .mark_circle(opacity=1, stroke=PAPER, strokeWidth=0.8, size=size)
        .encode(
            x=x,
            y=y,
            color=alt.condition("datum.marked", alt.value(AMBER), alt.value(SEA)),
            tooltip=[alt.Tooltip("domain:N"), alt.Tooltip("name:N")],
        )
    )
    wanted = sorted(
        (node for node in nodes if node["marked"] or len(nodes) <= READABLE), key=lambda node: not node["marked"]
    )
    places = [(node["x"] * SIDE / 2.08, node["y"] * SIDE / 2.08) for node in wanted]
    labelled = [wanted[k] for k in legible(places, [node["name"] for node in wanted], LABEL, centred=True)]
    texts = (
        alt.Chart(data(labelled))
        .mark_text(dy=-10, fontSize=LABEL, color=INK, limit=150)
        .encode(x=x, y=y, text="name:N")
    )
    return alt.layer(lines, dots, texts)
