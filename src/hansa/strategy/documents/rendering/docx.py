"""A version as DOCX: heading styles, a table of contents, real tables and footnotes, charts as vectors."""

from __future__ import annotations

import io
from datetime import UTC
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from hansa.strategy.documents import queries
from hansa.strategy.documents.blocks import (
    Block,
    BulletList,
    Chart,
    Content,
    Heading,
    Note,
    Number,
    Reference,
    Run,
    Runs,
    Table,
    words_of,
)
from hansa.strategy.documents.rendering.front import Front, front
from hansa.strategy.documents.rendering.notes import Notes, marks_of
from hansa.strategy.models import DocumentVersion

FONT = "Calibri"
SEA, GREY, AMBER = (0x0F, 0x4C, 0x75), (0x53, 0x60, 0x6E), (0xA6, 0x57, 0x06)
FIRST_ANCHOR = 100_000  # bookmarks of headings are numbered apart from those of footnotes
LONGEST_TITLE = 255  # of a core property


def docx(version: DocumentVersion) -> bytes:
    """The version as a DOCX file."""
    with translation.override(version.language):
        content = queries.content(version)
        return Builder(version, content, front(version, content)).file()


class Builder:
    def __init__(self, version: DocumentVersion, content: Content, head: Front) -> None:
        from docx import Document

        from hansa.strategy.documents.rendering import parts

        self.parts = parts
        self.version, self.content, self.head = version, content, head
        self.document = Document()
        self._styles()
        self.footnotes = parts.Footnotes(self.document)
        self.notes = Notes()
        self.entries = [(f"part{n}", level, words) for n, (level, words) in enumerate(self._headings())]
        self.at = 0
        self.drawings = 0

    def file(self) -> bytes:
        self._properties()
        self._title_page()
        for chapter in self.content.chapters:
            self.notes.new_chapter()
            self._heading(chapter.title, 1)
            for block in chapter.blocks:
                self._block(block)
        self.footnotes.finish()
        out = io.BytesIO()
        self.document.save(out)
        return out.getvalue()

    def _headings(self) -> list[tuple[int, str]]:
        found = []
        for chapter in self.content.chapters:
            found.append((1, words_of(chapter.title)))
            found += [(b.level, words_of(b.runs)) for b in chapter.blocks if isinstance(b, Heading)]
        return found

    def _styles(self) -> None:
        from docx.enum.style import WD_STYLE_TYPE
        from docx.oxml.ns import qn
        from docx.shared import Cm, Pt, RGBColor

        styles = self.document.styles
        for name in ("Normal", "Title", "Subtitle", "Heading 1", "Heading 2", "Heading 3", "Caption", "List Bullet"):
            fonts = styles[name].element.get_or_add_rPr().get_or_add_rFonts()
            for key in list(fonts.attrib):
                del fonts.attrib[key]
            for key in ("ascii", "hAnsi", "cs", "eastAsia"):
                fonts.set(qn(f"w:{key}"), FONT)
        styles["Normal"].font.size = Pt(10.5)
        styles["Normal"].paragraph_format.space_after = Pt(6)
        for name, size in (("Heading 1", 18), ("Heading 2", 13), ("Heading 3", 11.5)):
            styles[name].font.size, styles[name].font.color.rgb = Pt(size), RGBColor(*SEA)
            styles[name].paragraph_format.space_before = Pt(18 if size > 14 else 12)
            styles[name].paragraph_format.space_after = Pt(6)
        styles["Caption"].font.size, styles["Caption"].font.color.rgb = Pt(9), RGBColor(*GREY)
        styles["Caption"].paragraph_format.keep_with_next = True
        for level in (1, 2):
            made = styles.add_style(f"TOC {level}", WD_STYLE_TYPE.PARAGRAPH)
            made.base_style = styles["Normal"]
            made.paragraph_format.left_indent = Cm(0.6 * (level - 1))
            made.paragraph_format.space_after = Pt(3)
        for section in self.document.sections:
            section.page_width, section.page_height = Cm(21), Cm(29.7)
            section.left_margin, section.right_margin = Cm(2.3), Cm(2)
            section.top_margin = section.bottom_margin = Cm(2.3)

    def _properties(self) -> None:
        held = self.document.core_properties
        held.title = self.head.running[:LONGEST_TITLE]
        held.author, held.subject, held.comments = "Hansa", self.head.standing[:LONGEST_TITLE], ""
        held.created = held.modified = self.version.at.astimezone(UTC).replace(tzinfo=None)
        held.revision = self.version.number
        self.parts.speak(self.document, self.content.language)
        section = self.document.sections[0]
        section.different_first_page_header_footer = True
        section.header.paragraphs[0].text = self.head.running[:110]
        section.header.paragraphs[0].style = self.document.styles["Caption"]
        foot = section.footer.paragraphs[0]
        foot.alignment = 2
        self.parts.field(foot, " PAGE ", "1")
        foot.add_run(" / ")
        self.parts.field(foot, " NUMPAGES ", "1")

    def _title_page(self) -> None:
        from docx.enum.text import WD_BREAK
        from docx.shared import Pt, RGBColor

        self.document.add_paragraph(self.head.title, style="Title")
        self.document.add_paragraph(self.head.subtitle, style="Subtitle")
        standing = self.document.add_paragraph().add_run(self.head.standing)
        standing.bold, standing.font.color.rgb = True, RGBColor(*(SEA if self.head.adopted else AMBER))
        for name, value in self.head.facts:
            paragraph = self.document.add_paragraph()
            paragraph.paragraph_format.space_after = Pt(2)
            label = paragraph.add_run(f"{name}: ")
            label.font.color.rgb = RGBColor(*GREY)
            paragraph.add_run(value)
        self.document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
        self.parts.contents(self.document, _("Contents"), [e for e in self.entries if e[1] <= 2])
        self.document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)

    def _heading(self, runs: Runs, level: int) -> None:
        paragraph = self.document.add_heading(level=level)
        anchor, _level, _words = self.entries[self.at]
        number = FIRST_ANCHOR + self.at
        self.parts.bookmark(paragraph, anchor, number)
        self._runs(paragraph, runs)
        self.parts.close_bookmark(paragraph, number)
        self.at += 1

    def _block(self, block: Block) -> None:
        if isinstance(block, Heading):
            self._heading(block.runs, block.level)
        elif isinstance(block, BulletList):
            for item in block.items:
                self._runs(self.document.add_paragraph(style="List Bullet"), item)
        elif isinstance(block, Table):
            self._table(block)
        elif isinstance(block, Chart):
            self._chart(block)
        else:
            paragraph = self.document.add_paragraph(style="Intense Quote" if isinstance(block, Note) else None)
            self._runs(paragraph, block.runs)

    def _runs(self, paragraph: Any, runs: Runs, *, marked: bool = True) -> None:
        for run in runs:
            self._run(paragraph, run, marked)

    def _run(self, paragraph: Any, run: Run, marked: bool) -> None:
        made = paragraph.add_run(run.text)
        if isinstance(run, Number):
            made.italic = run.value is None or None
            if run.unit:
                paragraph.add_run(f" {run.unit}")
            if marked:
                self._mark(paragraph, run.reference)
            return
        made.bold = run.strong or None
        if run.language and run.language != "?":
            self.parts.speak_run(made, run.language)

    def _mark(self, paragraph: Any, reference: Reference) -> None:
        note = self.notes.mark(reference)
        if note.first:
            self.footnotes.refer(paragraph, note.number, note.text, note.url)
        else:
            self.footnotes.refer_again(paragraph, note.number)

    def _table(self, table: Table) -> None:
        marks = marks_of(table)
        caption = self.document.add_paragraph(style="Caption")
        self._runs(caption, table.caption)
        for reference in marks.caption:
            self._mark(caption, reference)
        made = self.document.add_table(rows=1, cols=len(table.header))
        self.parts.rules(made)
        self.parts.repeat_heading(made.rows[0])
        for column, runs in enumerate(table.header):
            paragraph = self._cell(made.rows[0].cells[column], column in table.numeric)
            self._runs(paragraph, runs)
            for run in paragraph.runs:
                run.bold = True
            if column in marks.columns:
                self._mark(paragraph, marks.columns[column])
        for row in table.rows:
            added = made.add_row()
            self.parts.keep_whole(added)
            cells = added.cells
            for column, runs in enumerate(row):
                self._runs(self._cell(cells[column], column in table.numeric), runs, marked=marks.in_cell(column))
        for cell_row in made.rows:
            for cell in cell_row.cells:
                self._small(cell)
        self.document.add_paragraph()

    def _cell(self, cell: Any, numeric: bool) -> Any:
        from docx.shared import Pt

        paragraph = cell.paragraphs[0]
        paragraph.paragraph_format.space_after = Pt(1)
        if numeric:
            paragraph.alignment = 2
        return paragraph

    def _small(self, cell: Any) -> None:
        from docx.shared import Pt

        for paragraph in cell.paragraphs:
            for run in paragraph.runs:
                run.font.size = Pt(8.5)

    def _chart(self, chart: Chart) -> None:
        import vl_convert
        from docx.shared import Cm

        bitmap = io.BytesIO(vl_convert.svg_to_png(chart.svg, scale=2.0))
        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.keep_with_next = True
        inline = paragraph.add_run().add_picture(bitmap)
        widest, highest = Cm(16.5), Cm(17)
        shrink = min(1.0, widest / inline.width, highest / inline.height)
        inline.width, inline.height = int(inline.width * shrink), int(inline.height * shrink)
        self.drawings += 1
        self.parts.add_vector(self.document, inline, chart.svg, self.drawings)
        self.parts.describe(inline, chart.alternative)
        self._runs(self.document.add_paragraph(style="Caption"), chart.caption)
        if chart.table is not None:
            self._table(chart.table)
