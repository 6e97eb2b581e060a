"""Shared spelling: BM25 (Robertson and Zaragoza 2009) over character 4-grams (McNamee and Mayfield 2004)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array

from hansa.matching.grams import BUCKETS, counted
from hansa.matching.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

K1 = 1.2
B = 0.75


class Lexical:
    """Texts by id, scored against a query on the 4-grams they share. Adding and removing are cheap; the postings are
    rebuilt at the next `scores`. Nothing of a removed text stays."""

    def __init__(self) -> None:
        self._texts: dict[str, tuple[NDArray[np.int32], NDArray[np.int32]]] = {}
        self._postings: Any = None
        self._idf: NDArray[np.float32] = np.empty(0, dtype=np.float32)
        self._order: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self._texts)

    def add(self, items: Iterable[tuple[str, str]]) -> None:
        """Add (id, text) pairs; a known id is replaced."""
        for key, text in items:
            self._texts[key] = counted(plain(text))
        self._postings = None

    def remove(self, ids: Iterable[str]) -> None:
        """Remove texts; unknown ids are ignored."""
        for key in ids:
            self._texts.pop(key, None)
        self._postings = None

    def scores(self, query: str, order: Sequence[str]) -> NDArray[np.float32]:
        """BM25 of the texts `order` names, divided by what a text could reach at most for this query: 0 to 1.

        Idf is ln(1 + (N - df + 0.5) / (df + 0.5)), k1 = 1.2, b = 0.75; a gram counts once in the query however often
        it stands there. Raises KeyError if `order` names an unknown id.
        """
        if self._postings is None or self._order != tuple(order):
            self._rebuild(order)
        grams, _ = counted(plain(query))
        best = float(self._idf[grams].sum()) * (K1 + 1)
        if best == 0 or not self._order:
            return np.zeros(len(self._order), dtype=np.float32)
        return np.asarray((self._idf[grams] / best) @ self._postings[grams], dtype=np.float32)

    def _rebuild(self, order: Sequence[str]) -> None:
        self._order = tuple(order)
        texts = [self._texts[key] for key in self._order]
        lengths = np.array([int(counts.sum()) for _, counts in texts], dtype=np.float64)
        grams = np.concatenate([g for g, _ in texts]) if texts else np.empty(0, dtype=np.int32)
        tf = np.concatenate([c for _, c in texts]).astype(np.float64) if texts else np.empty(0)
        columns = np.repeat(np.arange(len(texts)), [len(g) for g, _ in texts])
        df = np.bincount(grams, minlength=BUCKETS)
        self._idf = np.log(1 + (len(texts) - df + 0.5) / (df + 0.5)).astype(np.float32)
        relative = lengths / max(float(lengths.mean()) if texts else 1.0, 1.0)
        values = tf * (K1 + 1) / (tf + K1 * (1 - B + B * relative[columns]))
        self._postings = csr_array((values.astype(np.float32), (grams, columns)), shape=(BUCKETS, len(texts)))
