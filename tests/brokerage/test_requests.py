"""A request from its first draft to its end, told in what the brokers see."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from hansa.brokerage import actions
from hansa.brokerage.models import MatchText, Request
from hansa.network.faults import Forbidden, Refused
from hansa.network.models import AuditNote
from tests.brokerage.conftest import CASTINGS, FOUNDRY

pytestmark = pytest.mark.django_db


def jobs(name: str = "brokerage.find_matches") -> list[dict]:
    from procrastinate.contrib.django.models import ProcrastinateJob

    return [job.args for job in ProcrastinateJob.objects.filter(task_name=name, status="todo")]


def test_a_request_gets_a_reference_of_its_region_and_year_and_the_next_one_counts_on(desk):
    year = timezone.localdate().year
    assert [desk.draft().reference, desk.draft().reference] == [f"PL84-{year}-001", f"PL84-{year}-002"]
    assert desk.draft(by=desk.abroad, region="FI1C").reference == f"FI1C-{year}-001"


def test_a_draft_is_private_and_publishing_starts_the_search_in_the_same_transaction(desk):
    draft = desk.draft()
    assert (draft.state, draft.published_at, jobs()) == ("draft", None, [])
    published = actions.publish_request(desk.broker, draft)
    assert published.state == "published"
    assert published.valid_until - timezone.localdate() >= timedelta(days=364)
    assert jobs() == [{"request_id": draft.pk}]


def test_a_second_click_on_publish_changes_nothing(desk):
    draft = desk.draft()
    first = actions.publish_request(desk.broker, draft)
    second = actions.publish_request(desk.broker, draft)
    assert second.published_at == first.published_at
    assert len(jobs()) == 1
    assert AuditNote.objects.filter(verb="publish_request").count() == 1


def test_a_published_request_that_changes_is_matched_again_but_a_private_change_is_no_reason(desk):
    published = desk.published()
    Request.objects.filter(pk=published.pk).update(matched_at=timezone.now())
    same = actions.edit_request(
        desk.broker, published, priority=desk.priority, text=replace(CASTINGS, private="Inny rysunek.")
    )
    assert same.matched_at is not None
    other = actions.edit_request(
        desk.broker, published, priority=desk.priority, text=replace(CASTINGS, summary="Coś innego.")
    )
    assert other.matched_at is None
    assert other.private.text == CASTINGS.private


def test_the_private_text_is_never_part_of_what_is_matched(desk):
    assert CASTINGS.private not in desk.draft().public_text
    assert CASTINGS.client_name not in desk.draft().public_text


def test_a_withdrawn_request_is_not_found_any_more_and_can_be_published_again(desk):
    published = desk.published()
    assert MatchText.objects.get().text == published.public_text
    withdrawn = actions.withdraw_request(desk.broker, published, reason="client left")
    assert withdrawn.state == "withdrawn"
    assert not MatchText.objects.exists()
    assert actions.reopen_request(desk.broker, published).state == "published"


def test_a_closed_request_cannot_be_edited_or_withdrawn(desk):
    closed = actions.close_request(desk.broker, desk.published())
    with pytest.raises(Refused, match="closed"):
        actions.edit_request(desk.broker, closed, priority=desk.priority, text=CASTINGS)
    with pytest.raises(Refused, match="closed"):
        actions.withdraw_request(desk.broker, closed)


def test_a_draft_cannot_be_closed_and_validity_must_lie_ahead(desk):
    draft = desk.draft()
    with pytest.raises(Refused, match="draft"):
        actions.close_request(desk.broker, draft)
    with pytest.raises(Refused, match="future"):
        actions.publish_request(desk.broker, draft, valid_until=timezone.localdate())
    assert Request.objects.get().state == "draft"


def test_nothing_new_is_tied_to_a_dropped_priority(desk):
    desk.priority.state = "dropped"
    desk.priority.save()
    with pytest.raises(Refused, match="P-07"):
        desk.draft()


@pytest.mark.parametrize("empty", ["title", "summary"])
def test_title_and_summary_are_what_others_read_first(desk, empty):
    with pytest.raises(Refused, match="title and a summary"):
        desk.draft(**{empty: "  "})


def test_requests_past_their_validity_expire_by_themselves_and_only_those(desk):
    today = timezone.localdate()
    old, young = desk.published(), desk.published()
    Request.objects.filter(pk=old.pk).update(valid_until=today - timedelta(days=1))
    Request.objects.filter(pk=young.pk).update(valid_until=today)
    assert actions.expire_requests(today) == 1
    assert actions.expire_requests(today) == 0
    assert [Request.objects.get(pk=each.pk).state for each in (old, young)] == ["expired", "published"]
    assert AuditNote.objects.get(verb="expire_request").person is None


def test_every_act_leaves_a_note_with_its_author(desk):
    draft = desk.draft()
    actions.edit_request(desk.broker, draft, priority=desk.priority, text=replace(CASTINGS, title="Inny tytuł"))
    actions.publish_request(desk.broker, draft)
    actions.close_request(desk.broker, draft, reason="found one")
    notes = AuditNote.objects.filter(record_id=str(draft.pk), record_type="brokerage.request").order_by("pk")
    assert [n.verb for n in notes] == ["create_request", "edit_request", "publish_request", "close_request"]
    assert {n.person_id for n in notes} == {desk.broker.pk}
    assert notes[3].reason == "found one"


def test_another_agencys_broker_changes_nothing(desk):
    draft = desk.draft()
    with pytest.raises(Forbidden):
        actions.publish_request(desk.abroad, draft)
    assert Request.objects.get().state == "draft"


def test_looks_at_the_private_part_are_written_down_once_an_hour(desk):
    private = desk.draft().private
    actions.note_look_at_private(desk.broker, private)
    actions.note_look_at_private(desk.broker, private)
    assert AuditNote.objects.filter(verb="look_at_private", person=desk.broker).count() == 1
    with pytest.raises(Forbidden):
        actions.note_look_at_private(desk.abroad, private)


def test_what_is_withdrawn_or_rewritten_is_not_read_on_in_the_matches_of_others(desk, client):
    match = desk.match()
    offer = match.other_request
    rewritten = replace(FOUNDRY, title="Ilman asiakkaan nimeä", summary="Lyhyempi teksti ilman nimeä")
    actions.edit_request(desk.abroad, offer, priority=desk.priority, text=rewritten)
    match.refresh_from_db()
    assert (match.title, match.text) == (rewritten.title, rewritten.summary)

    client.force_login(desk.broker.user)
    addresses = [reverse(f"brokerage:{name}", args=[match.pk]) for name in ("propose", "decline")]
    assert rewritten.title in client.get(match.request.get_absolute_url()).content.decode()
    assert [client.get(address).status_code for address in addresses] == [200, 200]
    actions.withdraw_request(desk.abroad, offer)
    page = client.get(match.request.get_absolute_url()).content.decode()
    assert rewritten.title not in page and rewritten.summary not in page
    assert [client.get(address).status_code for address in addresses] == [404, 404]


def test_the_audit_tells_who_acted_but_neither_a_drafts_title_nor_what_was_said_of_a_partner(desk, client):
    draft = desk.draft(title="Not yet for everybody")
    actions.decline_match(desk.broker, desk.match(), refusal="other", remark="said among ourselves")
    client.force_login(desk.cast.people["lead_partner"].user)
    page = client.get("/partnership/audit/").content.decode()
    assert draft.reference in page
    assert draft.title not in page and "said among ourselves" not in page


def test_a_second_click_on_save_makes_no_second_request(desk):
    first = desk.draft(private="the same")
    assert desk.draft(private="the same") == first
    assert Request.objects.count() == 1
    assert desk.draft(private="another note") != first
