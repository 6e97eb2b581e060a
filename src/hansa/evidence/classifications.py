"""Names of domains: NACE Rev. 2 in the languages of the official translations, with a plain English fallback."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hansa.evidence.errors import fault

if TYPE_CHECKING:
    from hansa.evidence.store import Store

NACE = "NACE Rev. 2"
_NOT_DIVISION = re.compile(r"[A-U]?(?P<division>[0-9]{1,2})(?P<rest>\.[0-9]{1,2})?")
_SECTION_STARTS = (
    (1, "A"), (5, "B"), (10, "C"), (35, "D"), (36, "E"), (41, "F"), (45, "G"), (49, "H"), (55, "I"), (58, "J"),
    (64, "K"), (68, "L"), (69, "M"), (77, "N"), (84, "O"), (85, "P"), (86, "Q"), (90, "R"), (94, "S"), (97, "T"),
    (99, "U"),
)  # fmt: skip
_LANGUAGE_CODES = {"nb": "no", "nn": "no"}


def division(domain: str | int) -> str:
    """A NACE code in its usual form: 5 and "5" are "05", Eurostat's "C10" is "10", "05.1" stays; others unchanged."""
    match = _NOT_DIVISION.fullmatch(str(domain).strip())
    return str(domain).strip() if match is None else f"{int(match['division']):02d}{match['rest'] or ''}"


def section(domain: str | int) -> str | None:
    """The letter of the NACE Rev. 2 section (Regulation (EC) No 1893/2006) a code belongs to, or None."""
    code = division(domain)
    if len(code) == 1 and code in "ABCDEFGHIJKLMNOPQRSTU":
        return code
    if not code[:2].isdecimal() or not 1 <= int(code[:2]) <= 99:
        return None
    return [letter for start, letter in _SECTION_STARTS if start <= int(code[:2])][-1]


def labels(store: Store, classification: str = NACE, lang: str = "en") -> dict[str, str]:
    """Code -> label from what is loaded, English where the language lacks a code; empty when nothing is loaded.

    Official labels (`nace_rev2_labels.parquet`) go before a table's own English domain names. `lang` may carry a
    territory ("pl-PL"); Norwegian Bokmål and Nynorsk are served the Norwegian labels. Raises `EvidenceError` for a
    damaged file.
    """
    wanted = lang.replace("_", "-").split("-")[0].lower()
    wanted = _LANGUAGE_CODES.get(wanted, wanted)
    found: dict[str, str] = {}
    for name in _loaded(store, classification, "domain-names"):
        found |= _own_names(store.file(name))
    for name in _loaded(store, classification, "labels"):
        rows = _official(store.file(name), ("en", wanted))
        for language in dict.fromkeys(("en", wanted)):
            found |= {row["code"]: row["label"] for row in rows if row["lang"] == language and row["label"]}
    return found


def sections(store: Store, classification: str = NACE) -> dict[str, str]:
    """Code -> section letter, by the labels' own hierarchy; by the Regulation's ranges when none are loaded."""
    parents: dict[str, str] = {}
    for name in _loaded(store, classification, "labels"):
        parents |= {row["code"]: row["parent"] for row in _official(store.file(name), ("en",))}
    found = {}
    for code in parents:
        top = code
        for _ in range(4):
            top = parents.get(top) or top
        found[code] = top
    if not found:
        found = {code: letter for code in labels(store, classification) if (letter := section(code))}
    return found


def _loaded(store: Store, classification: str, role: str) -> list[str]:
    entries = store.manifest().items()
    return [name for name, entry in entries if (entry["classification"], entry["role"]) == (classification, role)]


def _own_names(path: Path) -> dict[str, str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise fault(path, f"the names of domains cannot be read ({error})", "load them again") from None
    if rows and not {"domain", "name"} <= rows[0].keys():
        raise fault(path, "there is no column “domain” or “name”", "give both")
    return {division(row["domain"]): row["name"] for row in rows if row["domain"] and row["name"]}


def _official(path: Path, languages: tuple[str, ...]) -> list[dict[str, Any]]:
    import pyarrow as pa
    import pyarrow.compute as pc

    from hansa.evidence.parquet import DAMAGE, from_bytes

    columns = ["code", "parent", "lang", "label"]
    try:
        table = from_bytes(path.read_bytes(), columns)
    except DAMAGE as error:
        raise fault(path, f"the labels cannot be read ({str(error)[:120]})", "load them again") from None
    if sorted(table.schema.names) != sorted(columns):
        raise fault(path, f"there are only {', '.join(table.schema.names)}", f"give {', '.join(columns)}")
    wanted = pc.is_in(table["lang"], value_set=pa.array(languages, table["lang"].type))
    rows: list[dict[str, Any]] = table.filter(wanted).to_pylist()
    return rows
