"""What a map or a ranking of regions can show: the measures, their figures, and the classes they are drawn in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from numpy.typing import NDArray

from hansa.strategy.figures import Figures

Floats = NDArray[np.float64]
CLASSES = 5
QUOTIENT_BREAKS = (0.5, 1.0, 1.5, 2.0)


@dataclass(frozen=True)
class Measure:
    """One measure of regions.

    `title` and `short` (a table heading) are translatable, `anchor` names its formula, `of_domain` says whether it
    needs a domain, `breaks` are fixed limits of its classes.
    """

    key: str
    title: Any
    short: Any
    anchor: str
    decimals: int
    of_domain: bool = False
    breaks: tuple[float, ...] | None = None


REGION_MEASURES = (
    Measure("diversity", gettext_lazy("Diversity: specialised domains"), gettext_lazy("Diversity"), "diversity", 0),
    Measure("complexity", gettext_lazy("Economic complexity (ECI)"), gettext_lazy("Complexity"), "complexity", 2),
    Measure("total", gettext_lazy("All domains together"), gettext_lazy("Total"), "unknown-cells", 0),
    Measure(
        "known",
        gettext_lazy("Coverage: domains with a known figure"),
        gettext_lazy("Known domains"),
        "unknown-cells",
        0,
    ),
)
DOMAIN_MEASURES = (
    Measure(
        "location_quotient",
        gettext_lazy("Location quotient"),
        gettext_lazy("Location quotient"),
        "location-quotient",
        2,
        True,
        QUOTIENT_BREAKS,
    ),
    Measure("density", gettext_lazy("Relatedness density"), gettext_lazy("Density"), "relatedness-density", 2, True),
    Measure("value", gettext_lazy("Size"), gettext_lazy("Size"), "unknown-cells", 0, True),
)
MEASURES = {measure.key: measure for measure in REGION_MEASURES + DOMAIN_MEASURES}


def measure_for(key: str, with_domain: bool) -> Measure:
    """The measure asked for, or the first that fits when it does not fit or does not exist."""
    asked = MEASURES.get(key)
    if asked is not None and asked.of_domain == with_domain:
        return asked
    return DOMAIN_MEASURES[0] if with_domain else REGION_MEASURES[0]


def figures_of(loaded: Figures, measure: Measure, domain: str | None = None) -> Floats:
    """The measure of every region, in the order of `loaded.regions`; NaN is unknown."""
    if measure.of_domain:
        if domain is None:
            raise ValueError(f"{measure.key} is a measure of one domain; name the domain.")
        grid: Floats = getattr(loaded, measure.key)
        return grid[:, loaded.column_of[domain]]
    by_key = {
        "complexity": lambda: loaded.region_complexity,
        "diversity": lambda: loaded.diversity,
        "total": lambda: loaded.region_total,
        "known": lambda: loaded.known_cells.astype(np.float64),
    }
    return by_key[measure.key]()


@dataclass(frozen=True)
class Classes:
    """Classes of a choropleth from low to high: `labels`, and per figure the class number, -1 for unknown."""

    labels: tuple[str, ...]
    of: tuple[int, ...]
    breaks: tuple[float, ...]


def classify(numbers: Floats, breaks: Sequence[float] | None = None, decimals: int = 2) -> Classes:
    """Classes between the given breaks, or quintiles of the known figures when none are given.

    A figure equal to a break belongs to the class above it. Quintile breaks are rounded before they are used, so that
    the label and the class never disagree; equal breaks fall together, so there may be fewer than five classes.
    """
    known = numbers[np.isfinite(numbers)]
    if breaks is None:
        edges = np.quantile(known, np.arange(1, CLASSES) / CLASSES) if known.size else np.empty(0)
        breaks = sorted({_rounded(float(edge), decimals) for edge in edges})
        breaks = [edge for edge in breaks if known.size and known.min() < edge <= known.max()]
    inside = np.searchsorted(np.asarray(breaks, dtype=np.float64), numbers, side="right")
    return Classes(
        labels=_labels(list(breaks), decimals),
        of=tuple(int(n) if np.isfinite(number) else -1 for n, number in zip(inside, numbers, strict=True)),
        breaks=tuple(breaks),
    )


def _rounded(edge: float, decimals: int) -> float:
    """To the decimals shown; large figures to three digits."""
    if decimals == 0 and abs(edge) >= 1000:
        decimals = 2 - int(np.floor(np.log10(abs(edge))))
    return round(edge, decimals)


def _labels(breaks: list[float], decimals: int) -> tuple[str, ...]:
    shown = [number_format(edge, decimal_pos=decimals, force_grouping=True) for edge in breaks]
    if not shown:
        return (_("all known figures"),)
    between = [_("%(low)s to %(high)s") % {"low": a, "high": b} for a, b in pairwise(shown)]
    return (_("under %(high)s") % {"high": shown[0]}, *between, _("%(low)s and more") % {"low": shown[-1]})


def ranks(numbers: Floats) -> list[int | None]:
    """Place of each known figure from the largest down; equal figures share a place."""
    finite = np.isfinite(numbers)
    known = np.sort(numbers[finite])
    places = known.size - np.searchsorted(known, numbers, side="right") + 1
    return [place if there else None for place, there in zip(places.tolist(), finite.tolist(), strict=True)]


def known_figures(numbers: Floats) -> list[float | None]:
    """Every figure as a plain number; None is unknown."""
    return [n if there else None for n, there in zip(numbers.tolist(), np.isfinite(numbers).tolist(), strict=True)]
