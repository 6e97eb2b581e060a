"""How fast the six main pages are with 10,000 published requests and fifty readers at once.

    python benchmarks/pages.py [--quick] [--starter FOLDER] [--requests N] [--readers N] [--seed N]

Starts an installation of its own as `hansa up` does (its database, its page server, its application role), fills it,
and lets the readers ask 127.0.0.1 for one page after the other. The floor is the same server with an application that
answers a fixed 20 kB: what a page costs is told as a multiple of it, for server and readers share this machine.
`--quick` does the same with few records and requests; its figures mean nothing.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import _crowd, _installation, _report  # noqa: E402

if TYPE_CHECKING:
    from benchmarks._plenty import Size

    from hansa.network.models import Person, Request

REGION = "PL84"
PUBLIC, BROKER = "public", "broker"
ALONE = 15
FLOOR_TIMES = 20  # the floor answers so fast that the counted requests alone would last no time at all


@dataclass(frozen=True)
class Page:
    """A page to measure and who reads it."""

    name: str
    path: str
    reader: str


@dataclass(frozen=True)
class Measured:
    """What one page took; `queries` and `cpu_ms` are counted in one process and None for the floor."""

    page: str
    reader: str
    p50_ms: float
    p95_ms: float
    per_second: float
    floor_ratio: float
    queries: int | None
    cpu_ms: float | None
    body_bytes: int
    sent_bytes: int


@dataclass(frozen=True)
class Seen:
    """A page as one reader alone gets it: queries, processor time without the database's, bytes before compression."""

    queries: int
    cpu_ms: float
    body: int


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few records and requests, to see that it runs")
    parser.add_argument("--starter", type=Path, metavar="FOLDER", help="tables to load; by default those of `hansa up`")
    parser.add_argument("--requests", type=int, default=600, help="counted requests per page")
    parser.add_argument("--readers", type=int, default=50, help="readers at once")
    parser.add_argument("--seed", type=int, default=20_260)
    given = parser.parse_args()
    if given.quick:
        given.requests, given.readers = 12, 4
    return given


def enter(home: Path) -> None:
    """Set Django up in this process for the installation in `home`, as the application's role."""
    os.environ |= {"HANSA_HOME": str(home), "DJANGO_SETTINGS_MODULE": "hansa.site.settings"}
    for name in ("HANSA_DB_ROLE", "HANSA_TESTING", "HANSA_DATABASE_URL"):
        os.environ.pop(name, None)
    import django

    django.setup()


def fill(size: Size, seed: int, home: Path) -> tuple[Person, Request]:
    """Load the records and bring the planner's statistics up to date."""
    from benchmarks import _plenty

    from hansa.site.ops import database, roles
    from hansa.site.ops.home import Home

    broker, request = _plenty.load(size, seed)
    with roles.connected(database.address(Home(home), database.OWNER)) as connection:
        connection.execute("ANALYZE")
    return broker, request


def pages(request: Request) -> list[Page]:
    """The six pages, each read by whom it is made for."""
    return [
        Page("Today", "/", BROKER),
        Page("Map of regions", "/evidence/", PUBLIC),
        Page(f"Region {REGION}", f"/evidence/regions/{REGION}/", PUBLIC),
        Page("Priorities", "/priorities/", PUBLIC),
        Page("Requests", "/brokerage/", PUBLIC),
        Page("Request with matches", request.get_absolute_url(), BROKER),
    ]


def client_of(reader: str, broker: Person) -> Any:
    from django.test import Client

    client = Client(SERVER_NAME="localhost")
    if reader == BROKER:
        client.force_login(broker.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def seen_alone(page: Page, client: Any) -> Seen:
    """Ask for the page in this process: first so that what a process keeps is there, then to count and to time."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(page.path)
    with CaptureQueriesContext(connection) as captured:
        response = client.get(page.path)
        queries = len(captured)
    if response.status_code != 200:
        raise RuntimeError(f"{page.path} was answered with {response.status_code}.")
    took = []
    for _time in range(ALONE):
        begun = time.process_time()
        client.get(page.path)
        took.append(time.process_time() - begun)
    return Seen(queries, _report.percentile(took, 0.5) * 1000, len(response.content))


def cookie_of(client: Any) -> dict[str, str]:
    held = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    return {"Cookie": held} if held else {}


def measure(given: argparse.Namespace, home: Path, port: int) -> tuple[list[Measured], dict[str, Any]]:
    """Fill the installation, then floor and pages one after the other."""
    enter(home)
    from benchmarks._plenty import Size

    from hansa.site.ops.up import WEB_THREADS, WEB_WORKERS
    from hansa.strategy import figures

    size = Size(60, 5, 20) if given.quick else Size(10_000, 100, 2_000)
    broker, request = fill(size, given.seed, home)
    clients = {reader: client_of(reader, broker) for reader in (PUBLIC, BROKER)}
    shown = [(page, seen_alone(page, clients[page.reader])) for page in pages(request)]
    gc.collect()
    crowd = {"readers": given.readers, "requests": given.requests, "warm_up": 2 * given.readers}
    with _installation.floor(home.parent, WEB_WORKERS, WEB_THREADS) as floor_port:
        floor = _crowd.read(floor_port, "/", **crowd | {"requests": FLOOR_TIMES * given.requests})
    found = [told(Page("Floor: fixed 20 kB", "/", PUBLIC), None, floor, floor)]
    for page, seen in shown:
        crowded = _crowd.read(port, page.path, **crowd, headers=cookie_of(clients[page.reader]))
        found.append(told(page, seen, crowded, floor))
    facts = {
        "loaded": asdict(size),
        "readers": given.readers,
        "requests_per_page": given.requests,
        "workers": WEB_WORKERS,
        "threads_per_worker": WEB_THREADS,
        "postgresql": postgresql(),
        "starter": "synthetic figures" if figures.is_synthetic() else "real figures",
        "seed": given.seed,
    }
    return found, facts


def told(page: Page, seen: Seen | None, crowded: _crowd.Crowded, floor: _crowd.Crowded) -> Measured:
    return Measured(
        page=page.name,
        reader=page.reader,
        p50_ms=round(crowded.p50_ms, 1),
        p95_ms=round(crowded.p95_ms, 1),
        per_second=round(crowded.per_second, 1),
        floor_ratio=round(floor.per_second / crowded.per_second, 1),
        queries=None if seen is None else seen.queries,
        cpu_ms=None if seen is None else round(seen.cpu_ms, 1),
        body_bytes=crowded.body if seen is None else seen.body,
        sent_bytes=crowded.body,
    )


def postgresql() -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return str(cursor.fetchone()[0])


def print_report(found: list[Measured], facts: dict[str, Any], machine: dict[str, Any], load: list[float]) -> None:
    print(
        f"{machine['cores']} cores, {machine['processor']}, {machine['memory_gb']} GB, {machine['system']}, "
        f"Python {machine['python']}, PostgreSQL {facts['postgresql']}"
    )
    loaded = facts["loaded"]
    print(
        f"{loaded['requests']:,} published requests, {loaded['matched']:,} of them with matches, "
        f"{loaded['cases']:,} cases; {facts['starter']}; {facts['readers']} readers at once, "
        f"{facts['requests_per_page']} requests per page; {facts['workers']} workers of {facts['threads_per_worker']} "
        f"threads"
    )
    print(
        f"Load average {load[0]} before, {load[1]} after; server, database and readers share the cores, "
        "so only an idle machine gives figures to keep."
    )
    heading = ("page", "reader", "p50 ms", "p95 ms", "requests/s", "× floor", "queries", "CPU ms", "bytes", "gzipped")
    print(
        _report.table(
            heading,
            [
                (
                    m.page,
                    m.reader,
                    m.p50_ms,
                    m.p95_ms,
                    m.per_second,
                    m.floor_ratio,
                    "–" if m.queries is None else m.queries,
                    "–" if m.cpu_ms is None else m.cpu_ms,
                    f"{m.body_bytes:,}",
                    f"{m.sent_bytes:,}",
                )
                for m in found
            ],
        )
    )


def main() -> None:
    given = options()
    before = _report.load_average()
    with _installation.folder() as home, _installation.hansa_up(home, given.starter) as port:
        found, facts = measure(given, home, port)
        from django.db import connections

        connections.close_all()
    machine, load = _report.machine(), [before, _report.load_average()]
    print_report(found, facts, machine, load)
    content = {"machine": machine, "load_average": load, "settings": facts, "pages": [asdict(m) for m in found]}
    print(f"Written to {_report.write('pages-quick' if given.quick else 'pages', content).relative_to(ROOT)}.")


if __name__ == "__main__":
    main()
