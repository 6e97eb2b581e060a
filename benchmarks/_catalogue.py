"""Catalogues of any size to search: texts made of official labels, vectors and concepts mixed from those of the labels.

Embedding a million texts takes days, so a text's vector is the mean of its labels' vectors with a little noise, and its
concepts are theirs joined. The labels of a text lie side by side in the classification, so that texts have near
neighbours, as real ones do.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from hansa.matching import ConceptBridge, Document, Embedder, Query
from hansa.matching.concepts import Concepts, matrix
from hansa.matching.retrieval.filters import tags_of
from hansa.matching.retrieval.packing import packed
from hansa.matching.snapshot import Entry

Floats = NDArray[np.float32]

LANGUAGES = ("pl", "de", "fi", "lt", "it")
CODES = 480
LABELS_EACH = 5
NOISE = 0.006
"""Per number of a vector. It decides how near the nearest texts lie, which the measurement prints beside the same of
real texts: at 0.02 the nearest are further than real ones (cosine 0.27) and any approximate index misses more."""
WIDTH = 12
"""How far apart in the classification the labels of one text may lie."""
OPENINGS = {
    "offer": ("Oferujemy", "Wir bieten", "Tarjoamme", "Siūlome", "Offriamo"),
    "request": ("Szukamy partnera", "Wir suchen einen Partner", "Etsimme kumppania", "Ieškome partnerio", "Cerchiamo"),
}
REGIONS = tuple(f"{country}{n:02d}" for country in ("PL", "DE", "FI", "LT", "IT", "SE", "EE", "LV", "DK", "ES")
                for n in range(10))  # fmt: skip
"""A hundred regions: a filter by one keeps one text in a hundred, a filter by a country one in ten."""
KEPT_CONCEPTS = 120


@dataclass(frozen=True)
class Palette:
    """The labels that texts are made of: `labels[lang][code]`, their vectors (langs x codes, d) and concepts."""

    labels: list[list[str]]
    vectors: Floats
    concepts: csr_array
    size: int

    @classmethod
    def made(cls, embedder: Embedder, bridge: ConceptBridge) -> Palette:
        codes = [code for code in bridge.codes if code.startswith("CPV:")
                 and all(bridge.label(code, lang) for lang in LANGUAGES)]  # fmt: skip
        chosen = codes[:: max(1, len(codes) // CODES)][:CODES]
        labels = [[bridge.label(code, lang) or "" for code in chosen] for lang in LANGUAGES]
        flat = [label for row in labels for label in row]
        told = [bridge.of(label, lang) for lang, row in zip(LANGUAGES, labels, strict=True) for label in row]
        return cls(labels, embedder.embed_document(flat), matrix(told, len(bridge)), len(chosen))


@dataclass(frozen=True)
class Batch:
    """Some texts: documents with their vectors (n, d), and for each the numbers of its labels."""

    documents: list[Document]
    vectors: Floats
    mixed: NDArray[np.int64]

    def concepts(self, palette: Palette) -> list[Concepts]:
        """The labels' concepts joined, the weightiest kept."""
        n = len(self.documents)
        chosen = csr_array(
            (np.ones(self.mixed.size, np.float32), self.mixed.ravel(), np.arange(0, self.mixed.size + 1, LABELS_EACH)),
            shape=(n, palette.concepts.shape[0]),
        )
        joined = (chosen @ palette.concepts).tocsr()
        made = []
        for start, end in zip(joined.indptr[:-1], joined.indptr[1:], strict=True):
            rows, weights = joined.indices[start:end], joined.data[start:end]
            if len(rows) > KEPT_CONCEPTS:
                top = np.argpartition(-weights, KEPT_CONCEPTS)[:KEPT_CONCEPTS]
                rows, weights = rows[top], weights[top]
            order = np.argsort(rows)
            length = float(np.linalg.norm(weights)) or 1.0
            made.append(Concepts(rows[order].astype(np.int32), (weights[order] / length).astype(np.float32)))
        return made


def batches(palette: Palette, total: int, seed: int, size: int = 5_000) -> Iterator[Batch]:
    """`total` texts with the ids 1, 2, ... in batches; the same for the same seed."""
    rng = np.random.default_rng(seed)
    for first in range(1, total + 1, size):
        n = min(size, total - first + 1)
        lang, codes = rng.integers(0, len(LANGUAGES), n), _codes(rng, palette, n)
        mixed = lang[:, None] * palette.size + codes
        vectors = palette.vectors[mixed].mean(axis=1) + rng.normal(0, NOISE, (n, palette.vectors.shape[1]))
        vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
        documents = []
        for i in range(n):
            side = "offer" if (first + i) % 2 else "request"
            told = ", ".join(palette.labels[lang[i]][code] for code in codes[i].tolist())
            documents.append(
                Document(
                    id=f"{first + i}",
                    kind=f"technology_{side}",
                    region=REGIONS[(first + i) % len(REGIONS)],
                    text=f"{OPENINGS[side][lang[i]]}: {told} ({first + i}).",
                    lang=LANGUAGES[lang[i]],
                    owner=f"{(first + i) % 40}",
                )
            )
        yield Batch(documents, vectors, mixed)


def queries(palette: Palette, total: int, seed: int, prefix: Floats, **filters: Any) -> tuple[list[Query], Floats]:
    """Needs for offers, in words of the labels, with vectors as an embedder would give them."""
    rng = np.random.default_rng(seed)
    lang, codes = rng.integers(0, len(LANGUAGES), total), _codes(rng, palette, total)[:, :3]
    mixed = lang[:, None] * palette.size + codes
    vectors = palette.vectors[mixed].mean(axis=1) + rng.normal(0, NOISE, (total, palette.vectors.shape[1])) + prefix
    asked = [
        Query(
            f"q{i}",
            f"{OPENINGS['request'][lang[i]]}: {', '.join(palette.labels[lang[i]][c] for c in codes[i].tolist())}.",
            LANGUAGES[lang[i]],
            want="offer",
            **filters,
        )
        for i in range(total)
    ]
    return asked, (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def _codes(rng: np.random.Generator, palette: Palette, n: int) -> NDArray[np.int64]:
    centre = rng.integers(0, palette.size, n)
    return np.asarray((centre[:, None] + rng.integers(0, WIDTH, (n, LABELS_EACH))) % palette.size, dtype=np.int64)


def copy_rows(cursor: Any, table: str, entries: list[Entry], places: Floats) -> None:
    """Write entries as rows of a shelf by binary COPY, which takes a hundredth of the time of single statements."""
    columns = "id, text, language, stance, tags, traits, variety, concepts, place"
    with cursor.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT binary)") as copy:
        copy.write(b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0))
        for entry, place in zip(entries, places.astype(">f2"), strict=True):
            fields = _fields(entry, place.tobytes())
            copy.write(struct.pack(">h", len(fields)) + b"".join(struct.pack(">i", len(f)) + f for f in fields))
        copy.write(struct.pack(">h", -1))


def _fields(entry: Entry, place: bytes) -> list[bytes]:
    document = entry.document
    tags = [tag.encode() for tag in tags_of(document, entry.lang)]
    traits = {"kind": document.kind, "region": document.region, "lang": document.lang, "owner": document.owner}
    return [
        struct.pack(">q", int(document.id)),
        entry.text.encode(),
        (entry.lang or "").encode(),
        (document.stance or "").encode(),
        struct.pack(">iiiii", 1, 0, 25, len(tags), 1) + b"".join(struct.pack(">i", len(t)) + t for t in tags),
        b"\x01" + json.dumps(traits).encode(),
        struct.pack(">f", entry.variety),
        packed(entry.concepts) or b"",
        struct.pack(">hh", len(place) // 2, 0) + place,
    ]
