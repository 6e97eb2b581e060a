"""The partnership's lift: off unless the lead partner turned it on, at a cost that is measured first."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hansa.brokerage import actions, fairness
from hansa.brokerage.explanations import explain
from hansa.brokerage.matchmaking import Candidate
from hansa.brokerage.models import LiftSetting, Match
from hansa.network.faults import Forbidden, Refused
from hansa.network.models import AuditNote, Organisation

pytestmark = pytest.mark.django_db
LIST = {"regions": ["LT00"], "source": "GDP per capita 2022, below 75 %", "share": 0.5, "depth": 10}


@pytest.fixture
def candidates(cast):
    """Four of Hamburg and Southern Finland ahead of two of Lithuania."""
    made = []
    for place, code in enumerate(["DE60", "FI1C", "DE60", "FI1C", "LT00", "LT00"]):
        organisation = Organisation.objects.create(name=f"Firm {place}", region=cast.regions[code], country=code[:2])
        reasons = [{"signal": "meaning", "contribution": 0.9 - place / 10, "code": "close_meaning", "params": {}}]
        made.append(Candidate(0.9 - place / 10, reasons, organisation=organisation))
    return made


@pytest.fixture
def lead(cast):
    return cast.people["lead_partner"]


def test_nothing_moves_until_the_lead_partner_has_turned_it_on(candidates, lead):
    assert fairness.lifted_for_partnership(candidates) == candidates
    actions.set_lift(lead, on=False, **LIST)
    assert fairness.lifted_for_partnership(candidates) == candidates


def test_the_listed_regions_get_their_share_of_every_prefix_and_scores_stay(candidates, lead):
    actions.set_lift(lead, on=True, **LIST)
    made = fairness.lifted_for_partnership(candidates)
    assert {c.organisation.pk for c in made} == {c.organisation.pk for c in candidates}
    for places in (2, 4):
        listed = [c for c in made[:places] if c.organisation.region.code == "LT00"]
        assert len(listed) >= places // 2
    scores = {c.organisation.pk: c.score for c in candidates}
    assert all(c.score == scores[c.organisation.pk] for c in made)


def test_who_has_moved_says_so_without_changing_the_sum_of_the_reasons(candidates, lead):
    actions.set_lift(lead, on=True, **LIST)
    made = fairness.lifted_for_partnership(candidates)
    codes = [[r["code"] for r in c.reasons if r["signal"] == "fairness"] for c in made]
    assert codes[0] == [] and codes[1] == ["place_lifted"] and codes[2] == ["place_yielded"]
    for one in made:
        assert sum(r["contribution"] for r in one.reasons) == pytest.approx(one.score)
    said = [each.sentence for each in explain(made[1].reasons)]
    assert any("at place 2 instead of 5" in sentence and "less developed regions" in sentence for sentence in said)


def test_the_lift_costs_one_query(candidates, lead):
    actions.set_lift(lead, on=True, **LIST)
    with CaptureQueriesContext(connection) as seen:
        fairness.lifted_for_partnership(candidates)
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("code", "listed", "group"),
    [
        ("LT00", ["LT00"], fairness.LISTED),
        ("LT00", ["LT0"], fairness.LISTED),
        ("LT00", ["LT001"], fairness.UNKNOWN),
        ("LT00", [], fairness.OTHER),
        ("DE60", ["LT00"], fairness.OTHER),
        (None, ["LT00"], fairness.UNKNOWN),
    ],
)
def test_a_code_stands_for_all_below_it_and_unknown_stays_unknown(cast, code, listed, group):
    assert fairness.region_group(cast.regions.get(code), listed) == group


def test_only_the_lead_partner_sets_it_and_it_is_audited(cast, lead):
    for role in ("broker", "analyst", "coordinator", "reader"):
        with pytest.raises(Forbidden):
            actions.set_lift(cast.people[role], on=True, **LIST)
    actions.set_lift(lead, on=True, **LIST)
    actions.set_lift(lead, on=False, **LIST)
    assert LiftSetting.objects.count() == 1
    notes = AuditNote.objects.filter(verb="set_lift").order_by("at", "pk")
    assert [one.detail["on"] for one in notes] == [True, False]
    assert notes[1].detail["before"] is True


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"regions": ["XX99"]}, "XX99"),
        ({"regions": []}, "list the regions"),
        ({"source": " "}, "name the source"),
        ({"share": 0.0}, "a share above 0"),
        ({"share": 2.0}, "between 0 and 1"),
    ],
)
def test_it_is_not_turned_on_by_halves(lead, changes, said):
    with pytest.raises(Refused, match=said):
        actions.set_lift(lead, on=True, **LIST | changes)
    assert not LiftSetting.objects.exists()


def stored(desk, codes, accepted=()):
    """Matches of one request, in falling order of score, from these regions; some places accepted."""
    request = desk.published()
    type(request).objects.filter(pk=request.pk).update(matched_at=request.published_at)
    for place, code in enumerate(codes):
        organisation = Organisation.objects.create(name=f"{request.reference} {place}", country="XX")
        Match.objects.create(
            request=request,
            organisation=organisation,
            region=desk.cast.regions.get(code),
            title="t",
            rank=place + 1,
            score=0.9 - place / 10,
            method="m",
            state="short_listed" if place in accepted else "suggested",
        )
    return request


def test_the_cost_is_measured_on_the_stored_matches_before_it_is_turned_on(desk):
    stored(desk, ["DE60", "DE60", "LT00"])
    stored(desk, ["LT00", "DE60"], accepted=[0])
    cost = fairness.measured_cost(LiftSetting(regions=["LT00"], share=0.5, depth=10))
    # by hand: 0.9, 0.8, 0.7 becomes 0.9, 0.7, 0.8, where the second place weighs 1 / log2 3 and the third 1 / 2
    best = 0.9 + 0.8 / 1.5849625 + 0.7 / 2
    after = 0.9 + 0.7 / 1.5849625 + 0.8 / 2
    assert cost.cost == pytest.approx((1 - after / best) / 2, abs=1e-6)
    assert (cost.queries, cost.changed, cost.judged, cost.judged_cost) == (2, 1, 1, 0.0)
    assert fairness.measured_cost(LiftSetting(regions=[], share=0.5)).cost == 0.0


def test_without_matches_there_is_no_cost_rather_than_none_lost(db):
    assert fairness.measured_cost(LiftSetting(regions=["LT00"], share=0.5)).cost is None


def test_a_setting_keeps_the_cost_that_was_measured_when_it_was_made(desk, lead):
    stored(desk, ["DE60", "DE60", "LT00"])
    assert actions.set_lift(lead, on=True, **LIST).cost > 0
