"""The files of `hansa specialise`, written year by year and block by block: no table is ever whole in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from hansa.specialisation import DomainConcentration, Measures, Preset, RegionConcentration
    from hansa.specialisation.fitness import Fitness
    from hansa.specialisation.outlook import ComplexityOutlook

ROWS = 1 << 19
"""Rows of a file that are made at a time."""

NUMBERS = {
    "regions": (
        "total", "coverage", "diversity", "eci", "fitness", "coi", "entropy", "herfindahl", "theil", "krugman",
        "hoover", "hachman", "mean_lq",
    ),
    "domains": (
        "total", "coverage", "ubiquity", "pci", "complexity", "gini", "locational_gini", "herfindahl", "entropy",
    ),
    "pairs": ("value", "lq", "presence", "density", "cog"),
    "proximity": ("proximity",),
}  # fmt: skip
KEYS = {
    "regions": ("region",), "domains": ("domain",), "pairs": ("region", "domain"), "proximity": ("domain_a", "domain_b")
}  # fmt: skip
"""What a row of each file is about; the year stands between the keys and the numbers."""
OF_REGIONS = ("herfindahl", "entropy")
"""Figures that presets offer for regions only, though domains have columns of the same name."""


def schema_of(name: str) -> Any:
    """Columns and types of one result file: texts, the year (int32), then numbers (float64, null = unknown)."""
    texts = [pa.field(key, pa.string(), nullable=False) for key in KEYS[name]]
    numbers = [pa.field(number, pa.float64()) for number in NUMBERS[name]]
    return pa.schema([*texts, pa.field("year", pa.int32()), *numbers])


@dataclass(frozen=True)
class Year:
    """All that is written about one year."""

    measures: Measures
    fitness: Fitness
    outlook: ComplexityOutlook
    region_concentration: RegionConcentration
    domain_concentration: DomainConcentration
    preset: Preset | None = None
    replaced: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, measures: Measures, preset: str | None = None) -> Year:
        """Everything that `hansa specialise` writes besides the measures themselves.

        With a `preset` the figures are those of that package; what it does not offer is left empty. Raises
        ActivityError for a preset that does not exist.
        """
        from hansa.specialisation import domain_concentration, preset_measures, region_concentration
        from hansa.specialisation import preset as preset_of
        from hansa.specialisation.fitness import fitness_from
        from hansa.specialisation.outlook import outlook_from

        return cls(
            measures,
            fitness_from(measures.presence),
            outlook_from(
                measures.presence,
                measures.proximity,
                measures.complexity,
                diagonal=measures.diagonal,
                density=measures.density,
            ),
            region_concentration(measures.activity),
            domain_concentration(measures.activity),
            preset_of(preset) if preset else None,
            preset_measures(measures.activity, preset, threshold=_threshold(measures)) if preset else {},
        )

    def figures(self, own: dict[str, Any], not_offered: tuple[str, ...] = ()) -> dict[str, Any]:
        """Columns as computed here, or as the preset's package prints them; None where it offers no such figure."""
        if self.preset is None:
            return own
        kept = ("total", "coverage", "value")
        offered = {name: values for name, values in self.replaced.items() if name not in not_offered}
        return {name: own[name] if name in kept else offered.get(name) for name in own}

    def definitions(self) -> dict[str, Any]:
        """The switches of every measure and the evidence for the sign of complexity, ready for JSON."""
        from hansa.strategy.measuring import told

        if self.preset is not None:
            coverage = told(self.measures)["coverage"]
            return {"preset": {"name": self.preset.name, **self.preset.definition}, "coverage": coverage}
        return told(self.measures) | {
            "fitness": {
                **self.fitness.definition,
                "iterations": self.fitness.iterations,
                "change": self.fitness.change if np.isfinite(self.fitness.change) else None,
                "converged": self.fitness.converged,
                "vanishing_regions": self.fitness.vanishing_count,
                "note": self.fitness.note,
            },
            "complexity_outlook": dict(self.outlook.definition),
            "region_concentration": dict(self.region_concentration.definition),
            "domain_concentration": dict(self.domain_concentration.definition),
        }


class Results:
    """The four Parquet files in a folder; `add` a year at a time, in a `with` block."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open = ExitStack()
        self._writers: dict[str, Any] = {}

    def __enter__(self) -> Results:
        for name in KEYS:
            writer = pq.ParquetWriter(self._folder / f"{name}.parquet", schema_of(name), compression="zstd")
            self._writers[name] = self._open.enter_context(writer)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def add(self, year: Year) -> None:
        """Write everything about one year."""
        found = year.measures
        when = found.activity.year
        self._write("regions", when, (found.activity.regions,), year.figures(_of_regions(year)))
        of_domains = year.figures(_of_domains(year), not_offered=OF_REGIONS)
        self._write("domains", when, (found.activity.domains,), of_domains)
        for labels, numbers in _pairs(year):
            self._write("pairs", when, labels, numbers)
        for labels, numbers in _proximities(year):
            self._write("proximity", when, labels, numbers)

    def _write(self, name: str, year: int | None, labels: tuple[Any, ...], numbers: dict[str, Any]) -> None:
        rows = len(labels[0])
        arrays = [_texts(column) for column in labels]
        arrays.append(pa.array(np.full(rows, year), pa.int32()) if year is not None else pa.nulls(rows, pa.int32()))
        for number in NUMBERS[name]:
            if numbers[number] is None:
                arrays.append(pa.nulls(rows, pa.float64()))
                continue
            values = np.asarray(numbers[number], dtype=np.float64).ravel()
            arrays.append(pa.array(values, pa.float64(), mask=np.isnan(values)))
        self._writers[name].write_table(pa.Table.from_arrays(arrays, schema=schema_of(name)))


def json_text(summary: dict[str, Any]) -> str:
    """`summary.json`: the same input gives the same bytes."""
    return json.dumps(summary, indent=1, ensure_ascii=False) + "\n"


def _threshold(measures: Measures) -> float:
    return float(str(measures.definition["threshold"]))


def _texts(column: Any) -> Any:
    """Labels, or (codes, labels), as an array of texts."""
    if isinstance(column, _Codes):
        codes = pa.array(column.codes, pa.int32())
        return pa.DictionaryArray.from_arrays(codes, column.labels).dictionary_decode()
    return pa.array(column, pa.string())


@dataclass(frozen=True)
class _Codes:
    codes: Any
    labels: Any

    def __len__(self) -> int:
        return len(self.codes)


def _of_regions(year: Year) -> dict[str, Any]:
    activity, spread = year.measures.activity, year.region_concentration
    return {
        "total": np.where(activity.known.any(axis=1), activity.region_totals, np.nan),
        "coverage": activity.region_coverage,
        "diversity": year.measures.diversity.values,
        "eci": year.measures.complexity.eci,
        "fitness": year.fitness.fitness,
        "coi": year.outlook.coi,
        "entropy": spread.entropy,
        "herfindahl": spread.herfindahl,
        "theil": spread.theil,
        "krugman": spread.krugman,
        "hoover": spread.hoover,
        "hachman": spread.hachman,
        "mean_lq": spread.mean_location_quotient,
    }


def _of_domains(year: Year) -> dict[str, Any]:
    activity, spread = year.measures.activity, year.domain_concentration
    return {
        "total": np.where(activity.known.any(axis=0), activity.domain_totals, np.nan),
        "coverage": activity.domain_coverage,
        "ubiquity": year.measures.ubiquity.values,
        "pci": year.measures.complexity.pci,
        "complexity": year.fitness.complexity,
        "gini": spread.gini,
        "locational_gini": spread.locational_gini,
        "herfindahl": spread.herfindahl,
        "entropy": spread.entropy,
    }


def _pairs(year: Year) -> Iterator[tuple[tuple[_Codes, _Codes], dict[str, Any]]]:
    found = year.measures
    activity, width = found.activity, len(found.activity.domains)
    regions, domains = pa.array(activity.regions, pa.string()), pa.array(activity.domains, pa.string())
    step = max(1, ROWS // max(width, 1))
    own = {"lq": None, "presence": None, "density": found.density.values, "cog": year.outlook.cog}
    if year.preset is None:
        own["lq"] = found.location_quotient.values
        own["presence"] = found.presence.values
    whole = year.figures(own)
    for start in range(0, len(activity.regions), step):
        part = slice(start, min(start + step, len(activity.regions)))
        count = part.stop - part.start
        labels = (
            _Codes(np.repeat(np.arange(part.start, part.stop, dtype=np.int32), width), regions),
            _Codes(np.tile(np.arange(width, dtype=np.int32), count), domains),
        )
        numbers = {name: None if cells is None else cells[part] for name, cells in whole.items()}
        numbers["value"] = activity.cells.rows(part)
        yield labels, numbers


def _proximities(year: Year) -> Iterator[tuple[tuple[_Codes, _Codes], dict[str, Any]]]:
    """Every pair of domains once, in the order of the labels."""
    domains = pa.array(year.measures.activity.domains, pa.string())
    values = year.figures({"proximity": year.measures.proximity.values})["proximity"]
    size = len(domains)
    step = max(1, ROWS // max(size, 1))
    for start in range(0, size, step):
        rows, columns = np.triu_indices(n=min(step, size - start), k=start + 1, m=size)
        if len(rows):
            rows = rows + start
            codes = _Codes(rows.astype(np.int32), domains), _Codes(columns.astype(np.int32), domains)
            yield codes, {"proximity": None if values is None else values[rows, columns]}
