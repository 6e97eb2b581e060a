"""A priority in plain words: what the figures say, and no more than they say."""

from __future__ import annotations

import pytest

from hansa.strategy.consultations.plain import plain

pytestmark = pytest.mark.django_db


def held(priority):
    return priority.figures.filter(role="holds")


def test_it_names_the_clearest_region_and_counts_the_people(priority):
    found = plain(priority, {})
    best = held(priority).order_by("-location_quotient")[0]
    together = sum(held(priority).values_list("value", flat=True))
    strong, people = found.sentences
    assert best.region.name in strong and f"{best.location_quotient:.1f}" in strong and f"“{best.domain}”" in strong
    assert f"{together:,.0f} people" in people and "2014" in people
    assert set(found.regions) == set(held(priority).values_list("region__name", flat=True))


def test_it_says_the_label_of_a_domain_where_there_is_one(priority):
    best = held(priority).order_by("-location_quotient")[0]
    assert "“Wood”" in plain(priority, {best.domain: "Wood"}).sentences[0]


def test_what_is_missing_is_not_counted_as_zero(priority):
    one = held(priority)[0]
    held(priority).filter(pk=one.pk).update(value=None)
    assert plain(priority, {}).sentences[1].startswith("At least ")
    held(priority).update(value=None, location_quotient=None)
    strong, people = plain(priority, {}).sentences
    assert "by how much is not known" in strong and people.startswith("How many people work in it is not known")


def test_without_figures_it_says_where_it_comes_from(priority, cast):
    from hansa.strategy.models import RegionalPriority

    priority.figures.all().delete()
    assert plain(priority, {}).sentences == ("No figures were recorded when it was proposed.",)
    priority.members.add(RegionalPriority.objects.create(region=cast.regions["PL84"], title="Wood", language="en"))
    found = plain(priority, {})
    assert found.regions == ("Podlaskie",)
    assert found.sentences[0] == "1 region wrote it into its own strategy."
