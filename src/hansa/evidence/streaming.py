"""Reading a long table year by year: only one chunk of rows, or one year, is in memory at a time."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from hansa.evidence.errors import EvidenceError
from hansa.evidence.parquet import DAMAGE
from hansa.evidence.reading import PARQUET_SUFFIXES, TEXT_SUFFIXES, RawTable, build_activity, read_activity
from hansa.evidence.table import SCHEMA, ActivityTable, ColumnMapping

CHUNK = 500_000
"""Rows of a Parquet file, or about as many of a text file, that are checked at a time."""
BYTES = 1 << 24
"""Bytes of a text file that are checked at a time."""
KEPT = ("region", "domain", "value", "year")


@dataclass(frozen=True)
class YearlyActivity:
    """A checked table kept on disk, one file per year: `years` (None where none was given), rows and unknown values."""

    years: tuple[int | None, ...]
    rows: int
    unknown: int
    files: Mapping[int | None, Path]
    source: Path
    mapping: ColumnMapping

    def of(self, year: int | None) -> Any:
        """The rows of one year as a pyarrow table of region, domain (dictionaries) and value.

        Raises `EvidenceError`, with file and rows, for a region and domain that stand there twice.
        """
        with pq.ParquetFile(self.files[year], read_dictionary=["region", "domain"], pre_buffer=False) as file:
            table = file.read(["region", "domain", "value"], use_threads=False).unify_dictionaries()
        if table.group_by(["region", "domain"], use_threads=False).aggregate([]).num_rows < table.num_rows:
            read_activity(self.source, self.mapping)  # the whole file, to say where
            raise EvidenceError(f"{self.source}: a region and domain stand there twice in {year}; keep one of them.")
        return table


@contextmanager
def yearly_activity(path: Path | str, mapping: ColumnMapping) -> Iterator[YearlyActivity]:
    """Check a CSV, TSV or Parquet file and give it year by year; the files made for that are gone afterwards.

    Refuses what `read_activity` refuses, with the same sentence.
    """
    path = Path(path)
    with tempfile.TemporaryDirectory(prefix="hansa-years.") as folder, ExitStack() as writers:
        files: dict[int | None, Path] = {}
        open_files: dict[int | None, Any] = {}
        rows = unknown = 0
        for part in _checked_parts(path, mapping):
            rows += part.num_rows
            unknown += int(part["value"].null_count)
            for year in pc.unique(part["year"]).to_pylist():
                if year not in files:
                    files[year] = Path(folder) / f"{year}.parquet"
                    schema = pa.schema([SCHEMA.field(name) for name in KEPT])
                    open_files[year] = writers.enter_context(pq.ParquetWriter(files[year], schema))
                same = pc.is_null(part["year"]) if year is None else pc.equal(part["year"], year)
                open_files[year].write_table(part.filter(same))
        writers.close()
        years = tuple(sorted(files, key=lambda year: -1 if year is None else year))
        yield YearlyActivity(years, rows, unknown, files, path, mapping)


def _checked_parts(path: Path, mapping: ColumnMapping) -> Iterator[Any]:
    """Checked rows of a file in its order; any fault is told as `read_activity` tells it."""
    if path.suffix.lower() in PARQUET_SUFFIXES and path.is_file():
        parts = _parquet_parts(path, mapping)
    elif path.suffix.lower() in TEXT_SUFFIXES and path.is_file() and _simple(path):
        parts = _text_parts(path)
    else:
        yield _only_what_is_kept(read_activity(path, mapping))
        return
    begun = False
    try:
        for raw in parts:
            part = _only_what_is_kept(build_activity(raw, mapping, repeats=True))
            begun = True
            yield part
    except (EvidenceError, UnicodeDecodeError, *DAMAGE) as error:
        whole = read_activity(path, mapping)  # reads every row with its place, and says what is wrong where
        if begun:
            raise EvidenceError(f"{path}: the file cannot be read ({error}); fetch it again.") from None
        yield _only_what_is_kept(whole)


def _only_what_is_kept(table: ActivityTable) -> Any:
    return table.table.select(list(KEPT))


def _parquet_parts(path: Path, mapping: ColumnMapping) -> Iterator[RawTable]:
    with pq.ParquetFile(path, pre_buffer=False) as file:
        there = file.schema_arrow.names
        wanted = [name for name in dict.fromkeys(mapping.columns()) if name in there]
        if len(set(there)) < len(there) or len(wanted) < len(set(mapping.columns())) or not file.metadata.num_rows:
            raise EvidenceError("its columns or rows are not as they should be")
        for batch in file.iter_batches(CHUNK, columns=wanted, use_threads=False):
            table = pa.table(batch)
            yield RawTable(path, {name: table[name] for name in wanted}, range(table.num_rows))


def _simple(path: Path) -> bool:
    """Whether lines and cells can be told apart without looking for quotation marks: most long tables."""
    with path.open("rb") as file:
        first = file.read(BYTES)
        if not first.strip() or first.startswith((b"\xff\xfe", b"\xfe\xff")):
            return False
        while first:
            if b'"' in first or b"\0" in first or b"\r" in first.replace(b"\r\n", b"\n").removesuffix(b"\r"):
                return False
            first = file.read(BYTES)
    return True


def _text_parts(path: Path) -> Iterator[RawTable]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline()
    delimiters = TEXT_SUFFIXES[path.suffix.lower()]
    delimiter = max(delimiters, key=lambda sign: (first.count(sign), -delimiters.index(sign)))
    names = next(csv.reader([first], delimiter=delimiter, strict=True), [])
    names = [name.strip() for name in names]
    if not all(names) or len(set(names)) < len(names):
        raise EvidenceError("its header is not as it should be")
    reader = pyarrow.csv.open_csv(
        path,
        read_options=pyarrow.csv.ReadOptions(use_threads=False, block_size=BYTES, column_names=names, skip_rows=1),
        parse_options=pyarrow.csv.ParseOptions(delimiter=delimiter, quote_char=False),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        ),
    )
    empty = True
    with reader:
        for batch in reader:
            empty = empty and not batch.num_rows
            if batch.num_rows:
                table = pa.table(batch)
                yield RawTable(path, {name: table[name] for name in names}, range(table.num_rows))
    if empty:
        raise EvidenceError("it has no rows")
