"""A second broker reads a request before it is published; and an open request is renewed or expires."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from hansa.brokerage import actions as room
from hansa.brokerage import queries, thread
from hansa.brokerage.actions.requests import REVIEW_FIRST
from hansa.brokerage.models import Request, RequestReview
from hansa.brokerage.review import actions, jobs, passing
from hansa.network.faults import Forbidden, Refused
from hansa.network.models import Notice, RuleSetting
from tests.brokerage.conftest import CASTINGS

pytestmark = pytest.mark.django_db
GOOD, POOR, BLOCKED = [3, 3, 3, 3], [1, 1, 1, 1], [5, 5, 5, 0]
State = Request.State


@given(scores=st.lists(st.integers(0, 5), min_size=4, max_size=4), publish=st.integers(1, 20), hold=st.integers(0, 20))
def test_any_zero_blocks_and_a_sum_decides_the_rest(scores, publish, hold):
    outcome = passing.outcome_of(scores, publish, hold)
    assert (outcome == "passed") == (sum(scores) >= max(publish, hold) and 0 not in scores)
    assert (outcome == "rejected") == (sum(scores) < hold)


@pytest.mark.parametrize("scores", [[], [1, 2, 3], [1, 2, 3, 6], [1, 2, 3, -1]])
def test_scores_are_four_from_zero_to_five(scores):
    with pytest.raises(ValueError, match="four scores"):
        passing.outcome_of(scores, 10, 5)


@pytest.fixture
def in_review(desk):
    draft = desk.draft()
    actions.ask_review(desk.broker, draft)
    draft.refresh_from_db()
    return draft


def test_asking_tells_the_other_brokers_once_and_shows_the_text_to_them_alone(desk, in_review):
    assert in_review.state == State.IN_REVIEW
    assert actions.ask_review(desk.broker, in_review) == RequestReview.objects.get()
    told = Notice.objects.filter(kind="brokerage.review_asked")
    assert [notice.person for notice in told] == [desk.abroad]
    assert not queries.requests(None, words=in_review.reference).exists()
    assert any("Review:" in item.title for item in thread.today(desk.abroad))
    assert not any("Review:" in item.title for item in thread.today(desk.broker))


def test_a_text_that_passes_is_published_at_once(desk, in_review):
    review = actions.review_request(desk.abroad, in_review, scores=GOOD, comment="")
    in_review.refresh_from_db()
    assert (review.outcome, review.total, in_review.state) == ("passed", 12, State.PUBLISHED)
    assert passing.has_passed(in_review)
    assert Notice.objects.filter(person=desk.broker, kind="brokerage.review_passed").exists()


@pytest.mark.parametrize(("scores", "outcome"), [(BLOCKED, "held"), (POOR, "rejected"), ([2, 2, 2, 2], "held")])
def test_a_text_that_does_not_pass_comes_back_with_a_comment(desk, in_review, scores, outcome):
    with pytest.raises(Refused):
        actions.review_request(desk.abroad, in_review, scores=scores, comment=" ")
    review = actions.review_request(desk.abroad, in_review, scores=scores, comment="Name the advantage.")
    in_review.refresh_from_db()
    assert (review.outcome, in_review.state) == (outcome, State.DRAFT)
    assert any("Improve" in item.title for item in thread.today(desk.broker))
    actions.ask_review(desk.broker, in_review)
    assert not any("Improve" in item.title for item in thread.today(desk.broker))


def test_nobody_reviews_their_own_agency_and_the_first_reviewer_settles_it(desk, in_review):
    with pytest.raises(Forbidden):
        actions.review_request(desk.broker, in_review, scores=GOOD, comment="")
    seen = Request.objects.get(pk=in_review.pk)
    actions.review_request(desk.abroad, in_review, scores=GOOD, comment="")
    with pytest.raises(Refused):
        actions.review_request(desk.cast.people["lead_partner"], seen, scores=POOR, comment="No.")


def test_where_the_rule_asks_for_it_nothing_is_published_without_a_review_of_this_very_text(desk):
    RuleSetting.objects.create(key=REVIEW_FIRST, value=True)
    draft = desk.draft()
    with pytest.raises(Refused):
        room.publish_request(desk.broker, draft)
    actions.ask_review(desk.broker, draft)
    draft.refresh_from_db()
    actions.review_request(desk.abroad, draft, scores=GOOD, comment="")
    room.withdraw_request(desk.broker, draft)
    room.reopen_request(desk.broker, draft)
    room.withdraw_request(desk.broker, draft)
    Request.objects.filter(pk=draft.pk).update(summary="Something else.")
    with pytest.raises(Refused):
        room.reopen_request(desk.broker, Request.objects.get(pk=draft.pk))


@pytest.mark.parametrize("verb", ["take back", "withdraw", "publish"])
def test_a_request_that_leaves_the_review_waits_for_nobody(desk, in_review, verb):
    act = {"take back": actions.take_back_review, "withdraw": room.withdraw_request, "publish": room.publish_request}
    act[verb](desk.broker, in_review)
    assert RequestReview.objects.get().outcome == "taken_back"
    assert not queries.Request.objects.filter(reviews__outcome="asked").exists()


def test_an_open_request_is_renewed_and_one_whose_time_is_over_expires(desk):
    request = desk.published()
    today = timezone.localdate()
    Request.objects.filter(pk=request.pk).update(valid_until=today + timedelta(days=5))
    assert any("Renew" in item.title for item in thread.today(desk.broker))
    assert jobs.remind_of_expiry() == 1
    assert jobs.remind_of_expiry() == 0
    renewed = actions.renew_request(desk.broker, request)
    assert renewed.valid_until > today + timedelta(days=300)
    with pytest.raises(Refused):
        actions.renew_request(desk.broker, request, valid_until=today)
    Request.objects.filter(pk=request.pk).update(valid_until=today - timedelta(days=1))
    assert room.expire_requests(today) == 1
    request.refresh_from_db()
    assert request.state == State.EXPIRED
    with pytest.raises(Refused):
        actions.renew_request(desk.broker, request)
    assert room.reopen_request(desk.broker, request).state == State.PUBLISHED


@pytest.mark.parametrize(("left", "told"), [(31, 0), (30, 1), (8, 1), (7, 1), (0, 1), (-1, 0)])
def test_brokers_are_reminded_a_month_before_the_end_and_once_more_in_the_last_week(desk, left, told):
    request, today = desk.published(), timezone.localdate()
    Request.objects.filter(pk=request.pk).update(valid_until=today + timedelta(days=left))
    assert jobs.remind_of_expiry() == told


def test_the_feed_keeps_a_request_that_was_answered(client, desk):
    request = desk.published()
    actions.mark_answered(request.pk)
    assert request.reference in client.get(reverse("brokerage:feed")).content.decode()


def test_the_first_introduction_answers_a_request_and_it_still_looks_for_others(desk):
    case = desk.case()
    actions.mark_answered(case.request_id)
    request = Request.objects.get(pk=case.request_id)
    assert request.state == State.ANSWERED
    assert request in queries.requests(None)
    assert room.look_again(desk.broker, request).matched_at is None
    assert room.close_request(desk.broker, request).state == State.CLOSED


def test_the_whole_profile_is_kept_shown_and_edited(client, desk):
    client.force_login(desk.broker.user)
    given = {
        "priority": desk.priority.pk,
        "type": "technology_offer",
        "language": "pl",
        "title": "Odlewy",
        "summary": "Odlewy z aluminium.",
        "advantages": "Tańsze o 20 %.",
        "specification": "Ścianka 1,5 mm.",
        "partner_sought": "Producent central.",
        "stage": "market",
        "stage_note": "od 2019",
        "ipr": "granted",
        "cooperation": ["supply", "technical"],
        "partner_types": ["sme"],
        "domains": "31, 26",
        "goals": ["9", "12"],
        "programme": "Horizon Europe",
        "call_closes": "2030-01-31",
        "act": "draft",
    }
    assert client.post(reverse("brokerage:new_request"), given).status_code == 302
    made = Request.objects.get()
    assert (made.domains, made.goals, made.cooperation) == (["26", "31"], [9, 12], ["supply", "technical"])
    shown = client.get(made.get_absolute_url()).content.decode()
    for said in ("Tańsze o 20 %.", "already on the market", "technical: cooperation", "Horizon Europe", "granted"):
        assert said in shown
    form = client.get(reverse("brokerage:edit_request", args=[made.reference])).content.decode()
    assert "26 31" in form and "od 2019" in form
    wrong = client.post(reverse("brokerage:new_request"), given | {"title": "", "advantages": "x" * 1001})
    assert wrong.status_code == 400 and "Ścianka 1,5 mm." in wrong.content.decode()


def test_a_request_names_a_client_of_its_own_agency_alone(desk):
    mine, theirs = desk.client(), desk.client(by=desk.abroad, region="FI1C")
    draft = desk.draft(replace(CASTINGS, client=mine.pk, client_name=""))
    assert (draft.private.client, draft.private.client_name) == (mine, mine.name)
    with pytest.raises(Refused):
        desk.draft(replace(CASTINGS, client=theirs.pk))


def test_the_pages_of_a_review(client, desk, in_review):
    client.force_login(desk.broker.user)
    shown = client.get(in_review.get_absolute_url()).content.decode()
    assert "Take it back" in shown
    assert client.get(reverse("brokerage:review", args=[in_review.reference])).status_code == 302
    client.force_login(desk.abroad.user)
    listed = client.get(reverse("brokerage:reviews"), {"q": "odlewni", "sort": "-title"}).content.decode()
    assert in_review.title in listed
    exported = client.get(reverse("brokerage:reviews"), {"format": "csv"})
    assert in_review.reference in b"".join(exported.streaming_content).decode()
    page = reverse("brokerage:review", args=[in_review.reference])
    shown = client.get(page).content.decode()
    assert "Tajna Firma" not in shown and "Rysunki i ceny" not in shown
    scores = {"advantages": "0", "clarity": "5", "cooperation": "5", "guidelines": "5"}
    wrong = client.post(page, scores | {"comment": ""})
    assert wrong.status_code == 400
    assert client.post(page, scores | {"comment": "What is better?"}).status_code == 302
    client.force_login(desk.broker.user)
    assert "What is better?" in client.get(in_review.get_absolute_url()).content.decode()
    assert client.post(reverse("brokerage:ask_review", args=[in_review.reference])).status_code == 302
    assert client.post(reverse("brokerage:take_back_review", args=[in_review.reference])).status_code == 302
    client.force_login(desk.cast.people["reader"].user)
    assert client.get(reverse("brokerage:reviews")).status_code == 403
