"""Why something was not shown, and what speaks against what was."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.matching import AGAINST, CODES, Document, Index, Query, render
from tests.matching.conftest import CATALOGUE, HashEmbedder

NEED = "We look for a foundry that casts light metal housings for electric motors."


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"kinds": ("organisation",)}, ("kinds",)),
        ({"regions": ("LT",)}, ("regions",)),
        ({"exclude_regions": ("PL",), "exclude_ids": ("d-fish",)}, ("exclude_ids", "exclude_regions")),
        ({"only_domains": ("NACE:24",)}, ("only_domains",)),
        ({"languages": ("fi",)}, ("languages",)),
        ({}, ()),
    ],
)
def test_the_filters_that_leave_a_document_out_are_named(
    quick_index: Index, filters: dict[str, tuple[str, ...]], expected: tuple[str, ...]
) -> None:
    told = quick_index.why_not(Query("q", NEED, **filters), "d-fish")  # type: ignore[arg-type]
    assert told.excluded == expected
    assert not (told.shown and expected)


def test_of_one_s_own_text_it_is_said_that_it_is_one_s_own(quick_index: Index) -> None:
    assert quick_index.why_not(Query("q", NEED, owner="me"), "d-note").excluded == ("owner",)


codes = st.sampled_from(["PL", "FI19", "offer", "request", "NACE:10", "NACE:24", "en", "fi", "d-fish", "me", "note"])
NAMED = ("exclude_regions", "exclude_ids", "only_domains", "only_cooperation", "only_priorities")


@given(st.sampled_from(CATALOGUE), st.lists(codes, max_size=2), st.sampled_from(["regions", "kinds", "languages"]))
def test_a_document_is_admitted_exactly_when_no_filter_refuses_it(
    document: Document, values: list[str], name: str
) -> None:
    document = replace(document, cooperation=("offer", "PL"), priorities=("NACE:10",))
    for other in (name, *NAMED):
        query = Query("q", NEED, **{other: tuple(values)}, owner=values[0] if values else None)  # type: ignore[arg-type]
        assert query.admits(document, document.lang) == (not query.refusals(document, document.lang))


def test_the_place_is_the_one_it_has_in_the_whole_list(quick_index: Index) -> None:
    query = Query("q", NEED, want="offer")
    for hit in quick_index.search(query, limit=10):
        told = quick_index.why_not(query, hit.id, limit=2)
        assert told.rank == hit.rank
        assert told.score == pytest.approx(hit.score)
        assert told.shown == (hit.rank <= 2)
        assert [reason.as_json() for reason in told.reasons] == [reason.as_json() for reason in hit.reasons]


def test_what_it_lacks_per_signal_adds_up_to_what_its_score_lacks(quick_index: Index) -> None:
    query = Query("q", NEED, want="offer", domains=("NACE:10.20",))
    for document in CATALOGUE:
        told = quick_index.why_not(query, document.id, limit=2)
        assert told.last is not None
        assert sum(told.behind.values()) == pytest.approx(told.last.score - told.score, abs=1e-6)
        assert list(told.behind.values()) == sorted(told.behind.values(), reverse=True)


def test_a_refused_document_has_the_place_that_it_would_have(quick_index: Index) -> None:
    told = quick_index.why_not(Query("q", NEED, exclude_ids=("d-cast",)), "d-cast")
    free = quick_index.why_not(Query("q", NEED), "d-cast")
    assert (told.rank, told.excluded, told.shown) == (free.rank, ("exclude_ids",), False)
    assert free.shown


def test_what_speaks_against_is_said_in_words(quick_index: Index) -> None:
    query = Query("q", NEED, want="offer", domains=("NACE:10.20",))
    said = {
        document.id: {reason.code for reason in quick_index.why_not(query, document.id).against}
        for document in CATALOGUE
    }
    assert "same_side" in said["d-need"]
    assert {"no_domain_named", "side_unclear"} <= said["d-note"]
    other = {reason.code for reason in quick_index.why_not(replace(query, domains=("NACE:24",)), "d-fish").against}
    assert "no_shared_domain" in other
    assert {"far_meaning"} <= said["d-none"]
    assert "no_shared_domain" not in said["d-fish"]
    for document in CATALOGUE:
        for reason in quick_index.why_not(query, document.id).against:
            assert reason.contribution <= 0
            assert set(reason.params) == set((dict(AGAINST) | dict(CODES))[reason.code])
            assert render(reason, "pl") != render(reason, "en")


def test_nothing_ties_an_empty_query_to_anything(quick_index: Index) -> None:
    told = quick_index.why_not(Query("q", ""), "d-cast")
    assert (told.rank, told.score, told.last, told.shown) == (None, 0.0, None, False)
    assert told.as_json()["excluded"] == []


def test_an_unknown_document_and_a_bad_limit_are_refused(quick_index: Index) -> None:
    with pytest.raises(KeyError):
        quick_index.why_not(Query("q", NEED), "unknown")
    with pytest.raises(ValueError, match="at least one hit"):
        quick_index.why_not(Query("q", NEED), "d-cast", limit=0)


def test_hits_without_reasons_have_the_same_scores() -> None:
    index = Index(HashEmbedder(), None)
    index.add(CATALOGUE)
    [told], [silent] = (index.search_many([Query("q", NEED)], explain=explain) for explain in (True, False))
    assert [(hit.id, hit.rank, hit.score) for hit in told] == [(hit.id, hit.rank, hit.score) for hit in silent]
    assert all(hit.reasons for hit in told)
    assert not any(hit.reasons for hit in silent)
