"""One measurement in a process of its own: `python _specialisation_runs.py TASK.json` writes the answer to a file.

Run by Hansa's Python for Hansa and the floors and by the peers' Python for the peers, so nothing but NumPy is imported
before the contestant itself. Core-seconds are user and system time of this process during the call alone. Memory is
the highest resident set during the call: in full, and above what the process held when the call began (interpreter,
imports and input).
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import math
import resource
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from benchmarks._specialisation_contestants import (
    KINDS,
    PAIRS,
    PANEL,
    PANELS,
    YEARLY,
    from_activity,
    labelled,
    year_files,
)

BLOCK = 200
"""Rows compared at a time."""

# Memory


def resident(field: str) -> float:
    """VmRSS or VmHWM of this process in MB; without /proc the highest resident set so far."""
    try:
        for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)


def settle() -> None:
    """Give back what lies unused and let the highest resident set start anew from here, where the system can."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


# What was computed


def compared(told: dict[str, Any], reference: Path, diagonal: str) -> dict[str, float]:
    """How far a result lies from the reference: correlation of indices, largest differences, presences that differ."""
    found: dict[str, float] = {}
    for name in ("eci", "pci"):
        if name in told:
            ours, theirs = np.load(reference / f"{name}.npy"), np.asarray(told[name], dtype=np.float64)
            ours = ours[: len(theirs)] if ours.ndim > 1 else ours  # two of twenty years
            found[f"{name}_correlation"], found[f"{name}_difference"] = index_agreement(ours, theirs)
    if "held" in told:
        ours = np.load(reference / "held.npy", mmap_mode="r")
        found["presences_differ"] = int((np.asarray(told["held"]).astype(bool) != ours).sum())
    if "density" in told:
        found["density_difference"] = largest_difference(told["density"], reference / f"density_{diagonal}.npy")
    if "proximity" in told:
        found["proximity_difference"] = largest_difference(told["proximity"], reference / "proximity.npy", True)
    if "mean" in told:
        found["mean_difference"] = largest_difference(told["mean"], reference / "mean.npy")
    return found


def index_agreement(ours: Any, theirs: Any) -> tuple[float, float]:
    """Smallest correlation and largest difference of standardised indices over the years, whatever their sign."""
    correlations, differences = [], []
    for one, other in zip(np.atleast_2d(ours), np.atleast_2d(theirs), strict=True):
        left, right = standardised(one), standardised(other)
        correlation = float((left * right).mean())
        correlations.append(abs(correlation))
        differences.append(float(np.abs(left - np.sign(correlation) * right).max()))
    return min(correlations), max(differences)


def standardised(values: Any) -> Any:
    return (values - values.mean()) / values.std()


def largest_difference(theirs: Any, path: Path, off_diagonal: bool = False) -> float:
    ours, theirs, largest = np.load(path, mmap_mode="r"), np.asarray(theirs), 0.0
    for start in range(0, len(ours), BLOCK):
        apart = np.abs(ours[start : start + BLOCK] - theirs[start : start + BLOCK])
        if off_diagonal:
            rows = np.arange(len(apart))
            apart[rows, start + rows] = 0.0
        largest = max(largest, float(apart.max()))
    return largest


# What the driver may ask for


def limited(seconds: float) -> None:
    """Have the system end this process after so many core-seconds from here (SIGXCPU)."""
    limit = math.ceil(time.process_time() + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def measured(task: dict[str, Any]) -> dict[str, Any]:
    """Import, take the input, run once and tell what it took."""
    contestant = KINDS[task["kind"]][task["contestant"]]
    begun = time.process_time()
    for name in contestant.needs:
        importlib.import_module(name)
    imported = time.process_time() - begun
    if task.get("limit"):
        limited(task["limit"])
    path = Path(task["input"])
    given = contestant.taken(np.load(path) if path.is_file() else path)
    settle()
    before, begun = resident("VmRSS"), time.process_time()
    result = contestant.done(given)
    took = time.process_time() - begun
    peak = resident("VmHWM")
    answer: dict[str, Any] = {
        "core_seconds": took,
        "peak_mb": peak,
        "above_mb": peak - before,
        "import_seconds": imported,
    }
    if task.get("reference"):
        answer["agreement"] = compared(contestant.told(result), Path(task["reference"]), contestant.diagonal)
    return answer


def input_made(task: dict[str, Any]) -> dict[str, Any]:
    """Write the tables of a size, and what Hansa finds in them in double precision for the others to be compared to."""
    from benchmarks._activity_tables import Size, invented

    folder, size = Path(task["folder"]), Size(*task["size"])
    if not task["years"]:
        np.save(folder / "table.npy", invented(size))
        return {}
    rows = 0
    for year in range(task["years"]):
        values = invented(size, seed=year + 1)
        np.save(folder / f"{year:02d}.npy", values)
        rows += int(np.count_nonzero(values))
    long_table_written(folder)
    return {"rows": rows}


def long_table_written(folder: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer = None
    for year, path in enumerate(year_files(folder)):
        regions, domains, values = labelled(np.load(path))
        rows, columns = np.nonzero(values)
        table = pa.table(
            {
                "region": pa.DictionaryArray.from_arrays(rows.astype(np.int32), regions).cast(pa.string()),
                "domain": pa.DictionaryArray.from_arrays(columns.astype(np.int32), domains).cast(pa.string()),
                "year": np.full(len(rows), year, dtype=np.int32),
                "value": values[rows, columns],
            }
        )
        writer = writer or pq.ParquetWriter(folder / "long.parquet", table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def reference_made(task: dict[str, Any]) -> dict[str, Any]:
    """Write what Hansa finds in double precision, both conventions of the diagonal included."""
    path, folder = Path(task["input"]), Path(task["folder"])
    if task["kind"] == PANEL:
        kept = PANELS["hansa"].done(path)
    elif task["kind"] == PAIRS:
        kept = {"mean": from_activity(np.load(path))}
    else:
        from hansa.specialisation.relatedness import density_from

        found = YEARLY["hansa, double"].done(labelled(np.load(path)))
        kept = YEARLY["hansa, double"].told(found)
        kept["density_exclude"] = kept.pop("density")
        kept["density_include"] = density_from(found.presence, found.proximity, "include").values
    for name, values in kept.items():
        np.save(folder / f"{name}.npy", values)
    return {"presence": float(kept["held"].mean())} if "held" in kept else {}


ASKED = {"input": input_made, "reference": reference_made, "measure": measured}


def main() -> None:
    task = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    with contextlib.redirect_stdout(sys.stderr):  # some peers talk
        answer = ASKED[task["do"]](task)
    Path(task["answer"]).write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main()
