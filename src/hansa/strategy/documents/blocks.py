"""What a document is made of: chapters of blocks, blocks of runs; every number knows the record it was read from.

All of it turns into plain JSON and back, so that a version renders years later as it did on its first day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, TypeAlias

SCHEMA = 1
# XML 1.0 forbids these, PostgreSQL forbids the first of them; a title that somebody pasted may hold any
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def clean(text: Any) -> str:
    """The text without the characters that no XML file may hold."""
    return _FORBIDDEN.sub("", str(text))


@dataclass(frozen=True)
class Reference:
    """Where a number was read: model, primary key and field of the record, and how a footnote names its source.

    `field` is a path through attributes, keys and places (`parameters.threshold`), or the name of a count that
    `references.counts` knows. `label` says in words what the number is, `source` what stands in the footnote.
    """

    record: str
    pk: int
    field: str
    label: str
    source: str
    year: int | None = None
    url: str = ""


@dataclass(frozen=True)
class Text:
    """Words. `kind` is empty for the document's own words, which hold no figures; `quoted` for what people or sources
    wrote, `code` for identifiers, `date` for days and years. `language` where it is not the document's."""

    KINDS: ClassVar = ("", "quoted", "code", "date")
    text: str
    kind: str = ""
    language: str = ""
    strong: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", clean(self.text))


@dataclass(frozen=True)
class Number:
    """A figure as it stood and as it is written in the document's language; None is unknown."""

    value: float | int | None
    text: str
    reference: Reference
    unit: str = ""


Run: TypeAlias = Text | Number
Runs: TypeAlias = tuple[Run, ...]


@dataclass(frozen=True)
class Heading:
    """A heading inside a chapter; `level` 2 or 3, since the chapter's own title is level 1."""

    runs: Runs
    level: int = 2


@dataclass(frozen=True)
class Paragraph:
    runs: Runs


@dataclass(frozen=True)
class Note:
    """A paragraph that the reader must not miss."""

    runs: Runs


@dataclass(frozen=True)
class BulletList:
    items: tuple[Runs, ...]


@dataclass(frozen=True)
class Table:
    """A table with one row of headings; the first cell of each row names it. `numeric` are the columns of figures."""

    caption: Runs
    header: tuple[Runs, ...]
    rows: tuple[tuple[Runs, ...], ...]
    numeric: tuple[int, ...] = ()


@dataclass(frozen=True)
class Chart:
    """A chart or a map as vectors, with the words that stand for it and the table of its figures."""

    svg: str
    spec: Mapping[str, Any]
    caption: Runs
    alternative: str
    table: Table | None = None


Block: TypeAlias = Heading | Paragraph | Note | BulletList | Table | Chart
BLOCKS: dict[str, type[Any]] = {kind.__name__: kind for kind in (Heading, Paragraph, Note, BulletList, Table, Chart)}


@dataclass(frozen=True)
class Chapter:
    key: str
    title: Runs
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Content:
    """A whole document in one language, without its version's number and date."""

    kind: str
    language: str
    title: str
    subtitle: Runs
    chapters: tuple[Chapter, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "kind": self.kind,
            "language": self.language,
            "title": self.title,
            "subtitle": _runs_out(self.subtitle),
            "chapters": [
                {"key": c.key, "title": _runs_out(c.title), "blocks": [_block_out(b) for b in c.blocks]}
                for c in self.chapters
            ],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Content:
        return cls(
            kind=stored["kind"],
            language=stored["language"],
            title=stored["title"],
            subtitle=_runs_in(stored["subtitle"]),
            chapters=tuple(
                Chapter(c["key"], _runs_in(c["title"]), tuple(_block_in(b) for b in c["blocks"]))
                for c in stored["chapters"]
            ),
        )


def runs_of(block: Block) -> Iterator[Runs]:
    """Every run of words of a block in reading order; of a chart its caption, then the table of its figures."""
    if isinstance(block, Heading | Paragraph | Note):
        yield block.runs
    elif isinstance(block, BulletList):
        yield from block.items
    elif isinstance(block, Table):
        yield block.caption
        yield from block.header
        for row in block.rows:
            yield from row
    else:
        yield block.caption
        if block.table is not None:
            yield from runs_of(block.table)


def all_runs(content: Content) -> Iterator[Run]:
    yield from content.subtitle
    for chapter in content.chapters:
        yield from chapter.title
        for block in chapter.blocks:
            for runs in runs_of(block):
                yield from runs


def numbers_of(content: Content) -> Iterator[Number]:
    return (run for run in all_runs(content) if isinstance(run, Number))


def words_of(runs: Sequence[Run]) -> str:
    return "".join(run.text for run in runs)


def _runs_out(runs: Runs) -> list[dict[str, Any]]:
    return [_run_out(run) for run in runs]


def _run_out(run: Run) -> dict[str, Any]:
    if isinstance(run, Number):
        return {"number": asdict(run)}
    return {name: value for name, value in asdict(run).items() if value}


def _runs_in(stored: Sequence[Mapping[str, Any]]) -> Runs:
    return tuple(_run_in(each) for each in stored)


def _run_in(stored: Mapping[str, Any]) -> Run:
    if "number" in stored:
        held = dict(stored["number"])
        return Number(**{**held, "reference": Reference(**held["reference"])})
    return Text(**{"text": "", **stored})


def _block_out(block: Block) -> dict[str, Any]:
    told: dict[str, Any] = {"block": type(block).__name__}
    for field in fields(block):
        value = getattr(block, field.name)
        if field.name in ("runs", "caption"):
            told[field.name] = _runs_out(value)
        elif field.name in ("items", "header"):
            told[field.name] = [_runs_out(runs) for runs in value]
        elif field.name == "rows":
            told[field.name] = [[_runs_out(cell) for cell in row] for row in value]
        elif field.name == "table":
            told[field.name] = None if value is None else _block_out(value)
        else:
            told[field.name] = list(value) if isinstance(value, tuple) else value
    return told


def _block_in(stored: Mapping[str, Any]) -> Block:
    given: dict[str, Any] = {}
    for name, value in stored.items():
        if name in ("runs", "caption"):
            given[name] = _runs_in(value)
        elif name in ("items", "header"):
            given[name] = tuple(_runs_in(runs) for runs in value)
        elif name == "rows":
            given[name] = tuple(tuple(_runs_in(cell) for cell in row) for row in value)
        elif name == "table":
            given[name] = None if value is None else _block_in(value)
        elif name == "numeric":
            given[name] = tuple(value)
        elif name != "block":
            given[name] = value
    made: Block = BLOCKS[stored["block"]](**given)
    return made
