"""Two versions side by side: chapter by chapter, paragraph by paragraph, cell by cell, with the words that changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any, TypeVar

from hansa.strategy.documents.blocks import (
    Block,
    BulletList,
    Chapter,
    Chart,
    Content,
    Heading,
    Runs,
    Table,
    runs_of,
    words_of,
)

T = TypeVar("T")
_WORDS = re.compile(r"\s+|[^\s]+")
ALIKE = 0.4
"""From which likeness on (difflib's ratio) two paragraphs or rows count as one that was changed."""


@dataclass(frozen=True)
class Piece:
    """A stretch of words: `same`, `ins` or `del`."""

    kind: str
    text: str


@dataclass(frozen=True)
class Line:
    """A paragraph, an item, a heading or a table row (`cells`): `same`, `changed`, `ins` or `del`."""

    kind: str
    cells: tuple[tuple[Piece, ...], ...]
    role: str = "p"


@dataclass(frozen=True)
class ChapterChange:
    """One chapter of either version; `lines` leaves out what is the same, and `kept` counts it."""

    title: tuple[Piece, ...]
    kind: str
    lines: tuple[Line, ...] = field(default=())
    kept: int = 0


def compare(before: Content, after: Content) -> list[ChapterChange]:
    """What `after` changed against `before`, in the order of `after`; a chapter that left stands where it stood."""
    found = []
    for old, new in _aligned(before.chapters, after.chapters, lambda a, b: a.key == b.key):
        found.append(_chapter(old, new))
    return [change for change in found if change.kind != "same"]


def words(before: str, after: str) -> tuple[Piece, ...]:
    """The words of two texts, those that left and came marked; a figure is one word and changes whole."""
    a, b = _WORDS.findall(before), _WORDS.findall(after)
    pieces: list[Piece] = []
    for kind, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(Piece("same", "".join(a[i:j])))
            continue
        if j > i:
            pieces.append(Piece("del", "".join(a[i:j])))
        if m > k:
            pieces.append(Piece("ins", "".join(b[k:m])))
    return tuple(pieces)


def _chapter(old: Chapter | None, new: Chapter | None) -> ChapterChange:
    if old is None or new is None:
        kind, held = ("ins", new) if old is None else ("del", old)
        assert held is not None  # noqa: S101  (the alignment gives at least one side)
        lines = tuple(Line(kind, tuple((Piece(kind, cell),) for cell in cells), role) for role, cells in _lines(held))
        return ChapterChange((Piece(kind, words_of(held.title)),), kind, lines)
    lines, kept = [], 0
    for a, b in _aligned(_lines(old), _lines(new), _alike):
        line = _line(a, b)
        if line.kind == "same":
            kept += 1
        else:
            lines.append(line)
    title = words(words_of(old.title), words_of(new.title))
    changed = bool(lines) or any(piece.kind != "same" for piece in title)
    return ChapterChange(title, "changed" if changed else "same", tuple(lines), kept)


Flat = tuple[str, tuple[str, ...]]


def _lines(chapter: Chapter) -> list[Flat]:
    """The chapter as lines of cells, each with its role: h, p, li, caption, head or row."""
    return [line for block in chapter.blocks for line in _of_block(block)]


def _of_block(block: Block) -> list[Flat]:
    if isinstance(block, Table):
        rows = [("row", _cells(row)) for row in block.rows]
        return [("caption", (words_of(block.caption),)), ("head", _cells(block.header)), *rows]
    if isinstance(block, Chart):
        return [("caption", (words_of(block.caption),)), *(_of_block(block.table) if block.table else [])]
    role = "h" if isinstance(block, Heading) else "li" if isinstance(block, BulletList) else "p"
    return [(role, (words_of(runs),)) for runs in runs_of(block)]


def _cells(cells: Sequence[Runs]) -> tuple[str, ...]:
    return tuple(words_of(cell) for cell in cells)


def _alike(a: Flat, b: Flat) -> bool:
    """Whether two lines are the same one: a row by its first cell, a text by its words."""
    if a[0] != b[0]:
        return False
    if a == b:
        return True
    if a[0] == "row" and len(a[1]) > 1 and len(b[1]) > 1:
        return a[1][0] == b[1][0] and (len(a[1]) != len(b[1]) or _common(a[1], b[1]) >= min(2, len(a[1]) - 1))
    return SequenceMatcher(None, " ".join(a[1]).split(), " ".join(b[1]).split(), autojunk=False).ratio() >= ALIKE


def _common(a: Sequence[str], b: Sequence[str]) -> int:
    return sum(1 for x, y in zip(a, b, strict=False) if x == y)


def _line(a: Flat | None, b: Flat | None) -> Line:
    if a is None or b is None:
        kind, held = ("ins", b) if a is None else ("del", a)
        assert held is not None  # noqa: S101  (the alignment gives at least one side)
        return Line(kind, tuple((Piece(kind, cell),) for cell in held[1]), held[0])
    if a == b:
        return Line("same", tuple((Piece("same", cell),) for cell in a[1]), a[0])
    width = max(len(a[1]), len(b[1]))
    old, new = (cells + ("",) * (width - len(cells)) for cells in (a[1], b[1]))
    whole = a[0] == "row"
    cells = tuple(_cell(x, y, whole) for x, y in zip(old, new, strict=True))
    return Line("changed", cells, b[0])


def _cell(before: str, after: str, whole: bool) -> tuple[Piece, ...]:
    """A cell's change; a short one, like a figure, changes whole: old, then new."""
    if before == after:
        return (Piece("same", before),)
    if whole and len(before.split()) <= 2 and len(after.split()) <= 2:
        return tuple(Piece(kind, text) for kind, text in (("del", before), ("ins", after)) if text)
    return words(before, after)


def _aligned(a: Sequence[T], b: Sequence[T], alike: Callable[[T, T], bool]) -> list[tuple[T | None, T | None]]:
    """Pairs in the order of both: equal stretches are found first, what lies between is paired where it is alike."""
    keys: dict[Any, int] = {}
    marks = [[keys.setdefault(repr(each), len(keys)) for each in side] for side in (a, b)]
    pairs: list[tuple[T | None, T | None]] = []
    for kind, i, j, k, m in SequenceMatcher(None, marks[0], marks[1], autojunk=False).get_opcodes():
        if kind == "equal":
            pairs.extend(zip(a[i:j], b[k:m], strict=True))
        else:
            pairs.extend(_between(a[i:j], b[k:m], alike))
    return pairs


def _between(a: Sequence[T], b: Sequence[T], alike: Callable[[T, T], bool]) -> list[tuple[T | None, T | None]]:
    pairs: list[tuple[T | None, T | None]] = []
    start = 0
    for new in b:
        at = next((n for n in range(start, len(a)) if alike(a[n], new)), None)
        if at is None:
            pairs.append((None, new))
            continue
        pairs.extend((old, None) for old in a[start:at])
        pairs.append((a[at], new))
        start = at + 1
    pairs.extend((old, None) for old in a[start:])
    return pairs
