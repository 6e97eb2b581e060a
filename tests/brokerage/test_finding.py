"""Find a partner: from a need in plain words to partners with reasons, and what a broker may change about it."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from hansa.brokerage import absence, actions, catalogue, finding, jobs, marks, matchmaking, reweighing, shelving
from hansa.brokerage.finding import Wish
from hansa.brokerage.models import MatchText, Request
from hansa.network.models import Organisation, Participation, Project
from tests.brokerage.conftest import CASTINGS, FOUNDRY
from tests.brokerage.test_matchmaking import BREAD, CASTING, Toy

pytestmark = pytest.mark.django_db
NEED = "Szukamy odlewni cienkościennych obudów z aluminium. Serie do 2000 sztuk, ścianka 1,5 mm."


@pytest.fixture
def toy(small_home, monkeypatch):
    """Vectors from letters, and every score high enough to be shown."""
    monkeypatch.setattr(catalogue, "engine", lambda: catalogue.Engine(Toy()))
    for lowest in ("LOWEST", "LOWEST_REQUEST"):
        monkeypatch.setattr(matchmaking, lowest, 0.0)
    catalogue._held.clear()


@pytest.fixture
def project(cast):
    """Make a project with its partners: (region code, country, role) each."""

    def make(told=CASTING, partners=(("FI1C", "FI", ""),), number="1"):
        made = Project.objects.create(
            source="test", number=number, acronym=f"P{number}", title=told[0], summary=told[1], language="en", year=2021
        )
        for place, (region, country, role) in enumerate(partners):
            organisation, _new = Organisation.objects.get_or_create(
                name=f"Partner {place} in {region or country}", country=country, region=cast.regions.get(region)
            )
            Participation.objects.create(project=made, organisation=organisation, role=role)
        return made

    return make


@pytest.fixture
def wish(desk):
    """A need of the agency in Podlaskie."""

    def make(**changes) -> Wish:
        agency = desk.cast.agencies["PL84"]
        asked = {"text": NEED, "agency_id": agency.pk, "region": agency.region, "language": "pl", "want": "offer"}
        return Wish(**(asked | changes))

    return make


@pytest.fixture
def market(desk, project, toy):
    """An offer from Finland, one from the own region, a project with partners abroad and at home, and one off the
    subject."""
    offer = desk.offer_abroad()
    own = desk.published(replace(FOUNDRY, language="pl", title="Odlewnia aluminium z Podlasia"))
    casting = project(CASTING, [("FI1C", "FI", "coordinator"), ("PL84", "PL", ""), ("", "PL", ""), ("", "SE", "")], "1")
    bread = project(BREAD, [("DE60", "DE", "")], "2")
    jobs.embed_projects()
    return {"offer": offer, "own": own, "casting": casting, "bread": bread}


@pytest.fixture
def signed_in(desk, small_home):
    def sign_in(name: str = "broker") -> Client:
        client = Client()
        client.force_login(desk.cast.people[name].user)
        return client

    return sign_in


def page_of(response) -> str:
    return html.unescape(response.content.decode())


def keys(findings) -> list[str]:
    return [partner.key for partner in findings.partners]


def test_requests_and_organisations_of_other_regions_come_with_reasons_and_the_own_region_does_not(market, wish):
    found = finding.find(wish())
    titles = {partner.title for partner in found.partners}
    assert titles == {market["offer"].title, "Partner 0 in FI1C", "Partner 3 in SE", "Partner 0 in DE60"}
    assert [partner.place for partner in found.partners] == [1, 2, 3, 4]
    assert [partner.score for partner in found.partners] == sorted((p.score for p in found.partners), reverse=True)
    for partner in found.partners:
        assert sum(reason["contribution"] for reason in partner.reasons) == pytest.approx(partner.score, abs=1e-6)
        assert partner.strength in ("strong", "likely", "possible")


def test_the_own_region_is_included_when_asked_for(market, wish):
    titles = {partner.title for partner in finding.find(wish(own_region=True)).partners}
    assert {market["own"].title, "Partner 1 in PL84"} <= titles


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({"types": ("technology_offer",)}, {"offer"}),
        ({"types": ("technology_request",)}, set()),
        ({"types": (finding.ORGANISATION,)}, {"FI", "SE", "DE"}),
        ({"countries": ("FI",)}, {"offer", "FI"}),
        ({"place": "DE60"}, {"DE"}),
        ({"languages": ("en",)}, {"FI", "SE", "DE"}),
        ({"languages": ("fi",)}, {"offer"}),
    ],
    ids=lambda value: str(sorted(value) if isinstance(value, set) else value),
)
def test_each_filter_keeps_what_answers_it(market, wish, changes, left):
    found = finding.find(wish(**changes)).partners
    assert {"offer" if p.organisation is None else p.country for p in found} == left


def test_a_priority_keeps_its_own_requests_and_no_organisation(desk, market, wish):
    from hansa.strategy.models import Priority

    other = Priority.objects.create(
        number=8, run=desk.priority.run, kind="shared", title="Food", domains=["10"], score=0.5
    )
    assert {p.title for p in finding.find(wish(priority=desk.priority)).partners} == {market["offer"].title}
    assert finding.find(wish(priority=other)).partners == []


def test_a_priority_is_found_however_many_nearer_requests_serve_another(desk, market, wish, monkeypatch):
    """The index itself filters: nearer texts of another priority take no place from those looked for."""
    from hansa.strategy.models import Priority

    other = Priority.objects.create(
        number=8, run=desk.priority.run, kind="shared", title="Food", domains=["10"], score=0.5
    )
    for limit in ("MOST", "MOST_FILTERED"):
        monkeypatch.setattr(finding, limit, 1)
    further = desk.offer_abroad()
    Request.objects.filter(pk=further.pk).update(priority=other)
    shelving.write_request_text(Request.objects.get(pk=further.pk), again=True)
    matchmaking.embed_first([f"{MatchText.objects.get(request=further).pk}"])
    nearest = finding.find(wish(types=tuple(Request.Type.values)))
    assert [p.key for p in nearest.partners] == [f"r{market['offer'].pk}"]
    tied = finding.find(wish(priority=other))
    assert [p.key for p in tied.partners] == [f"r{further.pk}"]


def test_a_refused_partner_leaves_and_those_of_its_country_count_less(market, wish, desk):
    before = finding.find(wish())
    score = {partner.key: partner.score for partner in before.partners}
    offer = f"r{market['offer'].pk}"
    after = finding.find(wish(), [(offer, "wrong_region")])
    assert offer not in keys(after)
    assert [partner.key for partner in after.refused] == [offer]
    for partner in after.partners:
        factor = 0.5 if partner.country == "FI" else 1.0
        assert partner.score == pytest.approx(factor * score[partner.key])
        assert sum(reason["contribution"] for reason in partner.reasons) == pytest.approx(partner.score, abs=1e-6)
    lowered = next(partner for partner in after.partners if partner.country == "FI")
    assert "region_declined" in {reason["code"] for reason in lowered.against}
    assert keys(finding.find(wish(), [])) == keys(before)


def test_more_like_this_lifts_what_is_like_it_and_says_so(market, wish):
    before = finding.find(wish())
    bread = next(partner for partner in before.partners if partner.country == "DE")
    after = finding.find(wish(), [(bread.key, None)])
    was = {partner.key: partner.score for partner in before.partners}
    gained = {partner.key: partner.score - was[partner.key] for partner in after.partners}
    assert gained[bread.key] == max(gained.values()) > 0
    lifted = next(partner for partner in after.partners if partner.key == bread.key)
    assert "nearer_by_feedback" in {reason["code"] for reason in lifted.reasons}
    for partner in after.partners:
        assert sum(reason["contribution"] for reason in partner.reasons) == pytest.approx(partner.score, abs=1e-6)
    assert [partner.key for partner in after.liked] == [bread.key]


def test_not_like_this_for_its_subject_lowers_what_is_like_it(market, wish):
    before = {partner.key: partner.score for partner in finding.find(wish()).partners}
    casting = next(key for key in before if key.startswith("o"))
    after = finding.find(wish(), [(casting, "wrong_topic")])
    assert casting not in keys(after)
    assert all(partner.score <= before[partner.key] + 1e-9 for partner in after.partners)
    assert any(partner.score < before[partner.key] - 1e-9 for partner in after.partners)


def test_a_priority_is_asked_of_the_index_and_not_sifted_afterwards(desk, market, wish, monkeypatch):
    """Were it sifted afterwards, requests of another priority would take the places of those asked for."""
    from hansa.strategy.models import Priority

    other = Priority.objects.create(number=8, run=desk.priority.run, kind="shared", title="Food", domains=[], score=0.5)
    bread = replace(FOUNDRY, title="Leipomo", summary="Leivomme ruisleipää hapanjuuresta pienissä erissä.")
    last = desk.published(bread, by=desk.abroad, region="FI1C")
    actions.edit_request(desk.abroad, last, priority=other, text=bread)
    jobs.embed_projects()
    monkeypatch.setattr(finding, "MOST", 1)
    best = finding.find(wish(types=("technology_offer",))).partners
    assert [p.request for p in best] == [market["offer"]]
    assert [p.request for p in finding.find(wish(priority=other, types=("technology_offer",))).partners] == [last]
    told = absence.why_not(wish(priority=other), f"r{market['offer'].pk}", {}, {})
    assert told.sentences.count("It is tied to another priority than the one chosen.") == 1


def test_more_like_this_moves_the_query_itself(desk, market, wish):
    plain = finding.find(wish(types=(finding.ORGANISATION,)))
    bread = next(partner for partner in plain.partners if partner.country == "DE")
    moved = finding.find(wish(types=(finding.ORGANISATION,)), [(bread.key, None)])
    held = catalogue.catalogue()
    again = held.search(wish().for_projects(liked_ids=(bread.hit.id,)), limit=finding.MOST)
    assert {p.hit.id: p.score for p in moved.partners} == {hit.id: pytest.approx(hit.score) for hit in again}
    assert {p.hit.id: p.score for p in plain.partners} != {p.hit.id: p.score for p in moved.partners}


def test_a_partner_that_an_earlier_judgement_brought_moves_the_query_too(market, wish, monkeypatch):
    before = finding.find(wish())
    offer = next(p for p in before.partners if p.request is not None)
    bread = next(p for p in before.partners if p.country == "DE")
    real, asked_for = finding.searched, []

    def shy(held, asked, **moves):
        asked_for.append(moves)
        return [hit for hit in real(held, asked, **moves) if moves or hit.id != bread.hit.id]

    monkeypatch.setattr(finding, "searched", shy)
    finding.find(wish(), [(offer.key, None), (bread.key, None)])
    assert [moves.get("liked_ids", ()) for moves in asked_for] == [
        (), (offer.hit.id,), (offer.hit.id, bread.hit.id),
    ]  # fmt: skip


def test_what_was_refused_can_be_taken_back_although_the_query_moved_away(market, wish, monkeypatch):
    before = finding.find(wish())
    bread = next(partner for partner in before.partners if partner.country == "DE")
    real = finding.searched

    def without_bread(held, asked, **moves):
        return [hit for hit in real(held, asked, **moves) if not moves or hit.id != bread.hit.id]

    monkeypatch.setattr(finding, "searched", without_bread)
    after = finding.find(wish(), [(bread.key, "wrong_topic")])
    assert bread.key not in keys(after) and [partner.key for partner in after.refused] == [bread.key]


def test_other_weights_rank_the_same_partners_anew_and_the_usual_ones_change_nothing(market, wish):
    usual = finding.find(wish())
    weights = dict(reweighing.weights_in_use().signal_weights())
    same = finding.find(wish(), weights=weights)
    assert keys(same) == keys(usual)
    for one, other in zip(usual.partners, same.partners, strict=True):
        assert other.score == pytest.approx(one.score, abs=1e-6)
    spelled = finding.find(wish(), weights=dict.fromkeys(weights, 0.0) | {"spelling": 1.0})
    assert {*keys(spelled)} == {*keys(usual)}
    assert [p.score for p in spelled.partners] != [p.score for p in usual.partners]
    assert sorted(p.was for p in spelled.partners) == [1, 2, 3, 4]


def test_an_open_need_finds_both_sides(market, wish):
    assert f"r{market['offer'].pk}" in keys(finding.find(wish(want="")))


def test_finding_costs_the_same_number_of_queries_however_much_there_is(desk, market, wish):
    def cost() -> int:
        catalogue.catalogue().refresh()
        with CaptureQueriesContext(connection) as counted:
            finding.find(wish())
        return len(counted)

    few = cost()
    for n in range(12):
        desk.published(FOUNDRY, by=desk.abroad, region="FI1C", title=f"Valimo numero {n}")
    jobs.embed_projects()
    assert len(finding.find(wish()).partners) > 10
    assert cost() == few


def test_why_not_says_which_filter_left_somebody_out(market, wish):
    found = finding.find(wish())
    places = {partner.key: partner.place for partner in found.partners}
    own = absence.why_not(wish(), f"r{market['own'].pk}", places, {})
    assert own is not None
    assert "It is your own agency’s." in own.sentences
    assert "It is in your own region, which is left out." in own.sentences
    home = Organisation.objects.get(name="Partner 1 in PL84")
    told = absence.why_not(wish(), f"o{home.pk}", places, {})
    assert told is not None and any("own region" in sentence for sentence in told.sentences)
    silent = Organisation.objects.create(name="Silent", country="FI")
    told = absence.why_not(wish(), f"o{silent.pk}", places, {})
    assert told is not None and "None of its projects says enough of itself to be compared." in told.sentences
    assert absence.why_not(wish(), "r999999", places, {}) is None
    assert absence.why_not(wish(), "nonsense", places, {}) is None


def test_why_not_tells_the_place_and_what_each_part_lacks(market, wish, monkeypatch):
    monkeypatch.setattr(finding, "MOST", 1)
    offer = market["offer"]
    other = Request.objects.exclude(pk__in=[offer.pk, market["own"].pk]).first()
    assert other is None
    bread = Organisation.objects.get(name="Partner 0 in DE60")
    found = finding.find(wish(types=(finding.ORGANISATION,)))
    assert f"o{bread.pk}" not in keys(found)
    told = absence.why_not(wish(), f"o{bread.pk}", {}, {})
    assert told is not None
    assert any("at best place 2 of the projects" in sentence for sentence in told.sentences)
    held = catalogue.catalogue()
    key = f"{MatchText.objects.get(project=market['bread']).pk}"
    answer = held.why_not(wish().for_projects(), key, 1)
    assert sum(answer.behind.values()) == pytest.approx(answer.last.score - answer.score, abs=1e-6)
    assert {name for name, _gap in told.behind} <= {"meaning", "spelling", "shared subjects", "need and offer"}
    assert told.reasons


# The page


def asked(**changes):
    return {"text": NEED, "want": "offer"} | changes


def test_switching_the_language_keeps_what_was_typed(market, signed_in, desk):
    client, url = signed_in(), reverse("brokerage:find")
    liked = f"r{market['offer'].pk}:liked"
    typed = asked(countries=["FI"], priority=desk.priority.pk, said=[liked], switch="pl")
    answer = client.post(url, typed)
    page = page_of(answer)
    assert answer.status_code == 200 and '<html lang="pl">' in page and f">\n{NEED}</textarea>" in page
    assert answer.context["form"]["countries"].value() == ["FI"] and f'value="{liked}"' in page
    assert answer.context["form"]["priority"].value() == f"{desk.priority.pk}"
    assert market["offer"].title in page
    assert '<html lang="pl">' in page_of(client.get(url)), "the choice stays"
    empty = client.post(url, {"text": "", "countries": ["FI"], "switch": "en"})
    assert empty.status_code == 200 and 'class="faults"' not in page_of(empty)
    assert '<html lang="en">' in page_of(empty) and empty.context["form"]["countries"].value() == ["FI"]
    assert '<html lang="en">' in page_of(client.post(url, asked(switch="xx")))


def test_enter_looks_for_partners_and_does_not_switch_the_language(desk, signed_in):
    page = page_of(signed_in().get(reverse("brokerage:find")))
    first = page[page.index("<button") - len("<div hidden>") :]
    assert first.startswith('<div hidden><button form="find">'), "the Enter key presses the first button of a form"


def test_the_page_keeps_the_need_out_of_the_address(desk, market, signed_in):
    client = signed_in()
    answer = client.post(reverse("brokerage:find"), asked())
    assert answer.status_code == 200
    page = page_of(answer)
    assert market["offer"].title in page
    assert f">\n{NEED}</textarea>" in page
    assert "Language of your text: Polish." in page
    assert "Your own region is left out: Podlaskie." in page
    assert "Szukamy" not in "".join(re.findall(r'(?:href|action|formaction)="([^"]*)"', page))
    assert "no-cache" in answer["Cache-Control"] and "private" in answer["Cache-Control"]
    # what comes with an address is never taken for a need
    assert NEED not in page_of(client.get(reverse("brokerage:find"), {"text": NEED}))


def test_both_texts_show_what_ties_them(desk, signed_in, market, monkeypatch):
    def told(hit, held):
        reasons = [reason.as_json() for reason in hit.reasons]
        pair = {"query_phrase": "odlewni cienkościennych obudów", "document_phrase": "Valimo tarjoaa alumiinin"}
        return [*reasons, {"signal": "meaning", "contribution": 0.0, "code": "same_meaning", "params": pair}]

    monkeypatch.setattr(matchmaking, "told", told)
    page = page_of(signed_in().post(reverse("brokerage:find"), asked(types=["technology_offer"])))
    assert "<mark>odlewni cienkościennych obudów</mark>" in page
    assert "<mark>Valimo tarjoaa alumiinin</mark>" in page


def test_verdicts_are_kept_by_the_form_and_can_be_taken_back(market, signed_in):
    client, url, key = signed_in(), reverse("brokerage:find"), f"r{market['offer'].pk}"
    refused = client.post(url, asked(judge=f"{key}:wrong_topic"))
    assert f'name="said" value="{key}:wrong_topic"' in page_of(refused)
    assert [p.key for p in refused.context["findings"].refused] == [key]
    again = client.post(url, asked(text=NEED + " Pilne.", said=[f"{key}:wrong_topic"]))
    assert [p.key for p in again.context["findings"].refused] == [key]
    back = client.post(url, asked(said=[f"{key}:wrong_topic"], unjudge=key))
    assert back.context["findings"].refused == []
    assert key in [p.key for p in back.context["findings"].partners]
    forged = client.post(url, asked(said=["r1:nonsense", "x9:other", "r:other", "'; drop table", f"r{'9' * 40}:other"]))
    assert forged.status_code == 200 and 'name="said"' not in page_of(forged)


def test_weights_that_are_no_numbers_get_one_sentence_and_nothing_is_lost(market, signed_in):
    client, url = signed_in(), reverse("brokerage:find")
    for given_, said in (
        ({"w-meaning": "much"}, "The weight of “meaning” must be a number from 0 to 5."),
        ({"w-meaning": "nan"}, "The weight of “meaning” must be a number from 0 to 5."),
        ({"w-concepts": "-1"}, "The weight of “shared subjects” must be a number from 0 to 5."),
        (dict.fromkeys(("w-meaning", "w-concepts", "w-spelling", "w-domains"), "0"), "All weights are 0"),
    ):
        answer = client.post(url, asked(**given_))
        assert answer.status_code == 400
        assert said in page_of(answer) and NEED in page_of(answer)
        for parameter, value in given_.items():
            assert re.search(rf'name="{parameter}" value="{value}"', page_of(answer))
    tried = client.post(url, asked(**{"w-spelling": "3"}))
    assert "What if: other weights than usual." in page_of(tried)
    assert "What if: other weights" not in page_of(client.post(url, asked(**{"w-spelling": "3"}, act="usual")))


@pytest.mark.parametrize(
    "text",
    ["", "   \n ", "x" * 50_001],
    ids=["empty", "blank", "too long"],
)
def test_a_need_that_cannot_be_compared_is_refused_and_kept(market, signed_in, text):
    answer = signed_in().post(reverse("brokerage:find"), asked(text=text))
    assert answer.status_code == 400
    assert text.strip() in page_of(answer)


@pytest.mark.parametrize(
    "text",
    [
        "?",
        "odlewnia",
        "🙂🙂",
        "<script>alert(1)</script> odlewnia",
        "'; DROP TABLE x; -- & | !",
        "שלום עולם",
        "ó\r\n" * 9_000,
    ],
    ids=["mark", "word", "emoji", "html", "sql", "rtl", "line ends"],
)
def test_strange_needs_do_no_harm(market, signed_in, text):
    answer = signed_in().post(reverse("brokerage:find"), asked(text=text))
    assert answer.status_code == 200
    assert "<script>alert" not in answer.content.decode()


def test_the_file_holds_the_partners_of_the_list_with_their_reasons(market, signed_in):
    answer = signed_in().post(reverse("brokerage:find"), asked(act="csv"))
    lines = b"".join(answer).decode().splitlines()
    assert lines[0].startswith("\ufeffplace,kind,reference,title,region,country,language,strength,score,for,against")
    assert len(lines) == 5
    assert any(market["offer"].reference in line and "Need ↔ offer" in line for line in lines)
    assert NEED not in answer["Content-Disposition"]


def test_a_reader_of_polish_finds_no_english_on_the_page(desk, market, wish, signed_in):
    from tests.site.test_translations import english_on

    client, url = signed_in(), reverse("brokerage:find")
    own = f"r{market['own'].pk}"
    records = [NEED, *CASTING, *BREAD, FOUNDRY.title, FOUNDRY.summary]
    keys_ = keys(finding.find(wish()))
    typed = asked(
        sought="Odlewnia aluminium", why=own, judge=f"{keys_[0]}:wrong_region", said=[f"{keys_[-1]}:liked"]
    ) | {"w-spelling": "2"}
    assert not english_on(client.post(url, typed, headers={"Accept-Language": "pl"}).content.decode(), records)
    assert english_on(client.post(url, typed, headers={"Accept-Language": "en"}).content.decode(), records)


def test_the_list_is_paged_by_the_form(desk, market, signed_in):
    for n in range(12):
        desk.published(FOUNDRY, by=desk.abroad, region="FI1C", title=f"Valimo numero {n}")
    jobs.embed_projects()
    client, url = signed_in(), reverse("brokerage:find")
    first, second = client.post(url, asked()), client.post(url, asked(page="2"))
    assert len(first.context["partners"]) == 10
    assert len(second.context["partners"]) == 6
    shown = [each.partner.place for answer in (first, second) for each in answer.context["partners"]]
    assert shown == [*range(1, 17)]


def test_somebody_missing_is_looked_up_and_explained_on_the_page(market, signed_in):
    client, url = signed_in(), reverse("brokerage:find")
    page = page_of(client.post(url, asked(sought="Odlewnia aluminium z Podlasia")))
    assert f'name="why" value="r{market["own"].pk}"' in page
    told = page_of(client.post(url, asked(why=f"r{market['own'].pk}")))
    assert "It is in your own region, which is left out." in told
    assert "carries these words" in page_of(client.post(url, asked(sought="zzzz")))
    assert "not among the published" in page_of(client.post(url, asked(why="r0")))


def test_a_request_is_made_of_the_need_without_an_address_that_tells_it(desk, market, signed_in):
    long = "Szukamy odlewni aluminium. " + "Serie próbne i badania. " * 60
    answer = signed_in().post(reverse("brokerage:new_request"), asked(text=long, act="prefill", countries=["FI"]))
    assert answer.status_code == 200
    initial = answer.context["form"].initial
    assert initial["title"] == "Szukamy odlewni aluminium"
    assert initial["language"] == "pl"
    assert initial["type"] == "technology_request"
    assert initial["countries"] == ["FI"]
    assert len(initial["summary"]) <= 500 and initial["description"].startswith("Szukamy")
    assert "nothing is saved yet" in page_of(answer)
    assert Request.objects.count() == 2


@pytest.mark.parametrize(
    ("who", "status"),
    [("broker", 200), ("lead_partner", 200), ("analyst", 403), ("reader", 403), ("coordinator", 403)],
)
def test_only_brokers_and_lead_partners_look_for_partners(desk, signed_in, who, status):
    assert signed_in(who).get(reverse("brokerage:find")).status_code == status
    assert Client().get(reverse("brokerage:find")).status_code == 302


def test_the_page_is_linked_from_where_a_broker_comes_by(desk, signed_in):
    client, url = signed_in(), reverse("brokerage:find")
    for address in (reverse("brokerage:requests"), reverse("today"), reverse("search") + "?q=zzzz"):
        assert f'href="{url}"' in client.get(address).content.decode(), address
        assert f'href="{url}"' not in signed_in("reader").get(address).content.decode(), address


# The matches of a request


def test_other_weights_are_tried_on_stored_matches_without_a_new_search(desk, market, signed_in, monkeypatch):
    request = desk.published(CASTINGS)
    jobs.find_matches(request_id=request.pk)
    client, url = signed_in(), request.get_absolute_url()
    usual = client.get(url).context["matches"]
    monkeypatch.setattr(catalogue, "catalogue", lambda: 1 / 0)
    answer = client.get(url, {"w-meaning": "0", "w-spelling": "2"})
    assert answer.status_code == 200
    tried = answer.context["matches"]
    assert {each.match.pk for each in tried} == {each.match.pk for each in usual}
    scores = [each.tried for each in tried]
    assert scores == sorted(scores, reverse=True)
    assert "What if: other weights than usual." in page_of(answer)
    assert "What if: other weights" not in page_of(client.get(url))
    nothing = client.get(url, dict.fromkeys(("w-meaning", "w-concepts", "w-spelling", "w-domains"), "0"))
    assert nothing.status_code == 400
    assert "All weights are 0" in page_of(nothing)


def test_a_match_of_another_version_of_the_weights_keeps_its_place_and_says_so(desk, signed_in):
    match = desk.match()
    page = page_of(signed_in().get(match.request.get_absolute_url(), {"w-spelling": "2"}))
    assert "1 suggestion was computed with an earlier version of the weights" in page


# Marking


@pytest.mark.parametrize(
    ("text", "phrase", "marked_"),
    [
        ("We cast thin walls.", "thin walls", "thin walls"),
        ("We cast thin-\n  walls, often.", "thin walls", "thin-\n  walls"),
        ("We cast thin walls in small series", "thin walls in sma…", "thin walls in"),
        ("We cast Thin Walls", "thin walls of steel", "Thin Walls"),
        ("We cast thin walls", "walls", "walls"),
        ("We cast thin walls", "wall", None),
        ("We cast thin walls", "", None),
    ],
)
def test_a_phrase_is_found_where_it_stands(text, phrase, marked_):
    place = marks.place_of(text, phrase)
    assert (None if place is None else text[slice(*place)]) == marked_


def test_a_long_text_is_cut_to_what_stands_around_the_mark():
    text = "word " * 400 + "thin walls" + " word" * 400
    told = marks.marked(text, ["thin walls"])
    assert "<mark>thin walls</mark>" in told
    assert told.startswith("… word") and told.endswith("word …")
    assert len(told) < 2 * marks.AROUND + 60


@given(st.text(max_size=400), st.lists(st.text(max_size=60), max_size=3))
def test_marking_never_fails_and_lets_no_markup_through(text, phrases):
    told = marks.marked(text, phrases)
    without = told.replace("<mark>", "").replace("</mark>", "")
    assert "<" not in without
    if len(text) <= 2 * marks.AROUND:
        assert html.unescape(without) == text or "&" in text


def test_vectors_of_the_toy_are_of_unit_length():
    assert np.linalg.norm(Toy().embed_query(["abc"])[0]) == pytest.approx(1.0)
