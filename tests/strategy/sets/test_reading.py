"""Files that people bring: CSV, PDF, DOCX, pasted text; what cannot be read is refused in one sentence."""

import io

import docx
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.network.faults import Refused
from hansa.strategy.sets import reading, table
from hansa.strategy.sets.passages import passages


def csv_of(*lines, encoding="utf-8"):
    return "\n".join(lines).encode(encoding)


def test_headings_may_be_written_as_people_write_them():
    parsed = table.parse(csv_of("NUTS code;Tytuł;NACE2;Strona", "PL84;Żywność;10|11;7", encoding="utf-8-sig"), "a.csv")
    (row,) = parsed.rows
    assert (row.region, row.title, row.page, row.tags) == ("PL84", "Żywność", 7, {"sector": ["10", "11"]})
    assert not parsed.faults


@pytest.mark.parametrize(
    "content, told",
    [
        (b"", "empty"),
        (b"region,title\n", "no row"),
        (b"region,name of it\nPL84,x", "title"),
        (b"region,title\nPL84,\xff", "UTF-8"),
        (b"region,title,Title\nPL84,a,b", "twice"),
        (b'region,title\nPL84,"open', "quotation"),
        (b"region,title\n" + b"x" * table.MOST_BYTES, "larger"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content, told):
    parsed = table.parse(content, "bad.csv")
    assert not parsed.rows and len(parsed.faults) == 1
    assert told in str(parsed.faults[0]) and "bad.csv" in str(parsed.faults[0])


def test_every_fault_names_file_row_and_column():
    parsed = table.parse(csv_of("region,title,page", "PL84,,3", "PL84,Wood,three"), "p.csv")
    assert [(f.row, f.column) for f in parsed.faults] == [(2, "title"), (3, "page")]
    assert all(str(f).startswith("p.csv, row") for f in parsed.faults)


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reading_of_a_table(content):
    parsed = table.parse(content, "any.csv")
    assert parsed.rows or parsed.faults


@given(st.binary(max_size=200), st.sampled_from([b"", b"%PDF-1.4\n", b"PK\x03\x04"]))
def test_no_bytes_break_the_reading_of_a_document(content, beginning):
    try:
        assert reading.read_file(beginning + content, "any.pdf").pages
    except Refused as fault:
        assert "any.pdf" in str(fault)


def docx_of(build):
    document = docx.Document()
    build(document)
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()


def test_a_docx_is_read_page_by_page_with_its_lists_and_tables():
    def build(document):
        document.add_heading("Priorytety", 1)
        document.add_paragraph("Żywność wysokiej jakości", style="List Bullet")
        document.add_page_break()
        document.add_paragraph("Drewno", style="List Number")
        document.add_table(1, 2).rows[0].cells[0].text = "w tabeli"

    read = reading.read_file(docx_of(build), "s.docx")
    assert len(read.pages) == 2
    assert "Żywność" in read.pages[0] and "Drewno" in read.pages[1] and "w tabeli" in read.pages[1]
    found = passages(read.pages)
    assert [(p.page, p.title) for p in found if p.mark == "bullet"] == [(1, "Żywność wysokiej jakości"), (2, "Drewno")]


@pytest.fixture
def a_pdf():
    weasyprint = pytest.importorskip("weasyprint")
    html = """<h1>Strategia</h1><p>1. Sektor rolno-spożywczy</p><p>Opis pierwszego.</p>
    <div style="break-before: page"><p>2. Przemysł metalowo-maszynowy</p></div>"""
    return weasyprint.HTML(string=html).write_pdf()


def test_a_pdf_is_read_page_by_page(a_pdf):
    read = reading.read_file(a_pdf, "s.pdf")
    assert len(read.pages) == 2 and "rolno-spożywczy" in read.pages[0]
    assert [(p.page, p.title) for p in passages(read.pages) if p.mark == "numbered"] == [
        (1, "Sektor rolno-spożywczy"),
        (2, "Przemysł metalowo-maszynowy"),
    ]


def test_a_scanned_pdf_is_refused():
    document = pypdfium2.PdfDocument.new()
    document.new_page(200, 200)
    held = io.BytesIO()
    document.save(held)
    with pytest.raises(Refused, match="pictures of pages"):
        reading.read_file(held.getvalue(), "scan.pdf")


@pytest.mark.parametrize(
    "content, told",
    [
        (b"", "empty"),
        (b"%PDF-1.4 nothing more", "broken"),
        (b"PK\x03\x04 nothing more", "broken"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "old or an encrypted"),
        (b"just words", "neither a PDF nor a DOCX"),
        (b"%PDF-" + b"0" * reading.MOST_BYTES, "larger"),
    ],
)
def test_a_document_that_cannot_be_read_is_refused_in_a_sentence(content, told):
    with pytest.raises(Refused, match=told):
        reading.read_file(content, "s.pdf")


ENCRYPTED = b"""%%PDF-1.4
1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj
2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1>> endobj
3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 9 9]>> endobj
4 0 obj <</Filter /Standard /V 1 /R 2 /P -44 /O <%s> /U <%s>>> endobj
trailer <</Root 1 0 R /Size 5 /Encrypt 4 0 R /ID [<00><00>]>>
%%%%EOF
""" % (b"11" * 32, b"22" * 32)


def test_an_encrypted_pdf_is_refused_as_such():
    with pytest.raises(Refused, match="encrypted"):
        reading.read_file(ENCRYPTED, "locked.pdf")


def test_a_pasted_text_is_cut_at_its_form_feeds_and_an_empty_one_refused():
    assert reading.read_text("one\x00\fdwa").pages == ["one", "dwa"]
    with pytest.raises(Refused):
        reading.read_text(" \n ")


def test_passages_are_headings_numbers_and_bullets_but_no_table_of_contents():
    page = "\n".join(
        [
            "1. Bioeconomy ............ 12",
            "",
            "2.1 Energy efficiency",
            "Renovation of buildings and heat grids in all towns.",
            "",
            "• Smart mobility: rail and ferries, with data shared between operators",
            "",
            "GESUNDHEIT UND MEDIZINTECHNIK",
            "Kliniken und Hersteller arbeiten zusammen.",
            "",
            "An ordinary sentence that goes on and ends with a stop.",
        ]
    )
    found = passages(["", page])
    assert [(p.mark, p.title) for p in found] == [
        ("numbered", "Energy efficiency"),
        ("bullet", "Smart mobility"),
        ("heading", "GESUNDHEIT UND MEDIZINTECHNIK"),
    ]
    assert all(p.page == 2 for p in found)
    assert found[0].text.endswith("Renovation of buildings and heat grids in all towns.")


@given(st.lists(st.text(max_size=300), max_size=4))
def test_any_pages_give_passages_with_titles_that_fit(pages):
    assert all(0 < len(p.title) <= 300 and 1 <= p.page <= len(pages) for p in passages(pages))
