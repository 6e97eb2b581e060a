"""The index over texts in PostgreSQL and Tantivy: the interface of `Index`, for more texts than one process holds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hansa.matching.calibration import calibration
from hansa.matching.centring import Centring, LabelMeans
from hansa.matching.feedback import Example, moved_by
from hansa.matching.grams import counted
from hansa.matching.index import OTHER_SIDE, checked_vectors, found_hit, found_hits, missing_signals, prefix_shift
from hansa.matching.preparing import prepared_documents, prepared_query
from hansa.matching.reasons import Explainer
from hansa.matching.records import Document, Hit, Query, Weights
from hansa.matching.retrieval.filters import filter_of, row_numbers, tags_for_domains, tags_of
from hansa.matching.retrieval.means import DRIFT, drift
from hansa.matching.retrieval.words import Worded
from hansa.matching.scoring import Scored, scored_by
from hansa.matching.snapshot import Snapshot
from hansa.matching.text import plain
from hansa.matching.whatif import kept_of
from hansa.matching.why_not import WhyNot, against, behind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hansa.matching.concepts import ConceptBridge
    from hansa.matching.context import Context
    from hansa.matching.embedding import Embedder
    from hansa.matching.reasons import Asked
    from hansa.matching.retrieval.means import MeansTable
    from hansa.matching.retrieval.shelf import Kept, Shelf
    from hansa.matching.retrieval.words import Words
    from hansa.matching.whatif import Kept as Signals

    Floats = NDArray[np.float32]

NEAREST, BY_CONCEPTS, BY_SPELLING, BY_DOMAINS = 160, 100, 60, 60
"""Candidates that each signal proposes for a list of 20 hits; for longer lists proportionally more."""
_USUAL_LIMIT = 20
_FAR = 4
"""How many times more candidates are looked at to say why something was not shown."""


@dataclass(frozen=True)
class _Proposed:
    """What came out of looking for candidates: their scores, and how many documents pass the query's filters."""

    scored: Scored | None
    explainer: Explainer

    def hit(self, row: int, rank: int, explain: bool = True) -> Hit:
        """The hit of one row. Raises RuntimeError where nothing was scored."""
        if self.scored is None:
            raise RuntimeError("Nothing was scored.")
        return found_hit(self.explainer, self.scored, row, rank, explain)


class StoredIndex:
    """Documents in a database table, found by their place, concepts, spelling and domains, scored exactly as `Index`
    scores them.

    Ids are the decimal numbers of rows. Each signal proposes its best candidates under the query's filters, and those
    alone are read and scored: a document that is among the best of no signal cannot be found. Language means are those
    of the last `centre`. `words` None leaves out spelling, and concepts no longer propose. Safe to use from several
    threads if `shelf.transaction` is.
    """

    def __init__(
        self,
        shelf: Shelf,
        means_table: MeansTable,
        words: Words | None,
        embedder: Embedder | None,
        bridge: ConceptBridge | None,
        means: LabelMeans | None = None,
        weights: Weights | None = None,
        context: Context | None = None,
    ) -> None:
        self.shelf = shelf
        self.context = context
        self.words = words
        self.weights = weights or Weights()
        self._means_table = means_table
        self._embedder = embedder
        self._bridge = bridge
        self._labels = means if means or embedder is None or bridge is None else LabelMeans(embedder, bridge)
        self.missing: Mapping[str, str] = missing_signals(embedder, bridge)
        if words is None:
            self.missing = {**self.missing, "spelling": "There is no index of words: spelling is not compared."}
        self._centring: tuple[int, Centring] | None = None
        self._lock = threading.Lock()

    @property
    def model(self) -> str:
        """Name and version of the model whose vectors are compared."""
        return "" if self._embedder is None else f"{self._embedder.name} {self._embedder.version}"[:60]

    def put(self, documents: Iterable[Document], vectors: Sequence[Floats | None] | Floats | None = None) -> None:
        """Bring the rows of documents, and the index of words, to what the documents say; see `Index.add`.

        The rows must be there. Raises ValueError for ids that are no row numbers and for vectors that do not fit.
        """
        keys = self.shelve(documents, vectors)
        self.word(keys)

    def shelve(
        self, documents: Iterable[Document], vectors: Sequence[Floats | None] | Floats | None = None
    ) -> list[int]:
        """The database's part of `put`; from here on meaning finds the documents. Returns the row numbers."""
        documents = list(documents)
        keys = list(row_numbers(document.id for document in documents))
        if len(keys) != len(documents):
            raise ValueError("The ids of stored documents must be row numbers.")
        given = checked_vectors(self._embedder, documents, vectors)
        texts = [plain(document.whole_text) for document in documents]
        lacking = [i for i, vector in enumerate(given) if vector is None]
        if self._embedder is not None and lacking:
            made = self._embedder.embed_document([texts[i] for i in lacking])
            for place, i in enumerate(lacking):
                given[i] = made[place]
        entries = prepared_documents(documents, texts, given, self._bridge)
        places: list[Floats | None] = [None] * len(entries)
        centring = self._current()
        if centring is not None:
            zero = np.zeros_like(centring.document_mean(None))
            raw = np.array([zero if entry.vector is None else entry.vector for entry in entries], dtype=np.float32)
            places = list(
                centring.centred_documents(
                    raw.reshape(len(entries), len(zero)),
                    [entry.lang for entry in entries],
                    [entry.document.stance for entry in entries],
                )
            )
        self.shelf.write(list(zip(keys, entries, places, strict=True)))
        return keys

    def word(self, keys: Sequence[int]) -> None:
        """Bring the index of words to what the rows `keys` say; rows that are gone are forgotten. For the one process
        that writes it."""
        if self.words is None:
            return
        kept = self.shelf.kept(keys)
        there = {int(one.key) for one in kept}
        self.words.put(
            Worded(int(one.key), one.entry.text, one.entry.concepts, tags_of(one.entry.document, one.entry.lang))
            for one in kept
        )
        self.words.drop(key for key in keys if key not in there)
        self.words.commit()

    def remove(self, ids: Iterable[str]) -> None:
        """Forget documents entirely; unknown ids are ignored."""
        keys = list(row_numbers(ids))
        self.shelf.remove(keys)
        self.word(keys)

    @property
    def centred_on(self) -> int:
        """Of how many texts the means in force were made; 0 without any."""
        centring = self._current()
        return 0 if centring is None else centring.size

    def centre(self, progress: Callable[[int, int], None] | None = None, *, always: bool = False) -> bool:
        """Make new language means and place every document anew, if a mean has drifted or `always`; whether it did."""
        if self._embedder is None:
            return False
        sums = self.shelf.sums()
        made, before = self._centred_by(sums), self._current()
        if before is not None and not always and drift(made, before, sums) <= DRIFT:
            return False
        number = self._means_table.add(self.model, sums)
        self.shelf.place_all(made.centred_documents, progress)
        with self._lock:
            self._centring = (number, made)
        return True

    def search(self, query: Query, limit: int = 20) -> list[Hit]:
        """The best `limit` documents that pass the query's filters, best first; equal scores in order of id."""
        return self.search_many([query], limit)[0]

    def search_kept(self, query: Query, limit: int = 20) -> list[tuple[Hit, Signals]]:
        """The hits of `search`, each with its signals, to be kept for learning or for other weights."""
        [proposed] = self._proposed([query], limit)
        scored = proposed.scored
        if scored is None:
            return []
        return [(hit, kept_of(hit, scored)) for hit in found_hits(proposed.explainer, scored, limit)]

    def weighed(self, weights: Weights) -> StoredIndex:
        """The same index, ranking with other weights; the two share all that they hold."""
        other = copy(self)
        other.weights = weights
        return other

    def search_many(
        self,
        queries: Sequence[Query],
        limit: int = 20,
        *,
        explain: bool = True,
        vectors: Floats | None = None,
    ) -> list[list[Hit]]:
        """`search` for several queries, which are embedded together, unless their `vectors` as the embedder gave them
        are handed in; without `explain` hits have no reasons. Raises ValueError if `limit` is below 1."""
        found: list[list[Hit]] = []
        for proposed in self._proposed(queries, limit, vectors=vectors):
            scored = proposed.scored
            found.append([] if scored is None else found_hits(proposed.explainer, scored, limit, explain))
        return found

    def judge(self, queries: Sequence[Query], key: str) -> list[Hit | None]:
        """What one document is to each query: its hit at place 1, or None where filters or all signals leave it out.

        The number of database queries does not grow with that of `queries`, unless these have examples. Raises
        KeyError for an unknown id.
        """
        kept = self.shelf.kept(row_numbers([key]))
        if not kept:
            raise KeyError(key)
        hits: list[Hit | None] = []
        for asked, vector in self._asked(queries):
            scored = self._scored_among(asked, vector, kept, None)
            proposed = _Proposed(scored, Explainer(asked, self._bridge, self.context))
            shown = [] if scored is None else scored.first(1)
            hits.append(proposed.hit(shown[0], 1) if shown else None)
        return hits

    def why_not(self, query: Query, key: str, limit: int = 20) -> WhyNot:
        """Why a document is not among the first `limit` hits, or what speaks against it where it is.

        Its place is counted among the candidates that a deeper search proposes, so a place far down is a lower bound.
        Raises KeyError for an unknown id and ValueError if `limit` is below 1.
        """
        own = self.shelf.kept(row_numbers([key]))
        if not own:
            raise KeyError(key)
        entry = own[0].entry
        proposed = self._proposed([query], max(limit, _USUAL_LIMIT) * _FAR, also=key)[0]
        scored = proposed.scored
        excluded = query.refusals(entry.document, entry.lang)
        if scored is None:
            return WhyNot(query.id, key, excluded, None, limit, 0.0, None)
        shown = scored.first(limit)
        last = proposed.hit(shown[-1], len(shown)) if shown else None
        row = scored.row(key)
        hit = proposed.hit(row, scored.ahead(row) + 1)
        return WhyNot(
            query=query.id,
            id=key,
            excluded=excluded,
            rank=hit.rank if hit.score > 0 else None,
            limit=limit,
            score=hit.score,
            last=last,
            behind=behind(hit, last),
            reasons=hit.reasons,
            against=against(
                proposed.explainer.asked, entry, hit, scored.meaning_rank(row), self.weights.half_life, scored.reach
            ),
        )

    def _proposed(
        self, queries: Sequence[Query], limit: int, *, also: str | None = None, vectors: Floats | None = None
    ) -> list[_Proposed]:
        if limit < 1:
            raise ValueError(f"The limit is {limit}: at least one hit must be asked for.")
        return [
            _Proposed(self._scored(asked, vector, limit, also), Explainer(asked, self._bridge, self.context))
            for asked, vector in self._asked(queries, vectors)
        ]

    def _asked(self, queries: Sequence[Query], vectors: Floats | None = None) -> list[tuple[Asked, Floats]]:
        """Queries read, embedded and centred together, and moved by their examples."""
        asked = [prepared_query(query, self._bridge) for query in queries]
        centring = self._current()
        centred = [np.zeros(0, dtype=np.float32)] * len(asked)
        if self._embedder is not None and centring is not None:
            raw = self._embedder.embed_query([one.text for one in asked]) if vectors is None else vectors
            sides = [OTHER_SIDE.get(one.query.want or "") for one in asked]
            centred = list(centring.centred_queries(raw, [one.lang for one in asked], sides))
        return [
            moved_by(one, vector, self._examples(one.query.liked_ids), self._examples(one.query.disliked_ids))
            for one, vector in zip(asked, centred, strict=True)
        ]

    def _examples(self, ids: Iterable[str]) -> list[Example]:
        """What was accepted or refused, as far as it is still here and may be seen."""
        keys = list(row_numbers(ids))
        none = np.zeros(0, dtype=np.float32)
        return [
            Example(none if one.entry.vector is None else one.entry.vector, one.entry.concepts)
            for one in (self.shelf.kept(keys) if keys else [])
        ]

    def _scored(self, asked: Asked, vector: Floats, limit: int, also: str | None) -> Scored | None:
        """The candidates of one query with their scores; `also` is looked at whether or not it passes the filters."""
        chosen = filter_of(asked.query)
        passing = None if self.words is None else self.words.passing(chosen)
        candidates = self._candidates(asked, vector, limit, passing)
        kept = self.shelf.kept(candidates, chosen)
        if also is not None and all(one.key != also for one in kept):
            kept += self.shelf.kept(row_numbers([also]))
        return self._scored_among(asked, vector, kept, passing, int(NEAREST * max(1.0, limit / _USUAL_LIMIT)))

    def _scored_among(
        self, asked: Asked, vector: Floats, kept: Sequence[Kept], among: int | None, reach: int | None = None
    ) -> Scored | None:
        """The scores of documents that were read; `among` is how many more there are that pass the filters."""
        entries = {one.key: one.entry for one in kept}
        zero = np.zeros(len(vector), dtype=np.float32)
        places = [zero if entry.vector is None or not len(vector) else entry.vector for entry in entries.values()]
        centred = np.array(places, dtype=np.float32).reshape(len(entries), len(vector))
        snapshot = Snapshot(entries, centred, 0 if self._bridge is None else len(self._bridge))
        spelling = None
        if asked.text and self.words is not None:
            spelling = self.words.spelling(asked.text, [entry.text for entry in entries.values()])
        return scored_by(
            self.weights, asked, vector, snapshot, spelling, context=self.context, among=among, reach=reach
        )

    def _candidates(self, asked: Asked, vector: Floats, limit: int, passing: int | None) -> set[int]:
        chosen, more = filter_of(asked.query), max(1.0, limit / _USUAL_LIMIT)
        found: set[int] = set()
        if vector.any():
            found.update(self.shelf.nearest(vector, int(NEAREST * more), chosen, passing))
        if self.words is not None:
            if asked.concepts is not None:
                found.update(self.words.like_concepts(asked.concepts, int(BY_CONCEPTS * more), chosen))
            if asked.text:
                found.update(self.words.like_text(counted(asked.text)[0], int(BY_SPELLING * more), chosen))
            if asked.query.domains:
                tags = tags_for_domains(asked.query.domains)
                found.update(self.words.tagged(tags, int(BY_DOMAINS * more), chosen))
        return found

    def _current(self) -> Centring | None:
        """The means that the places were made with, read again when another process made new ones."""
        if self._embedder is None:
            return None
        number = self._means_table.newest(self.model)
        with self._lock:
            if number and (self._centring is None or self._centring[0] != number):
                self._centring = (number, self._centred_by(self._means_table.load(number)))
            return None if self._centring is None else self._centring[1]

    def _centred_by(self, sums: Mapping[tuple[str | None, str | None], tuple[int, Floats]]) -> Centring:
        embedder = self._embedder
        if embedder is None:
            raise RuntimeError("Without an embedder there is nothing to centre.")
        known = calibration(embedder.name, embedder.version, embedder.dimensions)
        shift = prefix_shift(embedder) if known is None else known.prefix
        return Centring(sums, shift, self._labels, known=known)
