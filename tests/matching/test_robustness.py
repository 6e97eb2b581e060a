"""Hostile and careless texts go through the whole path with the real model and tables, in memory and from files."""

from __future__ import annotations

import json

import pytest

from hansa.matching import ConceptBridge, Document, Index, LabelMeans, Query, match_files, render
from hansa.matching.embedding import Embedder
from hansa.matching.jsonl import write_lines
from tests.matching.conftest import CLASSIFICATIONS

TEXTS = {
    "empty": "",
    "blank": " \n\t ",
    "one word": "odlew",
    "one letter": "x",
    "50,000 characters": "odlewnia aluminium szuka partnera do prac badawczych " * 950,
    "one word of 50,000 characters": "ż" * 50_000,
    "mixed languages": "Szukamy odlewni. We need light metal casting. Wir suchen eine Gießerei.",
    "HTML": "<p onclick='x()'>Odlewnia <b>aluminium</b></p><script>while(1){}</script><!-- -- > <",
    "emoji": "🏭🔥 odlewy 🇵🇱 👩🏽‍🔬 aluminium",
    "right to left": "نبحث عن شريك لصب الألومنيوم \u202e مصنع",
    "tsquery injection": "'; DROP TABLE match; -- & | ! <-> :* (a|b) %s {0} {lang}",
    "control characters": "odlew\x00nia\x1b[31m \ud800 aluminium\ufffe",
    "NUL first": "\x00\x00",
    "braces": "{query_phrase} {0} {labels}",
}


@pytest.fixture(scope="module")
def index(embedder: Embedder, bridge: ConceptBridge, means: LabelMeans) -> Index:
    index = Index(embedder, bridge, means)
    index.add(
        Document(f"{place}-{name}", "offer", "PL84", text, lang)
        for name, text in TEXTS.items()
        for place, lang in (("tagged", "pl"), ("untagged", None))
    )
    index.add([Document("good", "offer", "PL84", "Nasza odlewnia wykonuje precyzyjne odlewy z aluminium.", "pl")])
    return index


@pytest.mark.parametrize("name", TEXTS)
def test_any_text_can_be_asked_and_explained(index: Index, name: str) -> None:
    hits = index.search(Query("q", TEXTS[name], lang="pl", want="offer"))
    assert all(0 < hit.score <= 1 for hit in hits)
    for hit in hits:
        assert sum(r.contribution for r in hit.reasons) == pytest.approx(hit.score, abs=1e-6)
    if name in ("empty", "blank", "NUL first"):
        assert hits == []


def test_empty_and_repeated_texts_do_not_crowd_out_a_good_one(index: Index) -> None:
    found = [hit.id for hit in index.search(Query("q", "Szukamy odlewni, która wykona odlewy aluminiowe."))]
    assert not {"tagged-empty", "tagged-blank", "tagged-NUL first"} & set(found)
    assert found.index("good") < found.index("tagged-50,000 characters")


def test_a_wrong_language_tag_changes_nothing(embedder: Embedder, bridge: ConceptBridge, means: LabelMeans) -> None:
    text = "Nasza odlewnia wykonuje precyzyjne odlewy z aluminium dla przemysłu motoryzacyjnego w krótkich seriach."
    index = Index(embedder, bridge, means)
    index.add([Document("right", "offer", "", text, "pl"), Document("wrong", "offer", "", text, "fi")])
    assert index.language("wrong") == "pl"
    scores = {hit.id: hit.score for hit in index.search(Query("q", "Wir suchen eine Gießerei für Leichtmetall."))}
    assert scores["wrong"] == pytest.approx(scores["right"])


def test_a_language_without_labels_is_searched_by_meaning(
    embedder: Embedder, bridge: ConceptBridge, means: LabelMeans
) -> None:
    index = Index(embedder, bridge, means)
    index.add(
        [
            Document("uk", "offer", "UA", "Наша ливарня виготовляє корпуси двигунів з алюмінію.", "uk"),
            Document("fish", "offer", "PL", "Wędzimy łososia i śledzie dla sklepów.", "pl"),
        ]
    )
    hits = index.search(Query("q", "We need aluminium housings for motors, cast in a foundry."))
    assert hits[0].id == "uk"
    assert {reason.signal for reason in hits[0].reasons} <= {"meaning", "spelling"}


def test_a_language_without_labels_is_not_judged_by_the_concepts_that_it_cannot_have(
    embedder: Embedder, bridge: ConceptBridge, means: LabelMeans
) -> None:
    """The same text, once in the language that it is in and once as if no labels were there for it."""
    text = "Наша ливарня виготовляє корпуси двигунів з алюмінію."
    index = Index(embedder, bridge, means)
    index.add([Document("uk", "offer", "UA", text, "uk"), Document("fish", "offer", "NO", "Vi røker laks.", "nb")])
    alone = Index(embedder, None, means)
    alone.add([Document("uk", "offer", "UA", text, "uk"), Document("fish", "offer", "NO", "Vi røker laks.", "nb")])
    asked = Query("q", "We need aluminium housings for motors, cast in a foundry.", "en")
    [with_tables], [without] = ([hit for hit in one.search(asked) if hit.id == "uk"] for one in (index, alone))
    assert with_tables.score == pytest.approx(without.score, abs=1e-6)
    assert "no_shared_concept" not in {reason.code for reason in index.why_not(asked, "uk").against}


def test_stuffing_the_searcher_s_own_words_does_not_win(
    embedder: Embedder, bridge: ConceptBridge, means: LabelMeans
) -> None:
    need = "Szukamy odlewni, która wykona ciśnieniowo aluminiowe obudowy silników elektrycznych."
    index = Index(embedder, bridge, means)
    honest = "Valimomme valmistaa painevalettuja alumiinikoteloita sähkömoottoreille ja koneistaa ne."
    stuffed = "odlewnia aluminiowe obudowy silników elektrycznych ciśnieniowo " * 60
    index.add([Document("honest", "offer", "FI", honest, "fi"), Document("stuffed", "offer", "PL", stuffed, "pl")])
    index.add([Document("fish", "offer", "NO", "Vi røker laks og sild for butikker langs kysten.", "nb")])
    assert index.search(Query("q", need, want="offer"))[0].id == "honest"


GOOD = "Szukamy odlewni, która wykona odlewy aluminiowe."
NOISE = {
    "SQL": "'; DROP TABLE brokerage_request; --",
    "tsquery": "& | ! <-> :* ( ) 'x':A",
    "HTML": "<div class='x'><script>alert(1)</script></div>",
    "emoji": "🏭🔥🇵🇱👩🏽‍🔬",
    "a right-to-left mark": "\u202e\u200f",
    "another language": "We are looking forward to it.",
}


@pytest.mark.parametrize("name", NOISE)
def test_noise_beside_a_good_query_does_not_hide_the_answer(index: Index, name: str) -> None:
    for text in (f"{NOISE[name]} {GOOD}", f"{GOOD} {NOISE[name]}"):
        found = [hit.id for hit in index.search(Query("q", text, lang="pl", want="offer", languages=("pl",)))]
        assert "good" in found[:5]


@pytest.mark.parametrize("tag", ["fi", "de", "xx-nonsense", "", None])
def test_a_wrong_tag_on_a_sentence_changes_nothing_or_little(index: Index, tag: str | None) -> None:
    text = GOOD + " Potrzebne są krótkie serie, szybkie terminy i pełna kontrola jakości."
    right, wrong = (index.search(Query("q", text, lang=lang), limit=5) for lang in ("pl", tag))
    if tag == "xx-nonsense":
        assert wrong
    else:
        assert [hit.id for hit in wrong] == [hit.id for hit in right]


def test_a_list_of_all_subjects_does_not_win(embedder: Embedder, bridge: ConceptBridge, means: LabelMeans) -> None:
    index = Index(embedder, bridge, means)
    honest = "Valimomme valmistaa painevalettuja alumiinikoteloita sähkömoottoreille ja koneistaa ne."
    index.add([Document("honest", "offer", "FI", honest, "fi")])
    index.add([Document("labels", "offer", "PL", ", ".join(bridge.sample("pl", 300)), "pl")])
    index.add([Document("fish", "offer", "NO", "Vi røker laks og sild for butikker langs kysten.", "nb")])
    assert index.search(Query("q", GOOD, want="offer"))[0].id == "honest"


def test_one_word_finds_what_is_about_it_abroad(embedder: Embedder, bridge: ConceptBridge, means: LabelMeans) -> None:
    index = Index(embedder, bridge, means)
    index.add(
        [
            Document("cast", "offer", "DE", "Unsere Gießerei fertigt Gussteile aus Aluminium.", "de"),
            Document("fish", "offer", "NO", "Vi røker laks og sild for butikker langs kysten.", "nb"),
            Document("bread", "offer", "FI", "Leivomme ruisleipää ja pullaa kauppoihin.", "fi"),
        ]
    )
    assert index.search(Query("q", "odlewnictwo", lang="pl"))[0].id == "cast"


def test_beyond_what_is_read_a_long_text_is_its_beginning(index: Index) -> None:
    start = (GOOD + " ") * 1400
    one, other = (index.search(Query("q", start[:60_000] + tail), limit=5) for tail in ("", " ryby i chleb" * 5_000))
    assert [(hit.id, hit.score) for hit in one] == [(hit.id, hit.score) for hit in other]


@pytest.mark.parametrize("lang", ["ar", "he", None])
def test_a_text_from_right_to_left_is_found_by_its_meaning(
    embedder: Embedder, bridge: ConceptBridge, means: LabelMeans, lang: str | None
) -> None:
    index = Index(embedder, bridge, means)
    index.add(
        [
            Document("cast", "offer", "", "مسبك ينتج أغلفة من الألومنيوم للمحركات الكهربائية", lang),
            Document("fish", "offer", "", "ندخن سمك السلمون والرنجة للمتاجر", lang),
        ]
    )
    assert (
        index.search(Query("q", "We need aluminium housings for electric motors, cast in a foundry."))[0].id == "cast"
    )


def test_a_text_in_two_languages_is_found_by_either(
    embedder: Embedder, bridge: ConceptBridge, means: LabelMeans
) -> None:
    index = Index(embedder, bridge, means)
    index.add(
        [
            Document(
                "both", "offer", "", "Nasza odlewnia odlewa aluminium. Our foundry casts aluminium housings.", None
            ),
            Document("fish", "offer", "", "Wędzimy łososia. We smoke salmon for shops along the coast.", None),
        ]
    )
    for text in ("Wir suchen eine Gießerei für Aluminium.", GOOD, "We need a foundry.", f"{GOOD} We need a foundry."):
        assert index.search(Query("q", text))[0].id == "both"


def test_stuffing_does_not_win_however_it_is_done(embedder: Embedder, bridge: ConceptBridge, means: LabelMeans) -> None:
    need = "Szukamy odlewni, która wykona ciśnieniowo aluminiowe obudowy silników elektrycznych."
    index = Index(embedder, bridge, means)
    honest = "Valimomme valmistaa painevalettuja alumiinikoteloita sähkömoottoreille ja koneistaa ne."
    index.add([Document("honest", "offer", "FI", honest, "fi")])
    index.add(
        [
            Document("the need itself, again and again", "offer", "PL", f"{need} " * 80, "pl"),
            Document("one word", "offer", "PL", "odlewnia " * 500, "pl"),
            Document("a title of keywords", "offer", "PL", "Ryby. " * 60, "pl", title="odlewnia aluminium " * 30),
            Document(
                "hidden", "offer", "PL", f"<style>{need * 9}</style><script>{need * 9}</script> Wędzimy ryby.", "pl"
            ),
        ]
    )
    assert index.search(Query("q", need, want="offer"))[0].id == "honest"
    assert index.why_not(Query("q", need, want="offer"), "one word").reasons


@pytest.fixture(scope="module")
def matched(
    embedder: Embedder, bridge: ConceptBridge, tmp_path_factory: pytest.TempPathFactory
) -> list[dict[str, object]]:
    """Every careless text as a document and as a query, through the files of `hansa match`."""
    folder = tmp_path_factory.mktemp("files")
    lines = [{"id": name, "kind": "offer", "region": "PL84", "text": text} for name, text in _writable().items()]
    lines.append({"id": "good", "kind": "offer", "region": "PL84", "text": GOOD, "lang": "fi"})
    write_lines(folder / "documents.jsonl", lines)
    asked = [{"id": name, "text": text, "lang": "xx-none"} for name, text in _writable().items()]
    write_lines(folder / "queries.jsonl", [*asked, {"id": "good", "text": GOOD, "exclude_regions": ["FI"]}])
    out = folder / "hits.jsonl"
    assert match_files(folder / "documents.jsonl", folder / "queries.jsonl", 20, out, CLASSIFICATIONS) == {}
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def _writable() -> dict[str, str]:
    """The texts that a UTF-8 file can hold: a lone surrogate is none."""
    return {name: text.encode("utf-8", "replace").decode("utf-8") for name, text in TEXTS.items()}


def test_careless_files_are_matched_whole(matched: list[dict[str, object]]) -> None:
    queries = {hit["query"] for hit in matched}
    assert not {"empty", "blank", "NUL first"} & queries
    assert {"one word", "50,000 characters", "mixed languages", "HTML", "emoji", "tsquery injection"} <= queries
    for hit in matched:
        assert hit["id"] not in ("empty", "blank", "NUL first")
        reasons: list[dict[str, float]] = hit["reasons"]  # type: ignore[assignment]
        assert sum(reason["contribution"] for reason in reasons) == pytest.approx(hit["score"], abs=1e-6)
    assert next(hit["id"] for hit in matched if hit["query"] == "good") == "good"


def test_braces_and_markup_in_a_text_are_quoted_and_never_followed(index: Index) -> None:
    index.add([Document("odd", "offer", "", "Odlewnia {0} {lang} %s <b>aluminium</b> {labels_query}.", "pl")])
    try:
        [hit] = [hit for hit in index.search(Query("q", GOOD, lang="pl"), 50) if hit.id == "odd"]
        said = " ".join(render(reason, lang) for reason in hit.reasons for lang in ("en", "pl"))
        assert "<b>" not in said
    finally:
        index.remove(["odd"])
