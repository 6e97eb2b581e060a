"""Reading an activity table from CSV, TSV or Parquet, or saying in one sentence why it cannot be read."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hansa.evidence.errors import EvidenceError, fault, shown
from hansa.evidence.table import SCHEMA, ActivityTable, ColumnMapping, Constant
from hansa.evidence.values import FIRST_YEAR, LAST_YEAR, NUMBER, UNKNOWN, read_value, read_year

TEXT_SUFFIXES = {".csv": (",", ";", "\t"), ".txt": ("\t", ",", ";"), ".tsv": ("\t",), ".tab": ("\t",)}
PARQUET_SUFFIXES = frozenset({".parquet", ".pq"})
_OPTIONAL = ("year", "unit", "source", "flag")


@dataclass(frozen=True)
class RawTable:
    """Columns as the file has them. `row(i)` is where record `i` stands, counting the header as row 1."""

    path: Path
    columns: dict[str, Any]
    lines: Sequence[int]

    def row(self, index: int) -> int:
        return self.lines[index]

    def with_column(self, name: str, values: Any) -> RawTable:
        """The same table with one column replaced or added."""
        return replace(self, columns={**self.columns, name: values})


def read_activity(path: Path | str, mapping: ColumnMapping | None = None) -> ActivityTable:
    """Read a CSV, TSV or Parquet file into an `ActivityTable`.

    Without a mapping the columns region, domain and value are read, and year, unit, source and flag where present.
    Texts stay texts (`NA` is Namibia, `05` is not 5); unknown values are null; values below zero are refused unless
    the mapping allows them. Raises `EvidenceError` for every fault of the file; then nothing was read.
    """
    raw = read_raw(path)
    return build_activity(raw, default_mapping(raw) if mapping is None else mapping)


def default_mapping(raw: RawTable) -> ColumnMapping:
    """The mapping for a file that uses this software's own column names."""
    year, unit, source, flag = (name if name in raw.columns else None for name in _OPTIONAL)
    return ColumnMapping(year=year, unit=unit, source=source, flag=flag)


def read_raw(path: Path | str) -> RawTable:
    """Read all columns of a table file, unconverted. Raises `EvidenceError`."""
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in TEXT_SUFFIXES and suffix not in PARQUET_SUFFIXES:
        raise fault(path, f"the ending {shown(suffix)} is not known", "give a .csv, .tsv or .parquet file")
    try:
        if path.stat().st_size == 0:
            raise fault(path, "the file is empty", "fetch it again")
        content = path.read_bytes()
    except FileNotFoundError:
        raise EvidenceError(f"{path}: there is no such file; check the path.") from None
    except OSError as error:
        raise EvidenceError(
            f"{path}: the file cannot be read ({error.strerror}); check the path and its rights."
        ) from None
    raw = (
        _read_parquet(path, content) if suffix in PARQUET_SUFFIXES else _read_text(path, content, TEXT_SUFFIXES[suffix])
    )
    if len(raw.lines) == 0:
        raise fault(path, "there are column names but no rows", "fetch the file again or choose another")
    return raw


def _read_parquet(path: Path, content: bytes) -> RawTable:
    from hansa.evidence.parquet import DAMAGE, from_bytes

    if len(content) < 12 or content[:4] != b"PAR1" or content[-4:] != b"PAR1":
        raise fault(path, "this is not a whole Parquet file (its first or last mark is missing)", "fetch it again")
    try:
        table = from_bytes(content)
        table.validate(full=True)
    except DAMAGE as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise fault(path, f"the Parquet file is damaged ({reason[:120]})", "fetch it again") from None
    names = table.schema.names
    if len(set(names)) < len(names):
        raise fault(path, "two columns have the same name", "rename one of them")
    return RawTable(path, {name: table[name] for name in names}, range(2, table.num_rows + 2))


def _read_text(path: Path, content: bytes, delimiters: tuple[str, ...]) -> RawTable:
    text = _decode(path, content)
    first = text.split("\n", 1)[0]
    delimiter = max(delimiters, key=lambda sign: (first.count(sign), -delimiters.index(sign)))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records: list[list[str]] = []
    lines: list[int] = []
    end = 0
    try:
        for record in reader:
            start, end = end + 1, reader.line_num
            if record:
                records.append(record)
                lines.append(start)
    except csv.Error as error:
        raise fault(path, f"the line is broken ({error})", "check its quotation marks", row=reader.line_num) from None
    if not records:
        raise fault(path, "the file has nothing but blank lines", "fetch it again")
    header = _check_header(path, records[0])
    for line, record in zip(lines[1:], records[1:], strict=True):
        if len(record) != len(header):
            what = f"{len(record)} cells where the header has {len(header)}"
            raise fault(
                path, what, "complete the row, or put text that holds the delimiter in quotation marks", row=line
            )
    table = zip(*records[1:], strict=True) if len(records) > 1 else ([] for _ in header)
    columns = {
        name: pa.chunked_array([pa.array(values, pa.large_string())])
        for name, values in zip(header, table, strict=True)
    }
    return RawTable(path, columns, lines[1:])


def _decode(path: Path, content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise fault(path, "the text is UTF-16", "save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        what = f"byte 0x{content[error.start]:02X} is not UTF-8 (often a file in Windows or Latin encoding)"
        raise fault(path, what, "save the file as UTF-8", row=row) from None


def _check_header(path: Path, record: list[str]) -> list[str]:
    header = [name.strip() for name in record]
    doubled = sorted({name for name in header if header.count(name) > 1})
    if doubled:
        raise fault(path, f"the column {shown(doubled[0])} occurs twice", "rename one of them", row=1)
    return header


def build_activity(
    raw: RawTable, mapping: ColumnMapping, *, synthetic: bool = False, repeats: bool = False
) -> ActivityTable:
    """Check and convert raw columns. Raises `EvidenceError` naming file, row and column.

    With `repeats` a key that occurs twice is left for the caller to find, who sees only a part of the file here.
    """
    missing = [name for name in mapping.columns() if name not in raw.columns]
    if missing:
        found = ", ".join(shown(name) for name in raw.columns)
        raise fault(raw.path, f"there is no column {shown(missing[0])}", f"name another; the file has {found}")
    region = _keys(raw, mapping.region, "region")
    domain = _keys(raw, mapping.domain, "domain")
    value, found_flags = _values(raw, mapping)
    columns = [region, domain, value, _years(raw, mapping.year)]
    columns += [_texts(raw, mapping.unit), _texts(raw, mapping.source)]
    given_flags = _texts(raw, mapping.flag)
    columns.append(given_flags if found_flags is None else pc.coalesce(given_flags, found_flags))
    table = pa.Table.from_arrays([_single(column) for column in columns], schema=SCHEMA)
    if not repeats:
        _refuse_duplicates(raw, table)
    return ActivityTable(table, synthetic=synthetic)


def _single(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _as_text(raw: RawTable, name: str) -> Any:
    """The column as strings; whole numbers without a decimal point."""
    column = raw.columns[name]
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_floating(kind):
        whole = pc.equal(pc.floor(column), column)
        if pc.all(pc.fill_null(whole, True)).as_py() is not False:
            column = pc.cast(column, pa.int64(), safe=False)
    try:
        return pc.utf8_trim_whitespace(pc.cast(column, pa.string()))
    except pa.ArrowException:
        raise fault(raw.path, f"the type {kind} is no text", "store it as text", column=name) from None


def _first(mask: Any) -> int | None:
    """Index of the first true entry."""
    index = pc.index(mask, value=pa.scalar(True)).as_py()
    return None if index < 0 else int(index)


def _keys(raw: RawTable, name: str, role: str) -> Any:
    texts = _as_text(raw, name)
    gap = _first(pc.equal(pc.fill_null(texts, ""), ""))
    if gap is not None:
        raise fault(raw.path, f"there is no {role}", "fill it in or drop the row", row=raw.row(gap), column=name)
    return texts


def _texts(raw: RawTable, where: str | Constant | None) -> Any:
    if where is None or isinstance(where, Constant):
        return pa.array([None if where is None else str(where.value)] * len(raw.lines), pa.string())
    texts = _as_text(raw, where)
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def _values(raw: RawTable, mapping: ColumnMapping) -> tuple[Any, Any | None]:
    """Values and, from text columns, the flags found beside them."""
    column, name = raw.columns[mapping.value], mapping.value
    kind = column.type
    flags = None
    if pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        column = pc.cast(column, pa.float64(), safe=False)
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, pa.float64()), column)
        endless = _first(pc.fill_null(pc.is_inf(column), False))
        if endless is not None:
            raise fault(raw.path, "the value is infinite", "correct it", row=raw.row(endless), column=name)
    elif pa.types.is_boolean(kind) or pa.types.is_temporal(kind):
        raise fault(raw.path, f"the type {kind} is no number", "name another value column", column=name)
    else:
        column, flags = _values_from_text(raw, name)
    if not mapping.allow_negative:
        below = _first(pc.fill_null(pc.less(column, 0.0), False))
        if below is not None:
            what = f"the value {column[below].as_py():g} is below zero"
            raise fault(raw.path, what, "correct it, or allow negative values", row=raw.row(below), column=name)
    return column, flags


def _values_from_text(raw: RawTable, name: str) -> tuple[Any, Any]:
    texts = _single(pc.fill_null(_as_text(raw, name), ""))
    plain = pc.match_substring_regex(texts, rf"^({NUMBER})$")
    values = pc.cast(pc.if_else(plain, texts, pa.scalar(None, pa.string())), pa.float64()).to_pylist()
    flags: list[str | None] = [None] * len(values)
    others = pc.indices_nonzero(pc.invert(pc.and_(plain, pc.is_finite(pa.array(values, pa.float64())))))
    unsure = set(others.to_pylist()) | {index for index, value in enumerate(values) if value is None}
    for index in sorted(unsure):
        text = texts[index].as_py()
        if text in UNKNOWN:
            continue
        cell = read_value(text)
        if cell.fault:
            do = "write it with a decimal point and no other signs, or leave it empty if it is unknown"
            raise fault(raw.path, f"the value {shown(text)} {cell.fault}", do, row=raw.row(index), column=name)
        values[index], flags[index] = cell.value, cell.flag
    return pa.array(values, pa.float64()), pa.array(flags, pa.string())


def _years(raw: RawTable, where: str | Constant | None) -> Any:
    if where is None:
        return pa.nulls(len(raw.lines), pa.int32())
    if isinstance(where, Constant):
        year = read_year(str(where.value))
        if year is None:
            raise fault(raw.path, f"{shown(str(where.value))} is no year", f"give one from {FIRST_YEAR} to {LAST_YEAR}")
        return pa.array([year] * len(raw.lines), pa.int32())
    texts = _single(pc.fill_null(_as_text(raw, where), "")).dictionary_encode()
    years = [read_year(text) for text in texts.dictionary.to_pylist()]
    if None in years:
        index = _first(pc.equal(texts.indices, years.index(None)))
        text = texts[index or 0].as_py()
        what = f"{shown(text)} is no year" if text else "there is no year"
        raise fault(raw.path, what, "write four digits such as 2014", row=raw.row(index or 0), column=where)
    return pc.take(pa.array(years, pa.int32()), texts.indices)


def _refuse_duplicates(raw: RawTable, table: Any) -> None:
    keys = table.select(["region", "domain", "year"])
    if keys.group_by(["region", "domain", "year"]).aggregate([]).num_rows == table.num_rows:
        return
    seen: dict[tuple[str, str, int | None], int] = {}
    for index, key in enumerate(zip(*(keys[name].to_pylist() for name in keys.schema.names), strict=True)):
        if key in seen:
            region, domain, year = key
            pair = f"region {shown(region)}, domain {shown(domain)}" + (f", year {year}" if year is not None else "")
            what = f"{pair} stands in row {raw.row(seen[key])} and again in row {raw.row(index)}"
            raise fault(raw.path, what, "keep one of them, or name the column that tells them apart")
        seen[key] = index
