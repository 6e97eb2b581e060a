"""The promise: the right foreign offer is found by meaning and concepts where shared words do not lead to it."""

from __future__ import annotations

import json
import sys

import pytest

from hansa.matching import ConceptBridge, Index, LabelMeans, Weights, read_documents, read_queries, render
from hansa.matching.embedding import Embedder
from tests.matching.conftest import DATA


def answers() -> dict[str, str]:
    lines = (DATA / "needs.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["id"]: row["answer"] for row in map(json.loads, lines)}


@pytest.fixture(scope="module")
def full(embedder: Embedder, bridge: ConceptBridge, means: LabelMeans) -> Index:
    index = Index(embedder, bridge, means)
    index.add(read_documents(DATA / "offers.jsonl"))
    return index


def found_in_top(index: Index, top: int = 3) -> set[str]:
    queries = read_queries(DATA / "needs.jsonl")
    right = answers()
    hits = index.search_many(queries, limit=top)
    return {q.id for q, found in zip(queries, hits, strict=True) if right[q.id] in {hit.id for hit in found}}


def test_the_set_is_what_its_description_says() -> None:
    needs, offers = read_queries(DATA / "needs.jsonl"), {d.id: d for d in read_documents(DATA / "offers.jsonl")}
    assert len(needs) == len(answers()) == 16
    assert len({need.lang for need in needs}) == 14
    assert len(offers) == 32
    assert all(offers[answers()[need.id]].lang != need.lang for need in needs)


def test_the_foreign_offer_is_found_clearly_more_often_than_by_spelling(
    full: Index, embedder: Embedder, bridge: ConceptBridge, capsys: pytest.CaptureFixture[str]
) -> None:
    documents = read_documents(DATA / "offers.jsonl")
    vectors = [full.vector(document.id) for document in documents]
    spelling = Index(embedder, bridge, full._means, Weights(meaning=0, concepts=0, spelling=1, domains=0))
    spelling.add(documents, vectors)
    whole, lexical = found_in_top(full), found_in_top(spelling)
    with capsys.disabled():
        sys.stdout.write(f"\n  foreign offer in the top 3: all signals {len(whole)}, spelling {len(lexical)} of 16\n")
    assert len(whole) >= 11
    assert len(whole) >= len(lexical) + 4


def test_concepts_alone_still_cross_languages(bridge: ConceptBridge, capsys: pytest.CaptureFixture[str]) -> None:
    documents = read_documents(DATA / "offers.jsonl")
    without_model, spelling = Index(None, bridge), Index(None, None)
    without_model.add(documents)
    spelling.add(documents)
    bridged, lexical = found_in_top(without_model), found_in_top(spelling)
    with capsys.disabled():
        sys.stdout.write(f"\n  without the model: with concepts {len(bridged)}, spelling {len(lexical)} of 16\n")
    assert len(bridged) > len(lexical)


def test_every_hit_has_a_reason_in_english_and_polish(full: Index) -> None:
    named = 0
    for hits in full.search_many(read_queries(DATA / "needs.jsonl"), limit=3):
        for hit in hits:
            codes = {reason.code for reason in hit.reasons if reason.contribution > 0}
            assert codes & {"same_meaning", "close_meaning", "shared_concept", "shared_words"}
            assert hit.rank > 1 or codes & {"same_meaning", "shared_concept", "shared_words"}
            named += any(reason.code == "shared_concept" and reason.params["label_codes"] for reason in hit.reasons)
            assert all(render(reason, "pl") != render(reason, "en") for reason in hit.reasons)
            assert sum(reason.contribution for reason in hit.reasons) == pytest.approx(hit.score, abs=1e-6)
    assert named >= 24
