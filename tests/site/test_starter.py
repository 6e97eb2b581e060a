"""The starter without any data beside the checkout: the whole partnership on figures that say they are invented."""

import pytest

from hansa.network.models import Group, Membership, Organisation, Region, Role
from hansa.site.starter import loading
from hansa.strategy import figures
from hansa.strategy.models import Priority, Run


@pytest.fixture
def started(db, settings, tmp_path, monkeypatch):
    settings.HANSA_HOME = tmp_path
    monkeypatch.setenv("HANSA_STARTER", "")
    monkeypatch.setattr(loading, "starter_folder", lambda: None)
    assert loading.load_starter(lambda line: None)


def test_every_agency_of_a_broker_has_a_region_to_write_from(started):
    agencies = Organisation.objects.filter(memberships__role=Role.BROKER)
    assert agencies and all(agency.region is not None for agency in agencies)


def test_places_lie_in_a_region_whose_figures_stand_in(started):
    loaded = figures.current()
    places = Region.objects.filter(kind=Region.Kind.PLACE).select_related("parent")
    assert places
    for place in places:
        assert place.parent is not None
        assert loaded.stand_in_of(place) is not None


def test_figures_are_labelled_synthetic_and_priorities_have_names(started):
    assert figures.is_synthetic() and Run.objects.get().synthetic
    titles = list(Priority.objects.values_list("title", flat=True))
    assert titles and not any(title[:2].isdigit() for title in titles)


def test_a_second_time_loads_nothing(started):
    counts = (Group.objects.count(), Membership.objects.count(), Priority.objects.count())
    assert loading.load_starter(lambda line: None) is False
    assert (Group.objects.count(), Membership.objects.count(), Priority.objects.count()) == counts
