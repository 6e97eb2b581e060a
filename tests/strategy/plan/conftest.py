"""A run with a final priority, an action for it, and a way to load newer figures."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from hansa import evidence


@pytest.fixture
def analyst(cast):
    from hansa.network.models import Role

    return cast.people[Role.ANALYST]


@pytest.fixture
def run(cast, figures, analyst):
    from hansa.strategy.actions import start_run
    from hansa.strategy.proposal import Parameters

    regions = list(cast.regions.values())
    return start_run(analyst, title="A run", regions=regions, parameters=Parameters(min_size=50))


@pytest.fixture
def priority(run):
    return run.priorities.filter(kind="shared").order_by("number")[0]


@pytest.fixture
def final(priority, analyst):
    from hansa.strategy.actions import move
    from hansa.strategy.models import Step

    for step in Step.values:
        priority = move(analyst, priority, step, reason="the figures carry it")
    return priority


@pytest.fixture
def action(priority, cast, analyst):
    from hansa.strategy.models import Action
    from hansa.strategy.plan import actions

    return actions.keep(
        analyst,
        Action(),
        {
            "title": "A joint test line",
            "description": "Two laboratories test for firms of both regions.",
            "priorities": [priority],
            "owner": cast.agencies["FI1C"],
            "since": date(2026, 1, 1),
            "until": date(2027, 12, 31),
        },
    )


@pytest.fixture
def load_again(figures):
    """Load the table once more with some cells changed: {(region, domain): value or None}."""
    from hansa.strategy import figures as module
    from hansa.strategy.measuring import compute_and_store

    def load(changes: dict[tuple[str, str], float | None], year: int = 2019):
        store = module.store()
        values = figures.value.copy()
        for (region, domain), value in changes.items():
            values[figures.row_of[region], figures.column_of[domain]] = np.nan if value is None else value
        rows = ["region,domain,value,year"]
        for region, line in zip(figures.regions, values, strict=True):
            rows += [
                f"{region},{domain},{'' if np.isnan(cell) else f'{cell:g}'},{year}"
                for domain, cell in zip(figures.domains, line, strict=True)
            ]
        path = store.folder.parent / "again.csv"
        path.write_text("\n".join(rows) + "\n", encoding="utf-8")
        entry = figures.entry
        meta = evidence.Meta(
            title=entry["title"],
            unit=entry["unit"],
            source=entry["source"],
            licence=entry["licence"],
            nuts_version="2016",
            classification="NACE Rev. 2",
        )
        store.remove("small")
        store.put_activity("small", evidence.read_activity(path), meta)
        compute_and_store(store, "small")
        return module.current()

    return load
