"""A run with a history, and the writing of its documents."""

import pytest


@pytest.fixture
def analyst(cast):
    return cast.people["analyst"]


@pytest.fixture
def lead(cast):
    return cast.people["lead_partner"]


@pytest.fixture
def run(cast, figures, analyst):
    """A run in which every kind of move was made."""
    from hansa.strategy.actions import Part, merge, move, split, start_run
    from hansa.strategy.proposal import Parameters

    run = start_run(
        analyst,
        title="A run",
        regions=list(cast.regions.values()),
        parameters=Parameters(min_size=50, min_proximity=0.99, threshold=0.8),
    )
    first, second, third = run.priorities.order_by("number")
    parts = [Part("Sensors", domains=second.domains[:1]), Part("Research", domains=second.domains[1:])]
    sensors, research = split(analyst, second, parts, reason="Two things in one.")
    move(analyst, first, "verify", reason="The figures speak for it.")
    move(analyst, first, "rename", title="Wood <b>&</b> houses", reason="A name people know.")
    move(analyst, sensors, "verify", reason="Strong in three regions.")
    move(analyst, sensors, "return", step="verify", reason="New figures came in.")
    merge(analyst, first, [third], reason="They are one.", title="Wood & timber houses")
    move(analyst, research, "drop", reason="Nobody stands behind it.")
    return run


@pytest.fixture
def written(run, analyst):
    """Write a document of the run as the worker does; the versions made."""
    from hansa.strategy.documents import actions

    def write(kind="strategy", languages=("en",), reason="For the partners."):
        return actions.write(actions.ask_for_version(analyst, run, kind, languages=languages, reason=reason))

    return write
