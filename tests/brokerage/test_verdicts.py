"""What brokers said about suggested partners changes the next ranking of that request, and of no other."""

from __future__ import annotations

import pytest

from hansa.brokerage import actions, verdicts
from hansa.brokerage.matchmaking import Candidate
from hansa.brokerage.models import Match
from hansa.matching import REFUSALS, Query
from hansa.network.models import Organisation
from tests.brokerage.conftest import FOUNDRY

pytestmark = pytest.mark.django_db
REASONS = [{"signal": "meaning", "contribution": 0.4, "code": "close_meaning", "params": {"rank": 1, "among": 9}}]


def test_every_refusal_of_the_match_page_means_one_that_matching_knows():
    assert {*verdicts.MEANS} == {*Match.Refusal.values}
    assert {*verdicts.MEANS.values()} <= {*REFUSALS}
    assert {*verdicts.KINDS} == {*Organisation.Kind.values} - {"other"}


@pytest.mark.parametrize("refusal", Match.Refusal.values)
def test_a_declined_match_is_a_verdict_and_one_taken_back_is_none(desk, refusal):
    match = desk.match()
    assert verdicts.verdicts_of(match.request) == []
    actions.decline_match(desk.broker, match, refusal=refusal)
    (said,) = verdicts.verdicts_of(match.request)
    assert (said.query, said.document) == (match.request.reference, f"r{match.other_request_id}")
    assert said.code == verdicts.MEANS[refusal]
    assert verdicts.verdicts_of(match.other_request) == []
    actions.restore_match(desk.broker, match)
    assert verdicts.verdicts_of(match.request) == []


def test_a_case_that_ended_with_a_refusal_is_a_verdict_too(desk):
    case = desk.case()
    actions.answer_introduction(desk.abroad, case, accept=False, refusal="no_capacity")
    (said,) = verdicts.verdicts_of(case.request)
    assert (said.document, said.code) == (f"r{case.match.other_request_id}", "no_capacity")


def organisation(desk, name: str, region: str, kind: str = "company") -> Organisation:
    place = desk.cast.regions[region]
    return Organisation.objects.create(name=name, kind=kind, country=place.country, region=place)


def candidates(*organisations: Organisation, score: float = 0.4) -> list[Candidate]:
    return [Candidate(score, REASONS, organisation=each) for each in organisations]


def decline(desk, request, refused: Organisation, refusal: str) -> None:
    match = Match.objects.create(
        request=request, organisation=refused, title=refused.name, rank=1, score=0.4, method="m", reasons=REASONS
    )
    actions.decline_match(desk.broker, match, refusal=refusal)


@pytest.mark.parametrize(
    ("refusal", "lowered"),
    [
        ("too_far", {"same country", "same country, other kind"}),
        ("wrong_partner", {"same country", "other country"}),
        ("other_field", set()),
        ("known", set()),
        ("no_capacity", set()),
        ("other", set()),
    ],
)
def test_a_refusal_lowers_those_who_share_what_was_refused(desk, refusal, lowered):
    request = desk.published()
    refused = organisation(desk, "refused", "FI1C")
    others = [
        organisation(desk, "same country", "FI1C"),
        organisation(desk, "other country", "LT00"),
        organisation(desk, "same country, other kind", "FI1C", "university"),
        organisation(desk, "neither", "DE60", "research"),
        organisation(desk, "kind unknown", "DE60", "other"),
    ]
    decline(desk, request, refused, refusal)
    ranked = verdicts.after_declined(request, candidates(refused, *others))
    assert refused not in [each.organisation for each in ranked]
    assert {each.organisation.name for each in ranked if each.score < 0.39} == lowered
    for each in ranked:
        assert sum(reason["contribution"] for reason in each.reasons) == pytest.approx(each.score)
    assert [each.score for each in ranked] == sorted((each.score for each in ranked), reverse=True)


def test_what_was_said_for_one_request_leaves_another_alone(desk):
    refused = organisation(desk, "refused", "FI1C")
    decline(desk, desk.published(), refused, "known")
    other = desk.published(title="Inna potrzeba")
    assert verdicts.after_declined(other, candidates(refused)) == candidates(refused)


def test_a_request_without_verdicts_keeps_its_candidates_as_they_are(desk):
    request = desk.published()
    given_ = candidates(organisation(desk, "one", "FI1C"))
    assert verdicts.after_declined(request, given_) == given_
    assert verdicts.after_declined(request, []) == []


def test_a_declined_request_leaves_its_place_to_others_in_the_next_search(desk):
    from hansa.brokerage.catalogue import write_request_text

    match = desk.match()
    row = write_request_text(match.other_request)
    query = Query(match.request.reference, "x", exclude_ids=("1",))
    assert verdicts.without_declined(match.request, query) == query
    actions.decline_match(desk.broker, match, refusal="other_field")
    assert verdicts.without_declined(match.request, query).exclude_ids == ("1", f"{row.pk}")
    actions.withdraw_request(desk.abroad, match.other_request)
    assert verdicts.without_declined(match.request, query) == query


def test_the_side_of_a_request_is_what_a_refused_side_turns_against(desk):
    offer, request = desk.offer_abroad(), desk.published()
    assert verdicts.document_of("r1", request=offer).stance == "offer"
    assert verdicts.document_of("r2", request=request).stance == "request"
    for kind in Organisation.Kind.values:
        made = organisation(desk, kind, "FI1C", kind)
        assert verdicts.document_of("o1", organisation=made).stance is None


def test_reading_verdicts_costs_one_query(desk):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    request = desk.published()
    for n in range(6):
        decline(desk, request, organisation(desk, f"{n}", "FI1C"), "known")
    actions.decline_match(
        desk.broker, desk.match(request, desk.published(FOUNDRY, by=desk.abroad, region="FI1C")), refusal="other"
    )
    with CaptureQueriesContext(connection) as counted:
        assert len(verdicts.verdicts_of(request)) == 7
    assert len(counted) == 1
