"""The index in PostgreSQL and Tantivy finds what the index in memory finds, under every filter, and stays in step."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from hansa.matching import Document, Index, LabelMeans, Query
from hansa.matching.lexical import Lexical
from hansa.matching.retrieval import shelf as shelf_module
from hansa.matching.retrieval.filters import Filter, filter_of, tags_of
from hansa.matching.retrieval.means import MeansTable
from hansa.matching.retrieval.packing import document_of, from_halfvec, packed, traits_of, unpacked
from hansa.matching.retrieval.shelf import Shelf
from hansa.matching.retrieval.stored import StoredIndex
from hansa.matching.retrieval.words import Worded, Words
from tests.matching.conftest import DATA

REGIONS = ("PL84", "PL72", "FI19", "LT02", "SE22", "")
KINDS = ("technology_offer", "business_offer", "research_request", "facility")
DOMAINS = ("NACE:24.53", "NACE:24", "NACE:62.01", "CPV:45000000-7")
LIMIT = 20


@contextmanager
def in_the_test_database() -> Iterator[Any]:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        yield cursor


def tables() -> tuple[Shelf, MeansTable]:
    shelf, means = Shelf(in_the_test_database, "shelf_of_tests"), MeansTable(in_the_test_database, "means_of_tests")
    shelf.create()
    means.create()
    return shelf, means


def topics(half: str) -> tuple[list[Document], list[Query]]:
    """Needs and offers spread over regions, kinds and domains, and questions that filter by them."""
    rows = [json.loads(line) for line in (DATA / f"topics-{half}.jsonl").read_text(encoding="utf-8").splitlines()]
    documents = [
        Document(
            id=f"{number}",
            kind="research_request" if row["role"] == "need" else KINDS[number % 2],
            region=REGIONS[number % len(REGIONS)],
            text=row["text"],
            lang=row["lang"],
            domains=DOMAINS[number % 5 : number % 5 + 1],
            owner=f"{number % 7}",
            priorities=("P-1",) if number % 3 else (),
            cooperation=("licence",) if number % 4 == 0 else (),
            countries=("PL",) if number % 5 == 0 else (),
            published=date(2026, 1 + number % 12, 1),
            quality=(number % 6) / 5 if number % 2 else None,
            outcomes=number % 3,
        )
        for number, row in enumerate(rows, start=1)
        if row["role"] != "short"
    ]
    queries = [
        Query(f"q{number}", row["text"], row["lang"], want="offer", exclude_ids=(f"{number}",))
        for number, row in enumerate(rows, start=1)
        if row["role"] in ("need", "short")
    ]
    return documents, queries


def narrowed(query: Query, way: int) -> Query:
    filters: list[dict[str, Any]] = [
        {},
        {"exclude_regions": ("PL",), "owner": "3"},
        {"regions": ("FI", "LT02")},
        {"kinds": ("technology_offer",), "languages": ("de", "pl", "fi", "sv")},
        {"only_domains": ("NACE:24",), "domains": ("NACE:24.53",)},
        {"domains": ("NACE:62.01",), "exclude_regions": ("SE22", "LT")},
        {"region": "PL84", "priorities": ("P-1",), "cooperation": ("licence",), "today": date(2026, 12, 1)},
        {"only_priorities": ("P-1",), "only_cooperation": ("licence", "joint venture")},
        {"liked_ids": ("3", "7"), "disliked_ids": ("15",)},
    ]
    return replace(query, **filters[way % len(filters)])


@pytest.fixture(scope="module")
def memory(embedder, bridge, means: LabelMeans) -> Index:
    index = Index(embedder, bridge, means)
    index.add(topics("held-out")[0])
    return index


@pytest.fixture
def two(db, memory, embedder, bridge, means: LabelMeans, tmp_path) -> tuple[Index, StoredIndex, list[Query]]:
    """The same topics in memory and in the database."""
    documents, queries = topics("held-out")
    shelf, table = tables()
    stored = StoredIndex(shelf, table, Words(tmp_path / "words", "topics"), embedder, bridge, means)
    shelf.claim(int(document.id) for document in documents)
    vectors = [memory.vector(document.id) for document in documents]
    stored.shelve(documents, vectors)
    assert stored.centre()
    stored.put(documents, vectors)
    return memory, stored, queries


def agreement(one: list[Any], other: list[Any]) -> float:
    """Spearman correlation of the scores that two lists give the documents of either, 0 where a list has none."""
    ids = sorted({hit.id for hit in one} | {hit.id for hit in other})
    if len(ids) < 3:
        return 1.0 if [hit.id for hit in one] == [hit.id for hit in other] else 0.0
    scores = [{hit.id: hit.score for hit in hits} for hits in (one, other)]
    return float(spearmanr(*([given.get(key, 0.0) for key in ids] for given in scores)).statistic)


def test_database_and_memory_rank_alike_under_every_filter(two) -> None:
    memory, stored, queries = two
    asked = [narrowed(query, way) for way, query in enumerate(queries)]
    ours, theirs = memory.search_many(asked, LIMIT), stored.search_many(asked, LIMIT)
    assert sum(map(len, ours)) > 300
    assert np.mean([agreement(a, b) for a, b in zip(ours, theirs, strict=True)]) >= 0.99
    for a, b in zip(ours, theirs, strict=True):
        known = {hit.id: hit.score for hit in a}
        assert all(abs(known[hit.id] - hit.score) < 2e-3 for hit in b if hit.id in known)


def test_reasons_of_stored_documents_add_up_to_their_scores(two) -> None:
    _memory, stored, queries = two
    for hit in (hit for hits in stored.search_many(queries[:20], LIMIT) for hit in hits):
        assert sum(reason.contribution for reason in hit.reasons) == pytest.approx(hit.score, abs=1e-6)


def test_candidates_few_enough_to_be_missed_are_those_of_every_signal(two, monkeypatch) -> None:
    """With a tenth of the candidates the first places hardly change: they are near in meaning or share concepts."""
    memory, stored, queries = two
    for name in ("NEAREST", "BY_CONCEPTS", "BY_SPELLING", "BY_DOMAINS"):
        monkeypatch.setattr(f"hansa.matching.retrieval.stored.{name}", 15)
    ours, theirs = memory.search_many(queries, 5), stored.search_many(queries, 5)
    shared = [len({h.id for h in a} & {h.id for h in b}) / len(a) for a, b in zip(ours, theirs, strict=True)]
    assert np.mean(shared) > 0.9


def test_why_not_says_the_same_from_the_database(two) -> None:
    memory, stored, queries = two
    query = replace(queries[0], exclude_regions=("PL",))
    for key in ("1", "4", "15", "200"):
        if key not in memory:
            continue
        ours, theirs = memory.why_not(query, key, 5), stored.why_not(query, key, 5)
        assert (theirs.excluded, theirs.shown) == (ours.excluded, ours.shown)
        assert theirs.score == pytest.approx(ours.score, abs=2e-3)
        assert [reason.code for reason in theirs.against] == [reason.code for reason in ours.against]
    with pytest.raises(KeyError):
        stored.why_not(query, "999999")


def test_a_document_is_found_when_put_and_gone_when_removed(two) -> None:
    _memory, stored, queries = two
    new = Document("7001", "technology_offer", "EE00", queries[0].text, queries[0].lang)
    stored.shelf.claim([7001])
    stored.put([new])
    asked = replace(queries[0], want=None, exclude_ids=())
    assert "7001" in [hit.id for hit in stored.search(asked, 3)]
    stored.put([replace(new, region="PL84")])
    assert "7001" not in [hit.id for hit in stored.search(replace(asked, exclude_regions=("PL",)), 3)]
    stored.remove(["7001", "7002"])
    assert "7001" not in [hit.id for hit in stored.search(asked, LIMIT)]


def test_a_row_deleted_behind_the_index_of_words_is_not_found(two) -> None:
    _memory, stored, queries = two
    first = stored.search(queries[0], 1)[0].id
    stored.shelf.remove([int(first)])
    assert first not in [hit.id for hit in stored.search(queries[0], LIMIT)]


def test_a_document_is_found_before_the_index_of_words_knows_it(two) -> None:
    _memory, stored, queries = two
    stored.shelf.claim([7003])
    stored.shelve([Document("7003", "technology_offer", "EE00", queries[0].text, queries[0].lang)])
    assert "7003" in [hit.id for hit in stored.search(replace(queries[0], want=None), 3)]


def test_without_model_or_words_the_rest_goes_on(db, bridge) -> None:
    shelf, table = tables()
    stored = StoredIndex(shelf, table, Words(), None, bridge)
    documents, queries = topics("development")
    shelf.claim(int(document.id) for document in documents)
    stored.put(documents)
    assert set(stored.missing) == {"meaning"}
    assert stored.centre() is False
    assert stored.search(queries[0])
    assert StoredIndex(shelf, table, None, None, bridge).search(queries[0]) == []
    assert "spelling" in StoredIndex(shelf, table, None, None, None).missing


def test_ids_that_are_no_row_numbers_are_refused(db) -> None:
    shelf, table = tables()
    with pytest.raises(ValueError, match="row numbers"):
        StoredIndex(shelf, table, Words(), None, None).put([Document("one", "offer", "", "text")])


def test_exact_and_approximate_search_give_the_same_nearest(two, monkeypatch) -> None:
    _memory, stored, _queries = two
    shelf = stored.shelf
    rng = np.random.default_rng(4)
    for _ in range(20):
        vector = rng.normal(size=384).astype(np.float32)
        vector /= np.linalg.norm(vector)
        for chosen in (Filter(), Filter(any_of=(("region:FI", "region:LT02"),)), Filter(none_of=("owner:3",))):
            passing = stored.words.passing(chosen)
            exact = shelf.nearest(vector, 10, chosen, passing)
            monkeypatch.setattr(shelf_module, "EXACT", 0)
            monkeypatch.setattr(shelf_module, "_FEW", 0)
            near = shelf.nearest(vector, 10, chosen, passing)
            monkeypatch.undo()
            assert len(exact) == 10
            assert len({*near} & {*exact}) >= 9


def test_means_are_made_anew_when_a_language_drifts(two) -> None:
    _memory, stored, queries = two
    assert stored.centre() is False
    new = [Document(f"{8000 + n}", "facility", "PT17", text, "pt") for n, text in enumerate(PORTUGUESE)]
    stored.shelf.claim(int(document.id) for document in new)
    stored.put(new)
    assert stored.centre() is True
    told: list[tuple[int, int]] = []
    assert stored.centre(lambda done, of: told.append((done, of)), always=True) is True
    assert told[-1][0] == told[-1][1] > 100
    assert stored.search(queries[0])


PORTUGUESE = [
    f"O nosso laboratório mede {thing} para empresas do setor {sector}."
    for thing in ("ruído", "vibrações", "humidade", "corrosão", "poeiras")
    for sector in ("têxtil", "do calçado", "da cortiça", "naval", "alimentar", "cerâmico")
]

texts = st.text(alphabet="abcde łą-' ", max_size=40)


@given(st.lists(texts, min_size=1, max_size=8), texts)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_spelling_is_what_memory_says(catalogue: list[str], query: str) -> None:
    words, lexical = Words(), Lexical()
    words.put(Worded(number, text, None, []) for number, text in enumerate(catalogue))
    words.commit()
    lexical.add((f"{number}", text) for number, text in enumerate(catalogue))
    order = [f"{number}" for number in range(len(catalogue))]
    assert words.spelling(query, catalogue) == pytest.approx(lexical.scores(query, order), abs=1e-5)


codes = st.sampled_from(["NACE:24", "NACE:24.5", "NACE:24.53", "NACE:2", "CPV:45000000-7", "CPV:45200000-9", "24.5"])
places = st.sampled_from(["PL", "PL8", "PL84", "FI19", ""])
documents = st.builds(
    Document,
    id=st.integers(1, 9).map(str),
    kind=st.sampled_from(KINDS),
    region=places,
    text=st.just("text"),
    domains=st.lists(codes, max_size=2).map(tuple),
    owner=st.sampled_from([None, "1", "2"]),
    priorities=st.lists(st.sampled_from(["P-1", "P-2"]), max_size=2).map(tuple),
    cooperation=st.lists(st.sampled_from(["licence", "sale"]), max_size=2).map(tuple),
    published=st.sampled_from([None, date(2026, 1, 1)]),
    quality=st.sampled_from([None, 0.0, 0.5]),
    outcomes=st.sampled_from([None, 0, 3]),
)
queries = st.builds(
    Query,
    id=st.just("q"),
    text=st.just("text"),
    kinds=st.lists(st.sampled_from(KINDS), max_size=2).map(tuple),
    regions=st.lists(places.filter(bool), max_size=2).map(tuple),
    exclude_regions=st.lists(places.filter(bool), max_size=2).map(tuple),
    exclude_ids=st.lists(st.integers(1, 9).map(str), max_size=2).map(tuple),
    only_domains=st.lists(codes, max_size=2).map(tuple),
    languages=st.lists(st.sampled_from(["pl", "no", "nb"]), max_size=2).map(tuple),
    owner=st.sampled_from([None, "1"]),
    only_priorities=st.lists(st.sampled_from(["P-1", "P-2"]), max_size=1).map(tuple),
    only_cooperation=st.lists(st.sampled_from(["licence", "sale"]), max_size=1).map(tuple),
)


@given(documents, queries, st.sampled_from(["pl", "nb", None]))
def test_a_filter_of_tags_keeps_what_the_query_admits(document: Document, query: Query, lang: str | None) -> None:
    tags, chosen = {*tags_of(document, lang)}, filter_of(query)
    kept = (
        all(tags & {*group} for group in chosen.any_of)
        and not tags & {*chosen.none_of}
        and int(document.id) not in chosen.not_ids
    )
    assert kept == query.admits(document, lang)


@given(documents)
def test_a_document_comes_back_from_its_row(document: Document) -> None:
    assert document_of(int(document.id), document.text, traits_of(document)) == document


def test_concepts_and_vectors_come_back_from_their_bytes(bridge) -> None:
    concepts = bridge.of("Odlewnia aluminium szuka partnera", "pl")
    again = unpacked(packed(concepts))
    assert again is not None
    assert again.rows.tolist() == concepts.rows.tolist()
    assert again.weights == pytest.approx(concepts.weights, abs=1e-3)
    assert unpacked(None) is None
    assert from_halfvec(None) is None


def test_files_of_words_that_are_broken_or_of_other_labels_are_made_anew(tmp_path) -> None:
    folder = tmp_path / "words"
    words = Words(folder, "first")
    assert words.fresh
    words.put([Worded(1, "odlewnia aluminium", None, ["kind:offer"])])
    words.commit()
    again = Words(folder, "first")
    assert (again.fresh, len(again)) == (False, 1)
    again.drop([1])
    again.commit()
    words.refresh()
    assert len(words) == 0
    other = Words(folder, "second")
    assert other.fresh
    other.put([Worded(2, "piekarnia", None, [])])
    other.commit()
    assert len(other) == 1
    (folder / "meta.json").write_text("broken", encoding="utf-8")
    assert Words(folder, "second").fresh


def test_spelling_stays_within_0_and_1_while_replaced_texts_wait_to_be_merged() -> None:
    words = Words()
    words.put([Worded(1, "casting of brass", None, []), Worded(2, "casting of rye bread", None, [])])
    words.commit()
    words.put([Worded(1, "casting of tin", None, [])])
    words.commit()
    scores = words.spelling("casting of rye bread", ["casting of tin", "casting of rye bread"])
    assert scores.min() >= 0 and scores.max() <= 1 and scores[0] < scores[1]
