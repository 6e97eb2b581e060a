"""What is known of both sides besides their texts: how it moves a score, what it never does, and what is said of it."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.matching import AGAINST, CODES, Document, Hit, Index, Query, TableContext, Weights, rescored
from hansa.matching import render as said
from hansa.matching.context import adjusted, moved
from hansa.matching.records import CONTEXT
from tests.matching.conftest import HashEmbedder

TEXT = "casting of light metal housings"
TODAY = date(2026, 9, 1)
WEIGHTS = Weights()
ASKER: dict[str, Any] = {
    "region": "PL84",
    "priorities": ("green-metal",),
    "cooperation": ("licence", "research"),
    "today": TODAY,
}


class Known:
    """A context that knows what it is told."""

    def __init__(self, related: float | None = None, complementary: float | None = None) -> None:
        self.related, self.complementary = related, complementary

    def relatedness(self, one: str, other: str) -> float | None:
        return self.related

    def complementarity(self, region: str, partner: str, domains: Any) -> float | None:
        return self.complementary


def index_of(*documents: Document, weights: Weights | None = None, context: Any = None) -> Index:
    index = Index(HashEmbedder(), None, weights=weights, context=context)
    index.add(documents)
    return index


def hit_of(document: dict[str, Any], query: dict[str, Any], **setting: Any) -> tuple[Hit, float]:
    """The hit for one document, and the score that it has when nothing is known of either side."""
    base = {"id": "d", "kind": "offer", "region": "FI19", "text": TEXT + " and more", "lang": "en"}
    [bare] = index_of(Document(**base)).search(Query("q", TEXT))
    [hit] = index_of(Document(**(base | document)), **setting).search(Query("q", TEXT, **query))
    return hit, bare.score


@pytest.mark.parametrize(
    ("document", "signal", "value", "code"),
    [
        ({"countries": ("PL", "CZ")}, "wishes", 1.0, "welcomes_your_region"),
        ({"countries": ("DE", "PL63")}, "wishes", -1.0, "looks_elsewhere"),
        ({"countries": ("PL841",)}, "wishes", 0.0, None),
        ({"cooperation": ("research",)}, "cooperation", 1.0, "same_cooperation"),
        ({"cooperation": ("sale",)}, "cooperation", -1.0, "other_cooperation"),
        ({"priorities": ("green-metal", "food")}, "priorities", 1.0, "shared_priority"),
        ({"priorities": ("food",)}, "priorities", 0.0, None),
        ({"outcomes": 0}, "record", 0.0, None),
        ({"outcomes": 3}, "record", 0.5, "proven_record"),
        ({"outcomes": 10**400}, "record", 1.0, "proven_record"),
        ({"published": TODAY}, "freshness", 1.0, "fresh"),
        ({"published": TODAY - timedelta(days=365)}, "freshness", 0.5, "fresh"),
        ({"published": TODAY + timedelta(days=9)}, "freshness", 1.0, "fresh"),
        ({"quality": 1.0}, "quality", 1.0, "good_quality"),
        ({"quality": 0.5}, "quality", 0.0, None),
        ({"quality": 0.0}, "quality", -1.0, "low_quality"),
        ({}, "wishes", 0.0, None),
    ],
)
def test_each_signal_moves_the_score_by_the_documented_formula_and_is_said(
    document: dict[str, Any], signal: str, value: float, code: str | None
) -> None:
    hit, core = hit_of(document, ASKER)
    weight = WEIGHTS.context_weights()[signal]
    expected = core + (core * (1 - core) if value > 0 else core) * weight * value
    assert hit.score == pytest.approx(expected, abs=1e-6)
    told = {reason.code: reason for reason in hit.reasons if reason.signal in CONTEXT}
    assert set(told) == ({code} if code else set())
    for reason in told.values():
        assert set(reason.params) == set(CODES[reason.code])
        assert said(reason) != said(reason, "pl")
        assert "{" not in said(reason) + said(reason, "pl")


@pytest.mark.parametrize("query", [{}, {"today": TODAY}, {"region": "PL84"}])
def test_what_the_query_does_not_say_counts_for_nothing(query: dict[str, Any]) -> None:
    document = {"countries": ("DE",), "cooperation": ("sale",), "priorities": ("food",)}
    hit, core = hit_of({name: value for name, value in document.items() if name != "countries"}, query)
    assert hit.score == pytest.approx(core, abs=1e-9)
    if "region" not in query:
        assert hit_of(document, query)[0].score == pytest.approx(core, abs=1e-9)


def test_an_asker_whose_region_is_known_roughly_is_neither_welcome_nor_refused() -> None:
    assert not [r for r in hit_of({"countries": ("PL84",)}, {"region": "PL"})[0].reasons if r.signal == "wishes"]
    assert [r.code for r in hit_of({"countries": ("PL84", "PL")}, {"region": "PL"})[0].reasons if r.signal == "wishes"]


def test_related_domains_count_but_never_more_than_nested_ones() -> None:
    query = {"domains": ("NACE:24.53",)}
    scores = {}
    for name, domains, related in (
        ("same", ("NACE:24.53",), None),
        ("nested", ("NACE:24",), 1.0),
        ("related", ("NACE:25.62",), 0.6),
        ("closest", ("NACE:25.62",), 7.0),
        ("far", ("NACE:25.62",), 0.0),
        ("not known", ("NACE:25.62",), None),
        ("not said", (), 1.0),
    ):
        hit, bare = hit_of({"domains": domains}, query, context=Known(related))
        scores[name] = hit.score
        if name == "related":
            [reason] = [reason for reason in hit.reasons if reason.code == "related_domain"]
            assert reason.params == {"domains": ["NACE:25.62"], "asked": ["NACE:24.53"]}
    assert scores["same"] > scores["nested"] == scores["closest"] > scores["related"] > scores["far"]
    assert scores["far"] == scores["not known"] < scores["not said"] == pytest.approx(bare, abs=1e-6)


def test_a_region_that_brings_what_the_asker_s_lacks_counts_for_more() -> None:
    hit, core = hit_of({}, ASKER, context=Known(complementary=0.5))
    assert hit.score == pytest.approx(core + core * (1 - core) * 0.5 * WEIGHTS.complementarity, abs=1e-6)
    assert any(reason.code == "complementary_region" for reason in hit.reasons)
    for context in (Known(), None):
        assert hit_of({}, ASKER, context=context)[0].score == pytest.approx(core)
    assert hit_of({"region": ""}, ASKER, context=Known(complementary=1.0))[0].score == pytest.approx(core)


def test_newcomers_are_not_buried_by_a_long_record() -> None:
    """A record adds at most its weight times what is lacking, and a newcomer's score is what it would be without."""
    old, core = hit_of({"outcomes": 500}, {})
    new, _ = hit_of({"outcomes": 0}, {})
    unknown, _ = hit_of({}, {})
    assert new.score == unknown.score == pytest.approx(core)
    assert core < old.score < core * (1 + WEIGHTS.record)


codes = st.lists(st.sampled_from(["a", "b", "c"]), max_size=2).map(tuple)
regions = st.sampled_from(["", "PL", "PL84", "FI19"])
documents = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["offer", "request", "note"]),
        "region": regions,
        "text": st.sampled_from([TEXT, TEXT + " from Finland", "light metal " * 40, "smoked salmon"]),
        "domains": st.lists(st.sampled_from(["NACE:24", "NACE:24.53", "NACE:10"]), max_size=2).map(tuple),
        "priorities": codes,
        "cooperation": codes,
        "countries": st.lists(regions.filter(bool), max_size=2).map(tuple),
        "published": st.none() | st.dates(date(2000, 1, 1), date(2030, 1, 1)),
        "quality": st.none() | st.floats(0, 1),
        "outcomes": st.none() | st.integers(0, 99),
    }
)
queries = st.fixed_dictionaries(
    {
        "text": st.sampled_from([TEXT, "salmon", ""]),
        "want": st.sampled_from([None, "offer"]),
        "region": regions,
        "domains": st.lists(st.sampled_from(["NACE:24", "NACE:25"]), max_size=1).map(tuple),
        "priorities": codes,
        "cooperation": codes,
        "today": st.none() | st.just(TODAY),
    }
)
shares = st.lists(st.integers(0, 9), min_size=len(CONTEXT), max_size=len(CONTEXT)).map(
    lambda parts: {name: part / (sum(parts) + 1) for name, part in zip(CONTEXT, parts, strict=True)}
)


@settings(max_examples=60, deadline=None)
@given(st.lists(documents, min_size=1, max_size=4), queries, shares, st.none() | st.floats(0, 1))
def test_scores_stay_in_bounds_parts_add_up_and_nothing_comes_from_nothing(
    rows: list[dict[str, Any]], query: dict[str, Any], weights: dict[str, float], known: float | None
) -> None:
    entries = [Document(id=f"d{place}", lang="en", **row) for place, row in enumerate(rows)]
    asked = Query("q", lang="en", **query)
    index = index_of(*entries, weights=Weights(**weights), context=Known(known, known))
    plain = index_of(*entries, weights=Weights(**dict.fromkeys(CONTEXT, 0.0)), context=Known(known, known))
    hits = index.search(asked)
    assert {hit.id for hit in hits} == {hit.id for hit in plain.search(asked)}
    for hit in hits:
        assert 0 < hit.score <= 1
        assert sum(reason.contribution for reason in hit.reasons) == pytest.approx(hit.score, abs=1e-6)
        told = index.why_not(asked, hit.id, limit=1)
        assert told.last is not None
        assert sum(told.behind.values()) == pytest.approx(told.last.score - hit.score, abs=1e-6)
        for reason in told.against:
            assert reason.contribution <= 0
            assert set(reason.params) == set((dict(AGAINST) | dict(CODES))[reason.code])
            assert said(reason, "pl") != said(reason, "en")


@settings(max_examples=30, deadline=None)
@given(st.lists(documents, min_size=1, max_size=4), queries, shares, st.none() | st.floats(0, 1))
def test_what_if_gives_what_a_search_with_the_other_weights_would_give(
    rows: list[dict[str, Any]], query: dict[str, Any], weights: dict[str, float], known: float | None
) -> None:
    entries = [Document(id=f"d{place}", lang="en", **row) for place, row in enumerate(rows)]
    asked, other = Query("q", lang="en", **query), Weights(**weights, meaning=0.3, spelling=0.9, domains=0.4)
    context = Known(known, known)
    expected = index_of(*entries, weights=other, context=context).search(asked)
    again = rescored(index_of(*entries, context=context).kept(asked), other.every_weight())
    assert {hit.id: hit.score for hit in again} == pytest.approx({hit.id: hit.score for hit in expected}, abs=1e-6)
    for hit in again:
        assert sum(reason.contribution for reason in hit.reasons) == pytest.approx(hit.score, abs=1e-9)


@given(st.floats(0, 1), st.floats(0, 1), st.lists(st.floats(-1, 1), max_size=7))
def test_the_formula_rises_with_the_core_and_keeps_its_bounds(one: float, other: float, values: list[float]) -> None:
    pulls = [value / (len(values) + 1) for value in values]
    gains, losses = sum(p for p in pulls if p > 0), sum(-p for p in pulls if p < 0)
    low, high = (adjusted(core, gains, losses) for core in sorted((one, other)))
    assert 0 <= low <= high + 1e-12 <= 1 + 1e-9
    assert low == pytest.approx(min(one, other) + sum(moved(min(one, other), pull) for pull in pulls), abs=1e-9)
    assert (adjusted(one, gains, losses) > 0) == (one > 0) or one < 1e-300


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"wishes": 1.0}, "less than 1"),
        ({"quality": -0.1}, "not be negative"),
        ({"half_life": 0.0}, "above zero"),
        ({"record_half": float("nan")}, "above zero"),
        ({"meaning": float("nan")}, "Signal weights"),
    ],
)
def test_weights_that_cannot_be_are_refused(wrong: dict[str, float], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Weights(**wrong)  # type: ignore[arg-type]


def test_every_signal_of_context_has_a_weight() -> None:
    assert set(CONTEXT) <= {each.name for each in fields(Weights)}
    assert sum(WEIGHTS.context_weights().values()) < 1


@pytest.mark.parametrize(("values", "says"), [({"quality": 1.1}, "between 0 and 1"), ({"outcomes": -1}, "than none")])
def test_documents_that_cannot_be_are_refused(values: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Document("d", "offer", "", "x", **values)


def test_what_was_asked_for_can_be_a_condition() -> None:
    index = index_of(
        Document("yes", "offer", "", TEXT, "en", cooperation=("licence",), priorities=("green",)),
        Document("other", "offer", "", TEXT, "en", cooperation=("sale",), priorities=("food",)),
        Document("silent", "offer", "", TEXT, "en"),
    )
    for name, value in (("only_cooperation", "licence"), ("only_priorities", "green")):
        asked = Query("q", TEXT, **{name: (value,)})  # type: ignore[arg-type]
        assert [hit.id for hit in index.search(asked)] == ["yes"]
        assert index.why_not(asked, "silent").excluded == (name,)


def test_what_could_have_spoken_for_a_document_and_did_not_is_told() -> None:
    index = index_of(
        Document("d", "offer", "", TEXT, "en", priorities=("food",), published=TODAY - timedelta(days=1000)),
        Document("e", "offer", "", TEXT, "en"),
    )
    asked = Query("q", TEXT, **ASKER)
    codes = {reason.code for reason in index.why_not(asked, "d").against}
    assert {"no_shared_priority", "published_long_ago"} <= codes
    assert not {"no_shared_priority", "published_long_ago"} & {r.code for r in index.why_not(asked, "e").against}


PROXIMITY = [[1.0, 0.5, 0.1, 0.0], [0.5, 1.0, 0.2, 0.1], [0.1, 0.2, 1.0, 0.3], [0.0, 0.1, 0.3, 1.0]]
DOMAINS = ["NACE:24", "NACE:25", "NACE:10", "NACE:01"]
HELD = [[1, 0, 0, 0], [0, 1, 0, 0], [np.nan, np.nan, np.nan, np.nan]]


def test_relatedness_is_what_a_proximity_says_above_the_usual() -> None:
    known = TableContext(DOMAINS, PROXIMITY)
    assert known.relatedness("NACE:24.53", "NACE:25.62") == 1.0
    assert known.relatedness("NACE:24", "NACE:01") == 0.0
    assert known.relatedness("NACE:10.20", "NACE:01") == pytest.approx((0.3 - 0.15) / (0.5 - 0.15))
    assert known.relatedness("NACE:24", "NACE:24.1") == 1.0
    assert known.relatedness("NACE:24", "CPV:24000000-4") is None


def test_complementarity_is_the_share_of_what_is_related_that_the_partner_brings() -> None:
    known = TableContext(DOMAINS, PROXIMITY, ["PL84", "FI19", "LV00"], HELD)
    assert known.complementarity("PL84", "FI197", ["NACE:24.5"]) == pytest.approx(0.5 / 0.6)
    assert known.complementarity("PL84", "FI19", ["NACE:25"]) == 0.0, "what it holds itself is not related to itself"
    of_all = [0.0, 0.2 / 0.6, 0.1 / 0.4]
    assert known.complementarity("PL84", "FI19", []) == pytest.approx(np.mean(of_all))
    assert known.complementarity("PL84", "PL84", []) == 0.0
    assert known.complementarity("PL84", "LV00", []) is None
    assert known.complementarity("PL84", "SE11", []) is None
    assert known.complementarity("PL", "FI19", []) is None
    assert known.complementarity("PL84", "FI19", ["NACE:99"]) is None


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((["a", "a"], np.eye(2)), "named twice"),
        ((["a"], np.eye(2)), "1 x 1"),
        ((["a"], [[np.inf]]), "finite"),
        ((["a", "b"], np.eye(2), ["PL"], [[1]]), "1 rows"),
    ],
)
def test_tables_that_do_not_fit_are_refused(arguments: tuple[Any, ...], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        TableContext(*arguments)


def test_it_agrees_with_the_specialisation_library() -> None:
    from hansa.specialisation import Activity, complementarity, presence, proximity

    rng = np.random.default_rng(5)
    table = Activity.from_matrix("ABCDEF", "stuvwxyz", rng.integers(0, 9, (6, 8)))
    near, held, expected = proximity(table), presence(table), complementarity(table)
    known = TableContext(near.domains, near.values, held.regions, held.values)
    for row, region in enumerate(expected.regions):
        for column, partner in enumerate(expected.regions):
            if row != column:
                assert known.complementarity(region, partner, []) == pytest.approx(
                    expected.mean_added_density[row, column], abs=1e-9
                )


def test_a_score_of_candidates_is_that_of_the_whole_catalogue() -> None:
    rows = [
        Document(f"d{n}", "offer", "FI19", f"{TEXT} {n}", "en", outcomes=n, quality=n / 9, domains=("NACE:24",))
        for n in range(8)
    ]
    asked = Query("q", "", domains=("NACE:24.53",), **ASKER)
    whole = {hit.id: hit.score for hit in index_of(*rows).search(asked)}
    for row in rows:
        [hit] = index_of(replace(row)).search(asked)
        assert hit.score == pytest.approx(whole[hit.id], abs=1e-9)
