"""What is known about the data: their origin, what was left out, and the formula of every measure."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from hansa.strategy.figures import Figures
from hansa.strategy.measuring import REPORT

if TYPE_CHECKING:
    from hansa.evidence import Store


WORDS_OF_TABLES = frozenset(
    {
        gettext_noop("persons employed"),
        gettext_noop("persons"),
        gettext_noop("employees"),
        gettext_noop("Persons employed by NUTS 2 region and NACE division"),
        gettext_noop("Eurostat, structural business statistics by NUTS 2 region, 2014"),
        gettext_noop("Employment, 39 regions of Great Britain, 525 SIC 2007 classes"),
        gettext_noop("Employment, 143 urban areas of New Zealand, 65 industry groups"),
    }
)
"""Common units, and the words of the tables that come with Hansa: they stand in captions on most pages."""


def told(text: str) -> str:
    """A unit, title or source of a table in the reader's language where it is a known one, else as it was written."""
    return gettext(text) if text in WORDS_OF_TABLES else text


def unit_label(unit: str) -> str:
    """A table's unit in the reader's language where it is a common one."""
    return told(unit)


@dataclass(frozen=True)
class Source:
    """What a caption says: title, source, year, unit, and how many cells are known."""

    title: str
    source: str
    licence: str
    classification: str
    nuts_version: str
    unit: str
    year: int | None
    regions: int
    known: int
    cells: int


def source(loaded: Figures) -> Source:
    entry = loaded.entry
    return Source(
        title=told(str(entry["title"])),
        source=told(str(entry["source"])),
        licence=str(entry["licence"]),
        classification=str(entry["classification"]),
        nuts_version=str(entry["nuts_version"]),
        unit=unit_label(str(entry["unit"])),
        year=loaded.year,
        regions=len(loaded.regions),
        known=int(np.isfinite(loaded.value).sum()),
        cells=int(loaded.value.size),
    )


@dataclass(frozen=True)
class LoadedTable:
    """One entry of the store as a page shows it; `loaded_at` carries its time zone."""

    name: str
    kind: str
    entry: dict[str, Any]
    loaded_at: datetime
    years: str

    @property
    def is_activity(self) -> bool:
        return self.kind == "activity"


def tables(store: Store) -> list[LoadedTable]:
    """Everything stored: activity tables first, then what was computed from them, then the rest by title."""
    order = {"activity": 0, "measures": 1}
    found = [
        LoadedTable(
            name=name,
            kind=str(entry["kind"]),
            entry=entry,
            loaded_at=datetime.fromisoformat(entry["loaded_at"]),
            years=_span(entry["years"]),
        )
        for name, entry in store.manifest().items()
        if name != REPORT
    ]
    return sorted(found, key=lambda table: (order.get(table.kind, 2), table.entry["title"], table.name))


def _span(years: list[int]) -> str:
    if not years:
        return ""
    return str(years[0]) if len(years) == 1 else f"{min(years)}–{max(years)}"


def left_out(store: Store) -> list[tuple[str, str]] | None:
    """Files that the last load left out, each with its sentence; None when no load has reported."""
    if REPORT not in store.manifest():
        return None
    rows = store.tables(REPORT)["files"].to_pylist()
    return [(row["name"], row["sentence"]) for row in rows if not row["loaded"]]


@dataclass(frozen=True)
class Formula:
    """A measure as a page explains it: anchor, name, formula, meaning, source."""

    anchor: str
    name: Any
    formula: Any
    meaning: Any
    origin: str


FORMULAS = (
    Formula(
        "location-quotient",
        _("Location quotient (LQ)"),
        "LQ = (x_ri / X_r) / (X_i / X)",
        _(
            "The domain's share in the region divided by its share in all regions of the table together. 1 is the "
            "common share; from 1 upwards the region counts as specialised, it holds the domain."
        ),
        "Balassa 1965",
    ),
    Formula(
        "diversity",
        _("Diversity and ubiquity"),
        "d_r = Σ_i M_ri,  u_i = Σ_r M_ri  (M = 1 ⇔ LQ ≥ 1)",
        _("In how many domains a region is specialised, and how many regions are specialised in a domain."),
        "Hidalgo, Hausmann 2009",
    ),
    Formula(
        "proximity",
        _("Proximity of two domains"),
        "φ_ij = Σ_r M_ri M_rj / max(u_i, u_j)",
        _(
            "How often the same regions are specialised in both: the smaller of the two conditional probabilities, "
            "from 0 (never) to 1 (always)."
        ),
        "Hidalgo, Klinger, Barabási, Hausmann 2007",
    ),
    Formula(
        "relatedness-density",
        _("Relatedness density"),
        "ω_ri = Σ_j M_rj φ_ij / Σ_j φ_ij,  j ≠ i",
        _(
            "How much of what is close to a domain the region already holds, from 0 to 1. The domain itself is "
            "left out of both sums."
        ),
        "Hidalgo et al. 2007; Balland, Boschma, Crespo, Rigby 2019",
    ),
    Formula(
        "complexity",
        _("Economic complexity of regions (ECI) and of domains (PCI)"),
        "S = D^−½ M U^−½;  ECI = D^−½ a,  PCI = U^−½ b",
        _(
            "a and b are the second pair of singular vectors of S, D and U the diversities and ubiquities. Both "
            "are standardised to mean 0 and standard deviation 1. A region scores high when the domains it holds do."
        ),
        "Hidalgo, Hausmann 2009; Hausmann, Hidalgo et al. 2014; Mealy, Farmer, Teytelboym 2019",
    ),
    Formula(
        "opportunities",
        _("Opportunities of a region"),
        _("percentile of ω + percentile of PCI"),
        _(
            "Among the domains the region is known to lack. Both percentiles weigh the same; the sum is Hansa's own "
            "rule on the two axes of the source. Where the direction of complexity cannot be trusted, the percentile "
            "of relatedness density alone decides."
        ),
        "Balland, Boschma, Crespo, Rigby 2019",
    ),
    Formula(
        "complementarity",
        _("What a partner adds"),
        "Σ_j φ_ij (1 − M_rj) M_sj / Σ_j φ_ij,  j ≠ i",
        _(
            "By how much the relatedness density of region r around a domain would rise if it had what partner s "
            "holds; the mean over the domains r lacks. The links between the two regions are not weighed in."
        ),
        "Balland, Boschma 2021",
    ),
)
"""Every measure that the pages show, in the order in which one needs the other."""


@cache
def panels() -> list[dict[str, Any]]:
    """How well density and two naive scores foretold entries on reference tables (`backtest.toml`)."""
    text = resources.files("hansa.strategy").joinpath("backtest.toml").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = tomllib.loads(text)["panel"]
    return found


def forecast() -> dict[str, Any]:
    """The reference panel that pages cite beside a density: the one of European regions."""
    return panels()[0]
