"""What a file of regional priorities asks of the records: regions, languages, tags. Faults name row and column."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from hansa.network.models import LANGUAGES_OF_RECORDS, Region
from hansa.strategy.models import Facet, RegionalPriority
from hansa.strategy.sets import vocabularies
from hansa.strategy.sets.exercise import DIVISIONS
from hansa.strategy.sets.semantics import NACE
from hansa.strategy.sets.table import MOST_FAULTS, Fault, Parsed, Row, plain

RECORDED = tuple(code for code, _name in LANGUAGES_OF_RECORDS)
_SECTOR = re.compile(r"[A-U]?(?P<division>\d{1,2})(\.\d{1,2})?")


@dataclass(frozen=True)
class TagGiven:
    facet: str
    classification: str
    code: str
    label: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ready:
    """A row that can be written; `known` says that the same title of the same region is recorded already."""

    row: Row
    region: Region
    language: str
    detected: bool
    tags: Sequence[TagGiven]
    known: bool


@dataclass(frozen=True)
class Checked:
    rows: Sequence[Ready]
    faults: Sequence[Fault]

    @property
    def fresh(self) -> list[Ready]:
        return [each for each in self.rows if not each.known]


def language_of(text: str, hint: str | None = None) -> str:
    """The language of a text among those of the records, English where it cannot be told."""
    from hansa.matching import LANGUAGES, detect

    return detect(text, [code for code in RECORDED if code in LANGUAGES], hint) or "en"


def check(parsed: Parsed, file: str) -> Checked:
    """Resolve the rows of a parsed file against the records; nothing is written. With any fault, nothing may be."""
    regions = _regions(parsed.rows)
    hints = _hints(parsed.rows)
    lists = {facet: _words(facet) for facet in (Facet.TECHNOLOGY, Facet.THEME, Facet.KNOWLEDGE)}
    sectors = sector_labels()
    faults = list(parsed.faults)
    ready: list[Ready] = []
    for row in parsed.rows:

        def fault(column: str, sentence: str, row: Row = row) -> None:
            faults.append(Fault(file, row.number, parsed.headings.get(column, column), sentence))

        region = regions.get(row.region.casefold())
        if region is None:
            fault("region", _("no region “%(cell)s” is recorded; give its NUTS code.") % {"cell": row.region[:60]})
        if row.language and row.language not in RECORDED:
            known = ", ".join(RECORDED)
            fault("language", _("“%(cell)s” is no language of the records; use one of %(known)s.")
                  % {"cell": row.language[:20], "known": known})  # fmt: skip
        tags: list[TagGiven] = []
        for facet, codes in row.tags.items():
            for code in codes:
                tag = _sector(code, sectors) if facet == Facet.SECTOR else lists[Facet(facet)].get(plain(code))
                if tag is None:
                    fault(facet, _("“%(cell)s” is not in the list of this facet.") % {"cell": code[:60]})
                else:
                    tags.append(tag)
        if region is not None:
            text = f"{row.title}\n{row.text}"
            language = row.language or language_of(text, hints.get(row.region))
            distinct = list({(tag.facet, tag.classification, tag.code): tag for tag in tags}.values())
            ready.append(Ready(row, region, language, not row.language, distinct, False))
    return Checked(_marked(ready), faults[:MOST_FAULTS])


def _marked(ready: Sequence[Ready]) -> list[Ready]:
    """Those that are recorded already, or stand in the file before, are marked."""
    held = {
        (region, title.casefold())
        for region, title in RegionalPriority.objects.filter(
            withdrawn_at__isnull=True, region__in={each.region for each in ready}
        ).values_list("region_id", "title")
    }
    found = []
    for each in ready:
        key = (each.region.pk, each.row.title.casefold())
        found.append(Ready(each.row, each.region, each.language, each.detected, each.tags, key in held))
        held.add(key)
    return found


def _regions(rows: Sequence[Row]) -> dict[str, Region]:
    """Code, or exact name where only one region has it, in lower case -> region."""
    asked = {row.region for row in rows}
    found = {region.code.casefold(): region for region in Region.objects.filter(code__in=asked)}
    missing = {each.casefold() for each in asked} - found.keys()
    if missing:
        named: dict[str, list[Region]] = defaultdict(list)
        for region in Region.objects.all():
            for name in {region.name.casefold(), region.name_latin.casefold()} & missing:
                named[name].append(region)
        found |= {name: each[0] for name, each in named.items() if len(each) == 1}
    return found


def _hints(rows: Sequence[Row]) -> dict[str, str]:
    """Region -> the language of all that it wrote, for titles too short to tell by themselves."""
    texts: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        texts[row.region].append(f"{row.title} {row.text}")
    return {region: language_of(" ".join(each)) for region, each in texts.items()}


def sector_labels() -> dict[str, tuple[str, str]]:
    """Division -> its English and its Polish label, from the labels that are loaded."""
    from hansa.evidence import labels
    from hansa.strategy import figures

    shelf = figures.store()
    english, polish = labels(shelf, NACE, "en"), labels(shelf, NACE, "pl")
    return {code: (english[code], polish.get(code, "")) for code in english if len(code) == 2 and code.isdigit()}


def _sector(code: str, known: Mapping[str, tuple[str, str]]) -> TagGiven | None:
    match = _SECTOR.fullmatch(code.strip())
    if match is None or not 1 <= int(match["division"]) <= 99:
        return None
    return sector_tag(f"{int(match['division']):02d}", known)


def sector_tag(division: str, known: Mapping[str, tuple[str, str]]) -> TagGiven | None:
    """The tag of a division, with its labels where they are loaded; None where NACE Rev. 2 has no such division."""
    if division not in DIVISIONS:
        return None
    english, polish = known.get(division, (division, ""))
    return TagGiven(Facet.SECTOR, NACE, division, english[:300], {"pl": polish} if polish else {})


def _words(facet: str) -> dict[str, TagGiven]:
    """Code and names, plainly written, -> the tag that they mean."""
    found: dict[str, TagGiven] = {}
    for entry in vocabularies.of_facet(facet):
        others = {code: name for code, name in entry.names.items() if code != "en"}
        tag = TagGiven(facet, entry.classification, entry.code, entry.label[:300], others)
        for word in (entry.code, *entry.names.values()):
            found.setdefault(plain(word), tag)
    return found


def tag_named(facet: str, written: str) -> TagGiven | None:
    """The tag that a person writes by its code or name; None where the facet's list has no such word."""
    if facet == Facet.SECTOR:
        return _sector(written.partition(" ")[0], sector_labels())
    return _words(facet).get(plain(written))
