"""Long tables, one row per region and domain: columns of any common kind become codes, labels and numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from .cells import SPARSE_BELOW
from .results import ActivityError, Floats, read_only

Absent = Literal["zero", "unknown"]
Values = Sequence[float | None] | NDArray[np.generic]
Labels = Sequence[str] | NDArray[np.generic]
Codes = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Coded:
    """A column of labels: `labels` sorted and distinct, `codes[k]` the position of row k's label."""

    labels: tuple[str, ...]
    codes: Codes

    def of(self, rows: NDArray[np.intp]) -> Coded:
        """The column of some rows, with the labels that occur there."""
        codes = self.codes[rows]
        used = np.flatnonzero(np.bincount(codes, minlength=len(self.labels)))
        renumbered = np.zeros(len(self.labels), dtype=np.int32)
        renumbered[used] = np.arange(len(used), dtype=np.int32)
        return Coded(tuple(self.labels[code] for code in used), renumbered[codes])


@dataclass(frozen=True, eq=False)
class LongTable:
    """Rows of region, domain and value (NaN = unknown); `numbers[k]` is where row k stood, counted from 1."""

    regions: Coded
    domains: Coded
    values: Floats
    numbers: NDArray[np.intp] | range

    def of(self, rows: NDArray[np.intp]) -> LongTable:
        """Some of the rows, with the labels that occur there."""
        numbers = rows + self.numbers.start if isinstance(self.numbers, range) else self.numbers[rows]
        return LongTable(self.regions.of(rows), self.domains.of(rows), self.values[rows], numbers)

    def matrix(self, absent: Absent) -> Any:
        """Regions x domains as a float64 matrix, or as a CSR array where most cells are zero.

        Raises ActivityError for a pair that stands in two rows, and for any other `absent`.
        """
        from scipy import sparse

        if absent not in ("zero", "unknown"):
            raise ActivityError(f'Absent pairs cannot be {absent!r}; choose "zero" or "unknown".')
        shape = (len(self.regions.labels), len(self.domains.labels))
        cells = self.regions.codes.astype(np.int64) * shape[1] + self.domains.codes
        self._refuse_repeated(cells)
        if absent == "zero" and len(cells) < SPARSE_BELOW * shape[0] * shape[1]:
            order = np.argsort(cells)
            at = cells[order]
            indptr = np.searchsorted(at, np.arange(shape[0] + 1) * shape[1])
            return sparse.csr_array((self.values[order], at % shape[1], indptr), shape=shape)
        filled = np.full(shape, 0.0 if absent == "zero" else np.nan)
        filled.reshape(-1)[cells] = self.values
        return read_only(filled)

    def _refuse_repeated(self, cells: NDArray[np.int64]) -> None:
        if not (np.diff(np.sort(cells)) == 0).any():
            return
        order = np.argsort(cells, kind="stable")
        repeats = np.flatnonzero(np.diff(cells[order]) == 0)
        second = int(order[repeats + 1].min())
        first = int(np.flatnonzero(cells == cells[second])[0])
        raise ActivityError(
            f"The pair of region {self.regions.labels[self.regions.codes[second]]!r} and domain "
            f"{self.domains.labels[self.domains.codes[second]]!r} stands in rows {self.numbers[first]} and "
            f"{self.numbers[second]}; add the values up or remove one row."
        )


def long_table(regions: Any, domains: Any, values: Any) -> LongTable:
    """Three columns of equal length, checked.

    Raises ActivityError for columns of unequal length, labels that are not text, negative or infinite values.
    """
    numbers = numbers_of(values)
    lengths = len(regions), len(domains)
    if not lengths[0] == lengths[1] == numbers.size or numbers.ndim != 1:
        raise ActivityError(
            f"The columns differ in length: {lengths[0]} regions, {lengths[1]} domains, "
            f"{numbers.size} values; give one of each per row."
        )
    region, domain = coded(regions, "region"), coded(domains, "domain")
    refuse_impossible(
        numbers,
        lambda at: f"row {at[0] + 1} ({region.labels[region.codes[at[0]]]!r}, {domain.labels[domain.codes[at[0]]]!r})",
    )
    return LongTable(region, domain, read_only(numbers), range(1, numbers.size + 1))


def columns_of(table: Any, names: Mapping[str, str]) -> dict[str, Any]:
    """The named columns of a pandas or Polars frame, an Arrow table, a DuckDB relation or a mapping of sequences.

    `names` says which column plays which role; a DuckDB relation is read for these columns alone. Raises ActivityError
    for a column that the table does not have and for a table of another kind.
    """
    if hasattr(table, "collect_schema"):  # a Polars frame, perhaps a lazy one
        _refuse_missing(names, table.collect_schema().names())
        table = table.lazy().select(list(dict.fromkeys(names.values()))).collect()
    elif hasattr(table, "fetchnumpy"):  # DuckDB
        _refuse_missing(names, table.columns)
        quoted = ", ".join('"' + name.replace('"', '""') + '"' for name in dict.fromkeys(names.values()))
        chosen = table.project(quoted)
        try:
            table = chosen.to_arrow_table()  # codes of texts are made where the texts are, not one Python object a row
        except ImportError:
            table = chosen.fetchnumpy()
    elif not (hasattr(table, "__getitem__") and (hasattr(table, "keys") or hasattr(table, "column_names"))):
        raise ActivityError(
            f"A table of type {type(table).__name__} cannot be read; give a pandas or Polars frame, an Arrow table, "
            "a DuckDB relation or a mapping of columns."
        )
    else:
        _refuse_missing(names, getattr(table, "column_names", None) or table.keys())
    return {role: table[name] for role, name in names.items()}


def years_of(column: Any) -> NDArray[np.int64]:
    """A column of whole years as integers; ActivityError names the first row that is none."""
    numbers = numbers_of(column)
    wrong = np.flatnonzero(~(np.isfinite(numbers) & (numbers == np.floor(numbers))))
    if wrong.size:
        raise ActivityError(
            f"The year in row {int(wrong[0]) + 1} is {plain(column)[int(wrong[0])]!r}; give whole years, such as 2024."
        )
    return numbers.astype(np.int64)


def coded(column: Any, axis: str) -> Coded:
    """Labels and codes of a column of text; ActivityError names the first row that is no text."""
    if hasattr(column, "dictionary_encode"):  # Arrow
        whole = column.combine_chunks() if hasattr(column, "combine_chunks") else column
        whole = whole if hasattr(whole, "indices") else whole.dictionary_encode()
        if not whole.null_count:
            return _renumbered(whole.indices.to_numpy(zero_copy_only=False), whole.dictionary.to_pylist(), axis)
    elif hasattr(column, "factorize"):  # pandas
        codes, distinct = column.factorize()
        if not (codes < 0).any():
            return _renumbered(codes, list(distinct), axis)
    return _coded_list(plain(column), axis)


def plain(column: Any) -> list[Any]:
    """A column as a list of plain Python values."""
    for name in ("to_pylist", "to_list", "tolist"):
        if hasattr(column, name):
            return list(getattr(column, name)())
    return list(column)


def numbers_of(values: Any) -> Floats:
    """A column or matrix of numbers as a new float64 array; what is missing is NaN."""
    try:
        if isinstance(values, np.ma.MaskedArray):
            return np.asarray(np.ma.filled(cast(Any, values).astype(np.float64), np.nan), dtype=np.float64)
        if hasattr(values, "array") and hasattr(values, "factorize"):  # pandas, whose own missing value is no float
            return np.array(values.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)
        if hasattr(values, "combine_chunks") or hasattr(values, "to_numpy"):  # Arrow, Polars
            return np.array(values.to_numpy(), dtype=np.float64)
        return np.array(values, dtype=np.float64, order="C")
    except (TypeError, ValueError) as error:
        raise ActivityError(
            f"The values are not all numbers ({error}); give numbers, and None or NaN for unknown."
        ) from error


def refuse_impossible(numbers: Floats, where: Callable[[tuple[int, ...]], str]) -> None:
    """Raise ActivityError for the first value that no activity can have; `where` names its place."""
    wrong = np.isinf(numbers) | (numbers < 0)
    if wrong.any():
        at = tuple(int(index) for index in np.argwhere(wrong)[0])
        raise ActivityError(
            f"The value of {where(at)} is {float(numbers[at])!r}; activity must be a finite number of at least 0 "
            f"(use None or NaN for unknown)."
        )


def refuse_non_text(label: object, axis: str, row: int) -> None:
    """Raise ActivityError for a label that is no text."""
    if not isinstance(label, str) or not label:
        raise ActivityError(
            f"The {axis} in row {row} is {label!r}; every {axis} label must be non-empty text (read codes as text)."
        )


def _refuse_missing(names: Mapping[str, str], there: Iterable[str]) -> None:
    known = list(there)
    for role, name in names.items():
        if name not in known:
            raise ActivityError(
                f"There is no column {name!r} for the {role}; the table has {', '.join(map(str, known[:10]))}."
            )


def _renumbered(codes: NDArray[Any], distinct: list[Any], axis: str) -> Coded:
    """Codes of distinct labels in any order as codes of the sorted ones that occur."""
    for code, label in enumerate(distinct):
        if not isinstance(label, str) or not label:
            first = np.flatnonzero(codes == code)
            if first.size:
                refuse_non_text(label, axis, int(first[0]) + 1)
    used = np.unique(codes)
    order = sorted(used.tolist(), key=lambda code: str(distinct[code]))
    places = np.zeros(len(distinct), dtype=np.int32)
    places[order] = np.arange(len(order), dtype=np.int32)
    return Coded(tuple(str(distinct[code]) for code in order), places[codes])


def _coded_list(column: list[Any], axis: str) -> Coded:
    distinct = set(column)
    if not all(isinstance(label, str) and label for label in distinct):
        for row, label in enumerate(column, start=1):
            refuse_non_text(label, axis, row)
    labels = tuple(sorted(map(str, distinct)))
    places = {label: code for code, label in enumerate(labels)}
    return Coded(labels, np.fromiter(map(places.__getitem__, column), dtype=np.int32, count=len(column)))
