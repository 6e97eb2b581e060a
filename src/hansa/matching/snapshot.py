"""One state of an index laid out for search: matrices in the order of its documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hansa.matching.concepts import Concepts, matrix
from hansa.matching.context import stated
from hansa.matching.records import Document, nests

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Relatedness = Callable[[str, str], float | None]

_NESTED = 0.5
_ANY_TWO = 0.1
"""What two texts have in common on concepts whatever they are about."""


@dataclass(frozen=True)
class Entry:
    """A document as the index keeps it: its cleaned text, language, raw vector, concepts and variety of words."""

    document: Document
    text: str
    lang: str | None
    vector: Floats | None
    concepts: Concepts | None
    variety: float


class Snapshot:
    """Entries in a fixed order, with the matrices made from them. `centred` is None without vectors.

    `speaks` says which documents can speak in a signal: those that name a domain, and those that have concepts (a text
    in a language without labels has none). The others are judged without it.
    """

    def __init__(self, entries: Mapping[str, Entry], centred: Floats | None, concept_count: int) -> None:
        self.entries: tuple[Entry, ...] = tuple(entries.values())
        self.ids: tuple[str, ...] = tuple(entries)
        self.centred = centred
        self.variety = np.array([entry.variety for entry in self.entries], dtype=np.float64)
        self.stances = tuple(entry.document.stance for entry in self.entries)
        self.speaks: Mapping[str, NDArray[np.bool_]] = {
            "domains": np.array([bool(entry.document.domains) for entry in self.entries], dtype=bool),
            "concepts": np.array(
                [bool(entry.concepts and len(entry.concepts.rows)) for entry in self.entries], dtype=bool
            ),
        }
        self.facts = stated(entry.document for entry in self.entries)
        self._concept_rows: Any = None
        if concept_count:
            empty = Concepts(np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32))
            self._concept_rows = matrix([entry.concepts or empty for entry in self.entries], concept_count)
        self._domain_rows: dict[str, list[int]] = {}
        for row, entry in enumerate(self.entries):
            for code in entry.document.domains:
                self._domain_rows.setdefault(code, []).append(row)

    def meaning(self, vector: Floats) -> Floats:
        """Cosine with every document's centred vector, negative ones as 0."""
        if self.centred is None:
            return np.zeros(len(self.ids), dtype=np.float32)
        cosines: Floats = np.clip(self.centred @ vector, 0, 1)
        return cosines

    def concepts(self, concepts: Concepts) -> Floats:
        """How much every document has in common on concepts: the square root of the cosine, since a little in common
        says most of it, above what any two texts have in common, stretched to 0 to 1."""
        if self._concept_rows is None or not len(self.ids):
            return np.zeros(len(self.ids), dtype=np.float32)
        query = np.zeros(self._concept_rows.shape[1], dtype=np.float32)
        query[concepts.rows] = concepts.weights
        shared: Floats = np.sqrt(np.clip(np.asarray(self._concept_rows @ query, dtype=np.float32), 0, 1))
        return np.asarray(np.maximum(shared - _ANY_TWO, 0) / (1 - _ANY_TWO), dtype=np.float32)

    def domains(self, codes: Sequence[str], relatedness: Relatedness | None = None) -> Floats:
        """1 for documents with one of these codes, 0.5 for those with a code above or below one, else half of how
        related their closest code is (0 if that is not known)."""
        result = np.zeros(len(self.ids), dtype=np.float32)
        for had, rows in self._domain_rows.items():
            value = max((nearness(code, had, relatedness) for code in codes), default=0.0)
            if value:
                result[rows] = np.maximum(result[rows], value)
        return result


def nearness(code: str, had: str, relatedness: Relatedness | None = None) -> float:
    """1 for equal codes, 0.5 if one holds the other, else half of their relatedness: at most 0.5."""
    if code == had:
        return 1.0
    if nests(code, had) or nests(had, code):
        return _NESTED
    related = None if relatedness is None else relatedness(code, had)
    return 0.0 if related is None else _NESTED * min(1.0, max(0.0, related))
