"""Single past projects that a text is like. One vector per project, never one per organisation: an average of what
somebody does resembles nothing they do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hansa.matching.lexical import Lexical
from hansa.matching.text import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hansa.matching.embedding import Embedder
    from hansa.matching.partnering.history import History

    Floats = NDArray[np.float64]

WORDS_NEAREST = 100
BOTH_NEAREST = 60
"""Projects nearest to a text that count: by words alone, by words and meaning together."""
OWN_PROJECTS = 5
"""Projects of an organisation whose texts are compared with others."""
_SHARPNESS = 4
_SHARPNESS_OF_BOTH = 2


class Likeness:
    """Likeness of texts to the projects of a history that have a text, by words and, with an embedder, by meaning.

    `words` is BM25 over character 4-grams. `texts`, instead of it where there is an embedder, is the mean of BM25 and
    of the cosine of vectors from which the projects' mean is taken, each divided by its largest value.
    """

    def __init__(self, history: History, embedder: Embedder | None) -> None:
        texts = [(row, plain(project.text)) for row, project in enumerate(history.projects) if project.text]
        self._history = history
        self._around: dict[int, dict[int, float]] = {}
        self._rows = [row for row, text in texts if text]
        self._keys = [str(row) for row in self._rows]
        self._places = {row: place for place, row in enumerate(self._rows)}
        self._lexical = Lexical()
        self._lexical.add((str(row), text) for row, text in texts if text)
        self._embedder = embedder if self._rows else None
        self._mean = self._documents = np.zeros((0, 0), dtype=np.float32)

    def _embed(self, embedder: Embedder) -> None:
        if not len(self._documents):
            raw = embedder.embed_document([plain(self._history.projects[row].text or "") for row in self._rows])
            self._mean = raw.mean(axis=0)
            self._documents = _unit(raw - self._mean)

    def nearest(self, texts: Sequence[str]) -> list[dict[str, dict[int, float]]]:
        """Per text and signal, the nearest projects by number with their weight: a power of their likeness, so that
        the nearest count most. A text without words is like nothing."""
        cleaned = [plain(text) for text in texts]
        found: list[dict[str, dict[int, float]]] = [{} for _ in texts]
        if not self._rows:
            return found
        vectors = None
        if self._embedder is not None and any(cleaned):
            self._embed(self._embedder)
            vectors = self._embedder.embed_document(cleaned)
        for place, text in enumerate(cleaned):
            if not text:
                continue
            words = self._lexical.scores(text, self._keys).astype(np.float64)
            if vectors is None:
                found[place]["words"] = self._best(words, WORDS_NEAREST, _SHARPNESS)
            else:
                meaning = (self._documents @ _unit(vectors[place : place + 1] - self._mean)[0]).astype(np.float64)
                both = _relative(words) / 2 + _relative(meaning) / 2
                found[place]["texts"] = self._best(both, BOTH_NEAREST, _SHARPNESS_OF_BOTH)
        return found

    def like_projects(self, rows: Sequence[int]) -> dict[int, float]:
        """The projects nearest in words to some of the history, added up; only the latest `OWN_PROJECTS` are compared
        and none of those given counts as near."""
        of = self._history.projects
        own = sorted((row for row in rows if row in self._places), key=lambda row: (-(of[row].year or 0), row))
        near: dict[int, float] = {}
        for row in own[:OWN_PROJECTS]:
            if row not in self._around:
                scores = self._lexical.scores(of[row].text or "", self._keys).astype(np.float64)
                scores[self._places[row]] = 0
                self._around[row] = self._best(scores, WORDS_NEAREST, _SHARPNESS)
            for other, weight in self._around[row].items():
                near[other] = near.get(other, 0.0) + weight
        mine = set(rows)
        return {row: weight for row, weight in near.items() if row not in mine}

    def _best(self, likeness: Floats, count: int, sharpness: int) -> dict[int, float]:
        order = np.argsort(-likeness, kind="stable")[:count]
        return {self._rows[i]: float(likeness[i]) ** sharpness for i in order if likeness[i] > 0}


def _relative(likeness: Floats) -> Floats:
    """Divided by the largest; what is unlike counts 0."""
    top = float(likeness.max(initial=0.0))
    found: Floats = np.maximum(likeness, 0) / top if top > 0 else np.zeros_like(likeness)
    return found


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: NDArray[np.float32] = vectors / np.maximum(lengths, 1e-9)
    return unit
