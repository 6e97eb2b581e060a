"""From region names to NUTS codes, each match with its reason; and from old regions to the polygons that draw them."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from hansa.evidence.errors import EvidenceError, shown

_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ß": "ss", "ı": "i", "ħ": "h"})
_COUNTRY_TAG = re.compile(r"\s*\([A-Z]{2}\)\s*$")


@dataclass(frozen=True)
class Alias:
    """One entry of `region_aliases.toml`."""

    country: str
    name: str
    code: str
    nuts_version: str
    drawn_by: tuple[str, ...]
    approximate: bool
    equals: tuple[str, ...]
    label: str
    reason: str


@dataclass(frozen=True)
class RegionMatch:
    """A name of a table and the region it means.

    `how` is `exact` (the same characters), `normalised` (the same but for case, accents, punctuation and a country
    tag in brackets), `alias` (`reason` says why) or `code` (the table had the code). `label` is the region's own name,
    for people. `drawn_by` are the polygons of the geometry that show it; `approximate` is true where they are not
    quite its area.
    """

    country: str
    name: str
    code: str
    nuts_version: str
    how: str
    reason: str
    label: str
    drawn_by: tuple[str, ...]
    approximate: bool


def normal_form(name: str) -> str:
    """The letters and digits of a name without country tag, case and accents, of any script."""
    folded = _COUNTRY_TAG.sub("", name)
    for _ in range(2):  # compatibility forms hide capitals, and capitals hide further compatibility forms
        folded = unicodedata.normalize("NFKD", folded).casefold().translate(_LETTERS)
    folded = unicodedata.normalize("NFKD", folded)
    return "".join(character for character in folded if character.isalnum())


@cache
def aliases() -> tuple[Alias, ...]:
    """The alias table shipped with this package."""
    return tuple(
        Alias(
            country=item["country"],
            name=item["name"],
            code=item["code"],
            nuts_version=item["nuts_version"],
            drawn_by=tuple(item.get("drawn_by", [item["code"]])),
            approximate=item.get("approximate", False),
            equals=tuple(item.get("equals", [])),
            label=item.get("label", item["name"]),
            reason=item["reason"],
        )
        for item in _facts()["alias"]
    )


@cache
def predecessors(code: str) -> tuple[str, ...]:
    """Regions of an earlier NUTS version that held `code`, or from which it was carved for the most part."""
    return tuple(alias.code for alias in aliases() if code in alias.drawn_by and code != alias.code)


@cache
def same_area(code: str) -> tuple[str, ...]:
    """Codes in an earlier NUTS version for exactly the area of `code`."""
    return tuple(alias.code for alias in aliases() if code in alias.equals)


def country_code(country: str) -> str:
    """The NUTS country code of an English country name; a code is returned as it is. Raises `EvidenceError`."""
    countries: dict[str, str] = _facts()["countries"]
    if country in countries.values():
        return country
    if country not in countries:
        raise EvidenceError(f"The country {shown(country)} is not known; use its English name or its NUTS code.")
    return countries[country]


def match_region_names(
    names: Iterable[tuple[str, str]], geometry_names: Mapping[str, str], nuts_version: str = "2016"
) -> dict[tuple[str, str], RegionMatch]:
    """Map (country, region name) to NUTS codes.

    `geometry_names` is code -> name of the polygons of `nuts_version`. Within the country, an alias goes first,
    then the same characters, then the normal form. Raises `EvidenceError` naming every name that finds no region,
    or two that find the same one.
    """
    wanted = list(dict.fromkeys(names))
    matches, lost = {}, []
    by_alias = {(alias.country, normal_form(alias.name)): alias for alias in aliases()}
    for country, name in wanted:
        match = _match(country, name, geometry_names, nuts_version, by_alias)
        if match is None:
            lost.append(f"{name} ({country})")
        else:
            matches[country, name] = match
    if lost:
        raise EvidenceError(
            f"{len(lost)} of {len(wanted)} region names match no NUTS {nuts_version} region: {'; '.join(lost[:5])}"
            f"{' …' if len(lost) > 5 else ''}; correct the names or add them to region_aliases.toml."
        )
    twice = [code for code, count in Counter(match.code for match in matches.values()).items() if count > 1]
    if twice:
        both = " and ".join(match.name for match in matches.values() if match.code == twice[0])
        raise EvidenceError(f"The region names {both} both mean {twice[0]}; keep one of them.")
    return matches


def _match(
    country: str,
    name: str,
    geometry_names: Mapping[str, str],
    nuts_version: str,
    by_alias: Mapping[tuple[str, str], Alias],
) -> RegionMatch | None:
    prefix, wanted = country_code(country), normal_form(name)
    alias = by_alias.get((prefix, wanted))
    if alias is not None:
        label = geometry_names.get(alias.code, alias.label)
        shape = (label, alias.drawn_by, alias.approximate)
        return RegionMatch(country, name, alias.code, alias.nuts_version, "alias", alias.reason, *shape)
    within = {code: text for code, text in geometry_names.items() if code.startswith(prefix)}
    for how, fits in (
        ("exact", [code for code, text in within.items() if text == name]),
        ("normalised", [code for code, text in within.items() if normal_form(text) == wanted]),
    ):
        if len(fits) == 1:
            reason = f"the name of {fits[0]} in NUTS {nuts_version}"
            return RegionMatch(country, name, fits[0], nuts_version, how, reason, within[fits[0]], (fits[0],), False)
    return None


@cache
def _facts() -> dict[str, Any]:
    text = resources.files("hansa.evidence").joinpath("region_aliases.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
