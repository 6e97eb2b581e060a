"""A run with its priorities, what the regions wrote themselves, and trends to rate."""

from __future__ import annotations

import pytest


@pytest.fixture
def run(cast, figures):
    from hansa.strategy.actions import start_run
    from hansa.strategy.proposal import Parameters

    return start_run(
        cast.people["analyst"],
        title="A run",
        regions=list(cast.regions.values()),
        parameters=Parameters(min_size=50),
    )


@pytest.fixture
def priority(run):
    return run.priorities.order_by("number")[0]


@pytest.fixture
def analyst(cast):
    return cast.people["analyst"]


@pytest.fixture
def broker(cast):
    return cast.people["broker"]


@pytest.fixture
def write(cast):
    """A region writes down a priority of its own; `into` are the common ones it is a member of."""
    from hansa.strategy.models import RegionalPriority

    def made(code, *into, title="Its own words"):
        found = RegionalPriority.objects.create(region=cast.regions[code], title=title, language="en")
        for each in into:
            each.members.add(found)
        return found

    return made


@pytest.fixture
def trends(db):
    from hansa.strategy.models import Trend

    return [
        Trend.objects.create(kind=kind, title=title, source="A report", year=2024)
        for kind, title in (("market", "Dearer energy"), ("technology", "Cheaper sensors"), ("society", "Older people"))
    ]
