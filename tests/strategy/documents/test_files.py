"""Files: a DOCX that is one, a PDF that a ministry can read, and titles that try to break both."""

import builtins
import io
import re
import zipfile

import pypdfium2
import pytest
from docx import Document as Docx
from docx.oxml.ns import qn
from lxml import etree

from hansa.strategy.documents import counting, queries
from hansa.strategy.documents.blocks import Heading, Table, words_of
from hansa.strategy.documents.rendering import pdf as pdf_module
from hansa.strategy.documents.rendering.docx import docx
from hansa.strategy.documents.rendering.html import Renderer, footnotes
from hansa.strategy.documents.rendering.pdf import PdfUnavailable, page, pdf

TITLES = {
    "markup": '<script>alert("x")</script> & </w:t></w:p>',
    "formula": "=HYPERLINK(\"http://example.org\")",
    "long": "Ż" * 200,
    "control": "Wood\x0b\x1f and\x08 houses \ufffe",
    "quote": "„Drewno” i “houses” 𝔘 🪵",
}  # fmt: skip


@pytest.fixture
def hostile(run):
    """The standing priorities bear titles that somebody pasted."""

    def name(title):
        for priority in run.priorities.all():
            priority.title, priority.titles = title[:200], {}
            priority.save()

    return name


def text_of_pdf(content: bytes) -> list[str]:
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content)]


@pytest.mark.parametrize("language", ["en", "pl"])
def test_a_docx_has_the_headings_tables_footnotes_and_vectors_of_its_content(written, language):
    (version,) = written(languages=(language,))
    content = queries.content(version)
    made = docx(version)
    opened = Docx(io.BytesIO(made))
    headings = [p.text for p in opened.paragraphs if p.style.name.startswith("Heading")]
    wanted = []
    for chapter in content.chapters:
        wanted.append(words_of(chapter.title))
        wanted += [words_of(b.runs) for b in chapter.blocks if isinstance(b, Heading)]
    assert headings == wanted
    tables = [b for c in content.chapters for b in c.blocks if isinstance(b, Table)]
    tables += [b.table for c in content.chapters for b in c.blocks if getattr(b, "table", None)]
    assert len(opened.tables) == len(tables)
    for table in opened.tables:
        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert opened.core_properties.language == {"en": "en-GB", "pl": "pl-PL"}[language]
    files = zipfile.ZipFile(io.BytesIO(made))
    assert sum(name.endswith(".svg") for name in files.namelist()) == 2
    assert sum(name.endswith(".png") for name in files.namelist()) == 2
    body, notes = (etree.fromstring(files.read(f"word/{part}.xml")) for part in ("document", "footnotes"))
    marks = [mark.get(qn("w:id")) for mark in body.iter(qn("w:footnoteReference"))]
    kept = [note.get(qn("w:id")) for note in notes if note.get(qn("w:type")) is None]
    assert marks == kept == [str(n) for n in range(1, len(marks) + 1)] and marks
    assert all("".join(note.itertext()).strip() for note in notes if note.get(qn("w:type")) is None)
    assert b"TOC \\o" in files.read("word/document.xml")


def test_the_bookmarks_that_links_in_a_docx_lead_to_are_there_once(written):
    (version,) = written()
    body = etree.fromstring(zipfile.ZipFile(io.BytesIO(docx(version))).read("word/document.xml"))
    names = [mark.get(qn("w:name")) for mark in body.iter(qn("w:bookmarkStart"))]
    numbers = [mark.get(qn("w:id")) for mark in body.iter(qn("w:bookmarkStart"))]
    assert len(set(names)) == len(names) and len(set(numbers)) == len(numbers)
    assert {link.get(qn("w:anchor")) for link in body.iter(qn("w:hyperlink"))} <= set(names)
    again = {
        re.search(r"NOTEREF (\S+)", code.text)[1] for code in body.iter(qn("w:instrText")) if "NOTEREF" in code.text
    }
    assert again and again <= set(names)


@pytest.mark.parametrize("language", ["en", "pl"])
def test_a_pdf_has_the_titles_page_numbers_footnotes_and_bookmarks(written, run, language):
    (version,) = written(languages=(language,))
    made = pdf(version)
    pages = text_of_pdf(made)
    flat = " ".join(" ".join(pages).split())
    for priority in counting.open_priorities(run):
        assert priority.title in flat
    for place, told in enumerate(pages[1:], start=2):
        assert f"{place} / {len(pages)}" in told
    opened = pypdfium2.PdfDocument(made)
    marks = [mark.get_title() for mark in opened.get_toc()]
    for chapter in queries.content(version).chapters:
        assert words_of(chapter.title) in marks
    source = {"en": "Counted by Hansa from the records of the run", "pl": "Policzono w Hansie z zapisów przebiegu"}
    assert source[language] in flat
    assert pypdfium2.raw.FPDFCatalog_IsTagged(opened.raw), "readers of screens find headings and tables by their tags"
    images = [o for p in opened for o in p.get_objects() if o.type == 3]
    assert images == [], "charts are drawn, not pictured"


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_no_title_breaks_a_file(written, hostile, title):
    hostile(title)
    (version,) = written()
    shown = re.sub("[\x0b\x1f\x08\ufffe]", "", title[:200])
    opened = Docx(io.BytesIO(docx(version)))
    assert any(shown in p.text for p in opened.paragraphs if p.style.name == "Heading 2")
    pages = text_of_pdf(pdf(version))
    assert len(pages) >= 4
    renderer = Renderer()
    body = str(renderer.body(queries.content(version)))
    assert "<script" not in body


def test_an_old_version_renders_the_same_whatever_happened_to_its_records(written, run):
    (version,) = written()
    before = page(version), docx_text(version)
    for priority in run.priorities.all():
        priority.title, priority.score = "Something else", 9.0
        priority.save()
    assert (page(version), docx_text(version)) == before


def docx_text(version) -> list[str]:
    return [p.text for p in Docx(io.BytesIO(docx(version))).paragraphs]


def test_every_footnote_on_a_page_leads_there_and_back(written):
    (version,) = written()
    renderer = Renderer()
    body, notes = str(renderer.body(queries.content(version))), str(footnotes(renderer.notes))
    wanted = set(re.findall(r'href="#(note-\d+)"', body))
    assert wanted == set(re.findall(r'id="(note-\d+)"', notes))
    assert set(re.findall(r'href="#(mark-\d+)"', notes)) == set(re.findall(r'id="(mark-\d+)"', body))


def test_a_pdf_fetches_nothing_from_anywhere(written, monkeypatch):
    (version,) = written()
    asked = []
    monkeypatch.setattr("socket.create_connection", lambda *a, **k: asked.append(a) or (_ for _ in ()).throw(OSError))
    monkeypatch.setattr(
        pdf_module, "page", lambda v: '<p>x</p><img src="http://127.0.0.1:9/x.png"><img src="file:///etc/hostname">'
    )
    assert pdf(version).startswith(b"%PDF")
    assert asked == []


@pytest.mark.parametrize("fault", [ImportError("no module"), OSError("cannot load library 'libpango-1.0-0'")])
def test_without_pango_the_page_says_so_and_offers_the_rest(client, written, analyst, monkeypatch, fault):
    (version,) = written()
    real = builtins.__import__

    def refusing(name, *args, **kwargs):
        if name.split(".")[0] == "weasyprint":
            raise fault
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refusing)
    with pytest.raises(PdfUnavailable):
        pdf(version)
    client.force_login(analyst.user)
    shown = client.get(version.get_absolute_url()).content.decode()
    assert "PDF needs the Pango libraries" in shown and "document.docx" in shown and "document.pdf" not in shown
    assert client.get(version.get_absolute_url() + "document.pdf").url == version.get_absolute_url()
    from hansa.site.ops import doctor

    (finding,) = doctor._pdf(None)
    assert (finding.check, finding.level) == ("pdf", "warn") and "Pango" in finding.advice
