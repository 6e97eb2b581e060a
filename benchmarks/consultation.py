"""How fast a consultation of many answers opens and a round is computed, against computing it in Python.

    python benchmarks/consultation.py [--voices N] [--items N] [--repeats N] [--seed N]

Fills a private database with one vote and one Delphi round and as many voices as asked for. Both ways start from the
same rows, take turns in the same run, and must come to the same figures. Pages are asked for in one process, without
a server.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import django  # noqa: E402
import numpy as np  # noqa: E402
from benchmarks import _report  # noqa: E402


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--voices", type=int, default=5_000)
    parser.add_argument("--items", type=int, default=7)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--seed", type=int, default=20_260)
    return parser.parse_args()


def begin(installation: Any) -> None:
    """Django on a private database with all tables."""
    installation.start()
    os.environ.pop("HANSA_DATABASE_URL", None)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "hansa.site.settings",
        "HANSA_TESTING": "1",
        "HANSA_HOME": str(installation.home.root),
        "HANSA_DB_ROLE": "owner",
        "HANSA_HOSTS": "testserver",
    }
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def person() -> Any:
    from hansa.network.models import Membership, Organisation, Person, Region, Role, User

    region = Region.objects.create(
        code="PL84", nuts_version="2016", level=2, country="PL", name="Podlaskie", name_latin="Podlaskie"
    )
    agency = Organisation.objects.create(name="Agency", kind="support", helix="government", region=region)
    user = User.objects.create_user("analyst@hansa.example", "correct horse battery")
    made = Person.objects.create(user=user, name="Analyst", email=user.email)
    Membership.objects.create(person=made, organisation=agency, role=Role.ANALYST, since="2020-01-01")
    return made


def fill(analyst: Any, voices: int, items: int, seed: int) -> tuple[Any, list[Any]]:
    """One consultation with an open vote and, in a second consultation's stead, a waiting Delphi round answered too."""
    from django.utils import timezone

    from hansa.strategy.consultations import actions
    from hansa.strategy.models import Answer, Invitation, Run
    from hansa.strategy.models.consultations import HELIX

    random = np.random.default_rng(seed)
    run = Run.objects.create(title="A run", table="none", evidence_version="none", parameters={}, created_by=analyst)
    held = actions.create_consultation(
        analyst, run, title="Many voices", deadline=timezone.now() + timedelta(days=30), reason="to measure"
    )
    asked = [
        actions.add_round(
            analyst,
            held,
            kind=kind,
            question=f"A {kind}?",
            items=[actions.Asked(text=f"Item {n}") for n in range(items)],
            reason="to measure",
        )
        for kind in ("vote", "delphi")
    ]
    groups = [HELIX[n] for n in random.integers(0, len(HELIX), voices)]
    invited = Invitation.objects.bulk_create(
        Invitation(consultation=held, helix=helix, digest=f"{n:064x}") for n, helix in enumerate(groups)
    )
    for each, (low, high) in zip(asked, ((-1, 1), (1, 9)), strict=True):
        values = random.integers(low, high + 1, (voices, items))
        keys = list(each.items.order_by("position").values_list("pk", flat=True))
        Answer.objects.bulk_create(
            (
                Answer(round=each, invitation=invitation, item_id=key, value=int(value))
                for invitation, row in zip(invited, values, strict=True)
                for key, value in zip(keys, row, strict=True)
            ),
            batch_size=5_000,
        )
    return held, asked


def in_python(asked: Any) -> list[dict[str, Any]]:
    """The same figures from rows that Django reads one by one."""
    from hansa.strategy.consultations.results import disclosed
    from hansa.strategy.models import Answer

    threshold = asked.consultation.threshold
    found: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    rows = Answer.objects.filter(round=asked, invitation__withdrawn_at__isnull=True).select_related("invitation")
    for row in rows:
        found[row.item_id or 0][row.invitation.helix].append(row.value or 0)
    items = []
    for item in asked.items.order_by("position"):
        groups = {helix: summary(asked.kind, values) for helix, values in found[item.pk].items()}
        whole = summary(asked.kind, [value for values in found[item.pk].values() for value in values])
        items.append({"item": item.pk, "all": whole, "groups": disclosed(groups, threshold)})
    return items


def summary(kind: str, values: list[int]) -> dict[str, Any]:
    if kind == "vote":
        counts = {"against": values.count(-1), "neutral": values.count(0), "for": values.count(1)}
        return {"n": len(values), **counts, "mean": statistics.fmean(values)}
    lower, median, upper = statistics.quantiles(values, n=4, method="inclusive")
    return {"n": len(values), "lower": lower, "median": median, "upper": upper}


def same(a: Any, b: Any) -> bool:
    if isinstance(a, dict):
        return set(a) == set(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return bool(abs(a - b) < 1e-9)


def timed(act: Callable[[], Any]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def main() -> int:
    given = options()
    from hansa.site.ops.scratch import ScratchInstallation

    installation = ScratchInstallation()
    try:
        begin(installation)
        return measure(given)
    finally:
        if django.apps.apps.ready:
            from django.db import connections

            connections.close_all()
        installation.remove()


def measure(given: argparse.Namespace) -> int:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from hansa.strategy.consultations import actions, results

    analyst = person()
    held, asked = fill(analyst, given.voices, given.items, given.seed)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    rows = []
    for each in asked:
        if not same(results.computed(each)["items"], in_python(each)):
            sys.stderr.write(f"the two ways disagree about the {each.kind}\n")
            return 1
        in_sql, python = [], []
        for _turn in range(given.repeats):
            in_sql.append(timed(lambda each=each: results.computed(each)))
            python.append(timed(lambda each=each: in_python(each)))
        rows += [(f"{each.kind}, in SQL", in_sql), (f"{each.kind}, in Python", python)]
    actions.open_consultation(analyst, held, reason="to measure", address="https://hansa.example/")
    actions.close_consultation(analyst, held, reason="to measure")
    client = Client()
    client.force_login(analyst.user)
    counted = {}
    for name in ("organise/", "", "invitations/"):
        address = f"/priorities/consultations/{held.pk}/{name}"
        client.get(address)
        with CaptureQueriesContext(connection) as caught:
            if client.get(address).status_code != 200:
                sys.stderr.write(f"{address} does not open\n")
                return 1
        title = f"page {name or 'public'}"
        counted[title] = len(caught)
        rows.append((title, [timed(lambda a=address: client.get(a)) for _turn in range(given.repeats)]))
    tell(given, rows, counted)
    return 0


def tell(given: argparse.Namespace, rows: list[tuple[str, list[float]]], counted: dict[str, int]) -> None:
    shown = [
        (name, f"{statistics.median(ms):.1f}", f"{_report.percentile(ms, 0.95):.1f}", counted.get(name, ""))
        for name, ms in rows
    ]
    sys.stdout.write(f"{given.voices:,} voices, {given.items} items, {given.repeats} turns\n")
    sys.stdout.write(_report.table(["what", "median ms", "p95 ms", "queries"], shown) + "\n")
    _report.write(
        "consultation",
        {
            "machine": _report.machine(),
            "load": _report.load_average(),
            "given": vars(given),
            "rows": [{"what": name, "ms": ms, "queries": counted.get(name)} for name, ms in rows],
        },
    )


if __name__ == "__main__":
    raise SystemExit(main())
