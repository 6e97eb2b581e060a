"""Ranking, filters, reasons and bookkeeping of an index."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.matching import CODES, Document, Index, Query, Weights, render
from tests.matching.conftest import CATALOGUE, HashEmbedder

NEED = "We look for a foundry that casts light metal housings for electric motors."


def ids(index: Index, **query: object) -> list[str]:
    return [hit.id for hit in index.search(Query("q", **({"text": NEED} | query)), limit=10)]  # type: ignore[arg-type]


def test_a_need_is_met_by_offers_before_other_needs(quick_index: Index) -> None:
    assert ids(quick_index)[0] == "d-need"
    wanting = ids(quick_index, want="offer")
    assert wanting.index("d-cast") < wanting.index("d-need")
    assert wanting.index("d-org") < wanting.index("d-need")
    assert ids(quick_index, want="request")[0] == "d-need"


def test_what_a_document_wants_says_more_than_its_kind() -> None:
    assert Document("a", "profile", "", "x", wants=("offer",)).stance == "request"
    assert Document("a", "offer", "", "x", wants=("offer",)).stance == "request"
    assert Document("a", "technology_offer", "", "x").stance == "offer"
    assert Document("a", "organisation", "", "x").stance == "offer"
    assert Document("a", "profile", "", "x").stance is None


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"kinds": ("organisation",)}, {"d-org"}),
        ({"regions": ("LT", "SE")}, {"d-need", "d-org"}),
        ({"exclude_regions": ("FI", "LT", "SE", "PL63")}, {"d-note"}),
        ({"exclude_ids": ("d-cast", "d-need", "d-org", "d-fish", "d-none")}, {"d-note"}),
        ({"only_domains": ("NACE:10",), "domains": ("NACE:10.20",)}, {"d-fish"}),
        ({"languages": ("fi",)}, set()),
    ],
)
def test_filters(quick_index: Index, filters: dict[str, object], expected: set[str]) -> None:
    assert set(ids(quick_index, **filters)) - {"d-none"} == expected


def test_a_document_of_unknown_region_is_neither_inside_nor_excluded(quick_index: Index) -> None:
    bread = {"text": "bread and cakes for bakeries"}
    assert "d-none" in ids(quick_index, exclude_regions=("FI",), **bread)
    assert "d-none" not in ids(quick_index, regions=("FI",), **bread)


def test_nobody_is_offered_their_own_text(quick_index: Index) -> None:
    assert "d-note" in ids(quick_index)
    assert "d-note" not in ids(quick_index, owner="me")


def test_domains_raise_same_and_nested_codes(quick_index: Index) -> None:
    hits = quick_index.search(Query("q", "a partner", domains=("NACE:10",)))
    fish = next(hit for hit in hits if hit.id == "d-fish")
    reason = next(reason for reason in fish.reasons if reason.code == "same_domain")
    assert reason.params["domains"] == ["NACE:10.20"]
    exact = quick_index.search(Query("q", "a partner", domains=("NACE:10.20",)))
    assert next(hit for hit in exact if hit.id == "d-fish").score > fish.score


@pytest.mark.parametrize("want", [None, "offer", "request"])
def test_contributions_add_up_and_every_hit_can_be_said_aloud(quick_index: Index, want: str | None) -> None:
    quick_index.add([Document("d-stuffed", "offer", "", "foundry metal motors " * 30, "en")])
    hits = quick_index.search(Query("q", NEED, want=want, domains=("NACE:10.20",)))
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    for hit in hits:
        assert 0 < hit.score <= 1
        assert sum(reason.contribution for reason in hit.reasons) == pytest.approx(hit.score, abs=1e-6)
        assert any(reason.contribution > 0 for reason in hit.reasons)
        for reason in hit.reasons:
            assert set(reason.params) == set(CODES[reason.code])
            for lang in ("en", "pl", "fi"):
                assert render(reason, lang).endswith(".")
                assert "{" not in render(reason, lang)


def test_keyword_stuffing_does_not_win(quick_index: Index) -> None:
    quick_index.add([Document("d-stuffed", "offer", "", (NEED + " ") * 50, "en")])
    quick_index.add([Document("d-list", "offer", "", "foundry casts light metal housings electric motors " * 50, "en")])
    found = ids(quick_index, want="offer")
    assert found.index("d-cast") < found.index("d-list")
    assert found.index("d-cast") < found.index("d-stuffed")
    hit = next(h for h in quick_index.search(Query("q", NEED)) if h.id == "d-list")
    assert "repetitive_text" in {reason.code for reason in hit.reasons}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(CATALOGUE), max_size=12), st.lists(st.sampled_from([d.id for d in CATALOGUE])))
def test_an_index_that_was_edited_equals_one_built_at_once(added: list[Document], removed: list[str]) -> None:
    edited = Index(HashEmbedder(), None)
    for document in added:
        edited.add([document])
        edited.search(Query("q", NEED))
    edited.remove(removed)
    left = {document.id: document for document in added if document.id not in removed}
    built = Index(HashEmbedder(), None)
    built.add(left.values())
    assert len(edited) == len(built) == len(left)
    one, other = edited.search(Query("q", NEED)), built.search(Query("q", NEED))
    assert [hit.id for hit in one] == [hit.id for hit in other]
    assert [hit.score for hit in one] == pytest.approx([hit.score for hit in other], abs=1e-6)


def test_a_document_with_a_known_id_replaces_it(quick_index: Index) -> None:
    quick_index.add([Document("d-fish", "offer", "PL63", "We cast light metal housings.", "en")])
    assert len(quick_index) == len(CATALOGUE)
    assert "d-fish" in ids(quick_index)[:5]


def test_vectors_can_be_stored_and_given_back(quick_index: Index) -> None:
    class Refusing(HashEmbedder):
        def embed_document(self, texts):
            assert texts != [CATALOGUE[0].text], "a stored vector was computed again"
            return super().embed_document(texts)

    stored = [quick_index.vector(document.id) for document in CATALOGUE]
    again = Index(Refusing(), None)
    again.add(CATALOGUE, stored)
    assert [h.as_json() for h in again.search(Query("q", NEED))] == [
        h.as_json() for h in quick_index.search(Query("q", NEED))
    ]


@pytest.mark.parametrize("bad", [np.zeros(3), np.full(64, np.nan), np.zeros((64, 1))])
def test_a_vector_that_does_not_fit_is_refused_and_nothing_is_added(bad: np.ndarray) -> None:
    index = Index(HashEmbedder(), None)
    with pytest.raises(ValueError, match="document d-need must hold 64 finite numbers"):
        index.add(CATALOGUE[:2], [None, bad])
    with pytest.raises(ValueError, match="2 documents came with 1 vectors"):
        index.add(CATALOGUE[:2], [None])
    assert len(index) == 0


def test_without_model_and_tables_spelling_still_answers() -> None:
    index = Index(None, None)
    index.add(CATALOGUE)
    assert set(index.missing) == {"meaning", "concepts"}
    hits = index.search(Query("q", NEED))
    assert {hit.id for hit in hits[:2]} == {"d-cast", "d-need"}
    assert hits[0].reasons[0].code == "shared_words"
    assert index.vector("d-cast") is None


def test_a_lone_document_is_found_by_its_own_words() -> None:
    index = Index(HashEmbedder(), None)
    index.add(CATALOGUE[:1])
    assert [hit.id for hit in index.search(Query("q", NEED))] == ["d-cast"]


def test_nothing_indexed_nothing_found() -> None:
    assert Index(HashEmbedder(), None).search(Query("q", NEED)) == []


def test_bad_requests_are_refused_in_a_sentence(quick_index: Index) -> None:
    with pytest.raises(ValueError, match="at least one hit"):
        quick_index.search(Query("q", NEED), limit=0)
    with pytest.raises(ValueError, match="'offer' or 'request'"):
        Query("q", NEED, want="both")
    with pytest.raises(ValueError, match="non-empty id"):
        Document("", "offer", "", "x")
    with pytest.raises(ValueError, match="above zero"):
        Weights(meaning=0, concepts=0, spelling=0, domains=0)
    with pytest.raises(KeyError):
        quick_index.vector("unknown")
