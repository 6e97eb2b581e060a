"""The board, a priority and a run as pages: what they show, to whom, and at what cost."""

import pytest
from django.urls import reverse

from hansa.network.models import Role
from hansa.strategy.actions import move, start_run
from hansa.strategy.models import Priority, Run
from hansa.strategy.proposal import Parameters


@pytest.fixture
def run(cast, figures):
    return start_run(
        cast.people[Role.ANALYST],
        title="A run",
        regions=list(cast.regions.values()),
        parameters=Parameters(min_size=50),
    )


def test_the_board_lists_priorities_to_the_public(client, run):
    page = client.get(reverse("strategy:board")).content.decode()
    for priority in run.priorities.all():
        assert priority.identifier in page


def test_the_board_costs_the_same_for_few_and_for_many(client, run, django_assert_num_queries, cast):
    with_few = count_queries(client)
    Priority.objects.bulk_create(
        Priority(number=1000 + n, run=run, kind="shared", title=f"Priority {n}", domains=["10"], score=1.0)
        for n in range(200)
    )
    assert count_queries(client) == with_few <= 12


def count_queries(client) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(reverse("strategy:board")).status_code == 200
    return len(seen)


def test_the_board_can_be_searched_sorted_and_exported(client, run):
    priority = run.priorities.first()
    found = client.get(reverse("strategy:board"), {"q": priority.identifier})
    assert [p.number for p in found.context["page"]] == [priority.number]
    turned = client.get(reverse("strategy:board"), {"sort": "-number"})
    numbers = [p.number for p in turned.context["page"]]
    assert numbers == sorted(numbers, reverse=True)
    exported = b"".join(client.get(reverse("strategy:board"), {"format": "csv"}).streaming_content).decode("utf-8-sig")
    assert len(exported.splitlines()) == run.priorities.count() + 1


def test_a_priority_shows_its_figures_and_leads_to_a_request(client, run):
    priority = run.priorities.first()
    page = client.get(priority.get_absolute_url()).content.decode()
    assert reverse("brokerage:new_request") + f"?priority={priority.identifier}" in page
    for figure in priority.figures.all():
        assert figure.region.name in page


def test_an_analyst_verifies_on_the_page_and_a_broker_is_turned_away(client, run, cast):
    priority = run.priorities.first()
    url = reverse("strategy:move", args=[priority.number, "verify"])
    client.force_login(cast.people[Role.BROKER].user)
    assert client.post(url, {"expected": priority.state, "reason": "good"}).status_code == 403
    client.force_login(cast.people[Role.ANALYST].user)
    assert client.post(url, {"expected": priority.state}).status_code == 400, "a reason is asked for"
    assert client.post(url, {"expected": priority.state, "reason": "good"}).status_code == 302
    priority.refresh_from_db()
    assert priority.state == Priority.State.VERIFIED


def test_a_refused_form_keeps_what_was_typed(client, run, cast):
    priority = run.priorities.first()
    client.force_login(cast.people[Role.ANALYST].user)
    typed = {"title": "x" * 201, "reason": "because of the new name", "expected": priority.state}
    answer = client.post(reverse("strategy:move", args=[priority.number, "rename"]), typed)
    assert answer.status_code == 400
    assert "because of the new name" in answer.content.decode()


def test_a_new_run_from_the_page(client, cast, figures):
    client.force_login(cast.people[Role.ANALYST].user)
    given = {
        "title": "From the page",
        "regions": [r.pk for r in cast.regions.values()],
        "threshold": "1.0",
        "min_regions": "2",
        "min_size": "50",
        "min_proximity": "0.45",
    }
    answer = client.post(reverse("strategy:new_run"), given)
    assert answer.status_code == 302
    assert Run.objects.get(title="From the page").priorities.exists()
    faulty = client.post(reverse("strategy:new_run"), {**given, "min_regions": "1"})
    assert faulty.status_code == 400 and "From the page" in faulty.content.decode()


def test_an_empty_board_says_what_to_do_next(client, db, settings, tmp_path):
    settings.HANSA_HOME = tmp_path
    page = client.get(reverse("strategy:board")).content.decode()
    assert reverse("evidence:map") in page


def test_there_is_no_priority_with_a_number_nobody_gave(client, db):
    assert client.get(reverse("strategy:priority", args=[999])).status_code == 404


def test_a_second_click_on_propose_makes_no_second_run(run, cast):
    regions = list(cast.regions.values())
    again = start_run(cast.people[Role.ANALYST], title="A run", regions=regions, parameters=Parameters(min_size=50))
    assert again == run and Run.objects.count() == 1
    fewer = start_run(cast.people[Role.ANALYST], title="A run", regions=regions[:3], parameters=Parameters(min_size=50))
    assert fewer != run


def test_the_public_reads_what_was_decided_but_not_by_whom(client, run, cast):
    priority = run.priorities.first()
    name = cast.people[Role.ANALYST].name
    for url in (priority.get_absolute_url(), run.get_absolute_url(), reverse("strategy:runs")):
        assert f"· {name}" not in (page := client.get(url).content.decode()) and f"<dd>{name}" not in page
        assert "a member of the partnership" in page
    client.force_login(cast.people[Role.READER].user)
    assert f"· {name}" in client.get(priority.get_absolute_url()).content.decode()


def test_the_board_of_steps_shows_every_open_priority_once_and_the_closed_apart(
    client, run, cast, django_assert_max_num_queries
):
    analyst = cast.people[Role.ANALYST]
    first, second = run.priorities.order_by("number")[:2]
    move(analyst, first, "verify", reason="good figures")
    move(analyst, second, "drop", reason="too small")
    with django_assert_max_num_queries(24):
        page = client.get(reverse("strategy:steps")).content.decode()
    for priority in run.priorities.all():
        assert page.count(f'href="{priority.get_absolute_url()}"') == 1


@pytest.mark.parametrize("verb", ["verify", "rename", "merge", "split", "drop"])
def test_every_move_has_a_page_with_a_form(client, run, cast, verb):
    priority = run.priorities.first()
    client.force_login(cast.people[Role.ANALYST].user)
    page = client.get(reverse("strategy:move", args=[priority.number, verb]))
    assert page.status_code == 200 and 'name="reason"' in page.content.decode()


def test_merge_split_return_and_undo_by_their_forms(client, run, cast):
    first, second = run.priorities.order_by("number")[:2]
    client.force_login(cast.people[Role.ANALYST].user)

    def post(priority, verb, **given):
        priority.refresh_from_db()
        given |= {"reason": "because", "expected": priority.state}
        answer = client.post(reverse("strategy:move", args=[priority.number, verb]), given)
        assert answer.status_code == 302, answer.content.decode()
        priority.refresh_from_db()

    post(first, "merge", others=[second.pk], title="Both of them")
    assert first.title == "Both of them"
    post(first, "verify")
    post(first, "return", step="verify")
    assert first.state == Priority.State.RETURNED
    given = {f"domain-{d}": "1" if n == 0 else "2" for n, d in enumerate(first.domains)}
    post(first, "split", title_1="One", title_2="Two", **given)
    assert [p.title for p in first.split_into.order_by("number")] == ["One", "Two"]
    page = client.get(first.get_absolute_url()).content.decode()
    assert "Two" in page and second.identifier in page
    undo = reverse("strategy:undo_move", args=[first.number])
    assert client.post(undo, {"expected": "split"}).status_code == 400
    assert client.post(undo, {"expected": "split", "reason": "too early"}).status_code == 302
    first.refresh_from_db()
    assert first.state == Priority.State.RETURNED


def test_the_next_version_of_a_run_and_the_comparison_on_the_pages(client, run, cast):
    client.force_login(cast.people[Role.ANALYST].user)
    form = client.get(reverse("strategy:new_run") + f"?from={run.pk}")
    assert form.context["form"].initial["min_size"] == 50
    given = {
        "title": run.title,
        "note": "",
        "regions": [r.pk for r in cast.regions.values()],
        "threshold": "1.4",
        "min_regions": "2",
        "min_size": "50",
        "min_proximity": "0.45",
    }
    address = reverse("strategy:new_run") + f"?from={run.pk}"
    assert client.post(address, given).status_code == 400
    assert client.post(address, {**given, "note": "stricter", "reference": "P1"}).status_code == 400
    assert client.post(address, {**given, "note": "stricter"}).status_code == 302
    second = Run.objects.get(version=2)
    page = client.get(reverse("strategy:compare_runs"), {"a": run.pk, "b": second.pk}).content.decode()
    assert "threshold" in page and "1.4" in page
    answer = client.post(reverse("strategy:run_again", args=[second.pk]), follow=True)
    assert "the same digits" in answer.content.decode()
    listed = b"".join(client.get(reverse("strategy:runs"), {"format": "csv"}).streaming_content).decode()
    assert second.digest in listed
