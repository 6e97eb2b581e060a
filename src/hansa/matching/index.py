"""The index in memory: documents in, ranked and explained hits out."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from hansa.matching.calibration import calibration
from hansa.matching.centring import Centring, LabelMeans, sums_of
from hansa.matching.concepts import ConceptBridge
from hansa.matching.context import Context
from hansa.matching.embedding import Embedder
from hansa.matching.feedback import Example, moved_by
from hansa.matching.lexical import Lexical
from hansa.matching.preparing import prepared_documents, prepared_query
from hansa.matching.reasons import Asked, Explainer
from hansa.matching.records import Document, Hit, Query, Weights
from hansa.matching.scoring import Scored, scored_by
from hansa.matching.snapshot import Entry, Snapshot
from hansa.matching.text import plain
from hansa.matching.whatif import Kept, kept_of
from hansa.matching.why_not import WhyNot, against, behind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_PROBES = (
    "We are looking for a partner.", "Szukamy partnera.", "Ieškome partnerio.", "Meklējam partneri.",
    "Otsime partnerit.", "Etsimme kumppania.", "Vi söker en partner.", "Wir suchen einen Partner.",
)  # fmt: skip
OTHER_SIDE = {"offer": "request", "request": "offer"}
"""Which side somebody is on who wants this."""


class Index:
    """Documents that can be searched across languages.

    `embedder` None leaves out meaning, `bridge` None leaves out concepts; `missing` names what is absent and why, and
    search goes on with the rest. `means` gives the label means used for languages with few texts; without it, or
    without a bridge, the catalogue's own mean is used (see `centring`). `weights` joins the signals; `context` knows
    how domains are related and regions complement each other (see `relations`). Safe to use from several threads.
    """

    def __init__(
        self,
        embedder: Embedder | None,
        bridge: ConceptBridge | None,
        means: LabelMeans | None = None,
        weights: Weights | None = None,
        context: Context | None = None,
    ) -> None:
        self._embedder = embedder
        self._bridge = bridge
        self.weights = weights or Weights()
        self.context = context
        self._means = means if means or embedder is None or bridge is None else LabelMeans(embedder, bridge)
        self.missing: Mapping[str, str] = missing_signals(embedder, bridge)
        self._entries: dict[str, Entry] = {}
        self._lexical = Lexical()
        self._state: tuple[Snapshot, Centring | None] | None = None
        self._lock = threading.RLock()

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def add(self, documents: Iterable[Document], vectors: Sequence[Floats | None] | Floats | None = None) -> None:
        """Add documents; one with a known id replaces it.

        `vectors` holds one vector per document as `vector` gave it (None where there is none); what is missing is
        computed. Raises ValueError if their number or length does not fit or a number in them is not finite; then
        nothing is added.
        """
        documents = list(documents)
        given = checked_vectors(self._embedder, documents, vectors)
        texts = [plain(document.whole_text) for document in documents]
        if self._embedder is not None:
            lacking = [i for i, vector in enumerate(given) if vector is None]
            if lacking:
                made = self._embedder.embed_document([texts[i] for i in lacking])
                for place, i in enumerate(lacking):
                    given[i] = made[place]
        made_entries = prepared_documents(documents, texts, given, self._bridge)
        entries = {entry.document.id: entry for entry in made_entries}
        with self._lock:
            self._entries.update(entries)
            self._lexical.add((key, entry.text) for key, entry in entries.items())
            self._state = None

    def remove(self, ids: Iterable[str]) -> None:
        """Forget documents entirely; unknown ids are ignored."""
        with self._lock:
            for key in list(ids):
                self._entries.pop(key, None)
                self._lexical.remove([key])
            self._state = None

    def vector(self, key: str) -> Floats | None:
        """A document's vector before centring, float32 of the model's length, to be stored with the model's name and
        version; None without an embedder. Raises KeyError for an unknown id."""
        stored = self._entries[key].vector
        return None if stored is None else stored.copy()

    def language(self, key: str) -> str | None:
        """The language a document is taken to be in. Raises KeyError for an unknown id."""
        return self._entries[key].lang

    def search(self, query: Query, limit: int = 20) -> list[Hit]:
        """The best `limit` documents that pass the query's filters, best first; equal scores in order of id.

        Documents that no signal ties to the query are not shown, so an empty query finds nothing unless it names
        domains. Every hit has reasons whose contributions add up to its score (to 1e-6).
        """
        return self.search_many([query], limit)[0]

    def search_many(self, queries: Sequence[Query], limit: int = 20, *, explain: bool = True) -> list[list[Hit]]:
        """`search` for several queries, which are embedded together; without `explain` hits have no reasons, which
        most of the time goes into. Raises ValueError if `limit` is below 1."""
        return [hits for hits, _asked, _scored in self._searched(queries, limit, explain)]

    def search_kept(self, query: Query, limit: int = 20) -> list[tuple[Hit, Kept]]:
        """The hits of `search`, each with its signals, to be kept for learning or for other weights."""
        [(hits, _explainer, scored)] = self._searched([query], limit)
        return [] if scored is None else [(hit, kept_of(hit, scored)) for hit in hits]

    def kept(self, query: Query, limit: int = 20) -> list[Kept]:
        """The signals of the first `limit` hits, to be scored again with other weights (`whatif.rescored`)."""
        [(hits, _explainer, scored)] = self._searched([query], limit)
        return [] if scored is None else [kept_of(hit, scored) for hit in hits]

    def why_not(self, query: Query, key: str, limit: int = 20) -> WhyNot:
        """Why a document is not among the first `limit` hits, or what speaks against it where it is.

        Raises KeyError for an unknown id and ValueError if `limit` is below 1.
        """
        with self._lock:
            entry = self._entries[key]
            hits, explainer, scored = self._searched([query], limit)[0]
        last = hits[-1] if hits else None
        excluded = query.refusals(entry.document, entry.lang)
        if scored is None:
            return WhyNot(query.id, key, excluded, None, limit, 0.0, last)
        row = scored.row(key)
        own = found_hit(explainer, scored, row, scored.ahead(row) + 1)
        return WhyNot(
            query=query.id,
            id=key,
            excluded=excluded,
            rank=own.rank if own.score > 0 else None,
            limit=limit,
            score=own.score,
            last=last,
            behind=behind(own, last),
            reasons=own.reasons,
            against=against(explainer.asked, entry, own, scored.meaning_rank(row), self.weights.half_life),
        )

    def _searched(
        self, queries: Sequence[Query], limit: int, explain: bool = True
    ) -> list[tuple[list[Hit], Explainer, Scored | None]]:
        if limit < 1:
            raise ValueError(f"The limit is {limit}: at least one hit must be asked for.")
        asked = [prepared_query(query, self._bridge) for query in queries]
        vectors = None if self._embedder is None else self._embedder.embed_query([a.text for a in asked])
        with self._lock:
            snapshot, means = self._current()
            if vectors is not None and means is not None:
                sides = [OTHER_SIDE.get(a.query.want or "") for a in asked]
                vectors = means.centred_queries(vectors, [a.lang for a in asked], sides)
            none = np.zeros(0, dtype=np.float32)
            return [
                self._found(one, none if vectors is None else vectors[i], snapshot, limit, explain)
                for i, one in enumerate(asked)
            ]

    def _found(
        self, asked: Asked, vector: Floats, snapshot: Snapshot, limit: int, explain: bool
    ) -> tuple[list[Hit], Explainer, Scored | None]:
        asked, vector = moved_by(asked, vector, *self._examples(asked.query, snapshot))
        spelling = self._lexical.scores(asked.text, snapshot.ids) if asked.text else None
        scored = scored_by(self.weights, asked, vector, snapshot, spelling, context=self.context)
        explainer = Explainer(asked, self._bridge, self.context)
        if scored is None:
            return [], explainer, None
        return found_hits(explainer, scored, limit, explain), explainer, scored

    def _examples(self, query: Query, snapshot: Snapshot) -> tuple[list[Example], list[Example]]:
        """What was accepted and refused, as far as it is still here."""
        if not query.liked_ids and not query.disliked_ids:
            return [], []
        none = np.zeros(0, dtype=np.float32)
        rows = {key: row for row, key in enumerate(snapshot.ids)}

        def told(ids: Iterable[str]) -> list[Example]:
            known = [rows[key] for key in dict.fromkeys(ids) if key in rows]
            centred = snapshot.centred
            return [Example(none if centred is None else centred[row], snapshot.entries[row].concepts) for row in known]

        return told(query.liked_ids), told(query.disliked_ids)

    def _current(self) -> tuple[Snapshot, Centring | None]:
        if self._state is None:
            langs = [entry.lang for entry in self._entries.values()]
            means: Centring | None = None
            centred: Floats | None = None
            if self._embedder is not None:
                zero = np.zeros(self._embedder.dimensions, dtype=np.float32)
                raw = np.array([zero if e.vector is None else e.vector for e in self._entries.values()])
                raw = raw.reshape(-1, self._embedder.dimensions).astype(np.float32)
                known = calibration(self._embedder.name, self._embedder.version, self._embedder.dimensions)
                shift = prefix_shift(self._embedder) if known is None else known.prefix
                sides = [entry.document.stance for entry in self._entries.values()]
                means = Centring(sums_of(raw, langs, sides), shift, self._means, known=known)
                centred = means.centred_documents(raw, langs, sides)
            snapshot = Snapshot(self._entries, centred, 0 if self._bridge is None else len(self._bridge))
            self._state = (snapshot, means)
        return self._state


def missing_signals(embedder: Embedder | None, bridge: ConceptBridge | None) -> dict[str, str]:
    """The signals that cannot speak, and why."""
    return {
        name: reason
        for name, part, reason in (
            ("meaning", embedder, "No embedding model is loaded: only spelling and concepts are compared."),
            ("concepts", bridge, "No classification tables are loaded: no shared concepts can be named."),
        )
        if part is None
    }


_shifts: dict[tuple[str, str], Floats] = {}


def prefix_shift(embedder: Embedder) -> Floats:
    """How the model's query prefix moves a vector: used where no label means tell it per language."""
    model = (embedder.name, embedder.version)
    if model not in _shifts:
        probes = list(_PROBES)
        difference = embedder.embed_query(probes) - embedder.embed_document(probes)
        _shifts[model] = np.asarray(difference.mean(axis=0), dtype=np.float32)
    return _shifts[model]


def checked_vectors(
    embedder: Embedder | None, documents: Sequence[Document], vectors: Sequence[Floats | None] | Floats | None
) -> list[Floats | None]:
    """One vector or None per document, from what a caller gave. Raises ValueError where they do not fit."""
    if vectors is None or embedder is None:
        return [None] * len(documents)
    if len(vectors) != len(documents):
        raise ValueError(f"{len(documents)} documents came with {len(vectors)} vectors: give one for each.")
    checked: list[Floats | None] = []
    for document, vector in zip(documents, vectors, strict=True):
        array = None if vector is None else np.array(vector, dtype=np.float32)
        if array is not None and (array.shape != (embedder.dimensions,) or not np.isfinite(array).all()):
            raise ValueError(
                f"The vector of document {document.id} must hold {embedder.dimensions} finite numbers; "
                "leave it out to have it computed."
            )
        checked.append(array)
    return checked


def found_hits(explainer: Explainer, scored: Scored, limit: int, explain: bool = True) -> list[Hit]:
    """The first hits of a query."""
    rows = scored.first(limit)
    if explain:
        explainer.look_ahead(scored.snapshot.entries[row] for row in rows)
    return [found_hit(explainer, scored, row, place, explain) for place, row in enumerate(rows, start=1)]


def found_hit(explainer: Explainer, scored: Scored, row: int, rank: int, explain: bool = True) -> Hit:
    """The hit of one scored document."""
    reasons = explainer.reasons(scored.snapshot.entries[row], scored.parts(row)) if explain else ()
    return Hit(explainer.asked.query.id, rank, scored.snapshot.ids[row], float(scored.scores[row]), reasons)
