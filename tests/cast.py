"""The cast of the database tests: a few regions, an agency in each, and one person per role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from hansa import evidence


def data_folder() -> Path:
    """The real data sets beside the checkout; a test that needs them is skipped where they are absent."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real data sets are not beside this checkout (../shared/data)")
    return folder


@dataclass
class Cast:
    """`people` by role; `regions` and `agencies` by region code."""

    regions: dict
    agencies: dict
    people: dict


PLACES = {
    "PL84": ("Podlaskie", "PL"),
    "FI1C": ("Etelä-Suomi", "FI"),
    "DE60": ("Hamburg", "DE"),
    "LT00": ("Lietuva", "LT"),
}


@pytest.fixture
def cast(db) -> Cast:
    from hansa.network.models import Membership, Organisation, Person, Region, Role, User

    regions = {
        code: Region.objects.create(
            code=code, nuts_version="2016", level=2, country=country, name=name, name_latin=name
        )
        for code, (name, country) in PLACES.items()
    }
    agencies = {
        code: Organisation.objects.create(
            name=f"Agency of {region.name}",
            kind="support",
            helix="government",
            region=region,
            country=region.country,
            is_partner=True,
        )
        for code, region in regions.items()
    }

    def person(role: str, code: str, label: str = "") -> Person:
        name = label or role
        user = User.objects.create_user(f"{name.replace(' ', '.')}@hansa.example", "correct horse battery")
        made = Person.objects.create(user=user, name=name, email=user.email, language="en")
        Membership.objects.create(person=made, organisation=agencies[code], role=role, since=date(2020, 1, 1))
        return made

    people = {role: person(role, "PL84") for role in Role.values if role != Role.LEAD_PARTNER}
    people[Role.LEAD_PARTNER] = person(Role.LEAD_PARTNER, "DE60")
    people["broker abroad"] = person(Role.BROKER, "FI1C", "broker abroad")
    return Cast(regions, agencies, people)


@pytest.fixture
def figures(tmp_path, settings):
    """A small activity table with measures: four regions, six domains, one cell unknown."""
    from hansa.strategy import figures as module
    from hansa.strategy.measuring import compute_and_store

    settings.HANSA_HOME = tmp_path
    regions, domains = list(PLACES), ["10", "16", "26", "31", "62", "72"]
    values = np.array(
        [
            [900.0, 800.0, 20.0, 700.0, 30.0, np.nan],
            [100.0, 500.0, 300.0, 80.0, 400.0, 90.0],
            [200.0, 50.0, 600.0, 60.0, 900.0, 300.0],
            [700.0, 600.0, 90.0, 650.0, 200.0, 40.0],
        ]
    )
    rows = ["region,domain,value,year"]
    for r, region in enumerate(regions):
        for d, domain in enumerate(domains):
            cell = "" if np.isnan(values[r, d]) else f"{values[r, d]:g}"
            rows.append(f"{region},{domain},{cell},2014")
    path = tmp_path / "small.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    store = module.store()
    store.put_activity(
        "small",
        evidence.read_activity(path),
        evidence.Meta(
            title="Persons employed, a small table",
            unit="persons",
            source="made for tests",
            licence="EUPL-1.2",
            nuts_version="2016",
            classification="NACE Rev. 2",
        ),
    )
    compute_and_store(store, "small")
    loaded = module.current()
    assert loaded is not None
    return loaded
