"""Tags that Hansa proposes for a regional priority in the four facets, each with a confidence between 0 and 1.

**Sector** (divisions of NACE Rev. 2). Two likenesses of the priority's text and the official label in the text's own
language: `words`, the TF-IDF cosine of character 4- and 5-grams, the best over the labels of the division, its groups
and its classes; and `meaning`, the cosine of their vectors less what all labels of the language have in common. The
confidence is the chance that a region itself would name the division, by a logistic curve on both:
1 / (1 + exp(-(a + b meaning + c words))). Its three numbers were fitted on the 54 Czech regional domains of 2025 whose
strategies name their divisions (`benchmarks/sector_tags.py` fits them again). Without the embedding model a second
curve on `words` alone is used.

**Technology, theme, knowledge.** No text with known tags was at hand, so nothing was fitted: the confidence orders
proposals and is not a chance. It joins two signs as if each could be right by itself: 1 - (1 - r)(1 - m), with
r = 1 - 0.6^(roots of the word list that begin a word of the text) and m rising from 0 at a cosine of 0.2 to 1 at 0.8
between the text and the English meaning of the tag. Without the model m is 0.

Sections and divisions that a table does not have can be proposed all the same: what a strategy says does not depend on
what is measured.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hansa.strategy.models import Facet, RegionalPriority
from hansa.strategy.sets import vocabularies
from hansa.strategy.sets.semantics import NACE, Tools, label_vectors, text_of
from hansa.strategy.sets.vocabularies import Entry

if TYPE_CHECKING:
    from hansa.matching import ConceptBridge, Embedder, LabelMeans

Floats = NDArray[np.float32]
BOTH = (-3.51, 4.45, 4.28)
WORDS_ALONE = (-3.25, 0.0, 6.06)
LEAST_SECTOR = 0.15
LEAST = 0.3
MOST_PER_FACET = 4
LOOKED_AT = 30
MISSED = 0.6
NOTHING_BELOW, SURE_FROM = 0.2, 0.8


@dataclass(frozen=True)
class Proposed:
    facet: str
    classification: str
    code: str
    label: str
    confidence: float
    labels: dict[str, str] = field(default_factory=dict)


def propose(at_hand: Tools, priority: RegionalPriority) -> list[Proposed]:
    """Tags for a priority, per facet the likeliest first; fewer than four where fewer are likely enough."""
    vector = _centred_text(at_hand, priority)
    found = _sectors(at_hand, priority, vector)
    for facet in (Facet.TECHNOLOGY, Facet.THEME, Facet.KNOWLEDGE):
        found += _others(at_hand, facet, vocabularies.of_facet(facet), priority, vector)
    return found


def sector_confidence(words: float, meaning: float | None) -> float:
    a, b, c = WORDS_ALONE if meaning is None else BOTH
    return 1.0 / (1.0 + math.exp(-(a + b * (meaning or 0.0) + c * words)))


def other_confidence(roots: int, meaning: float | None) -> float:
    share = 0.0 if meaning is None else (meaning - NOTHING_BELOW) / (SURE_FROM - NOTHING_BELOW)
    return 1.0 - MISSED**roots * (1.0 - min(max(share, 0.0), 1.0))


def word_likeness(bridge: ConceptBridge, texts: Sequence[str], language: str) -> dict[str, float]:
    """Per division the best likeness of one of the texts and one of its labels."""
    found: dict[str, float] = {}
    for text in texts:
        for tag in bridge.propose_tags(text, language, limit=LOOKED_AT):
            division = tag.code[:2]
            found[division] = max(found.get(division, 0.0), tag.similarity)
    return found


def _sectors(at_hand: Tools, priority: RegionalPriority, vector: Any) -> list[Proposed]:
    bridge = at_hand.bridge
    if bridge is None:
        return []
    language = priority.language if priority.language in bridge.languages else "en"
    texts = [priority.title, *([text_of(priority)] if priority.text else [])]
    words = word_likeness(bridge, texts, language)
    codes = division_codes(bridge)
    meaning: dict[str, float] = {}
    if vector is not None and at_hand.embedder is not None and at_hand.means is not None:
        labels = _division_vectors(at_hand.embedder, bridge, at_hand.means, language)
        meaning = dict(zip(codes, (labels @ vector).tolist(), strict=True))
    scored = [(sector_confidence(words.get(code, 0.0), meaning.get(code)), code) for code in codes]
    best = sorted((row for row in scored if row[0] >= LEAST_SECTOR), key=lambda row: (-row[0], row[1]))
    return [
        Proposed(Facet.SECTOR, NACE, code, label_of(bridge, code), round(confidence, 3), labels_of(bridge, code))
        for confidence, code in best[:MOST_PER_FACET]
    ]


def division_codes(bridge: ConceptBridge) -> list[str]:
    found = (code.removeprefix("NACE:") for code in bridge.codes)
    return sorted(code for code in found if len(code) == 2 and code.isdigit())


def label_of(bridge: ConceptBridge, code: str) -> str:
    return bridge.label(f"NACE:{code}", "en") or code


def labels_of(bridge: ConceptBridge, code: str) -> dict[str, str]:
    polish = bridge.label(f"NACE:{code}", "pl")
    return {"pl": polish} if polish else {}


def _others(
    at_hand: Tools, facet: str, entries: Sequence[Entry], priority: RegionalPriority, vector: Any
) -> list[Proposed]:
    text = text_of(priority).casefold()
    cosines: list[float | None] = [None] * len(entries)
    if vector is not None and at_hand.embedder is not None and at_hand.means is not None:
        cosines = list(
            (_meanings(at_hand.embedder, at_hand.means, tuple(e.meaning for e in entries)) @ vector).tolist()
        )
    scored = [
        (other_confidence(vocabularies.said(entry, text), cosine), n)
        for n, (entry, cosine) in enumerate(zip(entries, cosines, strict=True))
    ]
    best = sorted((row for row in scored if row[0] >= LEAST), key=lambda row: (-row[0], row[1]))
    return [
        Proposed(
            facet,
            entries[n].classification,
            entries[n].code,
            entries[n].label,
            round(min(confidence, 1.0), 3),
            {code: name for code, name in entries[n].names.items() if code != "en"},
        )
        for confidence, n in best[:MOST_PER_FACET]
    ]


def _centred_text(at_hand: Tools, priority: RegionalPriority) -> Any:
    if at_hand.embedder is None or at_hand.means is None:
        return None
    return _centred(at_hand.embedder.embed_document([text_of(priority)]), at_hand.means, priority.language)[0]


def _centred(raw: Floats, means: LabelMeans, language: str) -> Floats:
    """Less what the labels of the language have in common; a language without labels is taken as English."""
    mean = means.of(language)
    mean = means.of("en") if mean is None else mean
    moved = raw if mean is None else raw - mean[0]
    return np.asarray(moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9), dtype=np.float32)


@lru_cache(maxsize=24)
def _division_vectors(embedder: Embedder, bridge: ConceptBridge, means: LabelMeans, language: str) -> Floats:
    codes = division_codes(bridge)
    labels = [bridge.label(f"NACE:{code}", language) or label_of(bridge, code) for code in codes]
    return _centred(label_vectors(embedder, labels), means, language)


@lru_cache(maxsize=8)
def _meanings(embedder: Embedder, means: LabelMeans, texts: tuple[str, ...]) -> Floats:
    if not texts:
        return np.zeros((0, embedder.dimensions), dtype=np.float32)
    return _centred(label_vectors(embedder, texts), means, "en")
