"""From the parts of a score to reasons that a broker would say aloud."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hansa.matching.concepts import ConceptBridge, Concepts, likeness, shared
from hansa.matching.context import context_reason
from hansa.matching.explain import Reason
from hansa.matching.grams import counted
from hansa.matching.records import Query, nests
from hansa.matching.snapshot import nearness
from hansa.matching.text import phrases, words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hansa.matching.context import Context
    from hansa.matching.snapshot import Entry

_PHRASES = 8
_STEM = 5
_SHORTEST_WORD = 4
_WORDS_SHOWN = 5
_FELT = 0.01
"""Likeness gained through feedback from which a hit says so."""


@dataclass(frozen=True, eq=False)
class Unmoved:
    """A query as it was before feedback moved it, its centred vector, and how many texts were accepted and refused."""

    asked: Asked
    vector: NDArray[np.float32]
    accepted: int
    refused: int


@dataclass(frozen=True)
class Asked:
    """A query prepared for ranking: cleaned text, language, concepts; `unmoved` if feedback moved it."""

    query: Query
    text: str
    lang: str | None
    concepts: Concepts | None
    unmoved: Unmoved | None = None


@dataclass(frozen=True)
class Parts:
    """One document's score in its parts: contribution per signal, of the fit, of the deduction for repetition and of
    each signal of context, its place in meaning among all candidates (1 is nearest), and by how much feedback raised
    its likeness (which is in the signals already)."""

    signals: dict[str, float]
    fit: float
    repetition: float
    meaning_rank: int
    among: int
    context: dict[str, float] = field(default_factory=dict)
    fed: float = 0.0
    reach: int | None = None

    @property
    def told_rank(self) -> int | str:
        """The place in meaning as it may be said: beyond the reach of a search it is only known to lie there."""
        return told_rank(self.meaning_rank, self.reach)


def told_rank(rank: int, reach: int | None) -> int | str:
    """A place, or `160+` for one beyond the 160 that were looked at."""
    return rank if reach is None or rank <= reach else f"{reach}+"


class Explainer:
    """Makes the reasons of hits; phrases of the query are prepared once."""

    def __init__(self, asked: Asked, bridge: ConceptBridge | None, context: Context | None = None) -> None:
        self.asked = asked
        self._context = context
        self._bridge = bridge
        self._phrases = phrases(asked.text, limit=_PHRASES)
        self._words = {w for w in words(asked.text) if len(w) >= _SHORTEST_WORD}
        self._about: dict[tuple[str, str | None], Concepts] = {}

    def look_ahead(self, entries: Iterable[Entry]) -> None:
        """Read the concepts of the phrases of all documents that will be explained at once, which is much cheaper."""
        if self._bridge is None:
            return
        told = [(phrase, entry.lang) for entry in entries for phrase in phrases(entry.text, limit=_PHRASES)]
        self._concepts_of([*told, *((phrase, self.asked.lang) for phrase in self._phrases)])

    def _concepts_of(self, told: Sequence[tuple[str, str | None]]) -> list[Concepts]:
        """Concepts of phrases in their languages; each is read once."""
        if self._bridge is None:
            raise RuntimeError("Without a bridge phrases have no concepts.")
        new = [one for one in dict.fromkeys(told) if one not in self._about]
        made = self._bridge.of_many([phrase for phrase, _lang in new], [lang for _phrase, lang in new])
        self._about.update(zip(new, made, strict=True))
        return [self._about[one] for one in told]

    def reasons(self, entry: Entry, parts: Parts) -> tuple[Reason, ...]:
        """Reasons in falling order of their contribution; their sum is the score."""
        made = [self._of_signal(signal, value, entry, parts) for signal, value in parts.signals.items() if value]
        if parts.fit:
            met = entry.document.stance == self.asked.query.want
            params: dict[str, Any] = {"want": self.asked.query.want, "kind": entry.document.kind}
            made.append(Reason("fit", parts.fit, "need_meets_offer" if met else "same_side", params))
        if parts.repetition:
            params = {"variety": round(entry.variety, 3)}
            made.append(Reason("variety", parts.repetition, "repetitive_text", params))
        for name, value in parts.context.items():
            made.append(context_reason(name, value, self.asked.query, entry.document))
        if parts.fed >= _FELT and self.asked.unmoved is not None:
            params = {"accepted": self.asked.unmoved.accepted, "refused": self.asked.unmoved.refused}
            made.append(Reason("feedback", 0.0, "nearer_by_feedback", params))
        return tuple(sorted(made, key=lambda reason: -reason.contribution))

    def _of_signal(self, signal: str, value: float, entry: Entry, parts: Parts) -> Reason:
        if signal == "meaning":
            return self._meaning(value, entry, parts)
        if signal == "concepts":
            return Reason(signal, value, "shared_concept", self._shared_concepts(entry))
        if signal == "domains":
            same = self._shared_domains(entry)
            if same:
                return Reason(signal, value, "same_domain", {"domains": same})
            return Reason(signal, value, "related_domain", self._related_domains(entry))
        common = self._shared_words(entry)
        if common:
            return Reason(signal, value, "shared_words", {"words": common})
        return Reason(signal, value, "similar_spelling")

    def _meaning(self, value: float, entry: Entry, parts: Parts) -> Reason:
        params: dict[str, Any] = {"rank": parts.told_rank, "among": parts.among}
        pair = self._closest_phrases(entry)
        if pair is None:
            return Reason("meaning", value, "close_meaning", params)
        params |= {"query_phrase": pair[0], "document_phrase": pair[1]}
        return Reason("meaning", value, "same_meaning", params)

    def _closest_phrases(self, entry: Entry) -> tuple[str, str] | None:
        """The two phrases most alike on concepts, or on spelling in one language; None if nothing ties any."""
        theirs = phrases(entry.text, limit=_PHRASES)
        if not self._phrases or not theirs:
            return None
        best, pair = 0.0, None
        if self._bridge is not None:
            ours = self._concepts_of([(phrase, self.asked.lang) for phrase in self._phrases])
            table = likeness(ours, self._concepts_of([(phrase, entry.lang) for phrase in theirs]), len(self._bridge))
            best = float(table.max())
            row, column = np.unravel_index(int(table.argmax()), table.shape)
            pair = (self._phrases[int(row)], theirs[int(column)])
        if best == 0 and entry.lang == self.asked.lang:
            for ours_phrase in self._phrases:
                for their_phrase in theirs:
                    value = _overlap(ours_phrase, their_phrase)
                    if value > best:
                        best, pair = value, (ours_phrase, their_phrase)
        return pair if best > 0 else None

    def _shared_concepts(self, entry: Entry) -> dict[str, Any]:
        if self._bridge is None or self.asked.concepts is None or entry.concepts is None:
            return {"label_codes": [], "labels_query": [], "labels_document": []}
        codes = shared(self._bridge, self.asked.concepts, entry.concepts)
        return {
            "label_codes": codes,
            "labels_query": [self._bridge.label(code, self.asked.lang or "en") or code for code in codes],
            "labels_document": [self._bridge.label(code, entry.lang or "en") or code for code in codes],
        }

    def _shared_domains(self, entry: Entry) -> list[str]:
        codes = self.asked.query.domains
        return sorted(had for had in set(entry.document.domains) if any(nests(c, had) or nests(had, c) for c in codes))

    def _related_domains(self, entry: Entry) -> dict[str, Any]:
        """The domain of the document, and the one asked for, that are nearest to each other."""
        relatedness = None if self._context is None else self._context.relatedness
        pairs = [(asked, had) for asked in self.asked.query.domains for had in sorted(set(entry.document.domains))]
        asked, had = max(pairs, key=lambda pair: nearness(pair[0], pair[1], relatedness))
        return {"domains": [had], "asked": [asked]}

    def _shared_words(self, entry: Entry) -> list[str]:
        """Words of the query that stand in the document, whole or with the same beginning, the longest first."""
        theirs = {w for w in words(entry.text) if len(w) >= _SHORTEST_WORD}
        beginnings = {w[:_STEM] for w in theirs if len(w) > _STEM}
        common = [w for w in self._words if w in theirs or (len(w) > _STEM and w[:_STEM] in beginnings)]
        return sorted(common, key=lambda w: (-len(w), w))[:_WORDS_SHOWN]


def _overlap(one: str, other: str) -> float:
    """Shared 4-grams of two phrases, as the Dice coefficient (1945)."""
    left, right = counted(one)[0], counted(other)[0]
    total = len(left) + len(right)
    return 2 * len(np.intersect1d(left, right)) / total if total else 0.0
