"""How fast a broker's six main pages are with 10,000 requests, 100,000 organisations and 50,000 cases.

    python benchmarks/brokerage.py [--quick] [--starter FOLDER] [--requests N] [--readers N] [--seed N]

Starts an installation of its own as `hansa up` does, fills it, and lets twenty brokers at once ask 127.0.0.1 for one
page after the other; the floor is the same server with an application that answers a fixed 20 kB. Then the list of all
cases is exported by a process of its own, once a tenth of it and once whole, and the memory of both is compared.
`--quick` does the same with few records; its figures mean nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import _crowd, _installation, _report, pages  # noqa: E402
from benchmarks.pages import BROKER, Measured, Page  # noqa: E402

if TYPE_CHECKING:
    from hansa.brokerage.models import Case, Request
    from hansa.network.models import Person

GOAL_P95_MS = 200


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few records and requests, to see that it runs")
    parser.add_argument("--starter", type=Path, metavar="FOLDER", help="tables to load; by default those of `hansa up`")
    parser.add_argument("--requests", type=int, default=400, help="counted requests per page")
    parser.add_argument("--readers", type=int, default=20, help="readers at once")
    parser.add_argument("--seed", type=int, default=20_260)
    parser.add_argument("--export", metavar="STATE", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.quick:
        given.requests, given.readers = 12, 4
    return given


def fill(given: argparse.Namespace, home: Path) -> tuple[Person, Request, Case, dict[str, int]]:
    """Load the records and bring the planner's statistics up to date."""
    from benchmarks import _plenty

    from hansa.brokerage.models import Case
    from hansa.site.ops import database, roles
    from hansa.site.ops.home import Home

    size = _plenty.Size(60, 5, 0) if given.quick else _plenty.Size(10_000, 100, 0)
    organisations, cases, clients = (300, 120, 20) if given.quick else (100_000, 50_000, 2_000)
    broker, request = _plenty.load(size, given.seed)
    _plenty.add_organisations(organisations)
    _plenty.add_clients(clients)
    _plenty.add_many_cases(cases, given.seed)
    with roles.connected(database.address(Home(home), database.OWNER)) as connection:
        connection.execute("ANALYZE")
    case = Case.objects.filter(broker=broker, state=Case.State.IN_TALKS).order_by("pk").first()
    if case is None:
        raise RuntimeError("No case of the Podlaskie broker was loaded.")
    loaded = {
        "requests": size.requests,
        "organisations": organisations,
        "cases": Case.objects.count(),
        "clients": clients,
    }
    return broker, request, case, loaded


def main_pages(request: Request, case: Case) -> list[Page]:
    return [
        Page("Today", "/", BROKER),
        Page("Requests", "/brokerage/", BROKER),
        Page("Request with matches", request.get_absolute_url(), BROKER),
        Page("Clients", "/brokerage/clients/", BROKER),
        Page("Cases", "/brokerage/cases/", BROKER),
        Page("One case", case.get_absolute_url(), BROKER),
    ]


def measure(given: argparse.Namespace, home: Path, port: int) -> tuple[list[Measured], dict[str, Any], dict[str, Any]]:
    """Floor, pages and export, one after the other."""
    pages.enter(home)
    from hansa.site.ops.up import WEB_THREADS, WEB_WORKERS

    broker, request, case, loaded = fill(given, home)
    client = pages.client_of(BROKER, broker)
    shown = [(page, pages.seen_alone(page, client)) for page in main_pages(request, case)]
    crowd = {"readers": given.readers, "requests": given.requests, "warm_up": 2 * given.readers}
    with _installation.floor(home.parent, WEB_WORKERS, WEB_THREADS) as floor_port:
        floor = _crowd.read(floor_port, "/", **crowd | {"requests": pages.FLOOR_TIMES * given.requests})
    found = [pages.told(Page("Floor: fixed 20 kB", "/", BROKER), None, floor, floor)]
    for page, seen in shown:
        crowded = _crowd.read(port, page.path, **crowd, headers=pages.cookie_of(client))
        found.append(pages.told(page, seen, crowded, floor))
    facts = {
        "loaded": loaded,
        "readers": given.readers,
        "requests_per_page": given.requests,
        "workers": WEB_WORKERS,
        "threads_per_worker": WEB_THREADS,
        "postgresql": pages.postgresql(),
        "seed": given.seed,
    }
    return found, facts, {"a tenth": exported(home, "tenth"), "whole": exported(home, "whole")}


def exported(home: Path, part: str) -> dict[str, float]:
    """Export cases in a process of its own; rows, seconds, and the most memory it held, before and after, in MB."""
    command = [sys.executable, "-P", __file__, "--export", part]
    env = {**os.environ, "HANSA_HOME": str(home)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def export(part: str) -> None:
    """In the child: stream the list of cases and print what it took as JSON."""
    pages.enter(Path(os.environ["HANSA_HOME"]))
    import resource

    from benchmarks import _plenty

    state = _plenty.RARE if part == "tenth" else "any"
    client = pages.client_of(BROKER, _plenty.brokers()[0].broker)
    client.get("/brokerage/cases/")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    begun = time.perf_counter()
    answer = client.get("/brokerage/cases/", {"format": "csv", "state": state, "whose": "all"})
    rows = sum(chunk.count(b"\n") for chunk in answer.streaming_content) - 1
    took = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps({"rows": rows, "seconds": round(took, 2), "before_mb": round(before, 1), "peak_mb": round(after, 1)})
    )


def print_report(found: list[Measured], facts: dict[str, Any], streamed: dict[str, Any], load: list[float]) -> None:
    machine, loaded = _report.machine(), facts["loaded"]
    print(
        f"{machine['cores']} cores, {machine['processor']}, {machine['memory_gb']} GB, {machine['system']}, "
        f"Python {machine['python']}, PostgreSQL {facts['postgresql']}"
    )
    print(", ".join(f"{count:,} {what}" for what, count in loaded.items()) + f"; {facts['readers']} brokers at once")
    print(f"Load average {load[0]} before, {load[1]} after; server, database and readers share the cores.")
    heading = ("page", "p50 ms", "p95 ms", "requests/s", "× floor", "queries", "CPU ms")
    rows = [(m.page, m.p50_ms, m.p95_ms, m.per_second, m.floor_ratio, m.queries or "–", m.cpu_ms or "–") for m in found]
    print(_report.table(heading, rows))
    missed = [m.page for m in found[1:] if m.p95_ms > GOAL_P95_MS]
    print(f"p95 under {GOAL_P95_MS} ms: " + ("all six" if not missed else "not " + ", ".join(missed)))
    for name, one in streamed.items():
        print(
            f"Export of cases, {name}: {one['rows']:,} rows in {one['seconds']} s; "
            f"memory {one['before_mb']} MB before, at most {one['peak_mb']} MB"
        )


def main() -> None:
    given = options()
    if given.export:
        export(given.export)
        return
    before = _report.load_average()
    with _installation.folder() as home, _installation.hansa_up(home, given.starter) as port:
        found, facts, streamed = measure(given, home, port)
        from django.db import connections

        connections.close_all()
    load = [before, _report.load_average()]
    print_report(found, facts, streamed, load)
    content = {
        "machine": _report.machine(),
        "load_average": load,
        "settings": facts,
        "pages": [asdict(m) for m in found],
        "export": streamed,
    }
    name = "brokerage-quick" if given.quick else "brokerage"
    print(f"Written to {_report.write(name, content).relative_to(ROOT)}.")


if __name__ == "__main__":
    main()
