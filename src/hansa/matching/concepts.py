"""Official classification labels as a bridge between languages: texts are compared on the concepts they resemble."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hansa.matching.language import LANGUAGES, normalised
from hansa.matching.text import plain

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEAREST = 120
"""Labels that a text becomes."""
RISE = 0.5
"""Share of its weight that a concept lends to the one above it, and again to the one above that."""
_SHARPNESS = 2
"""Power to which the likeness of text and label is raised: many weak likenesses must not outweigh a strong one."""
_SIZES = (4, 5)
_FILES = {"NACE": "nace_rev2_labels.parquet", "CPV": "cpv2008_labels.parquet"}


class ClassificationError(ValueError):
    """A classification table is missing or not as described; the message says which and what to do."""


@dataclass(frozen=True)
class Tag:
    """A proposed tag: `similarity` (0 to 1) is the TF-IDF cosine of text and label, good for order only."""

    classification: str
    code: str
    label: str
    similarity: float


@dataclass(frozen=True)
class Concepts:
    """What a text is about: concept rows and weights, whose squares sum to 1 (empty if it resembles no label)."""

    rows: NDArray[np.int32]
    weights: NDArray[np.float32]


@dataclass(frozen=True)
class _Language:
    concepts: NDArray[np.int32]
    postings: Any
    idf: NDArray[np.float32]


class ConceptBridge:
    """Labels of NACE Rev. 2 and CPV 2008 in many languages; `codes` lists the concepts as `NACE:24.53`.

    `labels` holds (classification, code, language, label) rows. A language is prepared when first used. Only reading
    follows construction, so one bridge may serve all threads.
    """

    def __init__(self, labels: Iterable[tuple[str, str, str, str]]) -> None:
        self._row: dict[str, int] = {}
        self._labels: dict[str, dict[int, str]] = {}
        for classification, code, lang, label in labels:
            row = self._row.setdefault(f"{classification}:{code}", len(self._row))
            self._labels.setdefault("nb" if lang == "no" else lang, {})[row] = label
        if not self._row:
            raise ClassificationError("No labels were given: a concept bridge needs at least one classification.")
        self.codes: tuple[str, ...] = tuple(self._row)
        self._stems = _cpv_stems(self.codes)
        self.languages: frozenset[str] = frozenset(self._labels)
        self._prepared: dict[str, _Language] = {}
        self._line_of: dict[str, list[str]] = {}
        self._lines: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]] | None = None
        self._lock = threading.Lock()

    @classmethod
    def from_folder(cls, folder: Path, languages: Iterable[str] = LANGUAGES) -> ConceptBridge:
        """Read `nace_rev2_labels.parquet` and `cpv2008_labels.parquet` (columns code, lang, label); one may be absent.

        Only `languages` are kept. Raises ClassificationError if neither is there or a table lacks a column.
        """
        import pyarrow.parquet as pq

        rows: list[tuple[str, str, str, str]] = []
        wanted = [*languages, "no"]
        for classification, name in _FILES.items():
            path = folder / name
            if not path.is_file():
                continue
            present = set(pq.read_schema(path).names)
            absent = [column for column in ("code", "lang", "label") if column not in present]
            if absent:
                raise ClassificationError(f"{path} lacks the column {absent[0]}: columns code, lang, label are needed.")
            table = pq.read_table(path, columns=["code", "lang", "label"], filters=[("lang", "in", wanted)])
            columns = (table[name].to_pylist() for name in ("code", "lang", "label"))
            rows.extend((classification, code, lang, label) for code, lang, label in zip(*columns, strict=True))
        if not rows:
            raise ClassificationError(f"{folder} holds neither {' nor '.join(_FILES.values())}: name their folder.")
        return cls(rows)

    def __len__(self) -> int:
        return len(self.codes)

    def label(self, code: str, lang: str) -> str | None:
        """The official label of a concept (`NACE:24.53`) in a language, in sentence case; None if there is none."""
        row = self._row.get(code)
        text = None if row is None else self._labels.get(normalised(lang) or lang, {}).get(row)
        if text is None:
            return None
        text = " ".join(text.split())
        return text.capitalize() if text.isupper() else text

    def labels(self, code: str, lang: str) -> tuple[str, ...]:
        """Labels of a concept and of those above it, narrowest first, as far as they exist in the language.

        NACE codes lose characters from the right, CPV codes get zeros from the right.
        """
        found = [self.label(above, lang) for above in self.line(code)]
        return tuple(label for label in found if label is not None)

    def of(self, text: str, lang: str | None) -> Concepts:
        """The `NEAREST` labels most like a text in its own language, and those above them.

        Likeness is the cosine of TF-IDF over character 4- and 5-grams, squared; a concept lends half of its weight to
        the one above, so that casting of light metals and casting of iron meet in the casting of metals.
        """
        return self.of_many([text], [lang])[0]

    def of_many(self, texts: Sequence[str], langs: Sequence[str | None]) -> list[Concepts]:
        """`of` for many texts, each in its language: those of one language cost little more than one."""
        import numpy as np

        made = [Concepts(np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32))] * len(texts)
        for lang in dict.fromkeys(langs):
            numbers = [number for number, one in enumerate(langs) if one == lang]
            similar, language = self._similarities([texts[number] for number in numbers], lang)
            if language is None:
                continue
            for row, number in enumerate(numbers):
                start, end = similar.indptr[row : row + 2]
                best = start + _largest(similar.data[start:end], NEAREST, similar.indices[start:end])
                made[number] = self._risen(language.concepts[similar.indices[best]], similar.data[best] ** _SHARPNESS)
        return made

    def _risen(self, nearest: NDArray[np.int32], weights: NDArray[np.float32]) -> Concepts:
        """Concepts with their weights and what they lend to those above them, of length 1."""
        import numpy as np

        starts, above, lent = self._rising()
        counts = starts[nearest + 1] - starts[nearest]
        first = np.repeat(starts[nearest] - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
        places = first + np.arange(len(first))
        rows, place = np.unique(above[places], return_inverse=True)
        summed = np.bincount(place, weights=lent[places] * np.repeat(weights, counts), minlength=len(rows))
        norm = float(np.sqrt((summed * summed).sum()))
        return Concepts(rows, (summed / norm if norm else summed).astype(np.float32))

    def propose_tags(self, text: str, lang: str | None, classification: str = "NACE", limit: int = 5) -> list[Tag]:
        """Codes whose official label in the text's language is most like the text, best first; the author decides.

        Sections of NACE (letters) are left out: they hold for too much. Empty if the language has no labels.
        """
        found, language = self._similarities([text], lang)
        if language is None:
            return []
        similar = found.toarray()[0]
        prefix = classification + ":"
        tags: list[Tag] = []
        for place in _largest(similar, len(similar)):
            code = self.codes[language.concepts[place]]
            if code.startswith(prefix) and not code.removeprefix(prefix).isalpha():
                label = self.label(code, lang or "") or ""
                tags.append(Tag(classification, code.removeprefix(prefix), label, float(min(1.0, similar[place]))))
                if len(tags) == limit:
                    break
        return tags

    def sample(self, lang: str, size: int) -> list[str]:
        """Up to `size` labels of a language, evenly spread over its concepts: the same concepts in every language
        that has them, so that means of languages differ by language and not by subject."""
        labels = self._labels.get(normalised(lang) or lang, {})
        common = [row for row in sorted(labels) if len(self.codes[row].partition(":")[2]) > 1]
        step = max(1, len(common) // size) if size else 1
        return [labels[row] for row in common[::step][:size]]

    def line(self, code: str) -> list[str]:
        """A code and those above it, narrowest first, whether or not they have labels."""
        if code not in self._line_of:
            self._line_of[code] = self._drawn(code)
        return self._line_of[code]

    def _drawn(self, code: str) -> list[str]:
        classification, _, rest = code.partition(":")
        line = [code]
        if classification == "CPV":
            digits = rest.partition("-")[0].rstrip("0")
            stems = self._stems
            line += [stems[digits[:n]] for n in range(len(digits) - 1, 1, -1) if digits[:n] in stems]
        else:
            line += [f"{classification}:{rest[:n].rstrip('.')}" for n in range(len(rest) - 1, 1, -1)]
        return list(dict.fromkeys(line))

    def _similarities(self, texts: Sequence[str], lang: str | None) -> tuple[Any, _Language | None]:
        """Likeness of texts in one language and its labels, texts x labels, sparse."""
        import numpy as np
        from scipy.sparse import csr_array

        from hansa.matching.grams import BUCKETS, counted_many

        lang = normalised(lang)
        if lang is None or lang not in self._labels:
            return None, None
        language = self._language(lang)
        owners, grams, counts = counted_many([plain(text) for text in texts], _SIZES)
        weights = ((1 + np.log(np.maximum(counts, 1))) * language.idf[grams]).astype(np.float64)
        norms = np.sqrt(np.bincount(owners, weights=weights * weights, minlength=len(texts)))
        weights = (weights / np.where(norms > 0, norms, 1)[owners]).astype(np.float32)
        similar = csr_array((weights, (owners, grams)), shape=(len(texts), BUCKETS)) @ language.postings
        return similar, language

    def _rising(self) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
        """Of every concept itself and those above it, one after the other: where they begin, their rows, and the
        share of the concept's weight that each gets."""
        import numpy as np

        with self._lock:
            if self._lines is None:
                lines = [[self._row[c] for c in self.line(code) if c in self._row] for code in self.codes]
                starts = np.concatenate([[0], np.cumsum([len(line) for line in lines])]).astype(np.int64)
                rows = np.array([row for line in lines for row in line], dtype=np.int32)
                shares = np.array([RISE**step for line in lines for step in range(len(line))], dtype=np.float32)
                self._lines = (starts, rows, shares)
            return self._lines

    def _language(self, lang: str) -> _Language:
        with self._lock:
            if lang not in self._prepared:
                self._prepared[lang] = _prepared(self._labels[lang])
            return self._prepared[lang]


def _cpv_stems(codes: tuple[str, ...]) -> dict[str, str]:
    stems: dict[str, str] = {}
    for code in codes:
        if code.startswith("CPV:"):
            digits = code[4:].partition("-")[0]
            stems[digits.rstrip("0").ljust(2, "0")] = code
    return stems


def _prepared(labels: dict[int, str]) -> _Language:
    """Grams x labels matrix of normalised TF-IDF weights; idf = ln((1 + n) / (1 + df)) and 0 for unseen grams."""
    import numpy as np
    from scipy.sparse import csr_array

    from hansa.matching.grams import BUCKETS, counted_many

    concepts = np.array(sorted(labels), dtype=np.int32)
    columns, grams, counts = counted_many([labels[int(row)] for row in concepts], _SIZES)
    df = np.bincount(grams, minlength=BUCKETS)
    idf = np.where(df > 0, np.log((1 + len(concepts)) / (1 + df)), 0).astype(np.float32)
    values = (1 + np.log(counts)) * idf[grams]
    norms = np.sqrt(np.bincount(columns, weights=values * values, minlength=len(concepts)))
    values = (values / np.maximum(norms[columns], 1e-9)).astype(np.float32)
    return _Language(concepts, csr_array((values, (grams, columns)), shape=(BUCKETS, len(concepts))), idf)


def _largest(values: NDArray[np.float32], limit: int, order: NDArray[np.int32] | None = None) -> NDArray[np.intp]:
    """Places of the largest positive values, best first, equal ones in order of place, or of what `order` says."""
    import numpy as np

    positive = int((values > 0).sum())
    limit = min(limit, positive)
    if limit == 0:
        return np.empty(0, dtype=np.intp)
    smallest = float(np.partition(values, len(values) - limit)[len(values) - limit])
    places = np.flatnonzero(values >= smallest)
    ties = places if order is None else order[places]
    return places[np.lexsort((ties, -values[places]))][:limit]


_NARROW_ENOUGH = 0.25
_LOOKED_AT = 30


def shared(bridge: ConceptBridge, one: Concepts, other: Concepts, limit: int = 3) -> list[str]:
    """Codes of the concepts that contribute most to the likeness of two texts, best first.

    Of two concepts with the same label one is enough. Of a concept and one above it the narrower is named, unless it
    contributes less than a quarter as much.
    """
    import numpy as np

    _, left, right = np.intersect1d(one.rows, other.rows, assume_unique=True, return_indices=True)
    products = one.weights[left] * other.weights[right]
    chosen: list[tuple[str, float]] = []
    said: set[str] = set()
    for place in np.argsort(-products, kind="stable")[:_LOOKED_AT].tolist():
        code, product = bridge.codes[one.rows[left[place]]], float(products[place])
        name = (bridge.label(code, "en") or code).casefold()
        wider = next((had for had in chosen if had[0] in bridge.line(code)), None)
        if name in said or any(code in bridge.line(had) for had, _ in chosen):
            continue
        if wider is not None and product >= _NARROW_ENOUGH * wider[1]:
            chosen[chosen.index(wider)] = (code, wider[1])
        elif wider is None and len(chosen) < limit:
            chosen.append((code, product))
        else:
            continue
        said.add(name)
    return [code for code, _ in chosen]


def likeness(concepts: Sequence[Concepts], others: Sequence[Concepts], size: int) -> NDArray[np.float32]:
    """Cosines of two lists of texts on their concepts, shape (len(concepts), len(others)), each 0 to 1."""
    import numpy as np

    return np.asarray((matrix(concepts, size) @ matrix(others, size).T).toarray(), dtype=np.float32)


def matrix(concepts: Sequence[Concepts], size: int) -> Any:
    """Texts x concepts as a sparse matrix of `size` columns."""
    import numpy as np
    from scipy.sparse import csr_array

    lengths = [len(c.rows) for c in concepts]
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    rows = np.concatenate([c.rows for c in concepts]) if concepts else np.empty(0, dtype=np.int32)
    weights = np.concatenate([c.weights for c in concepts]) if concepts else np.empty(0, dtype=np.float32)
    return csr_array((weights, rows, starts), shape=(len(concepts), size))
