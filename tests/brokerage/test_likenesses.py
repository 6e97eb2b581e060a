"""Requests that say nearly the same as another: found across languages, told to the agency alone, never in the way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from hansa.brokerage import actions, catalogue, jobs, likeness, queries
from hansa.brokerage.models import Likeness, LikenessSearch, Request
from hansa.network.models import AuditNote
from tests.brokerage.conftest import CASTINGS, FOUNDRY
from tests.brokerage.test_matchmaking import model, toy  # noqa: F401  (fixtures)
from tests.brokerage.test_pages import queries_of, signed_in, text  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db
DATA = Path(__file__).parents[1] / "matching" / "data"
ENGLISH = {
    "language": "en",
    "title": "We look for a foundry of thin-walled aluminium parts for ventilation units",
    "summary": "We need aluminium die castings with a wall of 1.5 mm, short series of up to 2000 pieces.",
}


def compared(request: Request) -> list[Likeness]:
    jobs.find_likenesses(request_id=request.pk)
    return queries.likenesses_of(request)


def pair(request: Request, other: Request, score: float = 0.6) -> Likeness:
    LikenessSearch.objects.update_or_create(request=request, defaults={"done_at": request.created_at})
    return Likeness.objects.create(request=request, other=other, score=score, method="m")


@pytest.fixture
def easy(toy, monkeypatch):  # noqa: F811
    monkeypatch.setattr(likeness, "NEARLY_SAME", 0.05)


def test_the_real_model_finds_the_same_need_in_another_language_and_leaves_others_alone(desk, model):  # noqa: F811
    same = desk.published(by=desk.abroad, region="FI1C", **ENGLISH)
    other = desk.published(
        by=desk.abroad,
        region="FI1C",
        language="en",
        title="Sourdough for rye bread",
        summary="A small bakery looks for a sourdough culture that keeps rye bread fresh for a week.",
    )
    found = compared(desk.draft())
    assert [one.other for one in found] == [same]
    assert other not in {one.other for one in found}
    assert sum(r["contribution"] for r in found[0].reasons) == pytest.approx(found[0].score, abs=1e-6)


@pytest.mark.parametrize(("half", "least"), [("development", 11), ("held-out", 9)])
def test_nearly_all_translations_of_a_text_reach_the_threshold(half, least, request):
    from benchmarks.likenesses import scores

    from hansa.matching import ConceptBridge, Index, LabelMeans, load_embedder
    from tests.cast import data_folder

    loaded = load_embedder()
    if loaded.embedder is None:
        pytest.skip(loaded.reason or "no model")
    bridge = ConceptBridge.from_folder(data_folder() / "classifications")
    kept = request.config.cache
    means = LabelMeans(
        loaded.embedder, bridge, kept.mkdir("hansa-label-means") / "labels.npz" if kept is not None else None
    )
    found = scores(Index(loaded.embedder, bridge, means), half)
    told = [kind for score, kind in found if score >= likeness.NEARLY_SAME]
    assert told.count("translation") >= least
    # 176 texts: a warning on another topic at most once in fifty
    assert told.count("other") <= 3


def test_the_translations_belong_to_texts_of_the_same_half():
    for half in ("development", "held-out"):
        known = {row["id"]: row for row in map(json.loads, (DATA / f"topics-{half}.jsonl").open(encoding="utf-8"))}
        for row in map(json.loads, (DATA / f"translations-{half}.jsonl").open(encoding="utf-8")):
            assert known[row["of"]]["lang"] != row["lang"]
            assert known[row["of"]]["topic"] == row["topic"]


def test_an_offer_never_warns_of_a_need_however_alike_the_words(desk, easy):
    desk.published()
    assert compared(desk.draft(CASTINGS, type="technology_offer")) == []
    assert compared(desk.draft(CASTINGS, type="business_request")) != []


def test_the_agency_s_own_drafts_are_compared_and_those_of_others_are_not(desk, easy):
    own = desk.draft()
    desk.draft(by=desk.abroad, region="FI1C")
    assert [one.other for one in compared(desk.draft())] == [own]


def test_a_request_is_never_like_itself(desk, easy):
    request = desk.published()
    assert compared(request) == []


def test_what_was_withdrawn_is_not_pointed_out_any_more(desk, easy):
    other = desk.published(by=desk.abroad, region="FI1C")
    draft = desk.draft()
    assert compared(draft)
    actions.withdraw_request(desk.abroad, other)
    assert queries.likenesses_of(draft) == []


def test_another_one_is_remembered_for_the_pair_with_who_and_when(desk, easy):
    other = desk.published(by=desk.abroad, region="FI1C")
    draft = desk.draft()
    [one] = compared(draft)
    actions.dismiss_likeness(desk.broker, one)
    [again] = compared(draft)
    assert again.dismissed_by == desk.broker and again.dismissed_at is not None
    actions.dismiss_likeness(desk.broker, again)
    assert AuditNote.objects.filter(verb="dismiss_likeness").count() == 1
    actions.restore_likeness(desk.broker, again)
    assert Likeness.objects.get(request=draft, other=other).dismissed_at is None


def test_between_two_requests_of_one_agency_a_dismissal_holds_both_ways(desk):
    one, other = desk.draft(), desk.draft()
    there, back = pair(one, other), pair(other, one)
    actions.dismiss_likeness(desk.broker, there)
    back.refresh_from_db()
    assert back.dismissed_by == desk.broker


def test_a_dismissal_by_one_agency_says_nothing_for_the_other(desk):
    mine, theirs = desk.published(), desk.published(by=desk.abroad, region="FI1C")
    there, back = pair(mine, theirs), pair(theirs, mine)
    actions.dismiss_likeness(desk.broker, there)
    back.refresh_from_db()
    assert back.dismissed_at is None


def test_a_changed_text_is_compared_anew_and_the_old_comparison_is_not_stored(desk, easy):
    desk.published(by=desk.abroad, region="FI1C")
    draft = desk.draft()
    Request.objects.filter(pk=draft.pk).update(title="Something else")
    assert likeness.find(draft) is False
    assert LikenessSearch.objects.get(request=draft).computing


def test_without_the_model_nothing_is_pointed_out_and_the_page_says_why(desk, small_home, monkeypatch, signed_in):  # noqa: F811
    monkeypatch.setattr(catalogue, "engine", lambda: catalogue.Engine(None))
    catalogue._held.clear()
    draft = desk.draft()
    assert compared(draft) == []
    page = text(signed_in().get(draft.get_absolute_url()))
    assert "Not compared with what others wrote: meaning across languages" in page


def test_the_warning_is_on_the_page_and_on_the_form_and_blocks_nothing(desk, signed_in):  # noqa: F811
    other = desk.published(by=desk.abroad, region="FI1C")
    draft = desk.draft()
    pair(draft, other)
    client = signed_in()
    for url in (draft.get_absolute_url(), reverse("brokerage:edit_request", args=[draft.reference])):
        page = text(client.get(url))
        assert "This may be written down already" in page and other.get_absolute_url() in page
    client.post(reverse("brokerage:publish", args=[draft.reference]))
    draft.refresh_from_db()
    assert draft.state == "published"


def test_nobody_outside_the_agency_reads_a_warning(desk, signed_in):  # noqa: F811
    mine = desk.published()
    pair(mine, desk.published(FOUNDRY, by=desk.abroad, region="FI1C"))
    for who in ("broker abroad", "lead_partner", "public"):
        client = signed_in(who)
        assert "This may be written down already" not in text(client.get(mine.get_absolute_url()))
        assert client.get(reverse("brokerage:alike", args=[mine.reference])).status_code == 404


def test_the_fragment_asks_again_only_while_it_is_computed(desk, signed_in):  # noqa: F811
    draft, client = desk.draft(), signed_in()
    url = reverse("brokerage:alike", args=[draft.reference])
    assert "hx-trigger" in text(client.get(url, headers={"HX-Request": "true"}))
    LikenessSearch.objects.filter(request=draft).update(done_at=draft.created_at)
    done = text(client.get(url, headers={"HX-Request": "true"}))
    assert "hx-trigger" not in done and "Nothing says nearly the same." in done
    assert client.get(url).status_code == 302


def test_the_buttons_dismiss_restore_and_compare(desk, signed_in):  # noqa: F811
    draft = desk.draft()
    one, client = pair(draft, desk.published(by=desk.abroad, region="FI1C")), signed_in()
    page = text(client.post(reverse("brokerage:dismiss_likeness", args=[one.pk]), follow=True))
    assert "is another one" in page and "1 set aside as another one" in page
    page = text(client.post(reverse("brokerage:restore_likeness", args=[one.pk]), follow=True))
    assert "This may be written down already" in page
    client.post(reverse("brokerage:compare", args=[draft.reference]))
    assert LikenessSearch.objects.get(request=draft).computing
    assert signed_in("broker abroad").post(reverse("brokerage:dismiss_likeness", args=[one.pk])).status_code == 403


def test_three_warnings_cost_no_more_queries_than_one(desk, signed_in):  # noqa: F811
    draft, client = desk.draft(), signed_in()
    pair(draft, desk.published(by=desk.abroad, region="FI1C"))
    one = queries_of(client, draft.get_absolute_url())
    for _each in range(2):
        pair(draft, desk.published(by=desk.abroad, region="FI1C"))
    assert queries_of(client, draft.get_absolute_url()) == one


def test_a_closed_request_is_not_compared(desk):
    from hansa.network.faults import Refused

    closed = actions.close_request(desk.broker, desk.published())
    with pytest.raises(Refused, match="draft or a published"):
        actions.compare_again(desk.broker, closed)


@pytest.mark.parametrize("client", [Client()])
def test_the_public_is_asked_to_sign_in_before_a_button_works(client, desk):
    one = pair(desk.draft(), desk.published(by=desk.abroad, region="FI1C"))
    assert client.post(reverse("brokerage:dismiss_likeness", args=[one.pk])).status_code == 302
    assert Likeness.objects.get(pk=one.pk).dismissed_at is None
