"""How a part of the room adds a chapter to the documents, or a record to one of the seven criteria."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from hansa.strategy.documents.blocks import Block, Chapter
from hansa.strategy.models import Document, Run
from hansa.strategy.parts import parts

if TYPE_CHECKING:
    from hansa.strategy.documents.writing import Writer

Kind = Document.Kind


@dataclass(frozen=True)
class ChapterSource:
    """A chapter that documents of `kinds` have at the place `order`.

    `write(run, writer)` returns the chapter, or None when the run has no record for it. It is called with the
    document's language active and may ask `writer.kind` which document it writes for.
    """

    kinds: frozenset[str]
    order: int
    write: Callable[[Run, Writer], Chapter | None]


def add_chapter(key: str, write: Callable[[Run, Writer], Chapter | None], *, kinds: Sequence[str], order: int) -> None:
    """Put a chapter into the documents of `kinds`."""
    parts.chapters[key] = ChapterSource(frozenset(kinds), order, write)  # type: ignore[assignment]


def chapters_of(kind: str) -> list[tuple[str, ChapterSource]]:
    """The chapters of a kind of document in their order."""
    found: list[tuple[str, Any]] = [(key, source) for key, source in parts.chapters.items() if kind in source.kinds]
    return sorted(found, key=lambda pair: (pair[1].order, pair[0]))


CRITERIA: dict[str, Any] = {
    "bottlenecks": _("Analysis of what holds back the spread of innovation and digitalisation, kept up to date"),
    "body": _("A competent regional or national body that answers for managing the strategy"),
    "monitoring": _("Monitoring and evaluation tools that measure progress towards the strategy's aims"),
    "discovery": _("Stakeholders at work together: the entrepreneurial discovery process"),
    "research": _("Actions to improve the national or regional research and innovation system"),
    "transition": _("Actions that support industrial transition, where they apply"),
    "cooperation": _("Measures for cooperation with partners outside the Member State in the priority areas"),
}
"""The seven criteria of the enabling condition on smart specialisation, 2021–2027 (Regulation (EU) 2021/1060, annex
IV), in our own words and in the order of the regulation."""

records: dict[str, dict[str, Callable[[Run, Writer], Sequence[Block]]]] = {key: {} for key in CRITERIA}


def add_record(criterion: str, key: str, write: Callable[[Run, Writer], Sequence[Block]]) -> None:
    """Let a part show the records that stand behind a criterion; no blocks mean that there is none yet."""
    records[criterion][key] = write
