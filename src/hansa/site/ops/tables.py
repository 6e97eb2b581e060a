"""`hansa specialise` and `hansa opportunities`: files in, files out, nothing half-written, no installation needed."""

import csv
import math
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hansa.site.ops.faults import OperationFailed

if TYPE_CHECKING:
    from hansa.evidence import ColumnMapping, YearlyActivity
    from hansa.specialisation import Measures, PartnerAddition

RESULTS = ("regions", "domains", "pairs", "proximity")
SUMMARY = "summary.json"
OUR_FILES = {*(f"{name}.parquet" for name in RESULTS), SUMMARY}
OPPORTUNITY_COLUMNS = (
    "region", "year", "rank", "domain", "score", "density_part", "complexity_part", "partner_part", "lq", "density",
    "pci", "added_density", "partners",
)  # fmt: skip


@dataclass(frozen=True)
class Columns:
    """The names a table gives to what is needed; `year` may be absent."""

    region: str
    domain: str
    value: str
    year: str | None = None

    def mapping(self) -> "ColumnMapping":
        """The same for the readers of evidence."""
        from hansa.evidence import ColumnMapping

        return ColumnMapping(region=self.region, domain=self.domain, value=self.value, year=self.year)


def specialise(
    table: Path,
    columns: Columns,
    target: Path,
    *,
    absent: str = "zero",
    switches: Mapping[str, Any] | None = None,
    preset: str | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Measure every year of a table into the folder `target`; the summary.

    Writes regions, domains, pairs and proximity as Parquet and summary.json. `absent` says what a pair without a row
    is, `switches` are those of `hansa.specialisation.measures`, `preset` names a package whose figures are wanted.
    One year is in memory at a time. Raises OperationFailed when `target` holds something else, EvidenceError and
    ActivityError for a faulty table and for a preset that does not exist.
    """
    from hansa.evidence import yearly_activity
    from hansa.site.ops.results import Results, Year, json_text

    _refuse_foreign(target)
    with yearly_activity(table, columns.mapping()) as found, _new_folder(target) as folder:
        years: dict[str, Any] = {}
        regions: set[str] = set()
        domains: set[str] = set()
        with Results(folder) as results:
            for year in found.years:
                one = Year.of(_measured(found, year, absent, switches or {}), preset)
                results.add(one)
                years["all" if year is None else str(year)] = one.definitions()
                regions.update(one.measures.activity.regions)
                domains.update(one.measures.activity.domains)
                progress(f"{'All rows' if year is None else year} measured.")
        summary = {
            "hansa": _version(),
            "table": table.name,
            "columns": {field.name: getattr(columns, field.name) for field in fields(columns)},
            "rows": found.rows,
            "regions": len(regions),
            "domains": len(domains),
            "unknown_rows": found.unknown,
            "absent": absent,
            "years": years,
        }
        (folder / SUMMARY).write_text(json_text(summary), encoding="utf-8")
    return summary


def opportunities(table: Path, columns: Columns, regions: Sequence[str], target: Path, *, absent: str = "zero") -> int:
    """The domains that each region lacks, best first, with the other regions as its partners; the number of rows.

    Of the latest year; CSV, or Parquet when `target` ends so. Raises as `specialise`.
    """
    if not regions:
        raise OperationFailed("No region is named; give --regions the codes that cooperate, such as PL84,LT02.")
    from hansa.evidence import yearly_activity

    with yearly_activity(table, columns.mapping()) as years:
        found = _measured(years, years.years[-1], absent, {})
    rows = []
    for region in regions:
        partners = [other for other in regions if other != region]
        for one in found.opportunities(region, partners).ranked:
            row = {field.name: getattr(one, field.name) for field in fields(one)}
            row |= {"region": region, "year": found.activity.year, "lq": one.location_quotient}
            row["partners"] = " ".join(_addition(part) for part in one.partners)
            rows.append({name: _plain(row[name]) for name in OPPORTUNITY_COLUMNS})
    with _new_file(target) as unfinished:
        if target.suffix == ".parquet":
            import pyarrow as pa
            import pyarrow.parquet as pq

            pq.write_table(pa.Table.from_pylist(rows), unfinished)
        else:
            with unfinished.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, OPPORTUNITY_COLUMNS)
                writer.writeheader()
                writer.writerows(rows)
    return len(rows)


def classifications_folder() -> Path | None:
    """The classification tables for the concept bridge: those beside the checkout or in HANSA_STARTER, if any."""
    from hansa.site.ops.staging import starter_folder

    folder = starter_folder()
    found = folder / "classifications" if folder else None
    return found if found is not None and found.is_dir() else None


def _measured(found: "YearlyActivity", year: int | None, absent: str, switches: Mapping[str, Any]) -> "Measures":
    from hansa.specialisation import Activity, long_table, measures

    rows = found.of(year)
    long = long_table(rows["region"], rows["domain"], rows["value"])
    return measures(Activity.from_rows(long, year, absent="zero" if absent == "zero" else "unknown"), **switches)


def _version() -> str:
    from hansa import __version__

    return __version__


def _refuse_foreign(target: Path) -> None:
    if target.is_dir():
        foreign = sorted(path.name for path in target.iterdir() if path.name not in OUR_FILES)
        if foreign:
            raise OperationFailed(
                f"{target} holds {foreign[0]}, which is not a result of `hansa specialise`; name a new folder."
            )
    elif target.exists():
        raise OperationFailed(f"{target} is a file; name a folder for the results.")


@contextmanager
def _new_folder(target: Path) -> Iterator[Path]:
    """A folder that takes the place of `target` once everything in it is written."""
    target = target.absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    try:
        yield folder
        folder.chmod(0o777 & ~_umask())
        earlier = target.with_name(f".{target.name}.{os.getpid()}.earlier")
        if target.exists():
            target.rename(earlier)
        folder.rename(target)
        shutil.rmtree(earlier, ignore_errors=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _new_file(target: Path) -> Iterator[Path]:
    target.absolute().parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        yield unfinished
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _umask() -> int:
    current = os.umask(0o022)
    os.umask(current)
    return current


def _addition(part: "PartnerAddition") -> str:
    """PARTNER:added density; nothing behind the colon where it is not known."""
    return f"{part.partner}:" + ("" if math.isnan(part.added_density) else f"{part.added_density:.6g}")


def _plain(value: Any) -> Any:
    """Unknown figures become empty cells, never a number."""
    return None if isinstance(value, float) and math.isnan(value) else value
