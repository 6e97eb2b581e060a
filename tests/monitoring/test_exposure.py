"""Who is shown against who turned out relevant: shares from stored matches, for those who may see them."""

from __future__ import annotations

import html
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from hansa.brokerage import actions, fairness
from hansa.brokerage.models import LiftSetting, Match, Request
from hansa.network.models import Organisation, Participation, Project
from tests.brokerage.conftest import desk, priority, small_home  # noqa: F401  (fixtures)
from tests.brokerage.test_fairness import LIST, stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(desk, small_home):  # noqa: F811
    def sign_in(name: str) -> Client:
        client = Client()
        client.force_login(desk.cast.people[name].user)
        return client

    return sign_in


def text(response) -> str:
    return html.unescape(response.content.decode())


def page(client: Client, **asked) -> str:
    return text(client.get(reverse("monitoring:exposure"), asked))


def test_exposure_by_region_is_what_the_places_and_the_accepted_say(desk):  # noqa: F811
    stored(desk, ["DE60", "LT00"], accepted=[1])
    found = fairness.shown(listed=["LT00"])
    rows = {row.group: row for row in fairness.exposures(found, found.by_region)}
    # two places weigh 1 and 1 / log2 3
    assert rows[fairness.LISTED].exposure == pytest.approx(0.6309297 / 1.6309297)
    assert rows[fairness.LISTED].merit == 1.0
    assert rows[fairness.OTHER].merit == 0.0


def test_a_newcomer_has_neither_an_earlier_case_nor_another_project(desk):  # noqa: F811
    request = stored(desk, ["DE60", "DE60", "DE60"])
    fresh, busy, experienced = Match.objects.filter(request=request).order_by("rank")
    for number in range(2):
        project = Project.objects.create(source="t", number=str(number), title="P")
        Participation.objects.create(project=project, organisation=busy.organisation)
    other = desk.published()
    earlier = Match.objects.create(
        request=other, organisation=experienced.organisation, title="t", rank=1, score=0.5, method="m"
    )
    actions.propose_introduction(desk.broker, earlier, **desk.step())
    Match.objects.filter(request=request).update(computed_at=timezone.now() + timedelta(hours=1))
    found = fairness.shown()
    past = {match.pk: found.by_past[f"{match.pk}"] for match in (fresh, busy, experienced)}
    assert past == {fresh.pk: "newcomer", busy.pk: "known", experienced.pk: "known"}


def test_the_period_keeps_the_requests_compared_in_it(desk):  # noqa: F811
    old, new = stored(desk, ["DE60"], accepted=[0]), stored(desk, ["LT00"], accepted=[0])
    Request.objects.filter(pk=old.pk).update(matched_at=timezone.now() - timedelta(days=400))
    day = timezone.localdate()
    assert set(fairness.shown(since=day - timedelta(days=30)).rankings) == {f"{new.pk}"}
    assert set(fairness.shown(until=day - timedelta(days=30)).rankings) == {f"{old.pk}"}


def test_too_few_to_tell_is_said_and_nothing_to_compare_too(desk, signed_in):  # noqa: F811
    client = signed_in("lead_partner")
    assert "nothing to compare with" in page(client)
    stored(desk, ["DE60", "LT00"], accepted=[1])
    said = page(client)
    assert "Too few to tell" in said and "in 1 of the requests somebody was short-listed" in said
    assert "has not listed less developed regions yet" in said


def test_with_enough_requests_the_warning_goes(desk, signed_in, monkeypatch):  # noqa: F811
    monkeypatch.setattr(fairness, "ENOUGH", 2)
    for _each in range(2):
        stored(desk, ["DE60", "LT00"], accepted=[1])
    assert "Too few to tell" not in page(signed_in("analyst"))


def test_only_those_who_work_with_matches_see_the_report_and_only_the_lead_partner_the_setting(desk, signed_in):  # noqa: F811
    for role, report, setting in (
        ("lead_partner", 200, 200),
        ("broker", 200, 403),
        ("analyst", 200, 403),
        ("coordinator", 403, 403),
        ("reader", 403, 403),
    ):
        client = signed_in(role)
        assert client.get(reverse("monitoring:exposure")).status_code == report, role
        assert client.get(reverse("monitoring:lift")).status_code == setting, role
        overview = text(client.get(reverse("monitoring:overview")))
        assert (reverse("monitoring:exposure") in overview) is (report == 200)
    assert Client().get(reverse("monitoring:exposure")).status_code == 302


def test_a_wrong_period_says_what_is_wrong(signed_in):
    client = signed_in("lead_partner")
    answer = client.get(reverse("monitoring:exposure"), {"since": "2026-02-01", "until": "2026-01-01"})
    assert answer.status_code == 400 and "ends before it begins" in text(answer)
    assert client.get(reverse("monitoring:exposure"), {"since": "soon"}).status_code == 400


def test_the_export_holds_the_rows_and_no_number_for_what_is_unknown(desk, signed_in):  # noqa: F811
    stored(desk, ["DE60", "LT00"], accepted=[0])
    LiftSetting.objects.create(regions=["LT00"])
    body = b"".join(signed_in("lead_partner").get(reverse("monitoring:exposure") + "?format=csv")).decode()
    line = next(line for line in body.splitlines() if line.startswith("region,less_developed"))
    assert line.split(",")[3:] == ["0.0", "", "", "", "1"]


def given(**changes):
    return {"regions": "LT00", "source": LIST["source"], "share": "0.5", "depth": "10"} | changes


def test_measuring_shows_the_cost_and_saves_nothing(desk, signed_in):  # noqa: F811
    stored(desk, ["DE60", "DE60", "LT00"])
    client = signed_in("lead_partner")
    answer = client.post(reverse("monitoring:lift"), given(on="on", act="measure"))
    expected = fairness.measured_cost(LiftSetting(regions=["LT00"], share=0.5, depth=10)).cost
    assert f"{expected:.3f}" in text(answer) and expected > 0
    assert not LiftSetting.objects.exists()


def test_saving_turns_it_on_and_the_report_says_so(desk, signed_in):  # noqa: F811
    stored(desk, ["DE60", "DE60", "LT00"], accepted=[0])
    client = signed_in("lead_partner")
    said = text(client.post(reverse("monitoring:lift"), given(on="on", act="save"), follow=True))
    assert "The lift is on." in said and "GDP per capita 2022" in said
    wrong = client.post(reverse("monitoring:lift"), given(on="on", act="save", regions="XX99"))
    assert wrong.status_code == 400 and "XX99: no recorded region has this code." in text(wrong)
    assert LiftSetting.objects.get().regions == ["LT00"]
    assert signed_in("broker").post(reverse("monitoring:lift"), given(act="save")).status_code == 403


def test_the_report_costs_the_same_whatever_the_number_of_matches(desk, signed_in):  # noqa: F811
    client = signed_in("lead_partner")

    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            page(client)
        return len(seen)

    stored(desk, ["DE60", "LT00"], accepted=[0])
    few = cost()
    for _each in range(6):
        stored(desk, ["DE60", "LT00", "FI1C"], accepted=[1])
    Organisation.objects.create(name="x")
    assert cost() == few <= 20
