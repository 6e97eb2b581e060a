"""What people meet on the pages: who sees what, forms that keep what was typed, lists that cost a constant number of
queries."""

from __future__ import annotations

import html
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from hansa.brokerage import actions
from hansa.brokerage.models import Case, Match, Request
from hansa.network.models import AuditNote
from tests.brokerage.conftest import CASTINGS, FOUNDRY

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(desk, small_home):
    def sign_in(name: str = "broker") -> Client:
        client = Client()
        if name != "public":
            client.force_login(desk.cast.people[name].user)
        return client

    return sign_in


def text(response) -> str:
    return html.unescape(response.content.decode())


def typed(desk, **changes):
    return {
        "priority": desk.priority.pk,
        "type": "technology_request",
        "language": "pl",
        "title": CASTINGS.title,
        "summary": CASTINGS.summary,
        "client_name": CASTINGS.client_name,
        "private": CASTINGS.private,
        "act": "draft",
    } | changes


def test_the_public_reads_published_requests_and_no_drafts(desk, signed_in):
    published, draft = desk.published(), desk.draft(title="A secret plan")
    page = text(signed_in("public").get(reverse("brokerage:requests")))
    assert published.title in page
    assert "A secret plan" not in page
    assert signed_in("public").get(published.get_absolute_url()).status_code == 200
    assert signed_in("public").get(draft.get_absolute_url()).status_code == 404
    assert signed_in("broker abroad").get(draft.get_absolute_url()).status_code == 404
    assert "A secret plan" in text(signed_in().get(reverse("brokerage:requests")))


@pytest.mark.parametrize("who", ["public", "broker abroad", "lead_partner", "reader", "analyst"])
def test_the_client_and_the_private_text_never_leave_the_agency(desk, signed_in, who):
    match = desk.match(desk.published())
    client = signed_in(who)
    urls = [
        match.request.get_absolute_url(),
        reverse("brokerage:requests"),
        reverse("brokerage:cases"),
        reverse("today"),
    ]
    for url in [*urls, reverse("brokerage:requests") + "?format=csv"]:
        response = client.get(url)
        body = b"".join(response).decode() if response.streaming else text(response)
        assert CASTINGS.private not in body
        assert CASTINGS.client_name not in body
    assert match.title not in text(client.get(match.request.get_absolute_url()))


def test_the_own_agency_sees_the_private_part_and_the_look_is_written_down(desk, signed_in):
    request = desk.published()
    page = text(signed_in().get(request.get_absolute_url()))
    assert CASTINGS.private in page
    assert CASTINGS.client_name in page
    assert AuditNote.objects.filter(verb="look_at_private", person=desk.broker).count() == 1


def test_the_text_is_shown_in_its_own_language(desk, signed_in):
    page = signed_in("public").get(desk.published().get_absolute_url()).content.decode()
    assert f'<h1 lang="pl">{html.escape(CASTINGS.title)}' in page


def test_a_request_starts_from_the_priority_in_the_address_and_the_next_remembers_it(desk, signed_in):
    client = signed_in()
    first = client.get(reverse("brokerage:new_request") + "?priority=P-07")
    again = client.get(reverse("brokerage:new_request"))
    for page in (first, again):
        assert f'<option value="{desk.priority.pk}" selected>' in page.content.decode()


def test_a_faulty_form_keeps_all_that_was_typed(desk, signed_in):
    response = signed_in().post(reverse("brokerage:new_request"), typed(desk, title="x" * 200, priority=""))
    page = text(response)
    assert response.status_code == 400
    assert CASTINGS.summary in page
    assert CASTINGS.private in page
    assert not Request.objects.exists()


def test_save_keeps_a_draft_and_save_and_publish_publishes(desk, signed_in):
    client = signed_in()
    client.post(reverse("brokerage:new_request"), typed(desk))
    assert Request.objects.get().state == "draft"
    client.post(reverse("brokerage:new_request"), typed(desk, act="publish"))
    assert Request.objects.latest("pk").state == "published"


def test_only_brokers_write_requests(desk, signed_in):
    for who in ("reader", "analyst", "coordinator", "facility_manager"):
        assert signed_in(who).get(reverse("brokerage:new_request")).status_code == 403
    assert signed_in("public").get(reverse("brokerage:new_request")).status_code == 302


def test_the_page_asks_again_while_partners_are_being_looked_for_and_stops_when_done(desk, signed_in):
    client, request = signed_in(), desk.published()
    assert 'hx-trigger="every 1s"' in client.get(request.get_absolute_url()).content.decode()
    fragment = reverse("brokerage:matches", args=[request.reference])
    assert 'hx-trigger="every 1s"' in client.get(fragment, headers={"HX-Request": "true"}).content.decode()
    desk.match(request)
    Request.objects.filter(pk=request.pk).update(matched_at=timezone.now())
    done = client.get(fragment, headers={"HX-Request": "true"})
    assert "hx-trigger" not in done.content.decode()
    assert FOUNDRY.title in text(done)
    assert client.get(fragment).status_code == 302
    assert signed_in("broker abroad").get(fragment, headers={"HX-Request": "true"}).status_code == 404


def test_every_match_on_the_page_has_a_reason_and_no_score_is_a_percentage(desk, signed_in):
    match = desk.match()
    Request.objects.filter(pk=match.request_id).update(matched_at=timezone.now(), missing_signals=["meaning"])
    page = text(signed_in().get(match.request.get_absolute_url()))
    assert "strong · 0.50" in page
    assert "Close in meaning" in page
    assert "language model could not be loaded" in page
    assert "%" not in page.split('id="matches"')[1].split("</aside>")[0]


def test_from_a_match_to_a_case_and_its_answer(desk, signed_in):
    match = desk.match()
    client, abroad = signed_in(), signed_in("broker abroad")
    propose = reverse("brokerage:propose", args=[match.pk])
    page = client.get(propose)
    week = timezone.localdate() + timedelta(days=7)
    assert f'value="{week.isoformat()}"' in page.content.decode()
    late = client.post(propose, {"next_step": "Call", "next_due": "2020-01-01", "message": "Our offer"})
    assert late.status_code == 400
    assert "Our offer" in text(late)
    client.post(propose, {"next_step": "Call", "next_due": week.isoformat(), "message": "Our offer"})
    case = Case.objects.get()
    assert client.get(propose).url == case.get_absolute_url()
    assert "Answer the introduction" in text(abroad.get(reverse("today")))
    assert "Our offer" in text(abroad.get(case.get_absolute_url()))
    answer = reverse("brokerage:answer", args=[case.reference])
    refused = abroad.post(answer, {"answer": "decline", "remark": "Too busy here"})
    assert refused.status_code == 400
    assert "Too busy here" in text(refused)
    abroad.post(answer, {"answer": "accept"})
    assert Case.objects.get().state == "introduced"
    assert f"Accepted: {case.title}" in text(client.get(reverse("today")))
    stale = client.post(
        reverse("brokerage:move", args=[case.reference]), {"to_state": "in_talks", "expected": "proposed"}
    )
    assert stale.status_code == 400
    client.post(reverse("brokerage:move", args=[case.reference]), {"to_state": "in_talks", "expected": "introduced"})
    assert Case.objects.get().state == "in_talks"


def test_everybody_sees_that_a_case_exists_but_only_those_in_it_what_it_is_about(desk, signed_in):
    case = desk.case()
    for who, inside in (("broker", True), ("broker abroad", True), ("lead_partner", True), ("reader", False)):
        page = text(signed_in(who).get(reverse("brokerage:cases") + "?whose=all"))
        assert case.reference in page
        assert (case.title in page) is inside
        assert signed_in(who).get(case.get_absolute_url()).status_code == (200 if inside else 403)
    public = signed_in("public")
    assert case.title not in text(public.get(reverse("brokerage:cases")))
    assert public.get(case.get_absolute_url()).status_code == 302
    assert case.reference not in text(public.get(reverse("brokerage:cases") + "?q=odlewni"))


def test_today_tells_what_waits(desk, signed_in):
    draft, match = desk.draft(title="Unfinished plan"), desk.match()
    Request.objects.filter(pk=match.request_id).update(matched_at=timezone.now())
    page = text(signed_in().get(reverse("today")))
    assert draft.title in page
    assert "Look at the partners found" in page
    case = desk.case(match)
    page = text(signed_in().get(reverse("today")))
    assert case.next_step in page
    assert "Look at the partners found" not in page


def test_the_stages_of_a_priority_count_exactly_what_their_pages_list(desk, signed_in):
    from hansa.brokerage.thread import stages

    accepted = desk.case()
    actions.answer_introduction(desk.abroad, accepted, accept=True)
    other = desk.match(desk.published(), accepted.match.other_request)
    actions.move_case(desk.broker, desk.case(other), to_state="declined", refusal="other")
    desk.draft()
    actions.close_request(desk.broker, desk.published())
    for stage in stages(desk.priority):
        page = signed_in("public").get(stage.url).context["page"]
        assert page.paginator.count == stage.count, stage.key
    assert [stage.count for stage in stages(desk.priority)] == [3, 2, 1]


def test_the_search_box_finds_published_requests_and_own_drafts(desk):
    from hansa.brokerage.thread import find

    desk.published()
    draft = desk.draft(title="Odlewnia na próbę")
    assert {hit.title for hit in find("odlewni", None)} == {CASTINGS.title}
    assert draft.title in {hit.title for hit in find("odlewni", desk.broker)}


@pytest.mark.parametrize(
    "query",
    ["?q=odlewni", "?type=technology_request", "?region=PL84", "?priority=P-07", "?state=published", "?language=pl"],
)
def test_each_filter_of_the_list_keeps_what_answers_it(desk, signed_in, query):
    hit = desk.published()
    miss = desk.published(FOUNDRY, by=desk.abroad, region="FI1C", type="business_offer")
    if "priority" in query or "state" in query:
        Request.objects.filter(pk=miss.pk).update(state="closed")
        if "priority" in query:
            query += "&state=published"
    found = signed_in("public").get(reverse("brokerage:requests") + query).context["page"].object_list
    assert list(found) == [hit]


@pytest.mark.parametrize("sort", ["title", "-title", "type", "region", "priority", "published", "valid", "nonsense"])
def test_the_list_is_sorted_and_a_strange_order_does_no_harm(desk, signed_in, sort):
    first, second = desk.published(title="Aaa"), desk.published(title="Zzz")
    found = list(signed_in("public").get(reverse("brokerage:requests") + f"?sort={sort}").context["page"])
    assert set(found) == {first, second}
    if "title" in sort:
        assert found == ([second, first] if sort.startswith("-") else [first, second])


def test_the_csv_holds_the_rows_of_the_list_and_no_formula(desk, signed_in):
    desk.published(title="=1+1")
    body = b"".join(signed_in("public").get(reverse("brokerage:requests") + "?format=csv")).decode()
    assert body.startswith("\ufeffreference,")
    assert "'=1+1" in body


def many(desk, number: int) -> None:
    """Published requests and, for the first of them, matches, written past the actions for speed."""
    model = desk.published()
    now = timezone.now()
    made = Request.objects.bulk_create(
        Request(
            reference=f"X-{number}-{n}",
            type=model.type,
            state="published",
            priority=model.priority,
            agency=model.agency,
            region=model.region,
            broker=model.broker,
            language="pl",
            title=f"Request {n}",
            summary="s",
            published_at=now,
        )
        for n in range(number)
    )
    Match.objects.bulk_create(
        Match(
            request=made[0],
            other_request=other,
            region=model.region,
            title=other.title,
            rank=n,
            score=0.3,
            method="m",
            reasons=[{"code": "close_meaning", "contribution": 0.3, "params": {"rank": 1, "among": 2}}],
        )
        for n, other in enumerate(made[1:31])
    )
    Request.objects.filter(pk=made[0].pk).update(matched_at=now)


def queries_of(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as counted:
        assert client.get(url).status_code == 200
    return len(counted)


def test_the_pages_cost_the_same_number_of_queries_however_much_there_is(desk, signed_in):
    client = signed_in()
    many(desk, 3)
    urls = [reverse("brokerage:requests"), reverse("brokerage:cases"), reverse("brokerage:request", args=["X-3-0"])]
    few = [queries_of(client, url) for url in urls]
    many(desk, 200)
    urls[2] = reverse("brokerage:request", args=["X-200-0"])
    lots = [queries_of(client, url) for url in urls]
    assert lots == few
    assert max(lots) <= 25


def test_the_list_of_cases_costs_the_same_with_ten_and_one(desk, signed_in):
    client = signed_in()
    desk.case()
    one = queries_of(client, reverse("brokerage:cases"))
    for _each in range(9):
        desk.case()
    assert queries_of(client, reverse("brokerage:cases")) == one


def test_changing_something_takes_more_than_following_a_link(desk, signed_in):
    client, request = signed_in(), desk.draft()
    for name in ("publish", "withdraw", "close", "reopen", "look_again"):
        assert client.get(reverse(f"brokerage:{name}", args=[request.reference])).status_code == 405
    assert Request.objects.get().state == "draft"


def test_another_broker_cannot_act_through_the_pages(desk, signed_in):
    match = desk.match()
    client = signed_in("broker abroad")
    for name in ("shortlist", "decline", "propose", "restore"):
        response = client.post(reverse(f"brokerage:{name}", args=[match.pk]), desk.step() | {"refusal": "known"})
        assert response.status_code == 403, name
    assert client.post(reverse("brokerage:withdraw", args=[match.request.reference])).status_code == 403
    assert Match.objects.get(pk=match.pk).state == "suggested"


def test_a_partner_is_set_aside_with_a_reason_and_taken_back(desk, signed_in):
    match, client = desk.match(), signed_in()
    assert client.post(reverse("brokerage:decline", args=[match.pk]), {"refusal": ""}).status_code == 400
    client.post(reverse("brokerage:decline", args=[match.pk]), {"refusal": "too_far", "remark": "by ship only"})
    assert "by ship only" in text(client.get(match.request.get_absolute_url()))
    client.post(reverse("brokerage:restore", args=[match.pk]))
    assert Match.objects.get(pk=match.pk).state == "suggested"


def test_a_match_text_from_the_other_side_is_never_run_as_markup(desk, signed_in):
    match = desk.match()
    Match.objects.filter(pk=match.pk).update(title="<script>alert(1)</script>", text="<b>x</b>")
    Request.objects.filter(pk=match.request_id).update(matched_at=timezone.now())
    page = signed_in().get(match.request.get_absolute_url()).content.decode()
    assert "<script>alert" not in page
    assert "&lt;b&gt;x" in page


def test_a_text_filed_under_another_language_is_pointed_out(desk, signed_in):
    client = signed_in()
    wrong = client.post(reverse("brokerage:new_request"), typed(desk, language="fi"), follow=True)
    assert "reads like Polish but is filed as Finnish" in text(wrong)
    right = client.post(reverse("brokerage:new_request"), typed(desk), follow=True)
    assert "reads like" not in text(right)


def test_nobody_is_asked_to_answer_what_they_proposed_themselves(desk):
    """Where no agency stands behind the other side, the proposer's own next step is what waits, not an answer."""
    from hansa.brokerage import queries
    from hansa.brokerage.models import Case

    case = desk.case()
    assert [c.pk for c in queries.to_answer({case.other_agency_id})] == [case.pk]
    Case.objects.filter(pk=case.pk).update(other_agency=None)
    assert list(queries.to_answer({case.agency_id})) == []
    assert [c.pk for c in queries.due({case.agency_id}, case.next_due)] == [case.pk]
