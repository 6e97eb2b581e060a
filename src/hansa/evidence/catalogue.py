"""Recognising what a folder holds: by its own `hansa.toml`, by the layout of the starter data, or file by file."""

from __future__ import annotations

import csv
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import Any

from hansa.evidence.errors import EvidenceError, fault
from hansa.evidence.reading import PARQUET_SUFFIXES, TEXT_SUFFIXES
from hansa.evidence.store import NAME, Meta
from hansa.evidence.table import ColumnMapping, Constant

OWN_CATALOGUE = "hansa.toml"
KINDS = ("activity", "file")
REGION_KEYS = ("code", "name")
_AXES = ("region", "domain", "value")
_KEYS: dict[str, type] = {
    **{field.name: str for field in fields(Meta)},
    **dict.fromkeys(("name", "path", "kind", "region_key", "geometry"), str),
    "years": list,
    "columns": dict,
    "synthetic": bool,
    "allow_negative": bool,
}
_COLUMN_NAMES = frozenset({field.name for field in fields(ColumnMapping)} - {"allow_negative"} | {"country"})


@dataclass(frozen=True)
class Dataset:
    """One file of a folder and what is known about it. `problem` says why it cannot be loaded, else it is empty.

    `region_key` is `code` (NUTS) or `name` (with `country_column`); `geometry` names the dataset whose polygons draw
    the regions.
    """

    name: str
    path: Path
    kind: str
    meta: Meta
    mapping: ColumnMapping | None = None
    region_key: str = "code"
    country_column: str = ""
    geometry: str = ""
    problem: str = ""


def discover(folder: Path | str) -> list[Dataset]:
    """What a folder holds, in the order in which it is to be loaded.

    A `hansa.toml` in the folder decides; without one, a folder with files of the starter's layout is read as such;
    any other folder gives every CSV, TSV or Parquet file with the columns region, domain and value, the remaining
    ones with their `problem`. Raises `EvidenceError` for a missing folder or a faulty catalogue.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise EvidenceError(f"{folder}: there is no such folder; check the path.")
    own = folder / OWN_CATALOGUE
    if own.is_file():
        try:
            return _catalogue(own.read_bytes().decode("utf-8-sig"), own, folder)
        except UnicodeDecodeError:
            raise fault(own, "the text is not UTF-8", "save it as UTF-8") from None
    if is_starter(folder):
        return _catalogue(_starter_text(), Path("starter.toml"), folder)
    return _scan(folder)


def is_starter(folder: Path) -> bool:
    """Whether the folder has an activity table where the starter data keep it."""
    listed = tomllib.loads(_starter_text())["dataset"]
    return any((folder / item["path"]).is_file() for item in listed if item["kind"] == "activity")


def choose_starter(explicit: Path | None, beside: Path | None) -> Path | None:
    """The folder to load first: the one asked for, else one found beside the installation, else None.

    Raises `EvidenceError` when the folder asked for does not exist; a missing folder beside is no fault.
    """
    if explicit is not None:
        if not explicit.is_dir():
            raise EvidenceError(f"{explicit}: there is no such folder of starter data; check the path.")
        return explicit
    if beside is not None and beside.is_dir() and ((beside / OWN_CATALOGUE).is_file() or is_starter(beside)):
        return beside
    return None


@cache
def _starter_text() -> str:
    return resources.files("hansa.evidence").joinpath("starter.toml").read_text(encoding="utf-8")


def _catalogue(text: str, path: Path, folder: Path) -> list[Dataset]:
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise fault(path, f"this is no valid TOML ({error})", "correct it") from None
    items = parsed.get("dataset")
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise fault(path, "it lists no [[dataset]]", "describe each file in a [[dataset]] of its own")
    datasets = [_dataset(item, number, path, folder) for number, item in enumerate(items, start=1)]
    names = [dataset.name for dataset in datasets]
    for name in names:
        if names.count(name) > 1:
            raise fault(path, f"two datasets are called “{name}”", "rename one of them")
    return sorted(datasets, key=lambda dataset: dataset.kind == "activity")


def _dataset(item: Mapping[str, Any], number: int, path: Path, folder: Path) -> Dataset:
    complaint = next(_complaints(item), None)
    if complaint is not None:
        what, do = complaint
        raise fault(path, f"dataset {number} ({item.get('name', 'without a name')}): {what}", do)
    relative = PurePosixPath(item["path"])
    meta = {field.name: item[field.name] for field in fields(Meta) if field.name in item}
    meta["years"] = tuple(item.get("years", ()))
    here = folder / relative
    return Dataset(
        name=item["name"],
        path=here,
        kind=item["kind"],
        meta=Meta(**meta),
        mapping=_mapping(item) if item["kind"] == "activity" else None,
        region_key=item.get("region_key", "code"),
        country_column=item.get("columns", {}).get("country", ""),
        geometry=item.get("geometry", ""),
        problem="" if here.is_file() else f"{relative}: there is no such file in the folder.",
    )


def _complaints(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with one [[dataset]] and what to do about it; each check relies on those before it."""
    for key in ("name", "path", "kind", "title"):
        if not isinstance(item.get(key), str) or not item[key]:
            yield f"“{key}” is missing or no text", "write it"
    for key, value in item.items():
        if key not in _KEYS:
            yield f"“{key}” is not known", f"use {', '.join(sorted(_KEYS))}"
        if not isinstance(value, _KEYS[key]):
            yield f"“{key}” has the wrong type", "see docs/evidence.md for the form"
    if not all(type(year) is int for year in item.get("years", [])):
        yield "“years” holds something else than years", "write years = [2014]"
    if not NAME.fullmatch(item["name"]):
        yield "the name cannot be used", "use small letters, digits, dot, dash and underscore"
    relative = PurePosixPath(item["path"])
    if relative.is_absolute() or ".." in relative.parts:
        yield f"the path {relative} leaves the folder", "give a path inside it"
    for key, choices in (("kind", KINDS), ("region_key", REGION_KEYS)):
        if item.get(key, choices[0]) not in choices:
            yield f"the {key} “{item[key]}” is not known", f"use {' or '.join(choices)}"
    yield from _column_complaints(item)


def _column_complaints(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    columns = item.get("columns", {})
    for name, column in columns.items():
        if name not in _COLUMN_NAMES or not isinstance(column, str):
            yield f"columns.{name} is not known or no text", f"use {', '.join(sorted(_COLUMN_NAMES))}"
    if item.get("region_key") == "name" and not columns.get("country"):
        yield "regions are given by name but columns names no country", 'add country = "…" to columns'


def _mapping(item: Mapping[str, Any]) -> ColumnMapping:
    """Columns as given; unit, source and a single year of the catalogue hold for all rows that have no column."""
    columns: dict[str, str] = item.get("columns", {})
    years = item.get("years", [])

    def column_or(key: str, constant: str | int | None) -> str | Constant | None:
        if key in columns:
            return columns[key]
        return Constant(constant) if constant else None

    return ColumnMapping(
        region=columns.get("region", "region"),
        domain=columns.get("domain", "domain"),
        value=columns.get("value", "value"),
        year=column_or("year", years[0] if len(years) == 1 else None),
        unit=column_or("unit", item.get("unit")),
        source=column_or("source", item.get("source")),
        flag=columns.get("flag"),
        allow_negative=item.get("allow_negative", False),
    )


def _scan(folder: Path) -> list[Dataset]:
    suffixes = set(TEXT_SUFFIXES) | PARQUET_SUFFIXES
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix.lower() in suffixes)
    datasets: list[Dataset] = []
    taken: set[str] = set()
    for path in paths:
        relative = path.relative_to(folder)
        name = base = _slug(relative.with_suffix("").as_posix())
        while name in taken:
            name = f"{base}-{len(taken)}"
        taken.add(name)
        missing = [axis for axis in _AXES if axis not in _column_names(path)]
        problem = (
            f"{relative.as_posix()}: there is no column “{missing[0]}”; describe the file in hansa.toml."
            if missing
            else ""
        )
        datasets.append(Dataset(name, path, "activity", Meta(title=path.stem), problem=problem))
    return datasets


def _column_names(path: Path) -> list[str]:
    """Names in the header; empty when it cannot be read, which the reader then explains."""
    if path.suffix.lower() in PARQUET_SUFFIXES:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return list(pq.read_schema(path).names)
        except (pa.ArrowException, OSError):
            return list(_AXES)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            line = file.readline(65536)
        delimiters = TEXT_SUFFIXES[path.suffix.lower()]
        delimiter = max(delimiters, key=line.count)
        return [name.strip() for name in next(csv.reader([line], delimiter=delimiter), [])]
    except (OSError, UnicodeDecodeError, csv.Error):
        return list(_AXES)


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "table"
