"""NUTS regions: the official list, and which figures stand in for a region that has none of its own."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from hansa.evidence.errors import fault


@dataclass(frozen=True)
class RegionName:
    """One region of one NUTS version. `parent` is empty for a country; `name_latin` is in Latin letters."""

    code: str
    nuts_version: str
    level: int
    parent: str
    name: str
    name_latin: str
    country: str


def read_regions(path: Path | str) -> Iterator[RegionName]:
    """Stream the regions of a `nuts_regions.csv` (version, nuts, level, country, name, name_latin).

    Raises `EvidenceError` for a missing file or column and for a level that does not fit the code.
    """
    path = Path(path)
    needed = ("version", "nuts", "level", "country", "name", "name_latin")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            for column in needed:
                if column not in (reader.fieldnames or ()):
                    raise fault(path, f"there is no column “{column}”", f"a list of regions has {', '.join(needed)}")
            for row in reader:
                code = row["nuts"]
                if row["level"] != str(len(code) - 2):
                    what = f"level {row['level']} does not fit the code {code}"
                    raise fault(path, what, "correct the row", row=reader.line_num, column="level")
                latin = row["name_latin"] or row["name"]
                parent = code[:-1] if len(code) > 2 else ""
                yield RegionName(code, row["version"], len(code) - 2, parent, row["name"], latin, row["country"])
    except FileNotFoundError:
        raise fault(path, "there is no such file", "check the path") from None
    except UnicodeDecodeError:
        raise fault(path, "the text is not UTF-8", "save the file as UTF-8") from None


@dataclass(frozen=True)
class Fallback:
    """Whose figures stand in for a region's, and why.

    `reason` is one of `same` (its own), `only-part` (the region is undivided: LT and LT00), `larger` (the nearest
    region around it), `earlier` (the region of an earlier NUTS version that held it), and `none`.
    `exact` says whether the figures cover the region's own area; `code` is None only for `none`.
    """

    region: str
    code: str | None
    reason: str
    exact: bool

    @property
    def sentence(self) -> str:
        """The reason in English, for a note under a figure."""
        return {
            "same": f"{self.region} has its own figures.",
            "only-part": f"{self.region} and {self.code} are the same area.",
            "larger": f"{self.region} has no figures of its own; those of {self.code}, which holds it, are shown.",
            "earlier": f"{self.region} has no figures of its own; those of {self.code}, "
            "the region of an earlier NUTS version that held it, are shown.",
            "none": f"There are no figures for {self.region} or any region around it.",
        }[self.reason]


def fallback(region_code: str, available_codes: Collection[str]) -> Fallback:
    """The nearest region with figures: itself, its undivided form, or the smallest region that holds it.

    At every level, from the region up to its country, the region of that code is tried first, then its undivided
    form (the code filled up with zeros), then the same area under an earlier code, then the earlier regions it was
    carved from (both from `region_aliases.toml`).
    """
    from hansa.evidence.region_names import predecessors, same_area

    available = frozenset(available_codes)
    if region_code in available:
        return Fallback(region_code, region_code, "same", True)
    for length in range(len(region_code), 1, -1):
        code = region_code[:length]
        own = length == len(region_code) or set(region_code[length:]) == {"0"}
        if code in available:
            return Fallback(region_code, code, "only-part" if own else "larger", own)
        filled = [part for zeros in (1, 2, 3) if (part := code + "0" * zeros) in available]
        if filled and _undivided(code, filled[0], available):
            return Fallback(region_code, filled[0], "only-part" if own else "larger", own)
        for twin in same_area(code):
            if twin in available:
                return Fallback(region_code, twin, "only-part" if own else "larger", own)
        for earlier in predecessors(code):
            if earlier in available:
                return Fallback(region_code, earlier, "earlier", False)
    return Fallback(region_code, None, "none", False)


def _undivided(code: str, part: str, available: Collection[str]) -> bool:
    """Whether no other available region lies inside `code` beside `part` and its own parts."""
    return not any(other.startswith(code) and not other.startswith(part) and other != code for other in available)
