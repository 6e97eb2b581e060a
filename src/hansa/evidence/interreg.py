"""Swedish partners of Interreg 2021-2027 (Tillväxtverket), with names repaired and places turned into NUTS codes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from hansa.evidence.cordis import rows, tidy
from hansa.evidence.nuts import RegionName
from hansa.evidence.region_names import normal_form

ROLES = {"LP": "lead partner", "PP": "partner", "AP": "associated partner"}
_COLUMNS = (
    *("program", "projektnamn", "projektar", "specifiktmal", "organisationsnamn", "organisationstyp"),
    *("organisationsagande", "organisationsroll", "nuts3", "nuts2", "partnerbudget"),
)
_PERSON_KIND = re.compile(r"\b(private? person|privatperson|individual|natural person)\b", re.IGNORECASE)
_PERSON_NAME = re.compile(r"\b(privatperson|enskild (person|firma|näringsidkare))\b", re.IGNORECASE)
_LEGAL_TAIL = re.compile(r"\s*\(svb\)\s*$", re.IGNORECASE)
_SMALL = {"i", "och", "för", "av", "på", "vid"}
_LOWER_SECOND = {"kommun", "län", "läns", "universitet", "högskola", "förening", "församling", "sameby"}
_CAPITAL = {"ab", "hb", "kb", "ltu", "slu", "msb", "kth", "e12", "occas", "ndphs", "cbss", "va", "iuc"}
_WORD = re.compile(r"[^\W\d_][\w'’]*")


@dataclass(frozen=True)
class Partner:
    """One organisation's place in one project. `name` is repaired, `name_given` is the source's.

    `nuts3` and `nuts2` are codes of the region list passed to the reader, empty where the place is unknown;
    `budget` in EUR, None where unknown.
    """

    project: str
    programme: str
    year: int | None
    objective: str
    name: str
    name_given: str
    kind: str
    ownership: str
    role: str
    nuts3: str
    nuts2: str
    budget: float | None


def read_partners(path: Path | str, regions: Iterable[RegionName] = ()) -> Iterator[Partner]:
    """Stream the table of Swedish partners; rows without a name and rows of private persons are left out.

    `regions` (any versions; the latest wins) turns county names into NUTS codes. Raises `EvidenceError`.
    """
    places = _places(regions)
    for row in rows(path, _COLUMNS):
        given, kind = tidy(row["organisationsnamn"]), tidy(row["organisationstyp"])
        if not given or _PERSON_KIND.search(kind) or _PERSON_NAME.search(given):
            continue
        county = places.get((3, normal_form(tidy(row["nuts3"]))), "")
        role = tidy(row["organisationsroll"])
        yield Partner(
            project=tidy(row["projektnamn"]),
            programme=tidy(row["program"]),
            year=row["projektar"],
            objective=tidy(row["specifiktmal"]),
            name=repair_name(given),
            name_given=given,
            kind=kind,
            ownership=tidy(row["organisationsagande"]),
            role=ROLES.get(role, role),
            nuts3=county,
            nuts2=county[:4] or places.get((2, normal_form(tidy(row["nuts2"]))), ""),
            budget=row["partnerbudget"],
        )


def repair_name(name: str) -> str:
    """An organisation's name as it writes itself, as far as its letters tell.

    Title-cased small words and legal forms are set right ("Högskolan I Borås", "Levels Ab"), names in capitals
    throughout are lowered ("LÄNSSTYRELSEN I SKÅNE LÄN"; abbreviations are left), "(svb)" is dropped.
    """
    name = _LEGAL_TAIL.sub("", tidy(name))
    words = _WORD.findall(name)
    shouting = name.isupper() and (len(words) > 1 or len(name) > 8)
    position = -1

    def repaired(match: re.Match[str]) -> str:
        nonlocal position
        position += 1
        word, lower = match[0], match[0].lower()
        if lower in _CAPITAL and (shouting or position > 0):
            return word.upper()
        if position > 0 and lower in _SMALL | _LOWER_SECOND and (shouting or word.istitle()):
            return lower
        return word.capitalize() if shouting and word.isupper() else word

    return _WORD.sub(repaired, name).replace("'S ", "'s ")


def _places(regions: Iterable[RegionName]) -> dict[tuple[int, str], str]:
    swedish = [region for region in regions if region.country == "SE" and region.level in (2, 3)]
    ordered = sorted(swedish, key=lambda region: region.nuts_version)
    return {(region.level, normal_form(region.name)): region.code for region in ordered}
