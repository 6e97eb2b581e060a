"""The Tantivy index of spelling and concepts: which documents share grams or concepts with a query, at any size.

It proposes candidates and knows in how many documents a gram stands; it decides no place in the ranking. Its files are
derived, hold no readable text (grams are hashed) and can be rebuilt at any time.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from hansa.matching.grams import BUCKETS, counted, gathered
from hansa.matching.lexical import K1, B

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from hansa.matching.concepts import Concepts
    from hansa.matching.retrieval.filters import Filter

FORMAT = 1
_STATE = "hansa.json"
_HEAP = 128_000_000
_FEWEST_GRAMS = 16
_POSTINGS = 400_000
"""Postings that a search may walk: the rarest grams of a long text find its spelling at a fraction of the time."""
_CONCEPTS_KEPT = 48
_CONCEPTS_ASKED = 24


@dataclass(frozen=True)
class Worded:
    """What the index keeps of a document: its row number, clean text, concepts, and tags for filters."""

    id: int
    text: str
    concepts: Concepts | None
    tags: Sequence[str]


class Words:
    """A Tantivy index in `folder`, or in memory without one. Any number of readers, one writer at a time.

    `stamp` says from what the concepts were made; files with another stamp or format are emptied when opened.
    `fresh` is then true: everything has to be put in again.
    """

    def __init__(self, folder: Path | None = None, stamp: str = "") -> None:
        import tantivy

        self._t = tantivy
        self._folder = folder
        self._stamp = f"{FORMAT} {stamp}"
        self.fresh = folder is None or self._state() != self._stamp
        builder = tantivy.SchemaBuilder()
        builder.add_unsigned_field("id", indexed=True, fast=True)
        builder.add_unsigned_field("length", fast=True)
        builder.add_text_field("grams", tokenizer_name="whitespace", index_option="freq")
        builder.add_text_field("concepts", tokenizer_name="whitespace", index_option="basic")
        builder.add_text_field("tags", tokenizer_name="raw", index_option="basic")
        self._schema = builder.build()
        if folder is None:
            self._index = tantivy.Index(self._schema)
        else:
            self._index = self._opened(folder)
        self._lock = threading.RLock()
        self._writer: Any = None
        self._searcher = self._index.searcher()
        self._mean_length: float | None = None

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def put(self, items: Iterable[Worded]) -> None:
        """Add documents; one with a known row number replaces it. Seen after `commit`."""
        with self._lock:
            writer = self._writing()
            for item in items:
                self._forget(writer, item.id)
                writer.add_document(self._document(item))

    def drop(self, ids: Iterable[int]) -> None:
        """Forget documents; unknown numbers are ignored. Seen after `commit`."""
        with self._lock:
            writer = self._writing()
            for key in ids:
                self._forget(writer, key)

    def commit(self) -> None:
        """Make what was put and dropped lasting and visible, and let another writer in."""
        with self._lock:
            if self._writer is not None:
                self._writer.commit()
                self._writer.wait_merging_threads()
                self._writer = None
            if self._folder is not None:
                (self._folder / _STATE).write_text(json.dumps({"stamp": self._stamp}), encoding="utf-8")
            self.fresh = False
            self.refresh()

    def refresh(self) -> None:
        """See what another process committed."""
        with self._lock:
            self._index.reload()
            self._searcher = self._index.searcher()
            self._mean_length = None

    def passing(self, chosen: Filter) -> int:
        """How many documents pass a filter."""
        if chosen.is_open:
            return len(self)
        return int(cast("Any", self._searcher.search(self._filtered(None, chosen), limit=1, count=True)).count)

    def like_text(self, grams: NDArray[np.int32], limit: int, chosen: Filter) -> list[int]:
        """Row numbers of the documents that share most of the rarest `grams`, best first."""
        frequent = self.frequencies(grams)
        order = np.argsort(frequent, kind="stable")
        order = order[frequent[order] > 0]
        walked = np.cumsum(frequent[order])
        told = order[(walked <= _POSTINGS) | (np.arange(len(order)) < _FEWEST_GRAMS)]
        parts = [(1.0, "grams", f"{gram}") for gram in grams[told].tolist()]
        return self._best(parts, limit, chosen)

    def like_concepts(self, concepts: Concepts, limit: int, chosen: Filter) -> list[int]:
        """Row numbers of the documents that share most of the weightiest concepts, best first."""
        rows, weights = _weightiest(concepts, _CONCEPTS_ASKED)
        parts = [(float(weight), "concepts", f"{row}") for row, weight in zip(rows, weights, strict=True)]
        return self._best(parts, limit, chosen)

    def tagged(self, tags: Sequence[str], limit: int, chosen: Filter) -> list[int]:
        """Row numbers of documents that carry one of `tags`, those with more of them first."""
        return self._best([(1.0, "tags", tag) for tag in tags], limit, chosen)

    def frequencies(self, grams: NDArray[np.int32]) -> NDArray[np.int64]:
        """In how many documents each of `grams` stands."""
        count = self._searcher.doc_freq
        return np.array([count("grams", f"{gram}") for gram in grams.tolist()], dtype=np.int64)

    def spelling(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """BM25 of some clean texts of the index, as `Lexical.scores` gives it for all texts: 0 to 1."""
        asked, _ = counted(query)
        # texts that were replaced are counted until their segment is merged, so more could be told than there are
        df = np.minimum(self.frequencies(asked), len(self))
        idf = np.log(1 + (len(self) - df + 0.5) / (df + 0.5))
        best = float(idf.sum()) * (K1 + 1)
        if best <= 0 or not texts:
            return np.zeros(len(texts), dtype=np.float32)
        owners, buckets = gathered(texts)
        relative = np.bincount(owners, minlength=len(texts)) / max(self.mean_length, 1.0)
        column = np.full(BUCKETS, -1, dtype=np.int64)
        column[asked] = np.arange(len(asked))
        shared = column[buckets] >= 0
        pairs, tf = np.unique(owners[shared] * len(asked) + column[buckets[shared]], return_counts=True)
        text, gram = np.divmod(pairs, len(asked))
        values = tf * (K1 + 1) / (tf + K1 * (1 - B + B * relative[text])) * idf[gram]
        return (np.bincount(text, weights=values, minlength=len(texts)) / best).astype(np.float32)

    @property
    def mean_length(self) -> float:
        """Mean number of grams of a document."""
        if self._mean_length is None:
            asked = {"mean": {"avg": {"field": "length"}}}
            found = self._searcher.aggregate(self._t.Query.all_query(), asked)["mean"]["value"]
            self._mean_length = float(found or 0.0)
        return self._mean_length

    def _best(self, parts: Sequence[tuple[float, str, str]], limit: int, chosen: Filter) -> list[int]:
        if not parts or limit < 1:
            return []
        q, occur = self._t.Query, self._t.Occur
        scored = []
        for weight, field, value in parts:
            term = q.term_query(self._schema, field, value, index_option="freq" if field == "grams" else "basic")
            scored.append((occur.Should, term if weight == 1 else q.boost_query(term, weight)))
        found = self._searcher.search(self._filtered(q.boolean_query(scored), chosen), limit=limit, count=False)
        addresses = [address for _score, address in found.hits]
        return [int(key) for key in self._searcher.fast_field_values("id", addresses) if key is not None]

    def _filtered(self, scored: Any, chosen: Filter) -> Any:
        q, occur = self._t.Query, self._t.Occur
        parts = [(occur.Must, scored if scored is not None else q.const_score_query(q.all_query(), 0.0))]
        for group in chosen.any_of:
            one = q.term_set_query(self._schema, "tags", list(group))
            parts.append((occur.Must, q.const_score_query(one, 0.0)))
        if chosen.none_of:
            parts.append((occur.MustNot, q.term_set_query(self._schema, "tags", list(chosen.none_of))))
        if chosen.not_ids:
            parts.append((occur.MustNot, q.term_set_query(self._schema, "id", list(chosen.not_ids))))
        return parts[0][1] if len(parts) == 1 else q.boolean_query(parts)

    def _document(self, item: Worded) -> Any:
        grams, counts = counted(item.text)
        document = self._t.Document()
        document.add_unsigned("id", item.id)
        document.add_unsigned("length", int(counts.sum()))
        document.add_text("grams", " ".join(map(str, np.repeat(grams, counts).tolist())))
        if item.concepts is not None:
            rows, _ = _weightiest(item.concepts, _CONCEPTS_KEPT)
            document.add_text("concepts", " ".join(map(str, rows)))
        for tag in item.tags:
            document.add_text("tags", tag)
        return document

    def _forget(self, writer: Any, key: int) -> None:
        # deletion by term takes the number for a signed one and finds nothing
        writer.delete_documents_by_query(self._t.Query.term_query(self._schema, "id", key))

    def _writing(self) -> Any:
        if self._writer is None:
            self._writer = self._index.writer(_HEAP, 1)
            if self.fresh:
                self._writer.delete_all_documents()
        return self._writer

    def _opened(self, folder: Path) -> Any:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            return self._t.Index(self._schema, path=str(folder))
        except ValueError:
            # files of another format or broken ones: all of it is derived, so begin again
            self.fresh = True
            for path in folder.iterdir():
                path.unlink()
            return self._t.Index(self._schema, path=str(folder))

    def _state(self) -> str:
        if self._folder is None:
            return ""
        try:
            return str(json.loads((self._folder / _STATE).read_text(encoding="utf-8"))["stamp"])
        except (OSError, ValueError, KeyError):
            return ""


def _weightiest(concepts: Concepts, limit: int) -> tuple[list[int], list[float]]:
    order = np.argsort(-concepts.weights, kind="stable")[:limit]
    return concepts.rows[order].tolist(), concepts.weights[order].tolist()
