"""What a chapter is written with: sentences whose numbers are references, tables, and dates with their zone."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from babel.numbers import format_decimal, get_decimal_symbol
from django.db.models import Model
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from hansa.network.models import Person
from hansa.strategy.documents.blocks import (
    Block,
    BulletList,
    Chapter,
    Heading,
    Note,
    Number,
    Paragraph,
    Reference,
    Run,
    Runs,
    Table,
    Text,
)
from hansa.strategy.documents.references import Value, value_of

_SLOT = re.compile(r"%\((\w+)\)s")


class Writer:
    """Writes in one language for one kind of document. The language must be active while it is used."""

    def __init__(self, kind: str, language: str) -> None:
        self.kind = kind
        self.language = language
        self._organisations: dict[int, list[Any]] = {}

    # runs

    def text(self, words: Any, *, strong: bool = False) -> Text:
        """The document's own words; figures do not belong in them."""
        return Text(str(words), strong=strong)

    def quoted(self, words: Any, language: str = "", *, strong: bool = False) -> Text:
        """What people or sources wrote, as they wrote it."""
        return Text(str(words), "quoted", "" if language == self.language else language, strong)

    def code(self, words: Any) -> Text:
        """An identifier, a classification's code, a digest."""
        return Text(str(words), "code")

    def day(self, at: datetime | date | None) -> Text:
        """A moment with its time zone, or a day."""
        if at is None:
            return Text("–", "date")
        if isinstance(at, datetime):
            return Text(date_format(timezone.localtime(at), "Y-m-d H:i T"), "date")
        return Text(at.isoformat(), "date")

    def year(self, year: int | None) -> Text:
        return Text("–" if year is None else str(year), "date")

    def number(
        self,
        record: Model,
        field: str,
        *,
        label: str,
        source: str,
        decimals: int = 0,
        percent: bool = False,
        unit: str = "",
        year: int | None = None,
        url: str = "",
    ) -> Number:
        """A figure read from `field` of `record` (see `references.value_of`), so that it always resolves to it.

        `source` is the footnote; figures with the same source share one. `percent` writes a share as per cent.
        """
        value = value_of(record, field)
        reference = Reference(record._meta.label_lower, int(record.pk), field, label, source, year, url)
        return Number(value, self.written(value, decimals, percent=percent), reference, unit)

    def written(self, value: Value, decimals: int = 0, *, percent: bool = False) -> str:
        """A number as people write it in the document's language; an unknown one says so."""
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            return _("unknown")
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        told = format_decimal(value * 100 if percent else value, format=pattern, locale=self.language)
        return f"{told}\N{NO-BREAK SPACE}%" if percent else str(told)

    def like(self, number: Number, value: Value) -> str:
        """Another value of a number, written with its decimals."""
        percent = number.text.endswith("%")
        point = get_decimal_symbol(self.language)
        shown = number.text.removesuffix("%").strip()
        decimals = len(shown.rpartition(point)[2]) if point in shown else 0
        return self.written(value, decimals, percent=percent)

    def by(self, person: Person | None, at: datetime) -> Text:
        """For whom somebody acted: the organisation of which the person was a member then. Documents name nobody."""
        if person is None:
            return Text("Hansa", "quoted")
        if person.pk not in self._organisations:
            self._organisations[person.pk] = list(person.memberships.select_related("organisation").order_by("since"))
        day = timezone.localtime(at).date()
        for held in self._organisations[person.pk]:
            if held.since <= day and (held.until is None or held.until >= day):
                return Text(held.organisation.name, "quoted")
        return Text(_("a member of the partnership"))

    # blocks

    def sentence(self, template: Any, **runs: Run | Sequence[Run]) -> Runs:
        """A translated template with `%(name)s` slots, filled with runs; the words between them hold no figures."""
        made: list[Run] = []
        for place, piece in enumerate(_SLOT.split(str(template))):
            if place % 2 == 0:
                if piece:
                    made.append(Text(piece))
            else:
                filler = runs[piece]
                made.extend([filler] if isinstance(filler, Text | Number) else filler)
        return tuple(made)

    def paragraph(self, template: Any, **runs: Run | Sequence[Run]) -> Paragraph:
        return Paragraph(self.sentence(template, **runs))

    def note(self, template: Any, **runs: Run | Sequence[Run]) -> Note:
        return Note(self.sentence(template, **runs))

    def heading(self, *runs: Run, level: int = 2) -> Heading:
        return Heading(runs, level)

    def bullets(self, items: Iterable[Runs]) -> BulletList:
        return BulletList(tuple(items))

    def joined(self, runs: Iterable[Run], between: str = ", ") -> Runs:
        """The runs with commas between them; a dash when there is none."""
        made: list[Run] = []
        for run in runs:
            made.extend([Text(between), run] if made else [run])
        return tuple(made) or (Text("–"),)

    def table(
        self,
        caption: Runs,
        header: Sequence[Any],
        rows: Iterable[Sequence[Run | Sequence[Run]]],
        numeric: Sequence[int] = (),
    ) -> Table:
        """A table; a cell is one run or several."""
        return Table(
            caption,
            tuple(each if isinstance(each, tuple) else (Text(str(each)),) for each in header),
            tuple(tuple((c,) if isinstance(c, Text | Number) else tuple(c) for c in row) for row in rows),
            tuple(numeric),
        )

    def chapter(self, key: str, title: Any, blocks: Iterable[Block]) -> Chapter:
        return Chapter(key, (title,) if isinstance(title, Text) else (Text(str(title)),), tuple(blocks))
