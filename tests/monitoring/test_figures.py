"""Figures are counted from records, and the page behind a figure lists exactly the records it counts."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from hansa.brokerage.models import Case, Introduction, Match, Request
from hansa.monitoring.indicators import INDICATORS
from hansa.monitoring.queries import table
from hansa.network.models import Role
from hansa.strategy.models import Priority, Run


@pytest.fixture
def priorities(cast):
    run = Run.objects.create(title="r", table="t", evidence_version="v", parameters={})
    return [
        Priority.objects.create(number=n, run=run, kind="shared", title=f"Priority {n}", domains=["10"], score=1.0)
        for n in (1, 2, 3)
    ]


def request(cast, priority, number, state=Request.State.PUBLISHED):
    return Request.objects.create(
        reference=f"R-{number}",
        type=Request.Type.BUSINESS_OFFER,
        state=state,
        priority=priority,
        agency=cast.agencies["PL84"],
        region=cast.regions["PL84"],
        broker=cast.people[Role.BROKER],
        language="pl",
        title=f"Oferta {number}",
        summary="s",
        published_at=None if state == Request.State.DRAFT else timezone.now(),
    )


def case(cast, of, number, state=Case.State.PROPOSED):
    match = Match.objects.create(
        request=of, organisation=cast.agencies["FI1C"], title="t", rank=1, score=0.5, method="m"
    )
    made = Case.objects.create(
        reference=f"C-{number}",
        match=match,
        request=of,
        priority=of.priority,
        agency=of.agency,
        other_agency=cast.agencies["FI1C"],
        broker=of.broker,
        title="t",
        state=state,
        next_step="call",
        next_due=timezone.localdate() + timedelta(days=7),
    )
    Introduction.objects.create(case=made, proposed_by=of.broker)
    return made


@pytest.fixture
def records(cast, priorities):
    first, second, _third = priorities
    published = request(cast, first, 1)
    request(cast, first, 2, Request.State.DRAFT)
    request(cast, first, 3, Request.State.WITHDRAWN)
    other = request(cast, second, 4)
    case(cast, published, 1)
    case(cast, other, 2, Case.State.AGREEMENT)


def test_each_figure_counts_its_records(records, priorities):
    lines, totals = table()
    counts = {line.priority.number: {i.code: n for i, n in line.counts} for line in lines}
    assert counts == {
        1: {"requests": 2, "introductions": 1, "cases": 1, "agreements": 0},
        2: {"requests": 1, "introductions": 1, "cases": 1, "agreements": 1},
        3: {"requests": 0, "introductions": 0, "cases": 0, "agreements": 0},
    }
    assert {i.code: n for i, n in totals} == {"requests": 3, "introductions": 2, "cases": 2, "agreements": 1}


@pytest.mark.parametrize("code", sorted(INDICATORS))
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_figure_opens_exactly_the_records_it_counts(client, records, code, number):
    figure = INDICATORS[code].by_priority().get(number, 0)
    page = client.get(reverse("monitoring:rows", args=[code, number]))
    assert page.context["page"].paginator.count == figure == len(page.context["rows"])


def test_a_dropped_priority_keeps_its_line_while_records_count_in_it(records, priorities):
    Priority.objects.filter(number__in=[2, 3]).update(state=Priority.State.DROPPED)
    assert [line.priority.number for line in table()[0]] == [1, 2]


def test_the_public_sees_a_case_counted_but_not_what_it_is_about(client, records, cast):
    url = reverse("monitoring:all_rows", args=["cases"])
    page = client.get(url).content.decode()
    assert "C-1" in page and reverse("brokerage:case", args=["C-1"]) not in page
    client.force_login(cast.people[Role.BROKER].user)
    assert reverse("brokerage:case", args=["C-1"]) in client.get(url).content.decode()


def test_the_overview_costs_the_same_whatever_the_number_of_records(client, records, cast, priorities):
    before = queries(client)
    for number in range(100, 160):
        request(cast, priorities[0], number)
    assert queries(client) == before <= 12


def queries(client):
    with CaptureQueriesContext(connection) as seen:
        assert client.get(reverse("monitoring:overview")).status_code == 200
    return len(seen)


def test_the_overview_is_sorted_searched_and_exported(client, records):
    page = client.get(reverse("monitoring:overview"), {"sort": "-requests"})
    assert next(line.priority.number for line in page.context["page"]) == 1
    assert client.get(reverse("monitoring:overview"), {"q": "Priority 3"}).context["page"].paginator.count == 1
    exported = client.get(reverse("monitoring:overview"), {"format": "csv"})
    assert b"P-01,Priority 1,2,1,1,0" in b"".join(exported.streaming_content)


def test_there_is_no_figure_of_another_name(client, records):
    assert client.get("/monitoring/happiness/").status_code == 404


def test_withdrawn_requests_cost_a_broker_no_query_each(client, cast, priorities):
    client.force_login(cast.people["broker abroad"].user)

    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            page = client.get(reverse("monitoring:all_rows", args=["requests"])).content.decode()
        assert "Oferta" not in page
        return len(seen)

    for number in range(2):
        request(cast, priorities[0], number, Request.State.WITHDRAWN)
    few = cost()
    for number in range(2, 20):
        request(cast, priorities[0], number, Request.State.WITHDRAWN)
    assert cost() == few
