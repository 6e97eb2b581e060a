"""What regional priorities are compared with: the embedding model and the official labels, loaded once per process."""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from hansa.strategy import figures
from hansa.strategy.models import RegionalPriority

if TYPE_CHECKING:
    from hansa.evidence import Store
    from hansa.matching import ConceptBridge, Embedder, LabelMeans

Floats = NDArray[np.float32]
NACE = "NACE Rev. 2"
MEANING, CONCEPTS, NOTHING = "meaning", "concepts", "nothing"
_lock = threading.Lock()
_bridges: dict[str, ConceptBridge | None] = {}


@cache
def embedder() -> Embedder | None:
    """The embedding model of this process; None where it cannot be loaded, and the labels alone must do."""
    from hansa.matching import load_embedder

    return load_embedder().embedder


def bridge() -> ConceptBridge | None:
    """The official labels of NACE in all languages that are loaded; None when there are none."""
    shelf = figures.store()
    names = shelf.names(kind="file", role="labels")
    entries = [(name, shelf.entry(name)) for name in names]
    found = [(name, entry["sha256"]) for name, entry in entries if entry["classification"] == NACE]
    version = f"{shelf.folder} " + " ".join(digest for _name, digest in found)
    with _lock:
        if version not in _bridges:
            _bridges.clear()
            _bridges[version] = _read_bridge(shelf, [name for name, _digest in found])
        return _bridges[version]


def _read_bridge(shelf: Store, names: Sequence[str]) -> ConceptBridge | None:
    import pyarrow.parquet as pq

    from hansa.matching import LANGUAGES, ConceptBridge

    rows = []
    for name in names:
        path = shelf.file(name)
        if path.suffix != ".parquet" or not {"code", "lang", "label"} <= set(pq.read_schema(path).names):
            continue
        table = pq.read_table(path, columns=["code", "lang", "label"], filters=[("lang", "in", [*LANGUAGES, "no"])])
        columns = (table[column].to_pylist() for column in ("code", "lang", "label"))
        rows += [("NACE", code, lang, label) for code, lang, label in zip(*columns, strict=True) if label]
    return ConceptBridge(rows) if rows else None


@dataclass(frozen=True)
class Tools:
    """Model and labels at hand, and by which of them texts are compared: `meaning`, `concepts` or `nothing`."""

    embedder: Embedder | None
    bridge: ConceptBridge | None
    means: LabelMeans | None

    @property
    def method(self) -> str:
        return MEANING if self.embedder is not None else CONCEPTS if self.bridge is not None else NOTHING

    @property
    def stamp(self) -> str:
        """Model and version, or the labels' size: results of different stamps are not comparable."""
        if self.embedder is not None:
            return f"{self.embedder.name} {self.embedder.version}"
        return f"NACE labels, {len(self.bridge)}" if self.bridge is not None else "tags alone"


@cache
def _means(model: Embedder, labels: ConceptBridge) -> LabelMeans:
    from hansa.matching import LabelMeans

    return LabelMeans(model, labels, Path(settings.HANSA_HOME) / "matching" / "means-sectors.npz")


def tools() -> Tools:
    model, labels = embedder(), bridge()
    return Tools(model, labels, _means(model, labels) if model is not None and labels is not None else None)


def label_vectors(model: Embedder, texts: Sequence[str]) -> Floats:
    """Vectors of labels, which change seldom: made once per installation and kept beside the language means."""
    digest = hashlib.sha256("\n".join([model.name, model.version, *texts]).encode()).hexdigest()[:24]
    path = Path(settings.HANSA_HOME) / "matching" / f"labels-{digest}.npy"
    try:
        kept: Floats = np.load(path, allow_pickle=False)
        if kept.shape == (len(texts), model.dimensions):
            return kept
    except (OSError, ValueError, EOFError):
        pass  # not there yet, or damaged: made anew
    made = np.asarray(model.embed_document(list(texts)), dtype=np.float32)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".npy", delete=False) as file:
        np.save(file, made)
    Path(file.name).replace(path)
    return made


def text_of(priority: RegionalPriority) -> str:
    return f"{priority.title}\n{priority.text}".strip()


def stamp_of(at_hand: Tools, priority: RegionalPriority) -> str:
    digest = hashlib.sha256(text_of(priority).encode()).hexdigest()[:24]
    return f"{at_hand.stamp} {digest}"[:120]


def vectors(at_hand: Tools, priorities: Sequence[RegionalPriority]) -> Floats:
    """Vectors of titles with texts, shape (priorities, dimensions); what is kept beside a priority is not made again.

    The caller keeps what is new: see `actions.keep_vectors`.
    """
    if at_hand.embedder is None:
        raise ValueError("vectors need the embedding model")
    made = np.zeros((len(priorities), at_hand.embedder.dimensions), dtype=np.float32)
    lacking = []
    for row, each in enumerate(priorities):
        if each.vector is not None and each.vector_of == stamp_of(at_hand, each):
            made[row] = np.frombuffer(bytes(each.vector), dtype=np.float32)
        else:
            lacking.append(row)
    if lacking:
        made[lacking] = at_hand.embedder.embed_document([text_of(priorities[row]) for row in lacking])
    return made


def likeness(at_hand: Tools, priorities: Sequence[RegionalPriority], raw: Floats | None = None) -> Any:
    """Likeness of meaning of every two priorities, shape (n, n), 0 to 1, or None where nothing can compare them.

    With the model: cosine of the vectors from which what all texts of their language have in common was taken away
    (`hansa.matching.centring`), 0 where negative. Without it: cosine of the NACE labels that the texts resemble, each
    in its own language.
    """
    if at_hand.embedder is not None:
        from hansa.matching.centring import Centring, sums_of

        raw = vectors(at_hand, priorities) if raw is None else raw
        langs: list[str | None] = [each.language for each in priorities]
        centring = Centring(sums_of(raw, langs, [None] * len(langs)), np.zeros_like(raw[0]), at_hand.means)
        centred = centring.centred_documents(raw, langs).astype(np.float64)
        return np.clip(np.round(centred @ centred.T, 6), 0.0, 1.0)
    if at_hand.bridge is not None:
        from hansa.matching.concepts import likeness as alike

        concepts = at_hand.bridge.of_many([text_of(p) for p in priorities], [p.language for p in priorities])
        found = alike(concepts, concepts, len(at_hand.bridge)).astype(np.float64)
        return np.clip(np.round(found, 6), 0.0, 1.0)
    return None
