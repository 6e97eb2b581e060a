"""Language means: what all vectors of one language have in common says nothing about the subject and is taken away.

Without it e5 puts texts of the searcher's own language first and loses nearly half of the right foreign offers.
Queries and documents are centred separately, since their prefixes shift them too, and so do needs and offers.
"""

from __future__ import annotations

import os
import tempfile
import threading
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hansa.matching.calibration import Calibration
    from hansa.matching.concepts import ConceptBridge
    from hansa.matching.embedding import Embedder

    Floats = NDArray[np.float32]

ENOUGH = 25
"""Texts of a language from which its catalogue mean stands alone; below, it is mixed with the prior."""
LABELS = 32
"""Classification labels per language from which the prior is made."""
_POOL_WEIGHT = 16.0


class LabelMeans:
    """Mean vector of official labels per language, once as documents and once as queries.

    The same concepts are taken in every language, so two means differ by language alone. A language costs about 1.5
    seconds of one core when first asked for; `cache` names an .npz file in which means are kept between runs (written
    to a temporary name, then renamed; a cache of another model or version, or one that cannot be read, is replaced).
    """

    def __init__(self, embedder: Embedder, bridge: ConceptBridge, cache: Path | None = None) -> None:
        self._embedder = embedder
        self._bridge = bridge
        self._cache = cache
        self._stamp = f"{embedder.name} {embedder.version} {LABELS} {len(bridge)}"
        self._known: dict[str, Floats] = self._load()
        self._lock = threading.Lock()

    def of(self, lang: str) -> Floats | None:
        """Array of shape (2, dimensions): mean as documents, mean as queries. None if the language has no labels."""
        if lang not in self._bridge.languages:
            return None
        with self._lock:
            if lang not in self._known:
                labels = self._bridge.sample(lang, LABELS)
                means = [self._embedder.embed_document(labels).mean(0), self._embedder.embed_query(labels).mean(0)]
                self._known[lang] = np.stack(means).astype(np.float32)
                self._save()
            return self._known[lang]

    def _load(self) -> dict[str, Floats]:
        if self._cache is None or not self._cache.is_file():
            return {}
        try:
            with np.load(self._cache, allow_pickle=False) as stored:
                if str(stored["stamp"]) != self._stamp:
                    return {}
                shape = (2, self._embedder.dimensions)
                return {k: stored[k] for k in stored.files if k != "stamp" and stored[k].shape == shape}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return {}

    def _save(self) -> None:
        if self._cache is None:
            return
        self._cache.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._cache.parent, suffix=".npz")
        content: dict[str, Any] = {"stamp": np.array(self._stamp), **self._known}
        try:
            with os.fdopen(handle, "wb") as file:
                np.savez(file, **content)
            Path(name).replace(self._cache)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


Sums = Mapping[tuple[str | None, str | None], tuple[int, "Floats"]]
"""Per language and side (`request`, `offer` or None): how many vectors there are, and their sum. It is all that
centring needs of a catalogue, so that a database can add them up."""


def sums_of(vectors: Floats, langs: Sequence[str | None], sides: Sequence[str | None]) -> Sums:
    """The sums of `vectors` (n, d) of texts in `langs` on `sides`; zero vectors, which say nothing, do not count."""
    filled = np.abs(vectors).sum(axis=1) > 0
    groups = list(zip(langs, sides, strict=True))
    numbers = {group: number for number, group in enumerate(sorted(set(groups), key=str))}
    rows = np.array([numbers[group] for group in groups], dtype=np.int64)
    sums: dict[tuple[str | None, str | None], tuple[int, Floats]] = {}
    for group, number in numbers.items():
        chosen = vectors[(rows == number) & filled]
        sums[group] = (len(chosen), chosen.sum(axis=0, dtype=np.float64).astype(np.float32))
    return sums


class Centring:
    """The means of one state of a catalogue, of whose vectors the `sums` are known.

    A language's mean is that of its n texts, mixed below `ENOUGH` texts with a prior in proportion
    n : (ENOUGH - n). The prior is the mean of the whole catalogue moved by how the labels of that language differ
    from the labels of the catalogue's languages on average; without labels it is the mean of the whole catalogue.
    The mean of the whole catalogue counts as having 16 further texts at the labels' mean (at zero without labels), so
    that a catalogue of one text is not centred away.

    Query means are document means plus the difference that the query prefix makes: that of the language's labels, or
    `shift` (d) where there are none. Where `known` is given, what needs have in common is taken from those whose side
    is `request`, and given to those that are `offer`; and where the language has labels, its query mean is made from
    what people ask and offer alone: from the n texts of the language that are on a side, with the prefix, mixed as
    above with its labels moved by how such texts differ from labels, for which what `known` says counts as 16 texts.
    What has no side, such as descriptions of projects, says nothing of how people ask.
    """

    def __init__(
        self, sums: Sums, shift: Floats, labels: LabelMeans | None = None, *, known: Calibration | None = None
    ) -> None:
        self._shift = shift if known is None else known.prefix
        self._labels = labels
        self._known = known
        self._sums = self._by_language(sums)
        self._sided = self._by_language({group: told for group, told in sums.items() if group[1] is not None})
        self._beyond_labels = self._sentences_less_labels()
        labelled = [(n, self._of_labels(lang)) for lang, (n, _) in self._sums.items() if n]
        spoken = [(n, means) for n, means in labelled if means is not None]
        self._label_pool: Floats | None = None
        base = np.zeros_like(self._shift)
        if spoken:
            weight = sum(n for n, _ in spoken)
            self._label_pool = np.sum([n * means for n, means in spoken], axis=0).astype(np.float32) / weight
            base = self._label_pool[0]
        total = sum(n for n, _ in self._sums.values())
        summed = np.sum([s for _, s in self._sums.values()], axis=0) if self._sums else 0 * base
        self._pooled: Floats = ((summed + _POOL_WEIGHT * base) / (total + _POOL_WEIGHT)).astype(np.float32)
        self._means: dict[str | None, tuple[Floats, Floats]] = {}

    def _by_language(self, sums: Sums) -> dict[str | None, tuple[int, Floats]]:
        """Number and sum per language of the vectors on their subject, whatever side they are on."""
        joined: dict[str | None, tuple[int, Floats]] = {}
        for (lang, side), (n, summed) in sums.items():
            own = summed if self._known is None else summed - n * self._known.leaning([side])[0]
            had, before = joined.get(lang, (0, np.zeros_like(summed)))
            joined[lang] = (had + n, (before + own).astype(np.float32))
        return joined

    @property
    def size(self) -> int:
        """Of how many vectors these are the means."""
        return sum(n for n, _summed in self._sums.values())

    def document_mean(self, lang: str | None) -> Floats:
        """Mean of documents in a language, shape (d,)."""
        return self._both(lang)[0]

    def query_mean(self, lang: str | None) -> Floats:
        """Mean of queries in a language, shape (d,)."""
        return self._both(lang)[1]

    def centred_documents(
        self, vectors: Floats, langs: Sequence[str | None], sides: Sequence[str | None] = ()
    ) -> Floats:
        """Vectors less their side's and their language's share, each of length 1 again; zero vectors stay zero."""
        return _centred(self._on_subject(vectors, sides), [self.document_mean(lang) for lang in langs])

    def centred_queries(self, vectors: Floats, langs: Sequence[str | None], sides: Sequence[str | None] = ()) -> Floats:
        """The same with the means of queries."""
        return _centred(self._on_subject(vectors, sides), [self.query_mean(lang) for lang in langs])

    def _on_subject(self, vectors: Floats, sides: Sequence[str | None]) -> Floats:
        if self._known is None or not sides:
            return vectors
        filled = np.abs(vectors).sum(axis=1, keepdims=True) > 0
        moved: Floats = np.where(filled, vectors - self._known.leaning(sides), 0).astype(np.float32)
        return moved

    def _both(self, lang: str | None) -> tuple[Floats, Floats]:
        if lang not in self._means:
            prior, shift = self._pooled, self._shift
            means = None if self._label_pool is None else self._of_labels(lang)
            if means is not None and self._label_pool is not None:
                prior = self._pooled + means[0] - self._label_pool[0]
                shift = shift if self._known is not None else means[1] - means[0]
            n, summed = self._sums.get(lang, (0, np.zeros_like(prior)))
            mean = (summed + max(0, ENOUGH - n) * prior) / max(n, ENOUGH)
            asked = self._asked(lang)
            query = mean + shift if asked is None else asked
            self._means[lang] = (mean.astype(np.float32), query.astype(np.float32))
        return self._means[lang]

    def _asked(self, lang: str | None) -> Floats | None:
        """Mean of queries in a language, from texts on a side; None where it has no labels or the model is unknown."""
        means = self._of_labels(lang)
        if self._beyond_labels is None or means is None:
            return None
        n, summed = self._sided.get(lang, (0, np.zeros_like(self._shift)))
        prior = means[1] + self._beyond_labels
        mean: Floats = (summed + n * self._shift + max(0, ENOUGH - n) * prior) / max(n, ENOUGH)
        return mean

    def _sentences_less_labels(self) -> Floats | None:
        """How texts on a side, as queries, differ from labels of their languages."""
        if self._known is None or self._labels is None:
            return None
        summed, total = _POOL_WEIGHT * self._known.sentence, _POOL_WEIGHT
        for lang, (n, of_texts) in self._sided.items():
            means = self._of_labels(lang) if n else None
            if means is not None:
                summed = summed + of_texts + n * (self._shift - means[1])
                total += n
        return np.asarray(summed / total, dtype=np.float32)

    def _of_labels(self, lang: str | None) -> Floats | None:
        return None if self._labels is None or lang is None else self._labels.of(lang)


def _centred(vectors: Floats, means: Sequence[Floats]) -> Floats:
    if not len(vectors):
        return vectors
    filled = np.abs(vectors).sum(axis=1, keepdims=True) > 0
    centred = np.where(filled, vectors - np.stack(means), 0)
    result: Floats = (centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    return result
