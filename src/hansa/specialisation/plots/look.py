"""What every chart shares: the caption, the colours, and Altair itself, imported when a chart is drawn."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..results import ActivityError

Chart = Any
"""An Altair chart; Altair is optional, so its types are not named here."""
Row = dict[str, Any]

PAPER, INK, INK_2, LINE = "#fbfaf7", "#16212e", "#53606e", "#dcd8ce"
SEA, SEA_MID, SEA_PALE = "#0f4c75", "#6ea2c3", "#dce9f1"
AMBER, VOID = "#b45f06", "#c9c2b4"
FONT = "'Source Sans 3', 'Segoe UI', system-ui, 'Noto Sans', sans-serif"

READABLE = 60
"""With more labels than this on one side, a chart leaves them to the tooltips."""


@dataclass(frozen=True)
class Caption:
    """What stands above a chart, as the caller words it: title, unit, source, and year or years.

    >>> Caption("Near and complex", unit="persons employed", source="Eurostat SBS", year=2014).lines
    ('Unit: persons employed. Year: 2014.', 'Source: Eurostat SBS')
    """

    title: str
    unit: str
    source: str
    year: int | str | None = None

    def __post_init__(self) -> None:
        for name in ("title", "unit", "source"):
            if not str(getattr(self, name)).strip():
                raise ActivityError(f"The caption has no {name}; a chart states its title, unit and source.")

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines under the title."""
        year = "" if self.year is None else f" Year: {self.year}."
        return f"Unit: {self.unit}.{year}", f"Source: {self.source}"


def altair() -> Any:
    """The Altair package; a sentence that says what to install when it is not there."""
    try:
        return importlib.import_module("altair")
    except ImportError as error:
        raise ActivityError("Charts need the package altair; install it with: pip install altair.") from error


def data(rows: Sequence[Row]) -> Any:
    """Rows as inline data: charts carry what they show and load nothing."""
    return altair().InlineData(values=list(rows))


def finished(chart: Chart, caption: Caption, *, width: int, height: int, notes: Sequence[str] = ()) -> Chart:
    """The chart with its caption, size, description and colours."""
    alt = altair()
    lines = [*caption.lines, *(note for note in notes if note)]
    title = alt.TitleParams(caption.title, subtitle=lines, anchor="start", frame="group", offset=14)
    return (
        chart.properties(width=width, height=height, title=title, description=" ".join([caption.title, *lines]))
        .configure(background=PAPER, font=FONT, padding=16)
        .configure_view(stroke=None)
        .configure_title(color=INK, fontSize=16, fontWeight=600, subtitleColor=INK_2, subtitleFontSize=12)
        .configure_axis(
            grid=False,
            domainColor=LINE,
            tickColor=LINE,
            gridColor=LINE,
            labelColor=INK_2,
            titleColor=INK_2,
            titleFontWeight=400,
        )
        .configure_legend(labelColor=INK_2, titleColor=INK_2, titleFontWeight=400)
    )


def number(value: float) -> float | None:
    """A number as JSON can carry it: None for NaN."""
    return float(value) if np.isfinite(value) else None


def named(names: Mapping[str, str] | None, label: str) -> str:
    """The name to print for a label: the caller's, or the label itself."""
    return (names or {}).get(label, label)


def checked(labels: Sequence[str], known: Sequence[str], axis: str) -> tuple[str, ...]:
    """The labels themselves; refuses one that the chart's data does not have."""
    there = set(known)
    for label in labels:
        if label not in there:
            raise ActivityError(f"There is no {axis} {label!r} to draw; its {axis}s begin with {', '.join(known[:5])}.")
    return tuple(labels)


def label_axis(labels: Sequence[str], angle: int) -> Any:
    """An axis over positions 0..n with a label in the middle of each step, or none where there are too many to read."""
    alt = altair()
    if len(labels) > READABLE:
        return alt.Axis(labels=False, ticks=False, grid=False)
    return alt.Axis(
        values=[place + 0.5 for place in range(len(labels))],
        labelExpr=f"{json.dumps(list(labels), ensure_ascii=False)}[floor(datum.value)]",
        labelAngle=-angle,
        labelLimit=150,
        labelOverlap=False,
        labelFontSize=9,
        ticks=False,
        grid=False,
    )


def legible(places: Sequence[tuple[float, float]], texts: Sequence[str], size: float, *, centred: bool) -> list[int]:
    """Which labels can be printed without lying over an earlier one: indices into `places` (pixels), in order.

    >>> legible([(0, 0), (4, 3), (200, 0)], ["ships", "wind", "food"], 11, centred=False)
    [0, 2]
    """
    taken: list[tuple[float, float, float]] = []
    kept = []
    for index, ((x, y), text) in enumerate(zip(places, texts, strict=True)):
        width = min(0.58 * size * len(text), 170.0)
        start = x - width / 2.0 if centred else x
        if all(abs(y - other) >= 1.1 * size or start + width < left or start > right for left, right, other in taken):
            taken.append((start, start + width, y))
            kept.append(index)
    return kept
