"""Shared pieces: the classification tables, the model, and a small catalogue built once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hansa.matching import ConceptBridge, Document, Index, LabelMeans, load_embedder
from hansa.matching.embedding import Embedder

REPO_ROOT = Path(__file__).resolve().parents[2]
CLASSIFICATIONS = REPO_ROOT.parent / "shared" / "data" / "classifications"
DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def bridge() -> ConceptBridge:
    if not CLASSIFICATIONS.is_dir():
        pytest.skip(f"The classification tables are not at {CLASSIFICATIONS}.")
    return ConceptBridge.from_folder(CLASSIFICATIONS)


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    loaded = load_embedder()
    if loaded.embedder is None:
        pytest.skip(loaded.reason or "No embedder.")
    return loaded.embedder


@pytest.fixture(scope="session")
def means(embedder: Embedder, bridge: ConceptBridge, request: pytest.FixtureRequest) -> LabelMeans:
    cache = request.config.cache
    return LabelMeans(embedder, bridge, cache.mkdir("hansa-label-means") / "labels.npz" if cache else None)


class HashEmbedder:
    """A stand-in that is quick and needs no weights: vectors of hashed words, so likeness means shared words."""

    name = "hash"
    version = "1"
    dimensions = 64

    def embed_query(self, texts):
        return self._embed(texts)

    def embed_document(self, texts):
        return self._embed(texts)

    def _embed(self, texts):
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                vectors[row, sum(word.encode("utf-8", "replace")) % self.dimensions] += 1
            vectors[row] /= max(float(np.linalg.norm(vectors[row])), 1e-9)
        return vectors


CATALOGUE = (
    Document("d-cast", "offer", "FI19", "We cast light metal housings for electric motors in our foundry.", "en"),
    Document("d-need", "request", "LT02", "We need a foundry to cast light metal housings for electric motors.", "en"),
    Document("d-org", "organisation", "SE11", "An institute for light metal housings and electric motors.", "en"),
    Document("d-fish", "offer", "PL63", "We smoke salmon and herring for supermarkets.", "en", domains=("NACE:10.20",)),
    Document("d-note", "note", "PL84", "Electric motors in light metal housings, a note.", "en", owner="me"),
    Document("d-none", "offer", "", "Bread and cakes from rye for bakeries.", "en"),
)


@pytest.fixture
def quick_index() -> Index:
    """A catalogue with the stand-in embedder and no classification tables."""
    index = Index(HashEmbedder(), None)
    index.add(CATALOGUE)
    return index
