"""The figures that pages and runs read: one activity table with its measures, held in memory per process.

The store on disk is the truth; a process reads it again when its version has changed.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from hansa import evidence
from hansa.strategy.proposal import Table

if TYPE_CHECKING:
    from hansa.evidence import Store
    from hansa.network.models import Region
    from hansa.specialisation import Activity, Measures

Floats = NDArray[np.float64]
logger = logging.getLogger(__name__)

CELL_MEASURES = ("value", "location_quotient", "density")
REGION_MEASURES = ("total", "diversity", "complexity")
DOMAIN_MEASURES = ("total", "ubiquity", "complexity")


@dataclass(frozen=True)
class Figures:
    """One activity table of one year with its measures. Arrays are (regions, domains); NaN is unknown."""

    name: str
    version: str
    entry: Mapping[str, Any]  # the manifest's words on the table: title, unit, source, licence, coverage ...
    year: int | None
    regions: tuple[str, ...]
    domains: tuple[str, ...]
    value: Floats
    location_quotient: Floats
    density: Floats
    diversity: Floats
    region_complexity: Floats
    ubiquity: Floats
    domain_complexity: Floats
    proximity: Floats
    definitions: Mapping[str, Any] = field(default_factory=dict)

    @property
    def synthetic(self) -> bool:
        return bool(self.entry.get("synthetic"))

    @cached_property
    def row_of(self) -> dict[str, int]:
        return {code: n for n, code in enumerate(self.regions)}

    @cached_property
    def column_of(self) -> dict[str, int]:
        return {code: n for n, code in enumerate(self.domains)}

    def row(self, region: str) -> int:
        return self.row_of[region]

    def stand_in(self, region: str) -> str | None:
        """The code of the nearest region that has figures for `region`: itself, or one that contains it."""
        found = evidence.fallback(region, self.regions)
        return found.code if found is not None else None

    def stand_in_of(self, region: Region) -> str | None:
        """The same for a recorded region; a municipality takes the figures of the region it lies in."""
        code = region.parent.code if region.kind == region.Kind.PLACE and region.parent else region.code
        return self.stand_in(code)

    def cell(self, measure: str, row: int, column: int) -> float | None:
        return known(getattr(self, measure)[row, column])

    def domain_figure(self, measure: str, column: int) -> float | None:
        return known({"complexity": self.domain_complexity, "ubiquity": self.ubiquity}[measure][column])

    def slice(self, rows: list[int]) -> Table:
        return Table(self.location_quotient[rows], self.density[rows], self.proximity, self.value[rows])

    @cached_property
    def activity(self) -> Activity:
        from hansa.specialisation import Activity

        return Activity.from_matrix(self.regions, self.domains, self.value, year=self.year)

    @cached_property
    def measures(self) -> Measures:
        """The measures as objects, for what needs more than the stored arrays (opportunities, complementarity)."""
        from hansa.specialisation import measures

        return measures(self.activity)

    @cached_property
    def kept(self) -> dict[Any, Any]:
        """Results that were computed from these figures, kept as long as they are."""
        return {}

    @cached_property
    def held(self) -> NDArray[np.bool_]:
        """Which region holds which domain: a location quotient of at least 1; an unknown one is not held."""
        return np.nan_to_num(self.location_quotient, nan=-1.0) >= 1.0

    @cached_property
    def region_total(self) -> Floats:
        """Sum of the known figures of each region, in the unit of the table; NaN where none is known."""
        return np.where(np.isfinite(self.value).any(axis=1), np.nansum(self.value, axis=1), np.nan)

    @cached_property
    def domain_total(self) -> Floats:
        """Sum of the known figures of each domain, in the unit of the table; NaN where none is known."""
        return np.where(np.isfinite(self.value).any(axis=0), np.nansum(self.value, axis=0), np.nan)

    @cached_property
    def known_cells(self) -> NDArray[np.int64]:
        """Per region, in how many domains the figure is known."""
        return np.isfinite(self.value).sum(axis=1)

    def label(self, domain: str, language: str) -> str:
        return labels(self.version, language).get(domain, domain)


def known(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None


def home() -> Path:
    return Path(settings.HANSA_HOME) / "evidence"


def store() -> Store:
    return evidence.Store(home())


_lock = threading.Lock()
_held: dict[Path, Figures] = {}
_labels: dict[tuple[str, str], dict[str, str]] = {}


def current() -> Figures | None:
    """The main activity table, or None when nothing is loaded or what is stored cannot be read.

    Damaged evidence must not take down the pages that need none; `hansa doctor` names what is damaged.
    """
    shelf = store()
    try:
        version = shelf.version
    except evidence.EvidenceError as fault:
        logger.error("The evidence store cannot be read: %s", fault)
        return None
    held = _held.get(shelf.folder)
    if held is not None and held.version == version:
        return held
    with _lock:
        try:
            loaded = _read(shelf, version)
        except evidence.EvidenceError as fault:
            logger.error("The stored figures cannot be read: %s", fault)
            return None
        if loaded is None:
            _held.pop(shelf.folder, None)
        else:
            _held[shelf.folder] = loaded
        _labels.clear()
        return loaded


def is_synthetic() -> bool:
    loaded = current()
    return loaded is not None and loaded.synthetic


def labels(version: str, language: str) -> dict[str, str]:
    """Labels of the domains in `language`, else in English; read once per version."""
    key = (version, language)
    if key not in _labels:
        shelf = store()
        name = main_table(shelf)
        classification = shelf.entry(name)["classification"] if name else ""
        _labels[key] = evidence.labels(shelf, classification, language) if classification else {}
    return _labels[key]


def measures_name(name: str) -> str:
    """Under which name the measures of an activity table are stored."""
    return f"{name}.measures"


def main_table(shelf: Store) -> str | None:
    """The table with the most rows that has measures; the one every page shows."""
    manifest = shelf.manifest()
    names = [
        name for name, entry in manifest.items() if entry["kind"] == "activity" and measures_name(name) in manifest
    ]
    return max(names, key=lambda name: (manifest[name]["rows"], name)) if names else None


def _read(shelf: Store, version: str) -> Figures | None:
    name = main_table(shelf)
    if name is None:
        return None
    tables = shelf.measures(measures_name(name))
    year = latest_year(tables["regions"])
    parts = ("regions", "domains", "pairs", "proximity")
    regions, domains, pairs, near = (_of_year(tables[part], year) for part in parts)
    region_codes = tuple(regions["region"].to_pylist())
    domain_codes = tuple(domains["domain"].to_pylist())
    rows = _positions(pairs["region"], region_codes)
    columns = _positions(pairs["domain"], domain_codes)

    def grid(column: str) -> Floats:
        cells = np.full((len(region_codes), len(domain_codes)), np.nan)
        cells[rows, columns] = _floats(pairs[column])
        return cells

    ubiquity = _floats(domains["ubiquity"])
    return Figures(
        name=name,
        version=version,
        entry=shelf.entry(name),
        year=year,
        regions=region_codes,
        domains=domain_codes,
        value=grid("value"),
        location_quotient=grid("lq"),
        density=grid("density"),
        diversity=_floats(regions["diversity"]),
        region_complexity=_floats(regions["eci"]),
        ubiquity=ubiquity,
        domain_complexity=_floats(domains["pci"]),
        proximity=_square(near, domain_codes, ubiquity),
        definitions=definitions(tables, year),
    )


def latest_year(table: Any) -> int | None:
    years = [year for year in table["year"].unique().to_pylist() if year is not None]
    return max(years) if years else None


def definitions(tables: Mapping[str, Any], year: int | None) -> dict[str, Any]:
    """Measure -> the switches it was computed with (and, for complexity, the evidence for its sign)."""
    rows = _of_year(tables["definitions"], year).to_pylist() if "definitions" in tables else []
    return {row["measure"]: json.loads(row["definition"]) for row in rows}


def _of_year(table: Any, year: int | None) -> Any:
    import pyarrow.compute as pc

    return table if year is None else table.filter(pc.equal(table["year"], year))


def _square(near: Any, codes: tuple[str, ...], ubiquity: Floats) -> Floats:
    """The symmetric proximity from its stored upper half; pairs that are not stored have proximity 0."""
    defined = np.nan_to_num(ubiquity) > 0
    proximity = np.where(np.outer(defined, defined), 0.0, np.nan)
    a, b = _positions(near["domain_a"], codes), _positions(near["domain_b"], codes)
    proximity[a, b] = proximity[b, a] = _floats(near["proximity"])
    np.fill_diagonal(proximity, np.where(defined, 1.0, np.nan))
    return proximity


def _floats(column: Any) -> Floats:
    return np.asarray(column.cast("double").to_numpy(zero_copy_only=False), dtype=np.float64)


def _positions(column: Any, codes: tuple[str, ...]) -> NDArray[np.intp]:
    at = {code: n for n, code in enumerate(codes)}
    return np.fromiter((at[code] for code in column.to_pylist()), dtype=np.intp, count=len(column))


def short_label(label: str, most: int = 60) -> str:
    """A label cut at its first semicolon or comma, where it is long."""
    for mark in (";", " - ", ","):
        if len(label) > most and mark in label:
            label = label.split(mark, maxsplit=1)[0].strip()
    return label


def proposed_title(loaded: Figures, domains: list[str], language: str) -> str:
    """A working title from the strongest domains; people are expected to rename it."""
    labels = [short_label(loaded.label(domain, language)) for domain in domains[:2]]
    parts = [label.removeprefix("Manufacture of ").replace(" and of ", " and ") for label in labels]
    more = len(domains) - len(parts)
    title = " · ".join(parts) + (f" (+{more})" if more > 0 else "")
    return title[:1].upper() + title[1:]
