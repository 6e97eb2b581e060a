"""Ranks over time: who rises and who falls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Literal

import numpy as np

from ..economic_complexity import Complexity
from ..results import ActivityError
from .look import AMBER, INK, INK_2, VOID, Caption, Chart, Row, altair, checked, data, finished, legible, named

Side = Literal["regions", "domains"]
LABEL = 10


def rank_chart(
    by_year: Mapping[int, Complexity | Mapping[str, float]],
    caption: Caption,
    *,
    shown: Sequence[str] | None = None,
    highlighted: Sequence[str] = (),
    side: Side = "regions",
    names: Mapping[str, str] | None = None,
) -> Chart:
    """Ranks by year as a bump chart, 1 at the top, from complexity (ECI, or PCI with side="domains") or any figures.

    Ranks count all labels that have a figure in that year, whether drawn or not: 1 + the number of larger figures,
    so equal figures (to twelve decimals) share a rank. `shown` draws these labels only. A label without a figure in
    a year has no rank there, and its line breaks. `highlighted` lines are drawn in the accent colour. Names stand
    at the last year, as far as they do not overlap. One circle per rank drawn. Raises ActivityError for labels that
    have no figure in any year, and without altair.
    """
    if not by_year:
        raise ActivityError("There are no years to rank; give figures for at least one year.")
    ranks = {year: _ranks(_figures(by_year[year], side)) for year in sorted(by_year)}
    every = sorted({label for one in ranks.values() for label in one})
    axis = side.removesuffix("s")
    drawn = checked(tuple(every if shown is None else shown), every, axis)
    marked = set(checked(highlighted, drawn, axis))
    rows: list[Row] = []
    for label in drawn:
        years = [year for year in ranks if label in ranks[year]]
        for year in years:
            rows.append(
                {
                    "label": label,
                    "name": named(names, label),
                    "year": year,
                    "rank": ranks[year][label],
                    "of": len(ranks[year]),
                    "run": _run(year, years, list(ranks)),
                    "marked": label in marked,
                }
            )
    notes = [
        f"Rank 1 = largest; {len(drawn)} of {len(every)} {side} drawn",
        _signs({year: one for year, one in by_year.items() if isinstance(one, Complexity)}),
    ]
    height = int(min(900, max(260, 15 * min(len(drawn), 60))))
    return finished(_layers(rows, list(ranks), axis, height), caption, width=520, height=height, notes=notes)


def _figures(found: Complexity | Mapping[str, float], side: str) -> dict[str, float]:
    if side not in ("regions", "domains"):
        raise ActivityError(f'The side to rank is {side!r}; choose "regions" or "domains".')
    if isinstance(found, Complexity):
        labels, values = (found.regions, found.eci) if side == "regions" else (found.domains, found.pci)
        found = dict(zip(labels, values.tolist(), strict=True))
    return {label: round(float(value), 12) for label, value in found.items() if np.isfinite(value)}


def _ranks(figures: Mapping[str, float]) -> dict[str, int]:
    ordered = np.sort(np.array(list(figures.values())))
    return {label: 1 + len(ordered) - int(np.searchsorted(ordered, value, "right")) for label, value in figures.items()}


def _run(year: int, years: Sequence[int], every: Sequence[int]) -> int:
    """Which unbroken run of years a point belongs to: years given to the chart, without a gap."""
    places = [every.index(one) for one in years if one <= year]
    return sum(later - earlier > 1 for earlier, later in pairwise(places))


def _first(row: Row) -> tuple[bool, int, str]:
    return not row["marked"], row["rank"], row["label"]


def _signs(found: Mapping[int, Complexity]) -> str:
    doubtful = [str(year) for year, one in sorted(found.items()) if one.sign is not None and not one.sign.firm]
    return f"The direction of complexity is uncertain in {', '.join(doubtful)}" if doubtful else ""


def _layers(rows: list[Row], years: list[int], axis: str, height: int) -> Chart:
    alt = altair()
    x = alt.X("year:O", title=None, scale=alt.Scale(domain=years), axis=alt.Axis(labelAngle=0))
    last = max(row["rank"] for row in rows)
    step = max(5, 5 * (last // 50))
    ticks = [1, *range(step, last + 1, step)]
    y = alt.Y("rank:Q", title=f"Rank of {axis}", scale=alt.Scale(domain=[1, max(last, 2)], reverse=True, nice=False))
    y = y.axis(values=ticks, format="d")
    colour = alt.condition("datum.marked", alt.value(AMBER), alt.value(VOID))
    # Highlighted lines are drawn last, so that nothing lies on top of them.
    rows = sorted(rows, key=lambda row: (row["marked"], row["label"], row["year"]))
    source = data(rows)
    lines = (
        alt.Chart(source)
        .mark_line(strokeWidth=1.6, interpolate="monotone")
        .encode(x=x, y=y, detail=["label:N", "run:N"], color=colour)
    )
    tip = ["name:N", "year:O", "rank:Q", alt.Tooltip("of:Q", title="of")]
    dots = alt.Chart(source).mark_circle(size=42, opacity=1).encode(x=x, y=y, color=colour, tooltip=tip)
    newest = {row["label"]: row for row in sorted(rows, key=lambda row: row["year"])}
    ends = sorted((row for row in newest.values() if row["year"] == years[-1]), key=_first)
    places = [(0.0, (row["rank"] - 1) * height / max(last - 1, 1)) for row in ends]
    ends = [ends[k] for k in legible(places, [row["name"] for row in ends], LABEL, centred=False)]
    texts = (
        alt.Chart(data(ends))
        .mark_text(align="left", dx=8, fontSize=LABEL, limit=170)
        .encode(x=x, y=y, text="name:N", color=alt.condition("datum.marked", alt.value(INK), alt.value(INK_2)))
    )
    return alt.layer(lines, dots, texts)
