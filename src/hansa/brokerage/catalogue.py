"""The texts that matching can find, kept in step with requests and projects, and the index built from them.

`MatchText` rows are the shared truth; each worker process keeps its own index and takes over only what has changed.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from django.conf import settings
from django.db import models
from django.utils import timezone
from pgvector import HalfVector

from hansa.brokerage.models import MatchText, Request
from hansa.network.models import Project
from hansa.strategy import figures

if TYPE_CHECKING:
    from hansa.matching import ConceptBridge, Document, Embedder, Hit, Index, Query
    from hansa.matching.why_not import WhyNot

PROJECT = "project"
SUMMARY_WORDS = 60
FEWEST_WORDS = 30
"""A project known by its title alone seems close to anything; it is left out until more is said of it."""
CHUNK = 500
SLICE = 4
COMPUTING = threading.RLock()
"""Held by a search from beginning to end, and by the bulk embedding for a few texts at a time: somebody waits for a
search, and the two would only slow each other down."""
CLASSIFICATIONS = {"NACE Rev. 2": "NACE", "CPV 2008": "CPV", "CPV": "CPV"}


def text_of_project(project: Project) -> str:
    """What of a project is compared: its title and the beginning of its summary."""
    return "\n".join(filter(None, (project.title, " ".join(project.summary.split()[:SUMMARY_WORDS]))))


def write_project_texts() -> int:
    """Give every project of which something is said its text; a changed text loses its vector. Returns how many were
    written."""
    written = 0
    known = dict(MatchText.objects.filter(project__isnull=False).values_list("project_id", "text"))
    projects = Project.objects.exclude(title="").only("pk", "title", "summary", "language").order_by("pk")
    for batch in _chunks(projects.iterator(chunk_size=CHUNK)):
        told = {p.pk: text_of_project(p) for p in batch}
        silent = [pk for pk, text in told.items() if len(text.split()) < FEWEST_WORDS and pk in known]
        MatchText.objects.filter(project__in=silent).delete()
        changed = [p for p in batch if len(told[p.pk].split()) >= FEWEST_WORDS and known.get(p.pk) != told[p.pk]]
        if not changed:
            continue
        written += len(
            MatchText.objects.bulk_create(
                [
                    MatchText(project=p, language=p.language, text=told[p.pk], updated_at=timezone.now())
                    for p in changed
                ],
                update_conflicts=True,
                unique_fields=["project"],
                update_fields=["language", "text", "vector", "model", "updated_at"],
            )
        )
    return written


def write_request_text(request: Request) -> MatchText:
    """The text by which others find a published request; a changed text loses its vector."""
    row = MatchText.objects.filter(request=request).first() or MatchText(request=request)
    if row.pk is None or (row.text, row.language) != (request.public_text, request.language):
        row.text, row.language, row.vector, row.model = request.public_text, request.language, None, ""
        row.save()
    return row


def embed_batch(size: int) -> bool:
    """Compute the vectors of up to `size` texts that lack one; whether more are left. A text that changed meanwhile is
    left for the next batch."""
    embedder = engine().embedder
    if embedder is None:
        return False
    _embed(embedder, list(lacking(stamp(embedder)).order_by("pk")[:size]))
    return lacking(stamp(embedder)).exists()


def embed_first(keys: Iterable[str]) -> None:
    """Compute the vectors of these index entries before their turn, where they lack one."""
    embedder = engine().embedder
    if embedder is not None:
        _embed(embedder, list(lacking(stamp(embedder)).filter(pk__in=[int(key) for key in keys])))


def _embed(embedder: Embedder, rows: list[MatchText]) -> None:
    for start in range(0, len(rows), SLICE):
        some = rows[start : start + SLICE]
        with COMPUTING:
            vectors = embedder.embed_document([row.text for row in some])
        for row, vector in zip(some, vectors, strict=True):
            MatchText.objects.filter(pk=row.pk, text=row.text).update(
                vector=HalfVector(vector), model=stamp(embedder), updated_at=timezone.now()
            )


def lacking(model: str) -> models.QuerySet[MatchText]:
    return MatchText.objects.filter(models.Q(vector__isnull=True) | ~models.Q(model=model))


def stamp(embedder: Embedder) -> str:
    """Model and version as stored with a vector; vectors of different stamps are never compared."""
    return f"{embedder.name} {embedder.version}"[:60]


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
    """The index of one process. `refresh` takes over what changed in the database since the last time."""

    def __init__(self, embedder: Embedder | None, bridge: ConceptBridge | None) -> None:
        from hansa.matching import Index, LabelMeans

        means = None
        if embedder is not None and bridge is not None:
            means = LabelMeans(embedder, bridge, Path(settings.HANSA_HOME) / "matching" / "means.npz")
        self.embedder, self.bridge = embedder, bridge
        self.index: Index = Index(embedder, bridge, means)
        self.without_vector = 0
        self._seen: dict[int, datetime] = {}
        self._lock = threading.Lock()

    @property
    def method(self) -> str:
        model = stamp(self.embedder) if self.embedder is not None else "–"
        return f"{self.index.weights.version} · {model}"[:60]

    def search(self, query: Query, limit: int = 20) -> list[Hit]:
        """The best hits of the published catalogue for a query, with reasons; ids are keys of `MatchText`."""
        return self.index.search(query, limit)

    def why_not(self, query: Query, key: str, limit: int = 20) -> WhyNot:
        """Why a text is not among the first `limit` hits. Raises KeyError for one that is not in the catalogue."""
        return self.index.why_not(query, key, limit)

    def refresh(self) -> None:
        with self._lock:
            current = dict(MatchText.objects.values_list("pk", "updated_at"))
            changed = [pk for pk, at in current.items() if self._seen.get(pk) != at]
            self.index.remove(f"{pk}" for pk in self._seen.keys() - current.keys())
            for pks in _chunks(iter(changed)):
                rows = list(MatchText.objects.filter(pk__in=pks).select_related("request__region", "project"))
                self.index.add([document(row) for row in rows], [self._vector(row) for row in rows])
            self._seen = current
            self.without_vector = 0 if self.embedder is None else lacking(stamp(self.embedder)).count()

    def _vector(self, row: MatchText) -> Any:
        """A text whose vector is still to come takes part with its other signals: the zero vector resembles nothing."""
        if self.embedder is None:
            return None
        if row.vector is None or row.model != stamp(self.embedder):
            return np.zeros(self.embedder.dimensions, dtype=np.float32)
        return np.asarray(row.vector, dtype=np.float32)


def document(row: MatchText) -> Document:
    from hansa.matching import Document

    if row.request is not None:
        return Document(
            id=f"{row.pk}",
            kind=row.request.type,
            region=row.request.region.code,
            text=row.text,
            lang=row.language or None,
            owner=f"{row.request.agency_id}",
        )
    return Document(id=f"{row.pk}", kind=PROJECT, region="", text=row.text, lang=row.language or None)


_lock = threading.Lock()
_held: dict[str, Catalogue] = {}


def catalogue() -> Catalogue:
    """This process's catalogue, built again when the classification labels on disk have changed."""
    shelf = figures.store()
    with _lock:
        version = f"{shelf.folder}:{_labels_version()}"
        if version not in _held:
            _held.clear()
            _held[version] = Catalogue(engine().embedder, concept_bridge())
        return _held[version]


def warm() -> None:
    """Build this process's index before somebody waits for it: reading the texts takes seconds the first time."""
    from hansa.matching import Query

    held = catalogue()
    held.refresh()
    held.search(Query("warm", "partner"), limit=1)


def forget() -> None:
    """Drop what this process holds in memory; the next use builds it anew."""
    with _lock:
        _held.clear()
    engine.cache_clear()


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


def _chunks(rows: Iterator[Any]) -> Iterator[Sequence[Any]]:
    batch: list[Any] = []
    for row in rows:
        batch.append(row)
        if len(batch) == CHUNK:
            yield batch
            batch = []
    if batch:
        yield batch
