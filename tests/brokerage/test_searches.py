"""Saved searches: who reads them, what they tell, once each, and what a broker does with them."""

from __future__ import annotations

import html
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hansa.brokerage import actions, alerts, catalogue, jobs, matchmaking, queries
from hansa.brokerage.finding import ORGANISATION, Wish
from hansa.brokerage.models import MatchText, Request, SavedSearch, SearchAlert
from hansa.network.faults import Forbidden, Refused
from hansa.network.middleware import see_as
from hansa.network.models import AuditNote, Organisation, Participation, Project
from tests.brokerage.conftest import CASTINGS, FOUNDRY
from tests.brokerage.test_matchmaking import CASTING, Toy

pytestmark = pytest.mark.django_db
NEED = "Szukamy odlewni cienkościennych obudów z aluminium dla firmy Tajna."


@pytest.fixture
def toy(small_home, monkeypatch):
    """Vectors from letters, and every score high enough to be told."""
    monkeypatch.setattr(catalogue, "engine", lambda: catalogue.Engine(Toy()))
    for lowest in ("LOWEST", "LOWEST_REQUEST"):
        monkeypatch.setattr(matchmaking, lowest, 0.0)
    catalogue._held.clear()


@pytest.fixture
def save(desk):
    """Save a search of the Podlaskie agency, or of another one."""

    def make(name: str = "Odlewnia", *, by: Any = None, region: str = "PL84", threshold: str = "possible", **wish: Any):
        agency = desk.cast.agencies[region]
        asked = {"text": NEED, "agency_id": agency.pk, "region": agency.region, "language": "pl", "want": "offer"}
        return actions.save_search(
            by or desk.broker, agency=agency, name=name, wish=Wish(**(asked | wish)), threshold=threshold
        )

    return make


@pytest.fixture
def signed_in(desk, small_home):
    def sign_in(name: str = "broker") -> Client:
        client = Client()
        client.force_login(desk.cast.people[name].user)
        return client

    return sign_in


def page_of(response) -> str:
    return html.unescape(response.content.decode())


def publish_and_work(desk, **changes) -> Request:
    """Publish an offer abroad, and let the worker do what it does then."""
    offer = desk.published(FOUNDRY, by=desk.abroad, region="FI1C", **changes)
    jobs.find_matches(request_id=offer.pk)
    jobs.tell_searches(request_id=offer.pk)
    return offer


def test_a_new_offer_is_told_once_with_its_reasons_also_when_it_is_published_again(desk, save, toy):
    search = save()
    offer = publish_and_work(desk)
    alert = SearchAlert.objects.get()
    assert (alert.search, alert.request, alert.seen_at) == (search, offer, None)
    assert sum(reason["contribution"] for reason in alert.reasons) == pytest.approx(alert.score, abs=1e-6)
    jobs.tell_searches(request_id=offer.pk)
    actions.close_request(desk.abroad, offer)
    actions.reopen_request(desk.abroad, Request.objects.get(pk=offer.pk))
    jobs.find_matches(request_id=offer.pk)
    jobs.tell_searches(request_id=offer.pk)
    assert SearchAlert.objects.get().pk == alert.pk


def test_what_was_published_before_the_search_was_saved_or_resumed_is_not_told_by_a_late_job(desk, save, toy):
    offer = desk.offer_abroad()
    search = save()
    jobs.tell_searches(request_id=offer.pk)
    assert not SearchAlert.objects.exists()
    actions.pause_search(desk.broker, search)
    meanwhile = desk.published(FOUNDRY, by=desk.abroad, region="FI1C", title="Toinen valimo")
    actions.resume_search(desk.broker, search)
    jobs.tell_searches(request_id=meanwhile.pk)
    assert not SearchAlert.objects.exists()


def test_matching_a_request_queues_the_look_at_saved_searches(desk, toy):
    from procrastinate.contrib.django.models import ProcrastinateJob

    offer = desk.offer_abroad()
    jobs.find_matches(request_id=offer.pk)
    queued = [j.args for j in ProcrastinateJob.objects.filter(task_name="brokerage.tell_searches")]
    assert queued == [{"request_id": offer.pk}]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, True),
        ({"types": ("technology_offer",)}, True),
        ({"types": ("research_request",)}, False),
        ({"types": (ORGANISATION,)}, False),
        ({"countries": ("FI",)}, True),
        ({"countries": ("LT",)}, False),
        ({"languages": ("fi",)}, True),
        ({"languages": ("pl",)}, False),
    ],
    ids=str,
)
def test_the_filters_of_a_search_decide_what_is_told(desk, save, toy, changes, told):
    save(**changes)
    publish_and_work(desk)
    assert SearchAlert.objects.exists() is told


def test_what_the_own_agency_publishes_is_not_told(desk, save, toy):
    save(region="FI1C", by=desk.abroad)
    publish_and_work(desk)
    assert not SearchAlert.objects.exists()


def test_a_threshold_holds_back_what_is_weaker(desk, save, toy, monkeypatch):
    save("all"), save("strong", threshold="strong"), save("likely", threshold="likely")
    offer = desk.offer_abroad()
    jobs.embed_projects()
    held = catalogue.catalogue()
    held.refresh()
    row = MatchText.objects.get(request=offer)
    score = held.why_not(alerts.wish_of(SavedSearch.objects.first()).for_requests(), f"{row.pk}", 1).score
    # a score that is likely, not strong
    monkeypatch.setattr(matchmaking, "STRONG_REQUEST", score + 0.01)
    monkeypatch.setattr(matchmaking, "LIKELY_REQUEST", score)
    jobs.tell_searches(request_id=offer.pk)
    assert {alert.search.name for alert in SearchAlert.objects.all()} == {"all", "likely"}


def test_a_paused_search_tells_nothing_and_a_resumed_one_what_comes_after(desk, save, toy):
    search = save()
    actions.pause_search(desk.broker, search)
    publish_and_work(desk)
    assert not SearchAlert.objects.exists()
    actions.resume_search(desk.broker, search)
    publish_and_work(desk, title="Toinen valimo")
    assert SearchAlert.objects.count() == 1


def project(desk, number: str, region: str = "FI1C") -> Project:
    made = Project.objects.create(source="t", number=number, title=CASTING[0], summary=CASTING[1], language="en")
    partner = Organisation.objects.create(name=f"Partner {number}", country="FI", region=desk.cast.regions[region])
    Participation.objects.create(project=made, organisation=partner)
    return made


def test_projects_loaded_later_are_told_once_and_those_that_were_there_never(desk, save, toy):
    project(desk, "1")
    jobs.embed_projects()
    search = save()
    assert alerts.tell_of_projects() == 0
    later = project(desk, "2")
    jobs.embed_projects()
    alert = SearchAlert.objects.get()
    assert (alert.project, alert.organisation.name) == (later, "Partner 2")
    jobs.embed_projects()
    SavedSearch.objects.filter(pk=search.pk).update(newest_text=0)
    alerts.tell_of_projects()
    assert SearchAlert.objects.filter(project=later).count() == 1


def test_an_organisation_of_the_own_region_is_not_told(desk, save, toy):
    save()
    project(desk, "1", "PL84")
    jobs.embed_projects()
    assert not SearchAlert.objects.exists()


def test_telling_costs_the_same_number_of_queries_with_one_search_and_with_twelve(desk, save, toy):
    def cost(offer: Request) -> int:
        catalogue.catalogue().refresh()
        with CaptureQueriesContext(connection) as counted:
            alerts.tell_of_request(offer.pk)
        return len(counted)

    save("0")
    first = desk.offer_abroad()
    jobs.embed_projects()
    one = cost(first)
    for n in range(1, 12):
        save(f"{n}")
    second = desk.published(FOUNDRY, by=desk.abroad, region="FI1C", title="Toinen")
    jobs.embed_projects()
    assert cost(second) == one
    assert SearchAlert.objects.filter(request=second).count() == 12


# Who reads what


def names() -> set[str]:
    return {*SavedSearch.objects.values_list("name", flat=True)}


def test_the_database_shows_a_search_and_its_alerts_to_its_own_agency_alone(desk, save, toy, application_role):
    own, other = (f"{desk.cast.agencies[code].pk}" for code in ("PL84", "FI1C"))
    with see_as(own):
        save("ours")
    with see_as(other):
        save("theirs", region="FI1C", by=desk.abroad)
        offer = desk.offer_abroad()
    # the worker tells it although nobody is signed in there
    assert names() == set()
    jobs.tell_searches(request_id=offer.pk)
    assert not SearchAlert.objects.exists()
    with see_as(own):
        assert names() == {"ours"}
        assert SearchAlert.objects.get().request == offer
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            SavedSearch.objects.update(agency=desk.cast.agencies["FI1C"])
    with see_as(other):
        assert names() == {"theirs"}
        assert not SearchAlert.objects.exists()
        assert SavedSearch.objects.filter(name="ours").update(name="spoilt") == 0
    with see_as(other), pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        save("forged")


def test_the_pages_show_a_search_to_its_own_agency_alone(desk, save, toy, signed_in, application_role):
    with see_as(f"{desk.cast.agencies['PL84'].pk}"):
        search = save()
    url = search.get_absolute_url()
    assert NEED in page_of(signed_in().get(url))
    assert search.name in page_of(signed_in().get(reverse("brokerage:searches")))
    for who in ("broker abroad", "lead_partner"):
        assert signed_in(who).get(url).status_code == 404
        assert search.name not in page_of(signed_in(who).get(reverse("brokerage:searches")))
        for name in ("pause_search", "resume_search", "delete_search", "mark_alerts_seen", "edit_search"):
            assert signed_in(who).post(reverse(f"brokerage:{name}", args=[search.pk])).status_code == 404
    assert signed_in("reader").get(reverse("brokerage:searches")).status_code == 403


def test_neither_an_audit_note_nor_a_job_holds_the_need(desk, save, toy):
    from procrastinate.contrib.django.models import ProcrastinateJob

    actions.delete_search(desk.broker, save("Tajna"))
    save("Tajna")
    publish_and_work(desk)
    kept = [f"{n.label} {n.detail} {n.reason}" for n in AuditNote.objects.all()]
    kept += [f"{job.args}" for job in ProcrastinateJob.objects.all()]
    assert kept and not any("Tajna" in line for line in kept)


@pytest.mark.parametrize("verb", ["edit", "pause", "resume", "delete", "seen"])
def test_no_verb_is_open_to_another_agency(desk, save, toy, verb):
    search = save()
    acts = {
        "edit": lambda: actions.edit_search(desk.abroad, search, name="x", wish=Wish("x"), threshold="likely"),
        "pause": lambda: actions.pause_search(desk.abroad, search),
        "resume": lambda: actions.resume_search(desk.abroad, search),
        "delete": lambda: actions.delete_search(desk.abroad, search),
        "seen": lambda: actions.mark_alerts_seen(desk.abroad, search),
    }
    with pytest.raises(Forbidden):
        acts[verb]()
    with pytest.raises(Forbidden):
        save(by=desk.abroad)


# What a broker does


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "  "}, "Give the search a name"),
        ({"text": " "}, "Write what is needed first"),
        ({"text": "x" * 50_001}, "too long"),
        ({"threshold": "any"}, "from which strength"),
    ],
)
def test_a_search_that_cannot_be_kept_is_refused_in_one_sentence(desk, save, toy, changes, said):
    with pytest.raises(Refused, match=said):
        save(**changes)
    assert not SavedSearch.objects.exists()


def test_the_same_search_saved_by_a_second_click_is_one(desk, save, toy):
    assert save() == save()
    assert save("another") != save()


def test_a_search_is_saved_from_the_page_and_without_a_name_nothing_typed_is_lost(desk, toy, signed_in):
    client, url = signed_in(), reverse("brokerage:find")
    asked = {"text": NEED, "want": "offer", "countries": ["FI"], "threshold": "strong", "act": "save"}
    refused = client.post(url, asked | {"name": " "})
    assert refused.status_code == 400
    assert "Give the search a name" in page_of(refused) and NEED in page_of(refused)
    saved = client.post(url, asked | {"name": "Odlewnia dla N."})
    search = SavedSearch.objects.get()
    assert saved.url == search.get_absolute_url()
    assert (search.name, search.text, search.countries, search.threshold) == ("Odlewnia dla N.", NEED, ["FI"], "strong")
    assert (search.language, search.agency, search.broker) == ("pl", desk.cast.agencies["PL84"], desk.broker)


def test_a_search_is_changed_paused_and_deleted_after_a_question(desk, save, toy, signed_in):
    search, client = save(), signed_in()
    edit = reverse("brokerage:edit_search", args=[search.pk])
    assert NEED in page_of(client.get(edit))
    typed = {"name": "Changed", "threshold": "strong", "text": "Valimo", "want": "", "types": ["business_offer"]}
    faulty = client.post(edit, typed | {"name": ""})
    assert faulty.status_code == 400 and "Valimo" in page_of(faulty)
    client.post(edit, typed)
    changed = SavedSearch.objects.get()
    assert (changed.name, changed.text, changed.want, changed.types) == ("Changed", "Valimo", "", ["business_offer"])
    client.post(reverse("brokerage:pause_search", args=[search.pk]))
    assert SavedSearch.objects.get().state == "paused"
    client.post(reverse("brokerage:resume_search", args=[search.pk]))
    assert SavedSearch.objects.get().state == "active"
    delete = reverse("brokerage:delete_search", args=[search.pk])
    assert "Delete this search?" in page_of(client.get(delete))
    assert SavedSearch.objects.exists()
    assert client.post(delete).url == reverse("brokerage:searches")
    assert not SavedSearch.objects.exists()


def test_what_is_new_stands_on_today_and_in_the_list_until_it_is_marked_as_seen(desk, save, toy, signed_in):
    search, client = save(), signed_in()
    offer = publish_and_work(desk)
    today, listed, shown = reverse("today"), reverse("brokerage:searches"), search.get_absolute_url()
    assert f"New partners for the saved search: {search.name}" in page_of(client.get(today))
    assert search.name not in page_of(signed_in("broker abroad").get(today))
    assert client.get(listed).context["page"][0].new == 1
    page = page_of(client.get(shown))
    assert offer.title in page and "new since you looked" in page and "Need ↔ offer" in page
    client.post(reverse("brokerage:mark_alerts_seen", args=[search.pk]))
    assert "New partners for" not in page_of(client.get(today))
    page = page_of(client.get(shown))
    assert offer.title in page and "new since you looked" not in page
    assert client.get(listed).context["page"][0].new == 0


def test_a_request_that_was_taken_back_is_not_shown_as_found(desk, save, toy, signed_in):
    search, client = save(), signed_in()
    offer = publish_and_work(desk)
    actions.withdraw_request(desk.abroad, offer)
    assert offer.title not in page_of(client.get(search.get_absolute_url()))
    assert "New partners for" not in page_of(client.get(reverse("today")))
    assert client.get(reverse("brokerage:searches")).context["page"][0].new == 0


@pytest.mark.parametrize("sort", ["name", "-name", "saved", "-new", "latest", "-latest", "nonsense", ""])
def test_the_list_is_searched_and_sorted(desk, save, toy, signed_in, sort):
    first, second = save("Aaa"), save("Zzz", text="Inna potrzeba")
    listed = signed_in().get(reverse("brokerage:searches"), {"sort": sort}).context["page"].object_list
    assert {*listed} == {first, second}
    if "name" in sort:
        assert [*listed] == ([second, first] if sort.startswith("-") else [first, second])
    found = signed_in().get(reverse("brokerage:searches"), {"q": "inna"}).context["page"].object_list
    assert [*found] == [second]
    actions.pause_search(desk.broker, first)
    paused = signed_in().get(reverse("brokerage:searches"), {"state": "paused"}).context["page"].object_list
    assert [*paused] == [first]


def test_lists_and_today_cost_the_same_number_of_queries_with_one_and_with_forty(desk, save, toy, signed_in):
    client = signed_in()
    search = save()
    urls = [reverse("brokerage:searches"), search.get_absolute_url(), reverse("today")]

    def costs() -> list[int]:
        made = []
        for url in urls:
            client.get(url)
            with CaptureQueriesContext(connection) as counted:
                assert client.get(url).status_code == 200
            made.append(len(counted))
        return made

    publish_and_work(desk)
    one = costs()
    for n in range(40):
        save(f"Search {n}")
    for n in range(8):
        publish_and_work(desk, title=f"Valimo {n}")
    project(desk, "1")
    jobs.embed_projects()
    # more than one page of searches brings the links to the others, and no query
    assert costs() == one


def test_a_saved_search_is_taken_up_again_by_the_page_of_finding(desk, save, toy, signed_in):
    search = save(countries=("FI",), types=("technology_offer",), own_region=True)
    offer = desk.offer_abroad()
    jobs.embed_projects()
    client = signed_in()
    again = client.get(search.get_absolute_url()).context["again"]
    sent: dict[str, list[Any]] = {}
    for name, value in again:
        sent.setdefault(name, []).append(value)
    answer = client.post(reverse("brokerage:find"), sent)
    wish = answer.context["wish"]
    assert (wish.text, wish.countries, wish.types, wish.own_region) == (NEED, ("FI",), ("technology_offer",), True)
    assert [p.title for p in answer.context["findings"].partners] == [offer.title]


def test_news_are_counted_without_reading_the_needs(desk, save, toy):
    save()
    publish_and_work(desk)
    with CaptureQueriesContext(connection) as counted:
        assert [s.new for s in queries.searches_with_news({desk.cast.agencies["PL84"].pk})] == [1]
    assert len(counted) == 1
    assert '"brokerage_savedsearch"."text"' not in counted[0]["sql"]


def test_a_job_for_a_request_that_is_gone_does_nothing(desk, save, toy):
    save()
    draft = desk.draft(CASTINGS)
    assert alerts.tell_of_request(draft.pk) == 0
    assert alerts.tell_of_request(0) == 0


@pytest.mark.heavy
def test_lists_cost_the_same_with_ten_thousand_searches(desk, save, toy, signed_in):
    client, search = signed_in(), save("Search 7")
    urls = [reverse("brokerage:searches"), reverse("brokerage:searches") + "?q=Search+7&sort=-new", reverse("today")]

    def costs() -> list[int]:
        made = []
        for url in urls:
            client.get(url)
            with CaptureQueriesContext(connection) as counted:
                assert client.get(url).status_code == 200
            made.append(len(counted))
        return made

    ten = costs()
    SavedSearch.objects.bulk_create(
        SavedSearch(agency=search.agency, broker=search.broker, name=f"Search {n}", text=NEED) for n in range(10_000)
    )
    assert costs() == ten
