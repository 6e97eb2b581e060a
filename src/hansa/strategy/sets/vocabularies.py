"""The words of three facets: technologies and fields of knowledge (our own lists, or EuroSciVoc), and themes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from hansa.strategy import figures
from hansa.strategy.models import Facet, Theme

EUROSCIVOC = "EuroSciVoc"
TECHNOLOGIES, FIELDS, THEMES = "Hansa technologies", "Hansa fields", "themes"


@dataclass(frozen=True)
class Entry:
    """One word of a facet's list: `meaning` is an English text to compare with, `words` are roots in any language."""

    classification: str
    code: str
    names: Mapping[str, str]
    meaning: str
    words: Sequence[str] = field(default_factory=tuple)

    @property
    def label(self) -> str:
        return self.names.get("en", self.code)


@cache
def shipped(name: str) -> Mapping[str, Any]:
    """One of the TOML files of this package."""
    text = resources.files("hansa.strategy.sets").joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def technologies() -> list[Entry]:
    return [_own(TECHNOLOGIES, each) for each in shipped("vocabularies")["technology"]]


def themes() -> list[Entry]:
    """The themes that are not withdrawn, with the roots that were shipped for them."""
    known = {each["code"]: each for each in shipped("themes")["theme"]}
    return [
        Entry(
            THEMES,
            theme.code,
            {"en": theme.name, **theme.names},
            f"{theme.name}. {theme.description}",
            tuple(known.get(theme.code, {}).get("words", ())) or tuple(_roots(theme)),
        )
        for theme in Theme.objects.filter(withdrawn_at__isnull=True)
    ]


def _roots(theme: Theme) -> list[str]:
    """A theme that a person added is recognised by its names."""
    return [name.casefold() for name in {theme.name, *map(str, theme.names.values())} if name]


def knowledge() -> list[Entry]:
    """EuroSciVoc to the third level where it is loaded, else our own short list."""
    shelf = figures.store()
    for name, entry in sorted(shelf.manifest().items()):
        is_list = entry.get("kind") == "file" and entry.get("role") == "labels"
        if is_list and entry.get("classification") == EUROSCIVOC and (found := _euroscivoc(str(shelf.file(name)))):
            return found
    return [_own(FIELDS, each) for each in shipped("vocabularies")["knowledge"]]


@cache
def _euroscivoc(path: str) -> list[Entry]:
    import pyarrow.parquet as pq

    if not {"code", "path", "title"} <= set(pq.read_schema(path).names):
        return []
    rows = pq.read_table(path, columns=["code", "path", "title"]).to_pylist()
    return [
        Entry(EUROSCIVOC, row["code"], {"en": row["title"]}, str(row["path"]).strip("/").replace("/", ", "),
              (str(row["title"]).casefold(),))
        for row in rows
        if 2 <= str(row["code"]).count("/") <= 3
    ]  # fmt: skip


def _own(classification: str, each: Mapping[str, Any]) -> Entry:
    meaning = f"{each['names']['en']}. {each['description']}"
    return Entry(classification, each["code"], each["names"], meaning, tuple(each["words"]))


def of_facet(facet: str) -> list[Entry]:
    """The list of a facet other than the sector."""
    return {Facet.TECHNOLOGY: technologies, Facet.THEME: themes, Facet.KNOWLEDGE: knowledge}[Facet(facet)]()


def said(entry: Entry, text: str) -> int:
    """How many roots of the entry begin a word of the text."""
    return sum(1 for root in entry.words if re.search(rf"(?<!\w){re.escape(root)}", text))
