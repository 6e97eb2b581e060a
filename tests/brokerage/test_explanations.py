"""Reasons are told in the reader's language, and no code ever breaks a page."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hansa.brokerage.explanations import TEMPLATES, explain, missing_signals
from hansa.matching import CODES

SAMPLE = {
    "query_phrase": "ścianki 1,5 mm",
    "document_phrase": "thin-walled parts",
    "rank": 1,
    "among": 600,
    "label_codes": ["NACE:24.53"],
    "labels_query": ["Odlewnictwo metali lekkich"],
    "labels_document": ["Casting of light metals"],
    "labels": {"en": ["Casting of light metals"], "pl": ["Odlewnictwo metali lekkich"]},
    "words": ["casting"],
    "topics": ["SC4"],
    "domains": ["NACE:24.53"],
    "want": "offer",
    "kind": "technology_offer",
    "variety": 0.4,
    "projects": ["CASTLIGHT"],
    "count": 2,
    "organisations": ["Valimo Oy"],
    "asked": ["NACE:25.62"],
    "region": "FI19",
    "countries": ["DE", "CZ"],
    "cooperation": ["licence"],
    "priorities": ["green-metal"],
    "outcomes": 4,
    "published": "2026-08-31",
    "percent": 85,
    "accepted": 3,
    "refused": 1,
    "before": 9,
    "after": 2,
    "group": "newcomers",
    "times": 2,
    "stance": "offer",
    "signal": "meaning",
}


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_of_matching_has_words_of_its_own(code):
    assert code in TEMPLATES
    told = explain([{"code": code, "contribution": 0.2, "params": {k: SAMPLE[k] for k in CODES[code]}}])[0]
    assert told.name and told.sentence
    assert code not in told.sentence


def test_shared_subjects_are_named_in_the_readers_language():
    from django.utils.translation import override

    reason = {"code": "shared_concept", "contribution": 0.1, "params": SAMPLE}
    with override("pl"):
        assert "Odlewnictwo" in explain([reason])[0].sentence
    with override("en"):
        assert "Casting of light metals" in explain([reason])[0].sentence


def test_the_place_is_told_only_among_many():
    few = {"code": "same_meaning", "contribution": 0.1, "params": SAMPLE | {"among": 2}}
    many = {"code": "same_meaning", "contribution": 0.1, "params": SAMPLE}
    assert "600" in explain([many])[0].sentence
    assert "number" not in explain([few])[0].sentence


def test_the_weightiest_reason_comes_first_with_the_full_bar_and_a_deduction_says_so():
    told = explain(
        [
            {"code": "shared_words", "contribution": 0.1, "params": SAMPLE},
            {"code": "same_meaning", "contribution": 0.4, "params": SAMPLE},
            {"code": "repetitive_text", "contribution": -0.2, "params": SAMPLE},
        ]
    )
    assert [each.width for each in told] == [20, 10, 5]
    assert [each.against for each in told] == [False, True, False]


def test_what_hardly_moved_the_score_is_marked_so_that_the_page_can_leave_it_out():
    told = explain(
        [
            {"code": "same_meaning", "contribution": 0.4, "params": SAMPLE},
            {"code": "similar_spelling", "contribution": 0.001, "params": {}},
            {"code": "track_record", "contribution": 0.0, "params": {"project": "CASTLIGHT", "year": 2021}},
        ]
    )
    assert [each.slight for each in told] == [False, True, False]
    assert told[2].width == 0


values = st.recursive(
    st.none() | st.integers() | st.floats() | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)
)
reasons = st.fixed_dictionaries(
    {},
    optional={
        "code": st.sampled_from(sorted(TEMPLATES)) | st.text(max_size=30),
        "contribution": values,
        "params": st.none() | st.dictionaries(st.sampled_from(sorted(SAMPLE)), values),
    },
)


@given(st.lists(reasons, max_size=5))
@example([{"contribution": float("inf")}])
@example([{"contribution": float("nan")}])
@example([{"contribution": 10**400}])
def test_whatever_stands_in_the_database_is_told_without_a_fault(kept):
    told = explain(kept)
    assert len(told) == len(kept)
    assert all(0 <= each.width <= 20 for each in told)


def test_missing_signals_are_told_in_words():
    from django.utils.translation import override

    with override("en"):
        assert "classification" in missing_signals(["concepts"])[0]
    assert missing_signals(["something_new"]) == ["something new"]
