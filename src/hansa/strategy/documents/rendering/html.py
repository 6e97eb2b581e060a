"""A content as HTML: for a page of the site with linked footnotes, and for print with footnotes on their page."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from hansa.strategy.documents.blocks import (
    Block,
    BulletList,
    Chapter,
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
from hansa.strategy.documents.rendering.notes import Footnote, Notes, marks_of

LONG_WORD = 28  # from here on a word may be broken anywhere, so that it cannot widen its table


def joined(pieces: list[str]) -> SafeString:
    """Pieces that were escaped one by one."""
    return mark_safe("".join(pieces))  # noqa: S308


@dataclass
class Renderer:
    """Turns blocks into HTML. `printed` puts the footnote's words at its mark, for a float at the foot of the page."""

    printed: bool = False
    notes: Notes = field(default_factory=Notes)
    entries: list[tuple[str, int, str]] = field(default_factory=list)
    _headings: int = 0

    def body(self, content: Content) -> SafeString:
        """The chapters; `entries` is the table of contents afterwards, `notes` the footnotes."""
        return joined([self.chapter(chapter) for chapter in content.chapters])

    def chapter(self, chapter: Chapter) -> str:
        self.notes.new_chapter()
        anchor = f"chapter-{chapter.key}"
        self.entries.append((anchor, 1, words_of(chapter.title)))
        title = self.runs(chapter.title)
        blocks = joined([self.block(block) for block in chapter.blocks])
        return format_html('<section class="stack chapter" id="{}"><h2>{}</h2>{}</section>', anchor, title, blocks)

    def block(self, block: Block) -> str:
        if isinstance(block, Heading):
            self._headings += 1
            anchor = f"part-{self._headings}"
            self.entries.append((anchor, block.level, words_of(block.runs)))
            level = block.level + 1
            return format_html('<h{} id="{}">{}</h{}>', level, anchor, self.runs(block.runs), level)
        if isinstance(block, BulletList):
            return format_html("<ul>{}</ul>", joined([format_html("<li>{}</li>", self.runs(i)) for i in block.items]))
        if isinstance(block, Table):
            return self.table(block)
        if isinstance(block, Chart):
            return self.chart(block)
        kind = "notice" if isinstance(block, Note) else "prose"
        return format_html('<p class="{}">{}</p>', kind, self.runs(block.runs))

    def table(self, table: Table) -> str:
        marks = marks_of(table)
        caption = joined([self.runs(table.caption), *(self.mark(reference) for reference in marks.caption)])
        head = []
        for column, runs in enumerate(table.header):
            mark = self.mark(marks.columns[column]) if column in marks.columns else ""
            head.append(format_html('<th scope="col"{}>{}{}</th>', self.side(table, column), self.runs(runs), mark))
        rows = [self.row(table, row, marks.in_cell) for row in table.rows]
        return format_html(
            '<div class="wide" tabindex="0" role="region" aria-label="{}"><table class="wrapped"><caption>{}</caption>'
            "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>",
            words_of(table.caption),
            caption,
            joined(head),
            joined(rows),
        )

    def row(self, table: Table, row: tuple[Runs, ...], in_cell: object) -> str:
        cells = []
        for column, runs in enumerate(row):
            inside = self.runs(runs, marked=in_cell(column))  # type: ignore[operator]
            classes = ["n"] if column in table.numeric else []
            if any(len(word) > LONG_WORD for word in words_of(runs).split()):
                classes.append("long")
            classed = format_html(' class="{}"', " ".join(classes)) if classes else ""
            form = "<td{}>{}</td>" if column else '<th scope="row"{}>{}</th>'
            cells.append(format_html(form, classed, inside))
        return format_html("<tr>{}</tr>", joined(cells))

    def side(self, table: Table, column: int) -> SafeString:
        return SafeString(' class="n"') if column in table.numeric else SafeString("")

    def chart(self, chart: Chart) -> str:
        picture = base64.b64encode(chart.svg.encode()).decode()
        table = self.table(chart.table) if chart.table is not None else ""
        return format_html(
            '<figure class="figure"><img src="data:image/svg+xml;base64,{}" alt="{}"><figcaption>{}</figcaption>'
            "</figure>{}",
            picture,
            chart.alternative,
            self.runs(chart.caption),
            table,
        )

    def runs(self, runs: Runs, *, marked: bool = True) -> SafeString:
        return joined([self.run(run, marked) for run in runs])

    def run(self, run: Run, marked: bool) -> str:
        if isinstance(run, Number):
            return self.number(run, marked)
        inside: str = escape(run.text)
        if run.kind == "code":
            inside = format_html('<span class="code">{}</span>', run.text)
        elif run.kind == "date":
            inside = format_html('<span class="when">{}</span>', run.text)
        if run.language == "?":
            # nobody recorded in which language it was written: say nothing false about it
            inside = format_html('<span lang="">{}</span>', inside)
        elif run.language:
            inside = format_html('<span lang="{}">{}</span>', run.language, inside)
        return format_html("<strong>{}</strong>", inside) if run.strong else inside

    def number(self, number: Number, marked: bool) -> str:
        held = number.reference
        value = "" if number.value is None else repr(number.value)
        written = format_html(
            '<data class="{}" value="{}" data-record="{}" data-field="{}" title="{}">{}</data>',
            "number unknown" if number.value is None else "number",
            value,
            f"{held.record}:{held.pk}",
            held.field,
            held.label,
            number.text,
        )
        if number.unit:
            written = format_html("{} {}", written, number.unit)
        return format_html("{}{}", written, self.mark(held)) if marked else written

    def mark(self, reference: Reference) -> str:
        note = self.notes.mark(reference)
        if self.printed and note.first:
            return format_html('<span class="fn" id="note-{}">{}</span>', note.number, note.text)
        if self.printed:
            return format_html('<sup class="again"><a href="#note-{}">{}</a></sup>', note.number, note.number)
        back = format_html(' id="mark-{}"', note.number) if note.first else ""
        label = _("note %(n)s") % {"n": note.number}
        return format_html(
            '<sup class="mark"{}><a href="#note-{}" aria-label="{}">{}</a></sup>', back, note.number, label, note.number
        )


def footnotes(notes: Notes) -> SafeString:
    """The list of footnotes under a page, each with its way back."""
    return joined([_footnote(note) for note in notes.made])


def _footnote(note: Footnote) -> str:
    link = ""
    if note.url.startswith(("/", "https://", "http://")):
        link = format_html(' <a href="{}">{}</a>', note.url, _("Open the record"))
    back = format_html(
        ' <a href="#mark-{}" aria-label="{}">↩</a>',
        note.number,
        _("back to the text of note %(n)s") % {"n": note.number},
    )
    return format_html('<li id="note-{}">{}{}{}</li>', note.number, note.text, link, back)
