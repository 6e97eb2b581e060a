"""The catalogue of this process: the texts of published requests and known projects, searched in the database.

`MatchText` rows are the shared truth. What is read off a text (concepts, place, tags) is written beside it when
somebody first meets it unread; vectors, which take longest, are made by the worker.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from django.conf import settings
from django.db import connection, models, transaction

from hansa.brokerage import weighing
from hansa.brokerage.models import MatchMeans, MatchText
from hansa.brokerage.shelving import PROJECT, chunks, document, write_project_texts, write_request_text
from hansa.brokerage.wording import Keeper
from hansa.strategy import figures

if TYPE_CHECKING:
    from hansa.brokerage.weighing import Weighing
    from hansa.matching import ConceptBridge, Embedder, Hit, Query, TableContext
    from hansa.matching.retrieval.stored import StoredIndex
    from hansa.matching.whatif import Kept
    from hansa.matching.why_not import WhyNot

__all__ = [
    "COMPUTING",
    "PROJECT",
    "Catalogue",
    "Engine",
    "catalogue",
    "document",
    "embed_batch",
    "embed_first",
    "engine",
    "forget",
    "greet",
    "settle",
    "warm",
    "write_project_texts",
    "write_request_text",
]

FORMAT = 3
SLICE = 16
FEW = 1_000
"""Up to so many texts, the language means are looked at again whenever a vector is made."""
GROWN = 1.5
"""With more, they are when there are so many times the texts that they were made of."""
COMPUTING = threading.RLock()
"""Held by a search from beginning to end, and by the bulk embedding for a few texts at a time: somebody waits for a
search, and the two would only slow each other down."""
CLASSIFICATIONS = {"NACE Rev. 2": "NACE", "CPV 2008": "CPV", "CPV": "CPV"}


@contextmanager
def in_transaction() -> Iterator[Any]:
    with transaction.atomic(), connection.cursor() as cursor:
        yield cursor


def embed_batch(size: int) -> bool:
    """Compute the vectors of up to `size` texts that lack one; whether more are left. A text that changed meanwhile is
    left for the next batch."""
    held = catalogue()
    if held.embedder is None:
        return False
    held.embed(list(lacking().order_by("pk")[:size]))
    return lacking().exists()


def embed_first(keys: Iterable[str]) -> None:
    """Compute the vectors of these texts before their turn, where they lack one."""
    held = catalogue()
    if held.embedder is not None:
        held.embed(list(lacking().filter(pk__in=[int(key) for key in keys])))


def lacking() -> models.QuerySet[MatchText]:
    return MatchText.objects.filter(vector__isnull=True)


def stamp(embedder: Embedder | None) -> str:
    """Model and version as stored with a vector; vectors of different stamps are never compared."""
    return "" if embedder is None else f"{embedder.name} {embedder.version}"[:60]


@dataclass(frozen=True)
class Engine:
    """The embedding model of this process, or None."""

    embedder: Embedder | None


@cache
def engine() -> Engine:
    """Loaded once per process; without a model the other signals go on."""
    from hansa.matching import load_embedder

    return Engine(load_embedder().embedder)


class Catalogue:
    """The index as one process sees it. `labels` is the version of the labels in `bridge`.

    Texts read with other labels, or embedded by another model, are marked to be read again.
    """

    def __init__(self, embedder: Embedder | None, bridge: ConceptBridge | None, labels: str = "") -> None:
        from hansa.matching import LabelMeans
        from hansa.matching.retrieval.means import MeansTable
        from hansa.matching.retrieval.shelf import Shelf
        from hansa.matching.retrieval.stored import StoredIndex
        from hansa.matching.retrieval.words import Words

        self.embedder, self.bridge = embedder, bridge
        self._stamp = stamp(embedder)
        digest = hashlib.sha256(labels.encode()).hexdigest()[:12] if bridge is not None else "none"
        self._read_as = f"{FORMAT} {digest}"
        folder = Path(settings.HANSA_HOME) / "matching"
        means = None
        if embedder is not None and bridge is not None:
            means = LabelMeans(embedder, bridge, folder / "means.npz")
        words = Words(folder / "words", self._read_as)
        self.index: StoredIndex = StoredIndex(
            Shelf(in_transaction, MatchText._meta.db_table),
            MeansTable(in_transaction, MatchMeans._meta.db_table),
            words,
            embedder,
            bridge,
            means,
            context=regional_context(),
        )
        self._keeper = Keeper(words, self.index, folder)
        self.without_vector = False
        self.weighing = weighing.by_default()
        MatchText.objects.exclude(read_as__in=["", self._read_as]).update(read_as="")
        if embedder is not None:
            other = MatchText.objects.filter(vector__isnull=False).exclude(model=self._stamp)
            other.update(vector=None, place=None, model="")

    @property
    def method(self) -> str:
        return f"{self.index.weights.version} · {self._stamp or '–'}"[:60]

    @property
    def scale(self) -> float:
        """How many times as high scores are as with the default weights: lines between strengths move with it."""
        return self.weighing.scale

    def weighed(self, by: Weighing) -> Catalogue:
        """The same catalogue, ranking with these weights."""
        if by == self.weighing:
            return self
        other = copy(self)
        other.weighing, other.index = by, self.index.weighed(by.weights)
        return other

    def search_kept(self, query: Query, limit: int = 20) -> list[tuple[Hit, Kept]]:
        """The hits of `search` with the signals that they were scored by."""
        return self.index.search_kept(query, limit)

    def search(self, query: Query, limit: int = 20) -> list[Hit]:
        """The best hits of the published catalogue for a query, with reasons; ids are keys of `MatchText`."""
        return self.index.search(query, limit)

    def why_not(self, query: Query, key: str, limit: int = 20) -> WhyNot:
        """Why a text is not among the first `limit` hits. Raises KeyError for one that is not in the catalogue."""
        return self.index.why_not(query, key, limit)

    def judge(self, queries: Sequence[Query], key: str) -> list[Hit | None]:
        """What one text is to each of many queries, None where their filters or all signals leave it out. The number of
        queries to the database does not grow. Raises KeyError for a text that is not in the catalogue."""
        return self.index.judge(queries, key)

    def refresh(self, *, patient: bool = False) -> None:
        """Read what nobody has read yet and bring the index of words into step; all of it only if `patient`."""
        for batch in chunks(MatchText.objects.filter(read_as="").order_by("pk").iterator()):
            self._read(list(batch))
            if not patient:
                break
        self._keeper.keep(patient=patient)
        self.without_vector = self.embedder is not None and lacking().exists()

    def embed(self, rows: list[MatchText]) -> None:
        """Give rows their vectors and places, a few at a time."""
        if self.embedder is None:
            return
        for start in range(0, len(rows), SLICE):
            some = rows[start : start + SLICE]
            with COMPUTING:
                vectors = self.embedder.embed_document([row.text for row in some])
            for row, vector in zip(some, vectors, strict=True):
                row.vector, row.model = vector, self._stamp
            self._read(some)
        if rows:
            embedded = MatchText.objects.filter(vector__isnull=False).count()
            if embedded <= FEW or embedded >= GROWN * self.index.centred_on:
                self.index.centre()

    @transaction.atomic
    def _read(self, rows: list[MatchText]) -> None:
        """Write beside the texts what is read off them, unless one has changed since it was fetched."""
        fetched = {row.pk: row for row in rows}
        held = MatchText.objects.select_for_update(of=("self",)).select_related(
            "request__region", "request__priority", "project"
        )
        now = [row for row in held.filter(pk__in=fetched).order_by("pk") if row.text == fetched[row.pk].text]
        vectors = [self._vector(fetched[row.pk]) for row in now]
        self.index.shelve([document(row) for row in now], vectors)
        told = [row.pk for row in now]
        MatchText.objects.filter(pk__in=told).update(read_as=self._read_as)
        with_vector = [pk for pk in told if fetched[pk].vector is not None]
        MatchText.objects.filter(pk__in=with_vector).update(model=self._stamp)

    def _vector(self, row: MatchText) -> Any:
        """A text whose vector is still to come takes part with its other signals: the zero vector resembles nothing."""
        if self.embedder is None:
            return None
        if row.vector is None or row.model != self._stamp:
            return np.zeros(self.embedder.dimensions, dtype=np.float32)
        return np.asarray(row.vector, dtype=np.float32)


_lock = threading.Lock()
_held: dict[str, Catalogue] = {}


def catalogue() -> Catalogue:
    """This process's catalogue, built again when the classification labels on disk have changed, ranking with the
    weights that are switched on now."""
    by = weighing.in_use()
    shelf = figures.store()
    with _lock:
        labels = _labels_version()
        loaded = figures.current()
        version = f"{shelf.folder}:{labels}:{loaded.version if loaded is not None else ''}"
        if version not in _held:
            _held.clear()
            _held[version] = Catalogue(engine().embedder, concept_bridge(), labels)
        return _held[version].weighed(by)


def warm() -> None:
    """Bring everything into step before somebody waits for it."""
    from hansa.matching import Query

    held = catalogue()
    held.refresh(patient=True)
    held.search(Query("warm", "partner"), limit=1)


def greet() -> None:
    """Load what a search of this process needs, without taking work from the worker."""
    from hansa.matching import Query

    held = catalogue()
    for language, _name in settings.LANGUAGES:
        held.search(Query("warm", "partner", language), limit=1)


def settle() -> None:
    """Renew the language means if they have drifted: once the last vector is there, and every night."""
    catalogue().index.centre()


def forget() -> None:
    """Drop what this process holds in memory; the next use builds it anew."""
    with _lock:
        _held.clear()
    engine.cache_clear()


def regional_context() -> TableContext | None:
    """How domains are related and regions complement each other in the loaded figures; None without real ones."""
    from hansa.matching import TableContext

    loaded = figures.current()
    if loaded is None or loaded.synthetic or loaded.entry["classification"] not in CLASSIFICATIONS:
        return None
    prefix = CLASSIFICATIONS[loaded.entry["classification"]]
    held = np.where(np.isfinite(loaded.location_quotient), loaded.held, np.nan)
    return TableContext([f"{prefix}:{code}" for code in loaded.domains], loaded.proximity, loaded.regions, held)


def _label_files() -> list[tuple[str, str, str]]:
    """Classification, store name and hash of every file of labels that matching can read."""
    entries = figures.store().manifest()
    return [
        (CLASSIFICATIONS[entry["classification"]], name, entry["sha256"])
        for name, entry in sorted(entries.items())
        if entry.get("kind") == "file" and entry["role"] == "labels" and entry["classification"] in CLASSIFICATIONS
    ]


def _labels_version() -> str:
    return " ".join(digest for _classification, _name, digest in _label_files())


def concept_bridge() -> ConceptBridge | None:
    """The bridge over the official labels that are loaded; None when there are none."""
    from hansa.matching import ConceptBridge

    rows = [row for classification, name, _digest in _label_files() for row in _labels(classification, name)]
    return ConceptBridge(rows) if rows else None


def _labels(classification: str, name: str) -> Iterable[tuple[str, str, str, str]]:
    import pyarrow.parquet as pq

    from hansa.matching import LANGUAGES

    table = pq.read_table(
        figures.store().file(name), columns=["code", "lang", "label"], filters=[("lang", "in", [*LANGUAGES, "no"])]
    )
    columns = (table[column].to_pylist() for column in ("code", "lang", "label"))
    return [(classification, code, lang, label) for code, lang, label in zip(*columns, strict=True)]
