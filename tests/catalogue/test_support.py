"""Support instruments: kept current by the agency of a region, read by everybody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from hansa.catalogue import actions, queries, thread
from hansa.catalogue.actions import SupportText
from hansa.catalogue.models import SupportInstrument
from hansa.network.faults import Forbidden, Refused
from hansa.network.permissions import may

pytestmark = pytest.mark.django_db


@pytest.fixture
def text(cast):
    return SupportText(
        region=cast.regions["PL84"],
        kind="voucher",
        language="pl",
        title="Bon na innowacje",
        provider="Urząd Marszałkowski",
        summary="Usługa badawcza dla firmy.",
    )


@pytest.fixture
def voucher(cast, text):
    return actions.add_support(cast.people["broker"], agency=cast.agencies["PL84"], text=text)


TABLE = [
    ("add_support", "nothing", {"broker", "broker abroad", "lead_partner"}),
    ("add_support", "own agency", {"broker"}),
    ("edit_support", "instrument", {"broker"}),
    ("check_support", "instrument", {"broker"}),
    ("end_support", "instrument", {"broker"}),
]


@pytest.mark.parametrize(("verb", "about", "holders"), TABLE, ids=lambda v: v if isinstance(v, str) else "")
def test_exactly_these_roles_hold_the_permission(cast, voucher, verb, about, holders):
    record = {"nothing": None, "own agency": cast.agencies["PL84"], "instrument": voucher}[about]
    people = cast.people | {"public": None}
    assert {name for name, person in people.items() if may(person, f"catalogue.{verb}", record)} == holders


def test_an_instrument_is_checked_by_who_writes_it_and_again_when_it_grows_old(cast, voucher):
    broker = cast.people["broker"]
    assert voucher.checked_on == timezone.localdate() and voucher.checked_by == broker
    assert [*thread.today(broker)] == []
    SupportInstrument.objects.update(checked_on=timezone.localdate() - timedelta(days=181))
    assert "Bon na innowacje" in next(iter(thread.today(broker))).title
    assert [*thread.today(cast.people["broker abroad"])] == []
    actions.check_support(broker, voucher)
    assert [*thread.today(broker)] == []


def test_what_has_closed_or_ended_is_listed_on_demand_only(cast, voucher, text):
    yesterday = timezone.localdate() - timedelta(days=1)
    gone = replace(text, title="Dawny bon", closes_on=yesterday)
    actions.add_support(cast.people["broker"], agency=cast.agencies["PL84"], text=gone)
    assert [s.title for s in queries.support_instruments()] == ["Bon na innowacje"]
    actions.end_support(cast.people["broker"], voucher)
    assert not queries.support_instruments().exists()
    assert queries.support_instruments(offered=False).count() == 2
    with pytest.raises(Refused):
        actions.check_support(cast.people["broker"], voucher)
    actions.end_support(cast.people["broker"], voucher, ended=False)
    assert queries.support_instruments().exists()


def test_another_agency_changes_nothing_and_an_empty_title_is_refused(cast, voucher, text):
    with pytest.raises(Forbidden):
        actions.edit_support(cast.people["broker abroad"], voucher, text=text)
    with pytest.raises(Refused):
        actions.edit_support(cast.people["broker"], voucher, text=replace(text, title=" "))
    today = timezone.localdate()
    backwards = replace(text, opens_on=today, closes_on=today - timedelta(days=1))
    with pytest.raises(Refused):
        actions.edit_support(cast.people["broker"], voucher, text=backwards)


def test_what_is_around_a_region_is_its_own_and_its_countrys(cast, voucher):
    assert [*queries.around(cast.regions["PL84"])] == [voucher]
    assert not queries.around(cast.regions["FI1C"]).exists()
    assert not queries.around(None).exists()


def test_the_pages_list_search_export_and_keep_what_was_typed(client, cast, voucher):
    page = client.get(
        reverse("catalogue:support"), {"q": "bon", "region": "PL84", "kind": "voucher", "sort": "-checked"}
    )
    assert "Bon na innowacje" in page.content.decode()
    assert "Bon na" not in client.get(reverse("catalogue:support"), {"q": "kredyt"}).content.decode()
    listed = client.get(reverse("catalogue:support"), {"format": "csv"})
    assert "Bon na innowacje" in b"".join(listed.streaming_content).decode()
    assert client.get(voucher.get_absolute_url()).status_code == 200
    client.force_login(cast.people["broker"].user)
    given = {"kind": "grant", "language": "pl", "title": "Dotacja", "provider": "", "summary": "s"}
    given["region"] = cast.regions["PL84"].pk
    wrong = client.post(reverse("catalogue:new_support"), given)
    assert wrong.status_code == 400 and "Dotacja" in wrong.content.decode()
    done = client.post(reverse("catalogue:new_support"), given | {"provider": "PARP"})
    assert done.status_code == 302 and SupportInstrument.objects.filter(title="Dotacja").exists()
    edited = client.post(reverse("catalogue:edit_support", args=[voucher.pk]), given | {"provider": "PARP"})
    assert edited.status_code == 302
    assert client.post(reverse("catalogue:check_support", args=[voucher.pk])).status_code == 302
    client.force_login(cast.people["broker abroad"].user)
    assert client.post(reverse("catalogue:end_support", args=[voucher.pk]), {"ended": "yes"}).status_code == 403


def test_the_list_costs_the_same_with_one_and_with_thirty(client, cast, voucher, text, django_assert_max_num_queries):
    def cost() -> int:
        with django_assert_max_num_queries(30) as counted:
            client.get(reverse("catalogue:support"))
        return len(counted)

    one = cost()
    for number in range(30):
        title = f"Bon {number}"
        actions.add_support(cast.people["broker"], agency=cast.agencies["PL84"], text=replace(text, title=title))
    assert cost() == one
