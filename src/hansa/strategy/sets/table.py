"""Regional priorities from a CSV file: every fault is told with file, row and column, and none is half read."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

MOST_BYTES = 2_000_000
MOST_ROWS = 5_000
MOST_FAULTS = 50
COLUMNS: dict[str, tuple[str, ...]] = {
    "region": ("region", "region code", "nuts", "nuts code", "code", "kod regionu", "kod"),
    "title": ("title", "priority", "name", "domain", "tytul", "priorytet", "nazwa", "specjalizacja"),
    "text": ("text", "description", "original text", "tekst", "opis"),
    "language": ("language", "lang", "jezyk"),
    "page": ("page", "strona"),
    "source": ("source", "document", "zrodlo", "dokument"),
    "sector": ("nace2", "nace", "sector", "sectors", "sektor", "sektory"),
    "technology": ("technology", "technologies", "technologia", "technologie"),
    "theme": ("theme", "themes", "temat", "tematy"),
    "knowledge": ("knowledge", "knowledge domain", "euroscivoc", "science field", "dziedzina wiedzy", "wiedza"),
}
NEEDED = ("region", "title")
TAG_COLUMNS = ("sector", "technology", "theme", "knowledge")


@dataclass(frozen=True)
class Row:
    """One line of the file; `number` counts from 1 with the heading as row 1. `tags` are codes per facet."""

    number: int
    region: str
    title: str
    text: str = ""
    language: str = ""
    page: int | None = None
    source: str = ""
    tags: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Fault:
    """What is wrong where: `row` is None for the file as a whole, `column` is the heading as written."""

    file: str
    row: int | None
    column: str
    sentence: str

    def __str__(self) -> str:
        if self.row is None:
            return f"{self.file}: {self.sentence}"
        place = _("row %(row)d") % {"row": self.row}
        if self.column:
            place += ", " + _("column “%(column)s”") % {"column": self.column}
        return f"{self.file}, {place}: {self.sentence}"


@dataclass(frozen=True)
class Parsed:
    """What a file holds; with any fault nothing of it may be written."""

    rows: Sequence[Row]
    faults: Sequence[Fault]
    headings: Mapping[str, str] = field(default_factory=dict)


class _WholeFile(Exception):
    """A fault of the file as a whole; `row` where it can be told."""

    def __init__(self, sentence: str, row: int | None = None) -> None:
        super().__init__(sentence)
        self.row = row


def parse(content: bytes, file: str) -> Parsed:
    """Read a CSV file in UTF-8 (with or without byte-order mark), comma, semicolon or tab between the columns.

    Headings may be written in any case, with or without accents, in English or Polish; `COLUMNS` lists them. What the
    file cannot know (whether a region or a theme is recorded) is not checked here.
    """
    try:
        lines = _lines(_decoded(content))
        heading = [cell.strip() for cell in lines[0]]
        found = _columns(heading)
        _check_shape(heading, found, len(lines) - 1)
    except _WholeFile as fault:
        return Parsed([], [Fault(file, fault.row, "", str(fault))])
    headings = {name: heading[place] for name, place in found.items()}
    rows: list[Row] = []
    faults: list[Fault] = []
    for number, line in enumerate(lines[1:], start=2):
        if any(cell.strip() for cell in line):
            _read(file, number, line, found, headings, rows, faults)
    if not rows and not faults:
        faults.append(Fault(file, None, "", _("there is a heading and no row under it.")))
    return Parsed(rows, faults[:MOST_FAULTS], headings)


def _decoded(content: bytes) -> str:
    if not content.strip():
        raise _WholeFile(_("the file is empty; give a heading and at least one row."))
    if len(content) > MOST_BYTES:
        raise _WholeFile(_("the file is larger than %(most)d MB; split it.") % {"most": MOST_BYTES // 1_000_000})
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _WholeFile(_("the text is not UTF-8; save it as “CSV UTF-8”.")) from None
    if "\x00" in text or not text.strip():
        raise _WholeFile(_("this is no text file; save the table as CSV."))
    return text


def _lines(text: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        return list(reader)
    except csv.Error:
        raise _WholeFile(_("the quotation marks do not close; check this row."), reader.line_num) from None


def _check_shape(heading: Sequence[str], found: Mapping[str, int], rows: int) -> None:
    for name in NEEDED:
        if name not in found:
            raise _WholeFile(
                _("there is no column “%(column)s”; the file needs at least region and title.") % {"column": name}
            )
    twice = next((cell for n, cell in enumerate(heading) if cell and plain(cell) in map(plain, heading[:n])), None)
    if twice is not None:
        raise _WholeFile(_("the column “%(column)s” stands there twice.") % {"column": twice})
    if rows > MOST_ROWS:
        raise _WholeFile(_("the file has more than %(most)d rows; split it.") % {"most": MOST_ROWS})


def _read(
    file: str,
    number: int,
    line: Sequence[str],
    found: Mapping[str, int],
    headings: Mapping[str, str],
    rows: list[Row],
    faults: list[Fault],
) -> None:
    cells = {name: line[place].strip() if place < len(line) else "" for name, place in found.items()}
    before = len(faults)

    def fault(name: str, sentence: str) -> None:
        faults.append(Fault(file, number, headings.get(name, ""), sentence))

    for name in NEEDED:
        if not cells[name]:
            fault(name, _("the cell is empty; fill it in."))
    if len(cells["title"]) > 300:
        fault("title", _("the title is longer than 300 characters; put the rest into the text."))
    if len(cells.get("text", "")) > 20_000:
        fault("text", _("the text is longer than 20,000 characters; shorten it."))
    page = cells.get("page", "")
    if page and not (page.isascii() and page.isdigit() and 1 <= int(page) <= 100_000):
        fault("page", _("“%(cell)s” is no page number.") % {"cell": page[:40]})
    if len(faults) == before:
        rows.append(
            Row(
                number=number,
                region=cells["region"].upper(),
                title=cells["title"],
                text=cells.get("text", ""),
                language=cells.get("language", "").lower(),
                page=int(page) if page else None,
                source=cells.get("source", "")[:300],
                tags={facet: _listed(cells[facet]) for facet in TAG_COLUMNS if cells.get(facet)},
            )
        )


def _listed(cell: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in cell.split("|") if part.strip()))


def _columns(heading: Sequence[str]) -> dict[str, int]:
    """Which column is which: for each name the first heading that says it."""
    said = [plain(cell) for cell in heading]
    found = {}
    for name, words in COLUMNS.items():
        place = next((said.index(word) for word in words if word in said), None)
        if place is not None and place not in found.values():
            found[name] = place
    return found


def plain(heading: str) -> str:
    """A heading without accents, marks and case: `Tytuł_priorytetu?` is `tytul priorytetu`."""
    text = unicodedata.normalize("NFKD", heading.casefold().replace("ł", "l"))
    text = "".join(c if c.isalnum() else " " for c in text if not unicodedata.combining(c))
    return " ".join(text.split())


def _delimiter(text: str) -> str:
    first = text.split("\n", 1)[0]
    return max(",;\t", key=lambda mark: (first.count(mark), mark == ","))
