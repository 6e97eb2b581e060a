"""The page on which the lead partner sees what was learnt from outcomes and decides which weights rank."""

from __future__ import annotations

import html

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hansa.brokerage import jobs, outcomes, weighing
from hansa.brokerage.models import LearntWeights, WeightsChoice
from tests.brokerage.conftest import desk, priority, small_home  # noqa: F401  (fixtures)
from tests.brokerage.test_weights import TASTE, world
from tests.monitoring.test_exposure import signed_in  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db


def text(response) -> str:
    return html.unescape(response.content.decode())


@pytest.fixture
def page():
    return reverse("monitoring:weights")


def test_without_outcomes_the_page_says_what_is_missing_and_what_ranks(signed_in, page):  # noqa: F811
    said = text(signed_in("lead_partner").get(page))
    assert f"The default, version {weighing.by_default().version}." in said
    assert said.count("too few</span>") == 4 and "There are too few outcomes to learn from yet." in said
    assert 'value="learn"' not in said and 'name="weights"' not in said


def test_learn_compare_switch_on_and_back(desk, signed_in, page):  # noqa: F811
    world(desk, taste=TASTE)
    client = signed_in("lead_partner")
    assert 'value="learn"' in text(client.get(page))
    client.post(page, {"act": "learn"})
    assert "being learnt" in text(client.get(page))
    row = LearntWeights.objects.get()
    jobs.learn_weights(learnt_id=row.pk)
    row.refresh_from_db()
    said = text(client.get(page))
    assert "measured better" in said and f"Rank with the learnt weights, {row.version}" in said
    assert f"on {row.judged} requests" in said
    refused = client.post(page, {"weights": str(row.pk), "reason": ""})
    assert refused.status_code == 400 and "Say why" in text(refused) and not WeightsChoice.objects.exists()
    client.post(page, {"weights": str(row.pk), "reason": "Measured on our own requests"})
    said = text(client.get(page))
    assert f"Learnt weights, version {row.version}" in said and "Measured on our own requests" in said
    assert f"Learnt from outcomes, version {row.version}" in text(client.get(reverse("monitoring:exposure")))
    client.post(page, {"weights": "default", "reason": "Brokers complained"})
    assert weighing.in_use() == weighing.by_default()


def test_what_a_coin_toss_taught_is_told_as_not_better_and_cannot_be_chosen(desk, signed_in, page):  # noqa: F811
    world(desk)
    client = signed_in("lead_partner")
    client.post(page, {"act": "learn"})
    row = LearntWeights.objects.get()
    jobs.learn_weights(learnt_id=row.pk)
    said = text(client.get(page))
    assert "not better" in said and "Rank with the learnt weights" not in said
    forced = client.post(page, {"weights": str(row.pk), "reason": "I want it"})
    assert forced.status_code == 400 and "no better than the default" in text(forced)


def test_a_version_that_is_not_there_changes_nothing(signed_in, page):  # noqa: F811
    client = signed_in("lead_partner")
    for key in ("999999", "x", "", "9" * 30):
        assert client.post(page, {"weights": key, "reason": "r"}).status_code == 404
    assert not WeightsChoice.objects.exists()


def test_those_who_work_with_matches_read_and_the_lead_partner_alone_decides(desk, signed_in, page):  # noqa: F811
    for role, reads in (("lead_partner", 200), ("broker", 200), ("analyst", 200), ("coordinator", 403)):
        client = signed_in(role)
        assert client.get(page).status_code == reads, role
        if role != "lead_partner":
            assert client.post(page, {"act": "learn"}).status_code == 403, role
            assert client.post(page, {"weights": "default", "reason": "r"}).status_code == 403, role
    assert Client().get(page).status_code == 302


def test_the_number_of_queries_does_not_grow_with_outcomes_and_attempts(desk, signed_in, page):  # noqa: F811
    client = signed_in("lead_partner")

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            client.get(page)
        return len(captured)

    world(desk, requests=2, taste=TASTE)
    lead = desk.cast.people["lead_partner"]
    LearntWeights.objects.create(asked_by=lead, default_version="3", status="failed")
    few = queries()
    world(desk, requests=9, taste=TASTE, seed=2)
    for _each in range(5):
        LearntWeights.objects.create(asked_by=lead, default_version="3", status="refused")
    assert queries() == few


def test_the_file_holds_every_attempt(desk, signed_in, page):  # noqa: F811
    world(desk, taste=TASTE)
    row = LearntWeights.objects.create(asked_by=desk.cast.people["lead_partner"], default_version="3")
    outcomes.learn(row)
    body = b"".join(signed_in("lead_partner").get(page + "?format=csv")).decode()
    assert row.version in body and "concepts" in body and len(body.splitlines()) == 2
