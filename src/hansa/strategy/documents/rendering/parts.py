"""What python-docx does not write by itself: footnotes, vectors beside their bitmaps, fields, bookmarks, languages."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Pt, RGBColor

from hansa.strategy.documents.blocks import clean

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
FOOTNOTES = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
SVG = "http://schemas.microsoft.com/office/drawing/2016/SVG/main"
SVG_EXTENSION = "{96DAC541-7B7A-43D3-8B79-37D633B846F1}"


def element(tag: str, /, **attributes: Any) -> Any:
    """A WordprocessingML element; attribute names get the `w:` of their element."""
    made = OxmlElement(tag)
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), str(value))
    return made


class Footnotes:
    """The footnotes of one document: real ones, each referred to from the text by its number."""

    def __init__(self, document: Any) -> None:
        self.document = document
        self.notes: list[tuple[int, str, str]] = []
        styles = document.styles
        text = styles.add_style("Footnote Text", 1)
        text.base_style, text.font.size = styles["Normal"], Pt(8)
        text.paragraph_format.space_after = Pt(1)
        mark = styles.add_style("Footnote Reference", 2)
        mark.font.superscript, mark.font.color.rgb = True, RGBColor(0x0F, 0x4C, 0x75)

    def refer(self, paragraph: Any, number: int, text: str, url: str) -> None:
        """Set the mark of a new footnote at the end of a paragraph, with a bookmark for later marks of the same."""
        self.notes.append((number, text, url))
        bookmark(paragraph, f"note{number}", number)
        run = paragraph.add_run(style="Footnote Reference")
        run._r.append(element("w:footnoteReference", id=number))
        close_bookmark(paragraph, number)

    def refer_again(self, paragraph: Any, number: int) -> None:
        """Set a mark that repeats the number of an earlier one and leads to it."""
        field(paragraph, f" NOTEREF note{number} \\f \\h ", str(number), "Footnote Reference")

    def finish(self) -> None:
        """Write the part that holds the words of all footnotes."""
        rows = "".join(
            f'<w:footnote w:id="{number}"><w:p><w:pPr><w:pStyle w:val="FootnoteText"/></w:pPr><w:r><w:rPr>'
            f'<w:rStyle w:val="FootnoteReference"/></w:rPr><w:footnoteRef/></w:r><w:r>'
            f'<w:t xml:space="preserve"> {escape(clean(text))}{_address(url)}</w:t></w:r></w:p></w:footnote>'
            for number, text, url in self.notes
        )
        blob = (
            f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:footnotes xmlns:w="{W}">'
            '<w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>'
            '<w:footnote w:type="continuationSeparator" w:id="0"><w:p><w:r><w:continuationSeparator/></w:r></w:p>'
            f"</w:footnote>{rows}</w:footnotes>"
        )
        package = self.document.part.package
        part = Part(PackURI("/word/footnotes.xml"), FOOTNOTES, blob.encode(), package)
        self.document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
        settings = self.document.settings.element
        kept = element("w:footnotePr")
        kept.extend([element("w:footnote", id=-1), element("w:footnote", id=0)])
        # the schema wants it before the compatibility settings
        before = settings.find(qn("w:compat"))
        settings.append(kept) if before is None else before.addprevious(kept)


def _address(url: str) -> str:
    return f" {escape(clean(url))}" if url.startswith(("https://", "http://")) else ""


def bookmark(paragraph: Any, name: str, number: int) -> None:
    paragraph._p.append(element("w:bookmarkStart", id=number, name=name))


def close_bookmark(paragraph: Any, number: int) -> None:
    paragraph._p.append(element("w:bookmarkEnd", id=number))


def field(paragraph: Any, instruction: str, shown: str, style: str | None = None) -> None:
    """A field with what it shows until the reader's program computes it."""
    for kind in ("begin", None, "separate", "text", "end"):
        run = paragraph.add_run(style=style)
        if kind is None:
            code = OxmlElement("w:instrText")
            code.set(qn("xml:space"), "preserve")
            code.text = instruction
            run._r.append(code)
        elif kind == "text":
            run.text = shown
        else:
            run._r.append(element("w:fldChar", fldCharType=kind))


def contents(document: Any, title: str, entries: list[tuple[str, int, str]]) -> None:
    """A table of contents: a field, filled with links for programs that do not compute fields."""
    document.add_paragraph(title, style="TOC Heading")
    for place, (anchor, level, words) in enumerate(entries):
        paragraph = document.add_paragraph(style=f"TOC {level}")
        if place == 0:
            for kind in ("begin", None, "separate"):
                run = paragraph.add_run()
                if kind is None:
                    code = OxmlElement("w:instrText")
                    code.set(qn("xml:space"), "preserve")
                    code.text = ' TOC \\o "1-2" \\h \\z \\u '
                    run._r.append(code)
                else:
                    run._r.append(element("w:fldChar", fldCharType=kind))
        link = element("w:hyperlink", anchor=anchor, history=1)
        run = OxmlElement("w:r")
        text = OxmlElement("w:t")
        text.text = clean(words)
        text.set(qn("xml:space"), "preserve")
        run.append(text)
        link.append(run)
        paragraph._p.append(link)
        if place == len(entries) - 1:
            paragraph.add_run()._r.append(element("w:fldChar", fldCharType="end"))


def add_vector(document: Any, inline: Any, svg: str, place: int) -> None:
    """Put the vectors beside the bitmap of a picture: programs that know SVG draw it, others the bitmap."""
    part = Part(PackURI(f"/word/media/drawing{place}.svg"), "image/svg+xml", svg.encode(), document.part.package)
    relation = document.part.relate_to(part, RELATIONSHIP_TYPE.IMAGE)
    blip = inline._inline.graphic.graphicData.pic.blipFill.blip
    blip.append(
        parse_xml(
            f'<a:extLst {nsdecls("a")}><a:ext uri="{SVG_EXTENSION}"><asvg:svgBlip xmlns:asvg="{SVG}" '
            f'{nsdecls("r")} r:embed="{relation}"/></a:ext></a:extLst>'
        )
    )


def describe(inline: Any, words: str) -> None:
    """The alternative text of a picture."""
    inline._inline.docPr.set("descr", clean(words))


def speak(document: Any, language: str) -> None:
    """The language of the whole document, for spelling and for readers of screens."""
    locale = {"pl": "pl-PL", "en": "en-GB"}.get(language, language)
    document.core_properties.language = locale
    defaults = document.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    held = defaults.find(qn("w:lang"))
    if held is None:
        held = element("w:lang")
        defaults.append(held)
    held.set(qn("w:val"), locale)


def speak_run(run: Any, language: str) -> None:
    run._r.get_or_add_rPr().append(element("w:lang", val=language))


def repeat_heading(row: Any) -> None:
    """Let a table's row of headings stand at the head of every page, and mark it as such."""
    row._tr.get_or_add_trPr().append(element("w:tblHeader"))


def keep_whole(row: Any) -> None:
    row._tr.get_or_add_trPr().append(element("w:cantSplit"))


def rules(table: Any) -> None:
    """Thin lines between the rows of a table and none between its columns."""
    borders = element("w:tblBorders")
    for side, size, colour in (("top", 8, "53606E"), ("bottom", 8, "53606E"), ("insideH", 4, "DCD8CE")):
        borders.append(element(f"w:{side}", val="single", sz=size, space=0, color=colour))
    table._tbl.tblPr.append(borders)
