"""Lists with ten requests and with ten thousand: the same number of queries, whatever the reader asks for."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.brokerage.test_pages import many, queries_of

pytestmark = pytest.mark.django_db
QUESTIONS = ("", "?sort=title", "?sort=-region", "?q=Request+7", "?type=technology_request&page=2", "?state=any")
OTHERS = ("today", "brokerage:cases", "strategy:board", "monitoring:overview")


@pytest.fixture
def costs(desk, small_home):
    """Queries per page for a broker and for the public."""
    broker = Client()
    broker.force_login(desk.broker.user)
    pages = [reverse("brokerage:requests") + question for question in QUESTIONS] + [reverse(name) for name in OTHERS]
    pages += [reverse("monitoring:rows", args=["requests", desk.priority.number]), reverse("search") + "?q=Request"]

    def counted() -> dict[tuple[str, str], int]:
        readers = {"broker": broker, "public": Client()}
        return {(who, url): queries_of(client, url) for who, client in readers.items() for url in pages}

    return counted


@pytest.mark.heavy
def test_a_list_costs_the_same_number_of_queries_with_ten_and_with_ten_thousand(desk, costs):
    many(desk, 10)
    ten = costs()
    many(desk, 10_000)
    assert costs() == ten
    assert max(ten.values()) <= 25
