"""The difference of two versions: nothing lost, nothing invented, and figures that change whole."""

from hypothesis import given
from hypothesis import strategies as st

from hansa.strategy.documents.blocks import Chapter, Content, Paragraph, Table, Text
from hansa.strategy.documents.comparing import Piece, compare, words


def content(*chapters: Chapter) -> Content:
    return Content("strategy", "en", "Title", (Text("A run"),), chapters)


def chapter(key: str, *blocks) -> Chapter:
    return Chapter(key, (Text(key.title()),), blocks)


def said(words: str) -> Paragraph:
    return Paragraph((Text(words),))


def table(*rows) -> Table:
    cells = tuple(tuple((Text(cell),) for cell in row) for row in rows)
    return Table((Text("Caption"),), ((Text("Priority"),), (Text("Title"),), (Text("Strength"),)), cells)


@given(st.text(max_size=60), st.text(max_size=60))
def test_what_is_the_same_or_left_is_the_old_text_and_what_is_the_same_or_new_the_new(before, after):
    pieces = words(before, after)
    assert "".join(p.text for p in pieces if p.kind != "ins") == before
    assert "".join(p.text for p in pieces if p.kind != "del") == after


def test_a_version_compared_with_itself_says_nothing():
    held = content(chapter("a", said("One."), table(("P-01", "Wood", "1.0"))))
    assert compare(held, held) == []


def test_a_changed_figure_in_a_table_is_told_as_old_and_new_in_its_cell():
    before = content(chapter("a", table(("P-01", "Wood", "1.25"), ("P-02", "Ships", "2.00"))))
    after = content(chapter("a", table(("P-01", "Wood", "1.30"), ("P-02", "Ships", "2.00"))))
    (change,) = compare(before, after)
    (line,) = change.lines
    assert (line.kind, line.role) == ("changed", "row")
    assert line.cells[2] == (Piece("del", "1.25"), Piece("ins", "1.30"))
    assert line.cells[1] == (Piece("same", "Wood"),)
    assert change.kept == 3


def test_rows_that_came_and_left_are_told_whole():
    before = content(chapter("a", table(("P-01", "Wood", "1"), ("P-02", "Ships", "2"))))
    after = content(chapter("a", table(("P-02", "Ships", "2"), ("P-03", "Milk", "3"))))
    (change,) = compare(before, after)
    assert [(line.kind, line.cells[0][0].text) for line in change.lines] == [("del", "P-01"), ("ins", "P-03")]


def test_changed_words_of_a_paragraph_are_marked_and_the_rest_stands():
    before = content(chapter("a", said("Regions taking part: 7, from many countries.")))
    after = content(chapter("a", said("Regions taking part: 8, from many countries.")))
    (change,) = compare(before, after)
    kinds = [(p.kind, p.text) for p in change.lines[0].cells[0] if p.kind != "same"]
    assert kinds == [("del", "7,"), ("ins", "8,")]


def test_chapters_that_came_and_left_are_told():
    before = content(chapter("a", said("One.")), chapter("b", said("Two.")))
    after = content(chapter("b", said("Two.")), chapter("c", said("Three.")))
    assert [(c.kind, c.title[0].text) for c in compare(before, after)] == [("del", "A"), ("ins", "C")]
