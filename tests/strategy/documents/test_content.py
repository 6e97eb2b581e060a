"""What documents say: every number from a record, in both languages, the same again from the same records."""

import re

import pytest
from django.utils import timezone, translation

from hansa.strategy.actions import move
from hansa.strategy.documents import composing, contract, counting
from hansa.strategy.documents.blocks import Chart, Content, Number, Text, all_runs, numbers_of, words_of
from hansa.strategy.documents.references import Unresolved, changed_since, resolve, value_of
from hansa.strategy.documents.writing import Writer
from hansa.strategy.models import Document, DocumentVersion

KINDS = Document.Kind.values
# names and years that the documents' own words may hold; every other digit there would be a number without a record
ALLOWED = re.compile(
    r"Trans-S3|NUTS 2|SHA-256|\(EU\) 2021/1060|\(UE\) 2021/1060|2021–2027|Hidalgo (et al\.|i in\.), 2007"
)


def composed(run, kind, language="en") -> Content:
    return composing.compose(run, kind, language)


@pytest.mark.parametrize("language", ["en", "pl"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_number_resolves_to_its_record_and_is_written_as_it_stands_there(run, kind, language):
    numbers = list(numbers_of(composed(run, kind, language)))
    assert numbers
    writer = Writer(kind, language)
    for number in numbers:
        assert resolve(number.reference) == number.value, number
        assert number.reference.source and number.reference.label
        with translation.override(language):
            forms = {writer.written(number.value, d) for d in range(4)} | {
                writer.written(number.value, 0, percent=True)
            }
        assert number.text in forms


@pytest.mark.parametrize("language", ["en", "pl"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_figure_stands_in_the_documents_own_words(run, kind, language):
    for text in all_runs(composed(run, kind, language)):
        if isinstance(text, Text) and text.kind == "":
            assert not re.search(r"\d", ALLOWED.sub("", text.text)), text.text
        if isinstance(text, Text) and text.kind == "date":
            assert re.fullmatch(r"–|\d{4}|\d{4}-\d\d-\d\d( \d\d:\d\d [A-Z]{2,5})?", text.text), text.text


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_records_give_the_same_digest_and_content_survives_being_stored(run, kind):
    first, again = composed(run, kind), composed(run, kind)
    assert composing.digest(first.as_json()) == composing.digest(again.as_json())
    assert Content.from_json(first.as_json()) == first


@pytest.mark.parametrize("kind", KINDS)
def test_polish_documents_keep_no_english_words_of_their_own(run, kind):
    english, polish = composed(run, kind, "en"), composed(run, kind, "pl")
    own = [
        (a.text, b.text)
        for a, b in zip(all_runs(english), all_runs(polish), strict=True)
        if isinstance(a, Text) and a.kind == ""
    ]
    assert [a for a, b in own if a == b and len(re.findall(r"[A-Za-z]{3,}", a)) >= 2] == []


def test_what_a_chart_draws_are_numbers_of_the_document(run):
    content = composed(run, "strategy")
    known = {number.value for number in numbers_of(content)}
    charts = [b for c in content.chapters for b in c.blocks if isinstance(b, Chart)]
    assert len(charts) == 2
    for chart in charts:
        drawn = [row["value"] for row in chart.spec["data"]["values"]]
        assert drawn and set(drawn) <= known
        assert chart.svg.startswith("<svg") and chart.alternative


def test_the_strategy_names_every_standing_priority_and_the_reasons_of_its_moves(run):
    content = composed(run, "strategy")
    said = " ".join(words_of((r,)) for r in all_runs(content))
    for priority in counting.open_priorities(run):
        assert priority.identifier in said and priority.local_title in said
    for reason in ("New figures came in.", "They are one.", "Nobody stands behind it.", "Two things in one."):
        assert reason in said


def test_the_dossier_has_all_seven_criteria_and_says_where_there_is_no_record(run):
    content = composed(run, "dossier")
    chapters = [c for c in content.chapters if c.key.startswith("criterion_")]
    assert [c.key.removeprefix("criterion_") for c in chapters] == list(contract.CRITERIA)
    empty = {c.key.removeprefix("criterion_") for c in chapters if "no record yet" in words_of(c.blocks[0].runs)}
    assert empty == {"bottlenecks", "body", "discovery", "research", "transition"}


def test_a_document_names_organisations_and_no_person(run, analyst):
    for kind in KINDS:
        said = " ".join(words_of((r,)) for r in all_runs(composed(run, kind)))
        assert not re.search(rf"\b{re.escape(analyst.name)}\b", said)
    assert "Agency of Podlaskie" in " ".join(words_of((r,)) for r in all_runs(composed(run, "annex")))


def test_moments_are_told_with_the_zone_they_are_in(run, settings):
    settings.TIME_ZONE = "Asia/Tokyo"
    with timezone.override("Asia/Tokyo"):
        assert "JST" in " ".join(words_of((r,)) for r in all_runs(composed(run, "annex")))


def test_numbers_that_their_records_would_not_give_today_are_told(run, analyst):
    numbers = list(numbers_of(composed(run, "summary")))
    assert changed_since(numbers) == []
    move(analyst, counting.open_priorities(run).first(), "drop", reason="No longer.")
    changed = {c.number.reference.field: c.now for c in changed_since(numbers)}
    assert changed["priorities_open"] == 1


def test_a_chapter_of_another_part_comes_in_at_its_place(run, monkeypatch):
    from hansa.strategy.parts import parts

    monkeypatch.setattr(parts, "chapters", dict(parts.chapters))

    def actions(run, w):
        number = w.number(run, "regions_count", label="regions", source="Counted.")
        return w.chapter("actions", "Actions", [w.paragraph("Regions: %(n)s.", n=number)])

    contract.add_chapter("actions", actions, kinds=["summary"], order=15)
    contract.add_chapter("nothing", lambda run, w: None, kinds=["summary"], order=16)
    keys = [c.key for c in composed(run, "summary").chapters]
    assert keys == ["in_brief", "method", "actions", "regions", "priorities"]
    assert "actions" not in [c.key for c in composed(run, "strategy").chapters]


def test_a_field_that_is_no_number_is_refused(run):
    for field in ("title", "parameters.nothing", "priorities.3", "synthetic"):
        with pytest.raises(Unresolved):
            value_of(run, field)


def test_an_unknown_figure_says_so_and_is_no_zero(run):
    writer = Writer("strategy", "pl")
    with translation.override("pl"):
        assert writer.written(None) == writer.written(float("nan")) == translation.gettext("unknown")
        assert writer.written(1234.5, 2) == "1\N{NO-BREAK SPACE}234,50"
        assert writer.written(0.25, percent=True) == "25\N{NO-BREAK SPACE}%"


def test_another_value_of_a_figure_is_written_with_its_decimals(run):
    writer = Writer("annex", "pl")
    with translation.override("pl"):
        number = writer.number(run, "parameters.threshold", label="x", source="y", decimals=2)
        assert (number.text, writer.like(number, 1.5)) == ("0,80", "1,50")
        count = writer.number(run, "regions_count", label="x", source="y")
        assert writer.like(count, 5) == "5"


def test_a_number_in_a_stored_document_keeps_its_reference(written):
    (version,) = written()
    stored = DocumentVersion.objects.get(pk=version.pk)
    numbers = list(numbers_of(Content.from_json(stored.content)))
    assert len(numbers) == stored.figures and all(isinstance(n, Number) for n in numbers)
