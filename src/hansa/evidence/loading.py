"""From a folder into the store: each dataset whole or not at all, and a report in sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from hansa.evidence import cordis, interreg, maps, nuts
from hansa.evidence.catalogue import Dataset, discover
from hansa.evidence.classifications import NACE, division
from hansa.evidence.errors import EvidenceError, fault
from hansa.evidence.reading import RawTable, build_activity, default_mapping, read_raw
from hansa.evidence.region_names import RegionMatch, match_region_names
from hansa.evidence.store import Meta, Store
from hansa.evidence.table import ActivityTable, ColumnMapping

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Report:
    """What was loaded (name, sentence) and what was left and why."""

    loaded: tuple[tuple[str, str], ...]
    left: tuple[tuple[str, str], ...]

    @property
    def sentences(self) -> list[str]:
        """The whole report, one sentence per file."""
        return [sentence for _, sentence in (*self.loaded, *self.left)]


def load(folder: Path | str, store: Store, progress: Progress | None = None) -> Report:
    """Load what `discover` finds in a folder; `progress` hears one sentence per dataset as it is done.

    A faulty file is left and reported; the others are loaded. Activity tables get NUTS codes, and where the catalogue
    names a geometry, a table `regions-<name>` and a map `map-<name>` beside them. Raises `EvidenceError` when the
    folder holds nothing that could be loaded at all, or the store cannot be written.
    """
    datasets = discover(folder)
    if not datasets:
        raise EvidenceError(f"{folder}: no CSV, TSV or Parquet file and no hansa.toml is here; choose another folder.")
    loaded: list[tuple[str, str]] = []
    left: list[tuple[str, str]] = []
    geometries = {dataset.name: dataset.path for dataset in datasets if dataset.meta.role == "geometry"}
    for dataset in datasets:
        try:
            if dataset.problem:
                raise EvidenceError(dataset.problem)
            checked = _activity(dataset, geometries) if dataset.kind == "activity" else _file(dataset)
        except EvidenceError as error:
            sentence = f"Left: {error}"
            left.append((dataset.name, sentence))
        else:
            checked.store(store)
            sentence = checked.sentence
            loaded.append((dataset.name, sentence))
        if progress is not None:
            progress(sentence)
    return Report(tuple(loaded), tuple(left))


@dataclass(frozen=True)
class _Checked:
    """A dataset read through and found good; nothing is stored before that."""

    sentence: str
    store: Callable[[Store], None]


def _file(dataset: Dataset) -> _Checked:
    count = _count(dataset)
    rows = "" if count is None else f" ({count:,} records)"

    def keep(store: Store) -> None:
        store.put_file(dataset.name, dataset.path, dataset.meta)

    return _Checked(f"Loaded {dataset.meta.title}{rows}.", keep)


def _count(dataset: Dataset) -> int | None:
    """Read a file through by its role and count its records; None where the role has no reader."""
    path = dataset.path
    readers: dict[str, Callable[[Path], Iterable[object]]] = {
        "regions": nuts.read_regions,
        "geometry": maps.read_geometry,
        "organisations": cordis.read_organisations,
        "partners": interreg.read_partners,
        "labels": lambda file: cordis.rows(file, ("code",)),
        "notes": lambda file: cordis.rows(file, ("code",)),
        "projects": lambda file: cordis.rows(file, ("id", "title", "objective")),
        "participations": lambda file: cordis.rows(file, ("project_id", "pic", "role")),
    }
    if dataset.meta.role in readers:
        return sum(1 for _ in readers[dataset.meta.role](path))
    if path.suffix.lower() == ".csv":
        return len(read_raw(path).lines)
    if path.stat().st_size == 0:
        raise fault(path, "the file is empty", "fetch it again")
    return None


def _activity(dataset: Dataset, geometries: Mapping[str, Path]) -> _Checked:
    raw = read_raw(dataset.path)
    mapping = dataset.mapping or default_mapping(raw)
    features: dict[str, dict[str, Any]] = {}
    if dataset.geometry:
        if dataset.geometry not in geometries:
            raise fault(dataset.path, f"there is no geometry “{dataset.geometry}”", "list it in the same catalogue")
        features = maps.read_geometry(geometries[dataset.geometry])
    matches: list[RegionMatch] = []
    if dataset.region_key == "name":
        raw, matches = _with_codes(raw, mapping, dataset.country_column, features)
    if dataset.meta.classification == NACE and mapping.domain in raw.columns:
        raw = raw.with_column(mapping.domain, _divisions(raw, mapping.domain))
    table = build_activity(raw, mapping, synthetic=dataset.meta.synthetic)
    if features and not matches:
        matches = _by_code(table, maps.geometry_names(features), dataset.meta.nuts_version)
    chart = maps.build_map(_drawn(matches), features) if features else b""

    def keep(store: Store) -> None:
        store.put_activity(dataset.name, table, dataset.meta)
        if matches:
            about = replace(dataset.meta, title=f"Regions of: {dataset.meta.title}", role="region-matches")
            store.put_tables(f"regions-{dataset.name}", {"regions": region_table(matches)}, about)
        if chart:
            about = replace(_geometry_meta(dataset), title=f"Map of: {dataset.meta.title}")
            store.put_file(f"map-{dataset.name}", chart, about, suffix=".geojson")

    sentence = (
        f"Loaded {dataset.meta.title}: {table.rows:,} rows, {len(table.regions)} regions, "
        f"{len(table.domains)} domains, {table.coverage:.1%} of the values known."
    )
    return _Checked(sentence, keep)


def _geometry_meta(dataset: Dataset) -> Meta:
    licence = "Eurostat/GISCO: free non-commercial use with attribution"
    source, version = "Eurostat/GISCO", dataset.meta.nuts_version
    return Meta("", source=source, licence=licence, nuts_version=version, attribution=maps.ATTRIBUTION, role="map")


def _with_codes(
    raw: RawTable, mapping: ColumnMapping, country: str, features: Mapping[str, Mapping[str, Any]]
) -> tuple[RawTable, list[RegionMatch]]:
    """Replace region names by NUTS codes."""
    import pyarrow as pa

    for column in (country, mapping.region):
        if column not in raw.columns:
            raise fault(
                raw.path, f"there is no column “{column}”", f"name another; the file has {', '.join(raw.columns)}"
            )
    if not features:
        raise fault(raw.path, "regions are given by name but no geometry is named", "add geometry to the catalogue")
    pairs = [tuple(raw.columns[column].to_pylist()) for column in (country, mapping.region)]
    keys = [(str(where or "").strip(), str(name or "").strip()) for where, name in zip(*pairs, strict=True)]
    for index, key in enumerate(keys):
        if not all(key):
            raise fault(raw.path, "there is no country or region", "fill it in or drop the row", row=raw.row(index))
    try:
        matches = match_region_names(keys, maps.geometry_names(features))
    except EvidenceError as error:
        raise EvidenceError(f"{raw.path.name}: {error}") from None
    codes = pa.array([matches[key].code for key in keys], pa.string())
    return raw.with_column(mapping.region, codes), list(matches.values())


def _divisions(raw: RawTable, column: str) -> Any:
    import pyarrow as pa

    normal = cache(division)
    texts = raw.columns[column].cast(pa.string()).to_pylist()
    return pa.array([None if text is None else normal(text) for text in texts], pa.string())


def _by_code(table: ActivityTable, names: Mapping[str, str], nuts_version: str) -> list[RegionMatch]:
    reason = "the code itself"
    return [
        RegionMatch(code[:2], code, code, nuts_version, "code", reason, names.get(code, code), (code,), False)
        for code in table.regions
    ]


def _drawn(matches: Iterable[RegionMatch]) -> list[maps.Drawn]:
    return [maps.Drawn(match.code, match.label, match.drawn_by, match.approximate) for match in matches]


def region_table(matches: Iterable[RegionMatch]) -> Any:
    """A pyarrow table with one row per region: code, nuts_version, name, country, name_given, matched_by, reason,
    drawn_by (list of polygon codes), approximate."""
    import pyarrow as pa

    rows = [
        {
            "code": match.code,
            "nuts_version": match.nuts_version,
            "name": match.label,
            "country": match.code[:2],
            "name_given": match.name,
            "matched_by": match.how,
            "reason": match.reason,
            "drawn_by": list(match.drawn_by),
            "approximate": match.approximate,
        }
        for match in sorted(matches, key=lambda match: match.code)
    ]
    return pa.Table.from_pylist(rows)
