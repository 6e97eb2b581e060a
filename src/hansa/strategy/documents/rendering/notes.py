"""Which footnote stands where: one per source and chapter, on the figure in prose, as far out as it holds in tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from hansa.strategy.documents.blocks import Number, Reference, Runs, Table


@dataclass(frozen=True)
class Footnote:
    """A footnote: its number in the document, its words, an address, and whether this is its first mark."""

    number: int
    text: str
    url: str
    first: bool = True


@dataclass
class Notes:
    """Footnotes in the order in which their marks are set. A new chapter sets its marks anew."""

    made: list[Footnote] = field(default_factory=list)
    _here: dict[str, Footnote] = field(default_factory=dict)

    def new_chapter(self) -> None:
        self._here = {}

    def mark(self, reference: Reference) -> Footnote:
        """The footnote of a reference; a source that this chapter has named already keeps its number."""
        held = self._here.get(reference.source)
        if held is not None:
            return Footnote(held.number, held.text, held.url, first=False)
        made = Footnote(len(self.made) + 1, reference.source, reference.url)
        self.made.append(made)
        self._here[reference.source] = made
        return made


def _only(runs: Iterable[Runs]) -> list[Reference]:
    """One reference per source among the numbers."""
    found: dict[str, Reference] = {}
    for each in runs:
        for run in each:
            if isinstance(run, Number):
                found.setdefault(run.reference.source, run.reference)
    return list(found.values())


@dataclass(frozen=True)
class Marks:
    """Where the marks of a table stand: on its caption, on some of its columns, or, in the rest, on each figure."""

    caption: tuple[Reference, ...]
    columns: dict[int, Reference]

    def in_cell(self, column: int) -> bool:
        return not self.caption and column not in self.columns


def marks_of(table: Table) -> Marks:
    """One source for the whole table stands on its caption, one for a column on its heading."""
    everywhere = _only(cell for row in table.rows for cell in row)
    if len(everywhere) == 1:
        return Marks((everywhere[0],), {})
    columns = {}
    for column in range(len(table.header)):
        found = _only(row[column] for row in table.rows if column < len(row))
        if len(found) == 1:
            columns[column] = found[0]
    return Marks((), columns)
