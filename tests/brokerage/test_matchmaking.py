"""From a published request to its partners abroad: the real model, and the rules around it without the model."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from hansa.brokerage import actions, catalogue, jobs, matchmaking
from hansa.brokerage.models import Match, MatchText, Request
from hansa.matching import Weights
from hansa.network.models import Organisation, Participation, Project
from tests.cast import data_folder

pytestmark = pytest.mark.django_db

CASTING = (
    "Thin-wall die casting of light metals",
    "The project develops high pressure die casting of aluminium parts with walls of 1.5 mm in small series, including "
    "simulation of mould filling, defects and quality control for ventilation and vehicle manufacturers in Europe.",
)
BREAD = (
    "Sourdough cultures for rye bread",
    "The project collects sourdough cultures of traditional bakeries, describes their microbiology and taste, and "
    "helps small bakeries to use them in breads that stay fresh for longer without any additives or preservatives.",
)


class Toy:
    """Vectors from the letters of a text: no meaning, but the same for the same text."""

    name, version, dimensions = "toy", "1", 384

    def embed_document(self, texts):
        rows = np.zeros((len(texts), 384), dtype=np.float32)
        for row, text in enumerate(texts):
            for letter in text.lower():
                rows[row, ord(letter) % 384] += 1
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)

    embed_query = embed_document


@pytest.fixture
def toy(small_home, monkeypatch):
    monkeypatch.setattr(catalogue, "engine", lambda: catalogue.Engine(Toy()))
    for lowest in ("LOWEST", "LOWEST_REQUEST"):
        monkeypatch.setattr(matchmaking, lowest, 0.0)
    catalogue._held.clear()


@pytest.fixture
def model(small_home):
    """The real embedding model, and official labels from which small catalogues get their language means."""
    from hansa import evidence
    from hansa.matching import load_embedder
    from hansa.strategy import figures

    labels = data_folder() / "classifications" / "nace_rev2_labels.parquet"
    loaded = load_embedder()
    if loaded.embedder is None:
        pytest.skip(f"the embedding model is not there: {loaded.reason}")
    about = evidence.Meta(title="NACE Rev. 2", classification="NACE Rev. 2", role="labels")
    figures.store().put_file("nace", labels, about)
    catalogue.forget()


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


def found(request) -> list[Match]:
    jobs.embed_projects()
    jobs.find_matches(request_id=request.pk)
    return list(Match.objects.filter(request=request).select_related("region", "organisation"))


def test_the_real_model_finds_the_foundry_abroad_before_the_bakery(desk, project, model):
    project(CASTING, [("FI1C", "FI", "coordinator")], "1")
    project(BREAD, [("DE60", "DE", "coordinator")], "2")
    offer, request = desk.offer_abroad(), desk.published()
    matches = found(request)
    scores = {m.other_request or m.region.code: m.score for m in matches}
    assert scores[offer] > scores.get("DE60", 0.0)
    assert scores["FI1C"] > scores.get("DE60", 0.0)
    assert Request.objects.get(pk=request.pk).missing_signals == []
    assert all(m.reasons and all(r["code"] for r in m.reasons) for m in matches)
    assert all(m.method.startswith(f"{Weights().version} · multilingual-e5-small") for m in matches)


def test_every_match_has_reasons_whose_contributions_add_up_to_the_score(desk, project, toy):
    project()
    desk.offer_abroad()
    matches = found(desk.published())
    assert matches
    for match in matches:
        assert match.reasons
        assert sum(r["contribution"] for r in match.reasons) == pytest.approx(match.score, abs=1e-6)


def test_nobody_of_the_own_region_or_of_an_unknown_place_in_the_own_country_is_suggested(desk, project, toy):
    desk.draft()
    project(CASTING, [("PL84", "PL", ""), ("", "PL", ""), ("", "", ""), ("", "SE", ""), ("LT00", "LT", "")])
    desk.published()
    matches = found(desk.published())
    assert {(m.region.code if m.region else "", m.country) for m in matches} == {("", "SE"), ("LT00", "LT")}


def test_target_countries_filter_only_when_the_broker_set_them(desk, project, toy):
    project(CASTING, [("FI1C", "FI", ""), ("LT00", "LT", "")])
    desk.offer_abroad()
    assert {m.country for m in found(desk.published())} == {"FI", "LT"}
    assert {m.country for m in found(desk.published(countries=["LT"]))} == {"LT"}


def test_a_project_gives_three_organisations_at_most_and_its_coordinator_first(desk, project, toy, cast):
    project(CASTING, [("FI1C", "FI", ""), ("DE60", "DE", ""), ("LT00", "LT", ""), ("", "SE", "coordinator")])
    matches = found(desk.published())
    assert len(matches) == 3
    assert matches[0].country == "SE"


def test_an_organisation_is_suggested_once_with_its_best_project(desk, project, toy):
    project(CASTING, number="1")
    project(BREAD, number="2")
    assert len(found(desk.published())) == 1


def test_at_most_thirty_matches_are_kept(desk, project, toy):
    for number in range(15):
        project((CASTING[0], f"{CASTING[1]} Part {number}."), [("", c, "") for c in ("SE", "DK", "NO")], str(number))
    for place, organisation in enumerate(Organisation.objects.filter(name__startswith="Partner")):
        assert place < 3
        assert organisation.country
    Organisation.objects.bulk_create(Organisation(name=f"Firm {n}", country="SE") for n in range(45))
    firms = list(Organisation.objects.filter(name__startswith="Firm"))
    Participation.objects.all().delete()
    for n, each in enumerate(Project.objects.order_by("pk")):
        Participation.objects.bulk_create(Participation(project=each, organisation=f) for f in firms[3 * n : 3 * n + 3])
    assert len(found(desk.published())) == 30


def test_what_a_broker_decided_stays_when_the_matches_are_made_again(desk, project, toy):
    project(CASTING, [("FI1C", "FI", ""), ("LT00", "LT", ""), ("DE60", "DE", "")])
    request = desk.published()
    first, second, third = found(request)
    actions.decline_match(desk.broker, first, refusal="known")
    actions.shortlist_match(desk.broker, second)
    Project.objects.all().delete()
    MatchText.objects.filter(project__isnull=False).delete()
    jobs.find_matches(request_id=request.pk)
    left = {m.pk: m.state for m in Match.objects.filter(request=request)}
    assert left == {first.pk: "declined", second.pk: "short_listed"}
    assert third.pk not in left


def test_a_withdrawn_request_is_not_found(desk, toy):
    offer = desk.offer_abroad()
    jobs.find_matches(request_id=offer.pk)
    request = desk.published()
    assert [m.other_request for m in found(request)] == [offer]
    actions.withdraw_request(desk.abroad, offer)
    jobs.find_matches(request_id=request.pk)
    assert not Match.objects.filter(request=request).exists()


def test_a_request_learns_of_a_later_one(desk, toy):
    from procrastinate.contrib.django.models import ProcrastinateJob

    request = desk.published()
    jobs.find_matches(request_id=request.pk)
    offer = desk.offer_abroad()
    ProcrastinateJob.objects.all()._raw_delete("default")
    jobs.find_matches(request_id=offer.pk)
    queued = [j.args["request_id"] for j in ProcrastinateJob.objects.filter(task_name="brokerage.find_matches")]
    assert queued == [request.pk]
    jobs.find_matches(request_id=request.pk)
    assert Match.objects.filter(request=request, other_request=offer).exists()


def test_two_requests_that_found_each_other_come_to_rest(desk, toy):
    """Looking for partners again is no news to anybody: else each search would call for the next one."""
    request = desk.published()
    assert matchmaking.find(request) == []
    offer = desk.offer_abroad()
    assert matchmaking.find(offer) == [request.pk]
    assert matchmaking.find(request) == []
    assert matchmaking.find(offer) == []


def test_nothing_is_stored_for_a_text_that_has_changed_meanwhile(desk, toy):
    request = desk.published()
    Request.objects.filter(pk=request.pk).update(title="Something else")
    assert matchmaking.store(request, [], "1 · toy", []) is False
    assert Request.objects.get(pk=request.pk).matched_at is None


def test_embedding_goes_on_where_it_stopped_and_never_twice(desk, project, toy, monkeypatch):
    monkeypatch.setattr(jobs, "BATCH", 2)
    for number in range(5):
        project((CASTING[0], f"{CASTING[1]} Part {number}."), number=str(number))
    jobs.embed_projects()
    assert MatchText.objects.filter(vector__isnull=True).count() == 3
    jobs.embed_projects(write_texts=False)
    jobs.embed_projects(write_texts=False)
    assert not MatchText.objects.filter(vector__isnull=True).exists()
    before = dict(MatchText.objects.values_list("pk", "updated_at"))
    jobs.embed_projects()
    assert dict(MatchText.objects.values_list("pk", "updated_at")) == before


def test_a_project_known_by_its_title_alone_is_left_out_until_more_is_said(desk, project, toy):
    bare = project(("DeTo - Developing Together", ""))
    catalogue.write_project_texts()
    assert not MatchText.objects.exists()
    Project.objects.filter(pk=bare.pk).update(summary=CASTING[1])
    assert catalogue.write_project_texts() == 1
    Project.objects.filter(pk=bare.pk).update(summary="")
    catalogue.write_project_texts()
    assert not MatchText.objects.exists()


def test_without_model_and_labels_the_page_learns_what_is_missing(desk, small_home, monkeypatch):
    monkeypatch.setattr(catalogue, "engine", lambda: catalogue.Engine(None))
    catalogue._held.clear()
    request = desk.published()
    jobs.find_matches(request_id=request.pk)
    assert set(Request.objects.get(pk=request.pk).missing_signals) == {"meaning", "concepts"}


@pytest.mark.parametrize(("score", "word"), [(0.9, "strong"), (0.28, "likely"), (0.05, "possible")])
def test_a_score_is_told_in_a_word(score, word):
    assert matchmaking.strength(score) == word


def test_a_municipality_is_not_abroad_for_the_region_around_it(cast):
    valga = SimpleNamespace(pk=1, code="EE-VALGA", country="EE", parent_id=7)
    around = SimpleNamespace(pk=7, code="EE008", country="EE", parent_id=None)
    here = SimpleNamespace(region=around, countries=[])
    assert not matchmaking.abroad(SimpleNamespace(region=valga, country="EE"), here)
    assert not matchmaking.abroad(
        SimpleNamespace(region=around, country="EE"), SimpleNamespace(region=valga, countries=[])
    )


def test_a_changed_type_turns_a_need_into_an_offer_for_everybody(desk, toy):
    from dataclasses import replace

    from tests.brokerage.conftest import CASTINGS, FOUNDRY

    offer = desk.published(replace(FOUNDRY, type="technology_request"), by=desk.abroad, region="FI1C")
    request = desk.published(CASTINGS)
    jobs.find_matches(request_id=request.pk)
    before = {r["code"] for r in Match.objects.get(request=request).reasons}
    actions.edit_request(desk.abroad, offer, priority=desk.priority, text=FOUNDRY)
    assert matchmaking.find(Request.objects.get(pk=offer.pk)) == [request.pk]
    jobs.find_matches(request_id=request.pk)
    after = {r["code"] for r in Match.objects.get(request=request).reasons}
    assert "need_meets_offer" in after - before


def test_a_request_that_nobody_has_matched_is_taken_up_again(desk, toy):
    """A search that failed for good leaves no trace but the missing answer; catching up finds that."""
    published = desk.published()
    Request.objects.filter(pk=published.pk).update(matched_at=None)
    assert matchmaking.unmatched() == [published.pk]
    jobs.find_matches(published.pk)
    assert matchmaking.unmatched() == []


def test_a_refusal_as_too_far_lowers_the_other_partners_of_that_country_next_time(desk, project, toy):
    project(CASTING, [("FI1C", "FI", ""), ("", "FI", ""), ("LT00", "LT", "")])
    request = desk.published()
    before = {m.pk: m.score for m in found(request)}
    refused, other = [m for m in found(request) if m.country == "FI"]
    actions.decline_match(desk.broker, refused, refusal="too_far")
    jobs.find_matches(request_id=request.pk)
    again = Match.objects.get(pk=other.pk)
    assert again.score < before[other.pk]
    assert "region_declined" in [reason["code"] for reason in again.reasons]
    lithuania = next(m for m in Match.objects.filter(request=request) if m.country == "LT")
    assert lithuania.score == pytest.approx(before[lithuania.pk])


def test_what_was_short_listed_moves_the_query(desk, project, toy):
    project(CASTING, [("FI1C", "FI", "")], "1")
    project(BREAD, [("LT00", "LT", "")], "2")
    request = desk.published()
    bakery = next(m for m in found(request) if m.country == "LT")
    actions.shortlist_match(desk.broker, bakery)
    assert matchmaking._examples(request)["liked_ids"] == (f"{MatchText.objects.get(project=bakery.project).pk}",)
    scores = {m.country: m.score for m in Match.objects.filter(request=request)}
    jobs.find_matches(request_id=request.pk)
    moved = {m.country: m.score for m in Match.objects.filter(request=request)}
    assert moved["FI"] != scores["FI"]


def test_the_partnerships_lift_reorders_and_says_so(desk, project, toy, cast):
    from hansa.brokerage.actions import set_lift

    project(CASTING, [("FI1C", "FI", "coordinator")], "1")
    project((CASTING[0], f"{CASTING[1]} Also bread, cultures and bakeries of small towns."), [("LT00", "LT", "")], "2")
    request = desk.published()
    first, second = found(request)
    set_lift(cast.people["lead_partner"], on=True, regions=[second.region.code], share=1.0, depth=10, source="test")
    jobs.find_matches(request_id=request.pk)
    codes = {m.pk: [r["code"] for r in m.reasons] for m in Match.objects.filter(request=request)}
    assert len(codes) == 2
    places = list(Match.objects.filter(request=request).order_by("rank").values_list("pk", flat=True))
    assert places == [second.pk, first.pk]
    assert "place_lifted" in codes[second.pk]
    assert "place_yielded" in codes[first.pk]


def test_the_ends_of_a_long_list_keep_the_requests_that_wait_for_an_answer():
    waiting = [matchmaking.Candidate(0.1, [], request=SimpleNamespace(pk=n)) for n in range(10)]
    many = [matchmaking.Candidate(0.9 - n / 100, [], organisation=SimpleNamespace(pk=n)) for n in range(40)]
    kept = matchmaking._cut([*many, *waiting], waiting)
    assert len(kept) == matchmaking.MOST_MATCHES
    assert kept[-10:] == waiting
    assert kept[:20] == many[:20]
