"""The bridge over official labels: concepts, labels, tags."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hansa.matching import ClassificationError, ConceptBridge
from hansa.matching.concepts import NEAREST, likeness, shared

SMALL = [
    ("NACE", "C", "en", "MANUFACTURING"),
    ("NACE", "24", "en", "Manufacture of basic metals"),
    ("NACE", "24.5", "en", "Casting of metals"),
    ("NACE", "24.53", "en", "Casting of light metals"),
    ("NACE", "24.53", "pl", "Odlewnictwo metali lekkich"),
    ("NACE", "10.20", "pl", "Przetwarzanie i konserwowanie ryb"),
    ("NACE", "10.20", "en", "Processing and preserving of fish"),
    ("NACE", "10.20", "no", "Bearbeiding og konservering av fisk"),
]


def test_texts_in_two_languages_meet_on_a_concept_that_can_be_named() -> None:
    bridge = ConceptBridge(SMALL)
    polish, english = bridge.of("odlewnictwo lekkich stopów", "pl"), bridge.of("we do light metal casting", "en")
    fish = bridge.of("preserving fish", "en")
    table = likeness([polish], [english, fish], len(bridge))[0]
    assert table[0] > 0.5
    assert table[1] < 0.01
    assert shared(bridge, polish, english) == ["NACE:24.53"]


def test_labels_run_from_narrow_to_wide() -> None:
    bridge = ConceptBridge(SMALL)
    assert bridge.labels("NACE:24.53", "en") == (
        "Casting of light metals",
        "Casting of metals",
        "Manufacture of basic metals",
    )
    assert bridge.labels("NACE:24.53", "pl") == ("Odlewnictwo metali lekkich",)
    assert bridge.label("NACE:C", "en") == "Manufacturing"
    assert bridge.labels("NACE:99", "en") == ()
    assert bridge.label("NACE:10.20", "nb") == bridge.label("NACE:10.20", "no") == "Bearbeiding og konservering av fisk"


def test_a_text_without_labels_or_letters_has_no_concepts() -> None:
    bridge = ConceptBridge(SMALL)
    for text, lang in (("", "en"), ("qqqqq", "en"), ("риба", "uk"), ("fish", None)):
        assert len(bridge.of(text, lang).rows) == 0
        assert bridge.propose_tags(text, lang) == []


def test_official_tables_tag_texts_in_six_languages(bridge: ConceptBridge) -> None:
    texts = {
        "pl": "Odlewnia wykonuje odlewy z metali lekkich",
        "en": "Our foundry offers casting of light metals",
        "de": "Wir bieten Leichtmetallgießerei für den Maschinenbau",
        "sv": "Gjutning av lättmetall för fordonsindustrin",
        "et": "Kergmetallide valu masinatööstusele",
        "lv": "Vieglo metālu liešana mašīnbūvei",
    }
    for lang, text in texts.items():
        tags = bridge.propose_tags(text, lang)
        assert "24.53" in [tag.code for tag in tags], (lang, tags)
        assert all(0 < tag.similarity <= 1 and tag.label for tag in tags)
        assert [tag.similarity for tag in tags] == sorted((tag.similarity for tag in tags), reverse=True)


def test_official_tables_hold_all_languages_served_but_ukrainian(bridge: ConceptBridge) -> None:
    from hansa.matching import LANGUAGES

    assert set(LANGUAGES) - bridge.languages == {"uk"}
    assert len(bridge) == 10_450
    assert len(bridge.of("We sell fish, bread, machines, software and timber to hospitals.", "en").rows) >= NEAREST
    assert bridge.labels("CPV:03311000-2", "en")[:2] == ("Fish", "Fish, crustaceans and aquatic products")
    assert bridge.propose_tags("fresh fish", "en", classification="CPV", limit=1)[0].classification == "CPV"


def test_label_samples_are_of_one_length_in_every_language(bridge: ConceptBridge) -> None:
    assert {len(bridge.sample(lang, 32)) for lang in bridge.languages} == {32}


def test_tables_that_do_not_fit_are_named(tmp_path: Path) -> None:
    with pytest.raises(ClassificationError, match="nace_rev2_labels"):
        ConceptBridge.from_folder(tmp_path)
    pq.write_table(pa.table({"code": ["01"], "label": ["Crops"]}), tmp_path / "nace_rev2_labels.parquet")
    with pytest.raises(ClassificationError, match="lacks the column lang"):
        ConceptBridge.from_folder(tmp_path)
    with pytest.raises(ClassificationError, match="No labels"):
        ConceptBridge([])


def test_one_table_is_enough(tmp_path: Path) -> None:
    table = pa.table({"code": ["24.53"], "lang": ["en"], "label": ["Casting of light metals"]})
    pq.write_table(table, tmp_path / "nace_rev2_labels.parquet")
    assert ConceptBridge.from_folder(tmp_path).codes == ("NACE:24.53",)
