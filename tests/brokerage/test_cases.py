"""From a suggested partner to a joint strategy: no step is skipped, and nobody moves a case past another."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hansa.brokerage import actions
from hansa.brokerage.models import Case, CaseEntry, Introduction, Match
from hansa.network.faults import Forbidden, Refused
from hansa.network.models import AuditNote

pytestmark = pytest.mark.django_db


def test_a_proposal_opens_a_case_with_its_next_step_and_marks_the_match(desk):
    match = desk.match()
    introduction = actions.propose_introduction(desk.broker, match, **desk.step())
    case = introduction.case
    assert case.reference == f"C-{timezone.localdate().year}-001"
    assert (case.state, case.next_step, case.priority) == ("proposed", "Call Kouvola", desk.priority)
    assert (case.agency, case.other_agency) == (desk.cast.agencies["PL84"], desk.cast.agencies["FI1C"])
    assert Match.objects.get(pk=match.pk).state == "introduced"
    assert case.entries.get().note == "May we introduce our clients?"


def test_a_second_click_gives_the_case_that_exists(desk):
    match = desk.match()
    first = actions.propose_introduction(desk.broker, match, **desk.step())
    second = actions.propose_introduction(desk.broker, match, **desk.step(next_step="Something else"))
    assert first.pk == second.pk
    assert Case.objects.count() == Introduction.objects.count() == 1


def test_two_requests_that_found_each_other_share_one_case(desk):
    match = desk.match()
    back = desk.match(match.other_request, match.request)
    first = actions.propose_introduction(desk.broker, match, **desk.step())
    second = actions.propose_introduction(desk.abroad, back, **desk.step())
    assert first.pk == second.pk


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [({"next_step": " "}, "what happens next"), ({"next_due": timezone.localdate() - timedelta(days=1)}, "has passed")],
)
def test_a_case_needs_a_next_step_and_a_day_ahead(desk, changes, sentence):
    with pytest.raises(Refused, match=sentence):
        actions.propose_introduction(desk.broker, desk.match(), **desk.step(**changes))
    assert not Case.objects.exists()


def test_a_declined_partner_or_a_withdrawn_request_is_not_introduced(desk):
    match = desk.match()
    actions.decline_match(desk.broker, match, refusal="too_far")
    with pytest.raises(Refused, match="declined"):
        actions.propose_introduction(desk.broker, match, **desk.step())
    actions.restore_match(desk.broker, match)
    actions.withdraw_request(desk.abroad, match.other_request)
    with pytest.raises(Refused, match="not published any more"):
        actions.propose_introduction(desk.broker, match, **desk.step())


def test_a_partner_is_declined_with_one_of_the_coded_reasons_and_can_be_taken_back(desk):
    match = desk.match()
    with pytest.raises(Refused, match="reasons"):
        actions.decline_match(desk.broker, match, refusal="because")
    assert actions.decline_match(desk.broker, match, refusal="known", remark="since 2019").refusal_note == "since 2019"
    assert actions.restore_match(desk.broker, match).state == "suggested"
    assert actions.shortlist_match(desk.broker, match).state == "short_listed"


def test_the_other_agency_accepts_and_both_walk_the_path_to_a_joint_strategy(desk):
    case = desk.case()
    actions.answer_introduction(desk.abroad, case, accept=True, remark="Gladly.")
    for to_state in ("in_talks", "agreement", "joint_strategy"):
        case = actions.move_case(desk.abroad, case, to_state=to_state)
    assert case.closed_at is not None
    walked = list(CaseEntry.objects.filter(case=case).order_by("pk").values_list("to_state", flat=True))
    assert walked == ["proposed", "introduced", "in_talks", "agreement", "joint_strategy"]
    assert Introduction.objects.get(case=case).accepted is True


def test_a_declined_introduction_ends_the_case_with_its_reason_and_sets_the_match_aside(desk):
    case = desk.case()
    with pytest.raises(Refused, match="reasons"):
        actions.answer_introduction(desk.abroad, case, accept=False)
    assert Introduction.objects.get(case=case).accepted is None
    case = actions.answer_introduction(desk.abroad, case, accept=False, refusal="no_capacity")
    assert (case.state, case.refusal, case.is_open) == ("declined", "no_capacity", False)
    assert Match.objects.get().state == "declined"
    with pytest.raises(Refused, match="case has grown"):
        actions.restore_match(desk.broker, case.match)


def test_nobody_answers_their_own_proposal_and_no_move_stands_for_the_answer(desk):
    case = desk.case()
    with pytest.raises(Forbidden):
        actions.answer_introduction(desk.broker, case, accept=True)
    with pytest.raises(Refused, match="answers the proposal first"):
        actions.move_case(desk.broker, case, to_state="introduced")


def test_an_introduction_is_answered_once(desk):
    case = desk.case()
    actions.answer_introduction(desk.abroad, case, accept=True)
    with pytest.raises(Refused, match="meanwhile"):
        actions.answer_introduction(desk.abroad, case, accept=False, refusal="other")
    assert Introduction.objects.get().accepted is True


def test_where_no_agency_stands_behind_the_partner_the_proposer_records_the_answer(desk, cast):
    from hansa.network.models import Organisation

    mill = Organisation.objects.create(name="Sawmill", country="LT", region=cast.regions["LT00"])
    match = desk.match()
    Match.objects.filter(pk=match.pk).update(other_request=None, organisation=mill, region=cast.regions["LT00"])
    case = desk.case(Match.objects.get(pk=match.pk))
    assert case.other_agency is None
    assert actions.answer_introduction(desk.broker, case, accept=True).state == "introduced"


def test_a_partner_in_a_brokers_region_is_answered_for_by_that_agency(desk, cast):
    from hansa.network.models import Organisation

    mill = Organisation.objects.create(name="Sawmill", country="FI", region=cast.regions["FI1C"])
    match = desk.match()
    Match.objects.filter(pk=match.pk).update(other_request=None, organisation=mill)
    assert desk.case(Match.objects.get(pk=match.pk)).other_agency == cast.agencies["FI1C"]


def test_a_stale_page_cannot_move_the_case(desk):
    case = desk.case()
    actions.answer_introduction(desk.abroad, case, accept=True)
    stale = Case.objects.get(pk=case.pk)
    actions.move_case(desk.broker, case, to_state="in_talks", expected="introduced")
    with pytest.raises(Refused, match="meanwhile"):
        actions.move_case(desk.abroad, stale, to_state="declined", refusal="other", expected="introduced")
    assert Case.objects.get().state == "in_talks"


def test_the_next_step_of_an_open_case_can_be_set_and_of_a_closed_one_not(desk):
    case = desk.case()
    due = timezone.localdate() + timedelta(days=30)
    assert actions.reschedule(desk.abroad, case, next_step="Visit", next_due=due).next_due == due
    actions.move_case(desk.broker, case, to_state="declined", refusal="other")
    with pytest.raises(Refused, match="ended"):
        actions.reschedule(desk.broker, case, next_step="Visit", next_due=due)


def test_the_private_part_opens_only_after_acceptance_and_only_by_its_own_agency(desk):
    case = desk.case()
    with pytest.raises(Refused, match="accepted"):
        actions.open_private(desk.broker, case)
    actions.answer_introduction(desk.abroad, case, accept=True)
    with pytest.raises(Forbidden):
        actions.open_private(desk.abroad, case)
    actions.open_private(desk.broker, case)
    from hansa.brokerage.introductions.actions import record_consent
    from hansa.brokerage.models import IntroductionConsent, RequestPrivate

    assert RequestPrivate.objects.get(pk=case.request_id).opened_to == []
    record_consent(desk.abroad, IntroductionConsent.objects.get(place="their_client"), agrees=True)
    assert RequestPrivate.objects.get(pk=case.request_id).opened_to == [desk.cast.agencies["FI1C"].pk]
    actions.open_private(desk.broker, case)
    # one note for each side: with the fourth yes both open, and a click after it changes nothing
    assert AuditNote.objects.filter(verb="open_private").count() == 2


def test_notes_need_words(desk):
    case = desk.case()
    with pytest.raises(Refused):
        actions.add_note(desk.broker, case, text=" \n")
    assert actions.add_note(desk.abroad, case, text="They liked it.").by == desk.abroad


NEXT = {
    "proposed": {"declined"},
    "introduced": {"in_talks", "declined"},
    "in_talks": {"agreement", "declined"},
    "agreement": {"joint_strategy", "declined"},
    "joint_strategy": set(),
    "declined": set(),
}
attempts = st.lists(
    st.tuples(
        st.sampled_from(["accept", "refuse", *Case.State.values]),
        st.sampled_from(["", *Case.State.values]),
        st.booleans(),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tries=attempts)
def test_no_path_skips_a_step_whatever_two_brokers_try(desk, tries):
    """Any sequence of answers and moves, with any expectation: only steps of the path happen, and none when the page
    that asked was stale."""
    Case.objects.all().delete()
    Match.objects.all().delete()
    case = desk.case()
    for wish, expected, abroad in tries:
        before = Case.objects.get(pk=case.pk).state
        person = desk.abroad if abroad else desk.broker
        try:
            if wish in ("accept", "refuse"):
                actions.answer_introduction(person, case, accept=wish == "accept", refusal="other")
                allowed, seen = abroad and before == "proposed", before
            else:
                actions.move_case(person, case, to_state=wish, refusal="other", expected=expected)
                allowed, seen = wish in NEXT[before], expected
        except (Refused, Forbidden):
            assert Case.objects.get(pk=case.pk).state == before
        else:
            assert allowed
            assert seen in ("", before)
    walked = list(CaseEntry.objects.filter(case=case).order_by("pk").values_list("from_state", "to_state"))
    assert [b for _a, b in walked][:-1] == [a for a, _b in walked][1:]
    assert Case.objects.get(pk=case.pk).state == walked[-1][1]
