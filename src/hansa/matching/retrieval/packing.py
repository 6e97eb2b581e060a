"""How vectors, concepts and documents travel between memory and a database row."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from hansa.matching.concepts import Concepts
from hansa.matching.records import Document

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_APART = ("id", "text", "title")
_TRAITS = frozenset(field.name for field in dataclasses.fields(Document)) - {*_APART}
_HEAD = 4
"""Bytes before the numbers in what pgvector's `halfvec_send` gives: length and flags."""


def halfvec(vector: Floats) -> str:
    """A vector as pgvector reads it."""
    return "[" + ",".join(f"{value:.5g}" for value in vector.tolist()) + "]"


def from_halfvec(content: bytes | memoryview | None) -> Floats | None:
    """The vector of `halfvec_send`; None stays None."""
    return None if content is None else np.frombuffer(content, dtype=">f2", offset=_HEAD).astype(np.float32)


def packed(concepts: Concepts | None) -> bytes | None:
    """Concepts as 6 bytes each: row number, then weight in half precision."""
    if concepts is None:
        return None
    return concepts.rows.astype("<u4").tobytes() + concepts.weights.astype("<f2").tobytes()


def unpacked(content: bytes | memoryview | None) -> Concepts | None:
    """What `packed` gave."""
    if content is None:
        return None
    size = len(content) // 6
    rows = np.frombuffer(content, dtype="<u4", count=size).astype(np.int32)
    return Concepts(rows, np.frombuffer(content, dtype="<f2", offset=4 * size).astype(np.float32))


def traits_of(document: Document) -> str:
    """Everything of a document but its id and its words, as JSON; what it does not say is left out."""
    told = {field.name: getattr(document, field.name) for field in dataclasses.fields(document)}
    known = {name: value for name, value in told.items() if value not in (None, (), "") and name not in _APART}
    return json.dumps(known, default=date.isoformat)


def document_of(key: int, text: str, traits: dict[str, Any] | str) -> Document:
    """The document of a row; traits that this version does not know are passed over."""
    told = json.loads(traits) if isinstance(traits, str) else traits
    values: dict[str, Any] = {
        name: tuple(v) if isinstance(v, list) else v for name, v in told.items() if name in _TRAITS
    }
    if "published" in values:
        values["published"] = date.fromisoformat(values["published"])
    return Document(**({"kind": "", "region": ""} | values | {"id": f"{key}", "text": text}))
