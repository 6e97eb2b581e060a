"""What relatedness and complexity cost: Hansa beside a plain floor and four Python packages, each in a fresh process.

    .venv/bin/python benchmarks/specialisation.py [--budget SECONDS] [--without-peers] [--docs] [--quick] [--again]

ECI, PCI, proximity and density of one year in four sizes and of twenty years; complementarity of all pairs of regions;
what importing costs. One BLAS thread, set here. Core-seconds are user and system time of the call alone; import and
input are made before. A peer whose predicted time passes the budget is not run; its figure is scaled from runs on the
same shape in an eighth and a quarter of the length and marked so; one that reaches the budget all the same is ended.
The peers are installed on first use (requirements-peers.lock). `--docs` puts tables and plot into docs/specialisation;
`--again` tells the last run again; `--quick` takes one small table, and its figures mean nothing.
"""

from __future__ import annotations

import argparse
import datetime
import json
import math
import os
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import _peers, _report  # noqa: E402
from benchmarks import _specialisation_contestants as contestants  # noqa: E402
from benchmarks import _specialisation_tables as tables  # noqa: E402
from benchmarks._activity_tables import SIZES, Size  # noqa: E402

THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMBA_NUM_THREADS")
PANEL = Size(1_500, 700, 0.12)
YEARS = 20
SMALL = Size(60, 90, 0.2)
PROBED_FROM = 2_000
"""From this many domains on, a peer first runs on an eighth and a quarter of regions and domains."""
MEMORY_SHARE = 0.6
"""A peer that would need more of the memory that is free is not run."""
WRONG, ENDED = "ended with an error", "ended"


@dataclass(frozen=True)
class Place:
    """Where the measurements of one run happen: interpreters, limits and the folder of inputs and answers."""

    folder: Path
    peers: Path | None
    budget: float
    quick: bool

    def python(self, contestant: str) -> Path:
        return self.peers if contestant in _peers.PEERS and self.peers else Path(sys.executable)

    def able(self, names: Iterable[str]) -> list[str]:
        return [name for name in names if self.peers or name not in _peers.PEERS]


@dataclass(frozen=True)
class Predicted:
    """What a run is expected to take."""

    core_seconds: float
    above_mb: float

    def too_much(self, budget: float) -> str:
        """Why it is not run, or nothing."""
        if self.core_seconds > budget:
            return "scaled, not run"
        free = psutil.virtual_memory().available / 1024**2
        return f"scaled, not run: needs {self.above_mb / 1024:.0f} GB" if self.above_mb > MEMORY_SHARE * free else ""


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--budget", type=float, default=40.0, metavar="SECONDS", help="core-seconds of one peer's run")
    parser.add_argument("--without-peers", action="store_true", help="install and run no peer")
    parser.add_argument("--docs", action="store_true", help="put tables and plot into docs/specialisation")
    parser.add_argument("--again", action="store_true", help="tell the last run again, measure nothing")
    parser.add_argument("--quick", action="store_true", help="one small table without peers, to see that it runs")
    return parser.parse_args()


def asked(place: Place, python: Path, task: Mapping[str, Any]) -> dict[str, Any]:
    """One task in a fresh process with one BLAS thread; `failed` in the answer says why there is none."""
    question, answer = place.folder / "task.json", place.folder / "answer.json"
    answer.unlink(missing_ok=True)
    question.write_text(json.dumps({**task, "answer": str(answer)}), encoding="utf-8")
    done = subprocess.run(
        [str(python), str(ROOT / "benchmarks" / "_specialisation_runs.py"), str(question)],
        env={**os.environ, **dict.fromkeys(THREADS, "1")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode == -signal.SIGXCPU:
        return {"failed": ENDED, "core_seconds": task["limit"]}
    if done.returncode or not answer.exists():
        return {"failed": (done.stderr.strip().splitlines() or [WRONG])[-1]}
    return dict(json.loads(answer.read_text(encoding="utf-8")))


def made(place: Place, name: str, size: Size, years: int = 0) -> tuple[Path, dict[str, Any]]:
    """The input of a size, in a folder of its own."""
    folder = place.folder / name
    folder.mkdir()
    cells = [size.regions, size.domains, size.presence]
    facts = asked(place, Path(sys.executable), {"do": "input", "folder": str(folder), "size": cells, "years": years})
    if "failed" in facts:
        raise RuntimeError(facts["failed"])
    return (folder if years else folder / "table.npy"), facts


def referred(place: Place, kind: str, given: Path) -> tuple[Path, dict[str, Any]]:
    """What Hansa finds in double precision, for the others to be compared to."""
    folder = place.folder / f"reference-{kind}-{given.parent.name}"
    folder.mkdir()
    task = {"do": "reference", "kind": kind, "input": str(given), "folder": str(folder)}
    facts = asked(place, Path(sys.executable), task)
    if "failed" in facts:
        raise RuntimeError(facts["failed"])
    return folder, facts


def measured(place: Place, kind: str, name: str, given: Path, reference: Path | None = None) -> dict[str, Any]:
    task: dict[str, Any] = {"do": "measure", "kind": kind, "contestant": name, "input": str(given)}
    if reference:
        task["reference"] = str(reference)
    if name in _peers.PEERS:
        task["limit"] = place.budget
    return asked(place, place.python(name), task)


def wanted(place: Place, name: str, seconds: float) -> int:
    """How often to measure: seven times what is over at once, three times or once what takes long."""
    if place.quick:
        return 2
    if name in contestants.FIRST:
        return 7 if seconds < 1 else 5
    if name in _peers.PEERS:
        return 5 if seconds < 4 else 3 if seconds < 20 else 1
    return 7 if seconds < 1 else 3


def contest(
    place: Place, kind: str, given: Path, reference: Path, names: Sequence[str], predicted: Mapping[str, Predicted]
) -> list[dict[str, Any]]:
    """Every contestant as often as wanted, in rounds, so that all of them meet the machine in the same state."""
    answers: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    skipped: dict[str, str] = {}
    bounds = dict(predicted)
    rounds, turn = 1, 0
    while turn < rounds:
        for name in names:
            if turn == 0 and name in predicted:
                skipped[name] = predicted[name].too_much(place.budget)
            if skipped.get(name) or (turn and turn >= wanted(place, name, answers[name][0]["core_seconds"])):
                continue
            answer = measured(place, kind, name, given, None if turn else reference)
            if "failed" in answer:
                skipped[name] = answer["failed"]
                answers[name].clear()
                if answer["failed"] == ENDED:
                    bounds[name] = Predicted(answer["core_seconds"], math.nan)
                continue
            answers[name].append(answer)
            rounds = max(rounds, wanted(place, name, answers[name][0]["core_seconds"]))
        turn += 1
    return [row(name, answers[name], skipped.get(name, ""), bounds.get(name)) for name in names]


def row(name: str, answers: list[dict[str, Any]], note: str, predicted: Predicted | None) -> dict[str, Any]:
    """Medians of one contestant's runs, or what it would take."""
    if not answers:
        scaled = predicted if predicted and note.startswith(("scaled", ENDED)) else None
        return {
            "contestant": name,
            "runs": 0,
            "core_seconds": scaled.core_seconds if scaled else None,
            "above_mb": scaled.above_mb if scaled and not math.isnan(scaled.above_mb) else None,
            "peak_mb": None,
            "note": note,
        }
    figures = ("core_seconds", "peak_mb", "above_mb", "import_seconds")
    return {
        "contestant": name,
        "runs": len(answers),
        **{figure: statistics.median(answer[figure] for answer in answers) for figure in figures},
        "all_core_seconds": [answer["core_seconds"] for answer in answers],
        "agreement": answers[0].get("agreement", {}),
        "note": "",
    }


def predictions(place: Place, size: Size, names: Sequence[str]) -> dict[str, Predicted]:
    """Peers at a large size from an eighth and a quarter of its length: a square and a cubic part, memory squared."""
    if size.domains < PROBED_FROM:
        return {}
    found, parts = {}, {}
    for share in (8, 4):
        part = Size(size.regions // share, size.domains // share, size.presence)
        given, _ = made(place, f"{size.regions}-{size.domains}-{share}", part)
        parts[share] = {name: measured(place, contestants.YEAR, name, given) for name in names if name in _peers.PEERS}
    for name, quarter in parts[4].items():
        eighth = parts[8][name]
        if "failed" in quarter or "failed" in eighth:
            continue
        seconds = scaled_up(eighth["core_seconds"], quarter["core_seconds"])
        found[name] = Predicted(seconds, 16 * quarter["above_mb"])
    return found


def scaled_up(eighth: float, quarter: float) -> float:
    """a + b where a/64 + b/512 = `eighth` and a/16 + b/64 = `quarter`, neither below zero."""
    cubic = min(max(128 * (quarter - 4 * eighth), 0.0), 64 * quarter)
    return 16 * (quarter - cubic / 64) + cubic


def one_year(place: Place, size: Size) -> dict[str, Any]:
    names = place.able(contestants.YEARLY)
    predicted = predictions(place, size, names)
    given, _ = made(place, f"{size.regions}-{size.domains}", size)
    reference, facts = referred(place, contestants.YEAR, given)
    rows = contest(place, contestants.YEAR, given, reference, names, predicted)
    return told(place, {"size": size.name, "regions": size.regions, "domains": size.domains, **facts, "rows": rows})


def panel(place: Place, size: Size, years: int, single: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Twenty years; peers are predicted from one year, ecomplexity with the memory of all of them at once."""
    predicted = {
        one["contestant"]: Predicted(
            years * one["core_seconds"], one["above_mb"] * (years if one["contestant"] == "ecomplexity" else 1)
        )
        for one in single
        if one["contestant"] in _peers.PEERS and one["core_seconds"]
    }
    names = place.able(contestants.PANELS)
    given, facts = made(place, "panel", size, years)
    reference, _ = referred(place, contestants.PANEL, given)
    rows = contest(place, contestants.PANEL, given, reference, names, predicted)
    return told(place, {"size": f"{years} x {size.name}", "years": years, "table_rows": facts["rows"], "rows": rows})


def pairs(place: Place, size: Size) -> dict[str, Any]:
    given, _ = made(place, "pairs", size)
    reference, _ = referred(place, contestants.PAIRS, given)
    rows = contest(place, contestants.PAIRS, given, reference, list(contestants.PAIRED), {})
    return told(place, {"size": size.name, "rows": rows})


def told(place: Place, group: dict[str, Any]) -> dict[str, Any]:
    """Say at once what was found, for a whole run takes a while."""
    print(f"\n{group['size']}, load {_report.load_average()}\n{tables.group_table(group)}", flush=True)
    return group


def importing(place: Place) -> dict[str, Any]:
    """Core-seconds of importing Hansa's and the floor's modules, and the heavy packages that come along."""
    import_time = [sys.executable, "-X", "importtime", "-c", "import hansa.specialisation"]
    traced = subprocess.run(import_time, capture_output=True, text=True, check=True, env=os.environ).stderr
    took = {}
    for name, modules in {
        "hansa.specialisation": contestants.HANSA,
        "numpy and scipy.sparse.linalg": tables.FLOOR,
    }.items():
        code = "import time; t = time.process_time(); import " + ", ".join(modules) + "; print(time.process_time() - t)"
        seconds = [
            float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
            for _time in range(2 if place.quick else 7)
        ]
        took[name] = statistics.median(seconds)
    return {"core_seconds": took, "heavy": tables.heavy_imports(traced)}


def measure(place: Place) -> dict[str, Any]:
    before = _report.load_average()
    sizes, panel_size, years = (SIZES, PANEL, YEARS) if not place.quick else ((SMALL,), SMALL, 3)
    single = [one_year(place, size) for size in sizes]
    of_panel = next(group for group, size in zip(single, sizes, strict=True) if size.domains == panel_size.domains)
    content = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": _report.machine(),
        "budget": place.budget,
        "peers": _peers.PEERS if place.peers else {},
        "years": single,
        "panel": panel(place, panel_size, years, of_panel["rows"]),
        "pairs": pairs(place, panel_size),
        "imports": importing(place),
        "load_average": [before, _report.load_average()],
    }
    return content | {"goals": tables.goals(content)}


def main() -> None:
    given = options()
    name = "specialisation-quick" if given.quick else "specialisation"
    if given.again:
        content = json.loads((_report.FOLDER / f"{name}.json").read_text(encoding="utf-8"))
        content["goals"] = tables.goals(content)
    else:
        peers = None
        if not (given.quick or given.without_peers):
            try:
                peers = _peers.python()
            except _peers.NoPeers as reason:
                print(reason)
        _report.FOLDER.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=_report.FOLDER, prefix="specialisation.") as folder:
            content = measure(Place(Path(folder), peers, given.budget, given.quick))
    print("\n" + tables.in_full(content))
    if given.docs and not given.quick:
        tables.publish(content, ROOT / "docs" / "specialisation")
    print(f"Written to {_report.write(name, content).relative_to(ROOT)}.")


if __name__ == "__main__":
    main()
