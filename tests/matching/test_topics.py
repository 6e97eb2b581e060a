"""Forty-four topics in fourteen languages: the ranking on those held out, and phrases that carry what they mark."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from typing import Any

import numpy as np
import pytest

from hansa.matching import ConceptBridge, Document, Index, LabelMeans, Query, Weights
from hansa.matching.embedding import Embedder
from tests.matching.conftest import DATA

HALVES = ("development", "held-out")
PAIRS = 200


def texts(half: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (DATA / f"topics-{half}.jsonl").read_text(encoding="utf-8").splitlines()]


def documents(half: str) -> list[Document]:
    return [
        Document(row["id"], "request" if row["role"] == "need" else "offer", "", row["text"], row["lang"])
        for row in texts(half)
        if row["role"] != "short"
    ]


def needs(half: str, **more: Any) -> list[Query]:
    return [
        Query(row["id"], row["text"], row["lang"], want="offer", exclude_ids=(row["id"],), **more)
        for row in texts(half)
        if row["role"] == "need"
    ]


def test_the_topics_are_what_their_description_says() -> None:
    halves = [texts(half) for half in HALVES]
    rows = halves[0] + halves[1]
    assert len({row["id"] for row in rows}) == len(rows) == 440
    assert not {row["topic"] for row in halves[0]} & {row["topic"] for row in halves[1]}
    assert len({row["lang"] for row in rows}) == 14
    topics: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        topics.setdefault(row["topic"], []).append(row)
    assert len(topics) == 44
    for topic in topics.values():
        assert Counter(row["role"] for row in topic) == {"need": 3, "offer": 3, "neighbour": 2, "short": 2}
        asking = {row["lang"] for row in topic if row["role"] in ("need", "short")}
        assert not asking & {row["lang"] for row in topic if row["role"] == "offer"}
    assert {2 <= len(row["text"].split()) <= 7 for row in rows if row["role"] == "short"} == {True}


@pytest.fixture(scope="module")
def held_out(embedder: Embedder, bridge: ConceptBridge, means: LabelMeans) -> Index:
    index = Index(embedder, bridge, means)
    index.add(documents("held-out"))
    return index


def reciprocal_rank(index: Index) -> float:
    topic = {row["id"]: row["topic"] for row in texts("held-out") if row["role"] in ("need", "offer")}
    asks = {query.id for query in needs("held-out")}
    values: list[float] = []
    for query, hits in zip(
        needs("held-out"), index.search_many(needs("held-out"), len(index), explain=False), strict=True
    ):
        right = (h.rank for h in hits if h.id not in asks and topic.get(h.id) == topic[query.id])
        values.append(1 / next(right, np.inf))
    return float(np.mean(values))


def test_needs_find_offers_abroad_on_topics_that_nothing_was_tuned_on(
    held_out: Index, embedder: Embedder, bridge: ConceptBridge, means: LabelMeans, capsys: pytest.CaptureFixture[str]
) -> None:
    vectors = [held_out.vector(document.id) for document in documents("held-out")]
    alone = Index(embedder, bridge, means, Weights(meaning=1, concepts=0, spelling=0, domains=0))
    alone.add(documents("held-out"), vectors)
    full, meaning = reciprocal_rank(held_out), reciprocal_rank(alone)
    with capsys.disabled():
        sys.stdout.write(f"\n  held-out topics, MRR: all signals {full:.2f}, meaning alone {meaning:.2f}\n")
    assert full >= 0.75
    assert full >= meaning + 0.05


def test_the_searcher_s_own_language_does_not_crowd_the_top(held_out: Index) -> None:
    langs = {query.id: query.lang for query in needs("held-out")}
    found = held_out.search_many(needs("held-out"), 12, explain=False)
    own = [held_out.language(hit.id) == langs[hit.query] for hits in found for hit in hits]
    assert np.mean(own) < 2 / 14


def test_a_score_does_not_change_with_what_else_passes_the_filters(held_out: Index) -> None:
    for query in needs("held-out")[:5]:
        narrow = Query("q", query.text, query.lang, want="offer", languages=("pl", "fi"))
        whole = {hit.id: hit.score for hit in held_out.search_many([query], len(held_out), explain=False)[0]}
        for hit in held_out.search_many([narrow], len(held_out), explain=False)[0]:
            assert hit.score == pytest.approx(whole.get(hit.id, hit.score), abs=1e-9)


def test_the_parts_of_every_hit_of_every_need_add_up_to_its_score(held_out: Index) -> None:
    context: dict[str, Any] = {"region": "PL84", "domains": ("NACE:24.53",), "liked_ids": ("none such",)}
    hits = [hit for found in held_out.search_many(needs("held-out", **context), limit=20) for hit in found]
    assert len(hits) >= 1_000
    for hit in hits:
        assert abs(sum(reason.contribution for reason in hit.reasons) - hit.score) <= 1e-6
        assert 0 < hit.score <= 1


def test_taking_the_marked_phrase_away_lowers_the_score(
    held_out: Index, embedder: Embedder, bridge: ConceptBridge, means: LabelMeans, capsys: pytest.CaptureFixture[str]
) -> None:
    """A text and the same text without its marked phrase stand in one index, so that nothing else differs between
    them. Pairs where the phrase is the whole text are left out."""
    index = Index(embedder, bridge, means)
    index.add(documents("held-out"), [held_out.vector(document.id) for document in documents("held-out")])
    index.add(documents("development"))
    known = {document.id: document for half in HALVES for document in documents(half)}
    asked = [query for half in HALVES for query in needs(half, kinds=("offer",))]
    cut: list[tuple[Query, Document, Document]] = []
    for query, hits in zip(asked, index.search_many(asked, limit=4), strict=True):
        for hit in hits:
            phrase = next((r.params["document_phrase"] for r in hit.reasons if r.code == "same_meaning"), "")
            whole = known[hit.id]
            left = whole.text.replace(phrase.rstrip("…"), "", 1)
            if phrase and len(re.findall(r"\w+", left)) >= 3:
                cut.append((query, whole, Document(f"{hit.id} for {query.id}", "offer", "", left, whole.lang)))
    index.add(shorter for _, _, shorter in cut)
    lowered: list[bool] = []
    for query, whole, shorter in cut:
        [hits] = index.search_many([Query(query.id, query.text, query.lang)], len(index), explain=False)
        scores = {hit.id: hit.score for hit in hits}
        lowered.append(scores.get(shorter.id, 0.0) < scores.get(whole.id, 0.0))
    with capsys.disabled():
        sys.stdout.write(f"\n  without the marked phrase the score is lower in {sum(lowered)} of {len(lowered)}\n")
    assert len(lowered) >= PAIRS
    assert np.mean(lowered) >= 0.93
