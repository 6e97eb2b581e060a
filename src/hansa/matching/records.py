"""What goes into an index and what comes out: documents, queries, hits, and the weights of the ranking."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hansa.matching.explain import Reason
from hansa.matching.language import normalised

WANTS = ("offer", "request")
CONTEXT = ("wishes", "cooperation", "priorities", "complementarity", "record", "freshness", "quality")
"""Signals about both sides rather than their texts (see `context`)."""

_REQUEST = {"request", "requests", "need", "needs", "demand", "problem", "challenge"}
_OFFER = {
    "offer", "offers", "service", "facility", "infrastructure", "organisation", "organization", "company", "laboratory",
    "expert", "team", "capability", "instrument", "practice",
}  # fmt: skip


@dataclass(frozen=True)
class Document:
    """A text that can be found.

    `kind` says what it is: `offer`, `request`, `technology_offer`, `organisation`, `facility` ...; `region` is a NUTS
    code or empty; `lang` is the author's word on the language (a clearly different text overrules it); `domains` are
    codes such as `NACE:24.53`; `wants` is what its author looks for (`offer`, `request`) where the kind does not say;
    `owner` is whose it is, so that nobody is offered their own text.

    What follows may be unknown, which never counts against it: `priorities` it serves, kinds of `cooperation` its
    author accepts, `countries` (NUTS codes or their beginnings) where they look for partners (none: anywhere), the day
    it was `published`, its `quality` from 0 to 1, and how many introductions and agreements its owner has had
    (`outcomes`). Raises ValueError for an empty id, an unknown want, a quality outside 0 to 1 or negative outcomes.
    """

    id: str
    kind: str
    region: str
    text: str
    lang: str | None = None
    title: str | None = None
    domains: tuple[str, ...] = ()
    wants: tuple[str, ...] = ()
    owner: str | None = None
    priorities: tuple[str, ...] = ()
    cooperation: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    published: date | None = None
    quality: float | None = None
    outcomes: int | None = None

    def __post_init__(self) -> None:
        if not self.id:
            raise ValueError("A document needs a non-empty id.")
        for want in self.wants:
            _check_want(want, f"Document {self.id}")
        if self.quality is not None and not 0 <= self.quality <= 1:
            raise ValueError(f"Document {self.id} has the quality {self.quality}: it must lie between 0 and 1.")
        if self.outcomes is not None and self.outcomes < 0:
            raise ValueError(f"Document {self.id} has {self.outcomes} outcomes: there cannot be fewer than none.")

    @property
    def whole_text(self) -> str:
        """Title and text as one."""
        return f"{self.title}.\n{self.text}" if self.title else self.text

    @property
    def stance(self) -> str | None:
        """`offer` or `request`, from `wants` (who wants an offer makes a request) or else from `kind`; None if
        neither or both are said."""
        if len(set(self.wants)) == 1:
            return "request" if self.wants[0] == "offer" else "offer"
        said = set(re.split(r"[^a-z]+", self.kind.lower()))
        asks, gives = bool(said & _REQUEST), bool(said & _OFFER)
        return None if asks == gives else ("request" if asks else "offer")


@dataclass(frozen=True)
class Query:
    """What somebody looks for.

    `lang` is the reader's language (decides for short texts); `want` is what they would like to find: `offer`,
    `request` or None for either. `domains` raise documents of the same, a nested or a related code. `region` is the
    asker's, `priorities` and `cooperation` what they serve and accept; with the day of asking, `today`, they tell
    documents that suit (see `context`). `liked_ids` and `disliked_ids` are documents that were accepted for this query
    or refused for their topic: they move it (see `feedback.moved_by`).

    The rest are filters: `kinds` and `regions` (a code and all codes below it: `PL` holds `PL84`) must match,
    `exclude_regions`, `exclude_ids` and documents of the same `owner` are left out; `only_domains` keeps documents with
    such a code or one below it, `only_cooperation` and `only_priorities` those that name one of these. A document
    without region passes `exclude_regions` and fails `regions`: unknown is not a region; so it is with the others.
    Raises ValueError for an empty id or an unknown want.
    """

    id: str
    text: str
    lang: str | None = None
    want: str | None = None
    domains: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    exclude_regions: tuple[str, ...] = ()
    exclude_ids: tuple[str, ...] = ()
    only_domains: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    owner: str | None = None
    region: str = ""
    priorities: tuple[str, ...] = ()
    cooperation: tuple[str, ...] = ()
    today: date | None = None
    only_cooperation: tuple[str, ...] = ()
    only_priorities: tuple[str, ...] = ()
    liked_ids: tuple[str, ...] = ()
    disliked_ids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.id:
            raise ValueError("A query needs a non-empty id.")
        if self.want is not None:
            _check_want(self.want, f"Query {self.id}")

    def refusals(self, document: Document, lang: str | None) -> tuple[str, ...]:
        """Names of the filters that a document, written in `lang`, does not pass; none if `admits` it."""
        refused = {
            "exclude_ids": document.id in self.exclude_ids,
            "owner": self.owner is not None and document.owner == self.owner,
            "kinds": bool(self.kinds) and document.kind not in self.kinds,
            "regions": bool(self.regions) and not _begins(document.region, self.regions),
            "exclude_regions": _begins(document.region, self.exclude_regions),
            "languages": bool(self.languages) and lang not in {normalised(code) for code in self.languages},
            "only_domains": bool(self.only_domains)
            and not any(nests(wanted, code) for wanted in self.only_domains for code in document.domains),
            "only_cooperation": bool(self.only_cooperation)
            and not set(self.only_cooperation) & set(document.cooperation),
            "only_priorities": bool(self.only_priorities) and not set(self.only_priorities) & set(document.priorities),
        }
        return tuple(name for name, out in refused.items() if out)

    def admits(self, document: Document, lang: str | None) -> bool:
        """Whether a document, written in `lang`, passes the filters."""
        had = document.domains
        out = (
            document.id in self.exclude_ids
            or (self.owner is not None and document.owner == self.owner)
            or (self.kinds and document.kind not in self.kinds)
            or (self.regions and not _begins(document.region, self.regions))
            or (self.exclude_regions and _begins(document.region, self.exclude_regions))
            or (self.languages and lang not in {normalised(code) for code in self.languages})
            or (self.only_domains and not any(nests(wanted, code) for wanted in self.only_domains for code in had))
            or (self.only_cooperation and not set(self.only_cooperation) & set(document.cooperation))
            or (self.only_priorities and not set(self.only_priorities) & set(document.priorities))
        )
        return not out


@dataclass(frozen=True)
class Hit:
    """One found document. `score` is between 0 and 1 and orders the hits of one query; it is neither a percentage nor
    a probability. The contributions of `reasons` add up to it."""

    query: str
    rank: int
    id: str
    score: float
    reasons: tuple[Reason, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """The hit as plain values: query, rank, id, score, reasons."""
        return {
            "query": self.query,
            "rank": self.rank,
            "id": self.id,
            "score": self.score,
            "reasons": [reason.as_json() for reason in self.reasons],
        }


@dataclass(frozen=True)
class Weights:
    """How the signals are joined; store `version` with every score that is kept.

    `meaning`, `concepts`, `spelling` and `domains` weigh the signals, each 0 to 1; those that cannot speak for a query
    (concepts and domains: for a query or a document without any) are left out and the rest keep their proportions. The
    sum is multiplied by `meets` when a need meets an offer, by `unclear` when the document does not say which it is, by
    `same_side` when both need or both offer (only if the query says what it wants), and by (variety / `prose_variety`)
    squared when a text is less varied than prose.

    The others weigh what is known of both sides besides their texts (`context`); they must sum to less than 1.
    `record_half` is the number of outcomes from which a track record counts half, `half_life` the days after which
    freshness does. The weights of meaning, concepts and spelling were chosen on the development half of the test topics
    (docs/matching.md); the others are judgement, to be tuned on accepted and declined suggestions.
    """

    version: str = "3"
    meaning: float = 1.0
    concepts: float = 0.4
    spelling: float = 0.1
    domains: float = 0.1
    meets: float = 1.0
    unclear: float = 0.8
    same_side: float = 0.4
    prose_variety: float = 0.5
    wishes: float = 0.2
    cooperation: float = 0.15
    priorities: float = 0.1
    complementarity: float = 0.1
    record: float = 0.05
    freshness: float = 0.05
    quality: float = 0.05
    record_half: float = 3.0
    half_life: float = 365.0

    def __post_init__(self) -> None:
        signals = (self.meaning, self.concepts, self.spelling, self.domains)
        if not (min(signals) >= 0 and 0 < sum(signals) < math.inf):
            raise ValueError("Signal weights must not be negative, and one must be above zero.")
        if not 0 < self.same_side <= self.unclear <= self.meets <= 1:
            raise ValueError("Fit factors must rise from same_side over unclear to meets, between 0 and 1.")
        if not 0 <= self.prose_variety <= 1:
            raise ValueError("prose_variety must lie between 0 and 1.")
        context = self.context_weights().values()
        if not (min(context) >= 0 and sum(context) < 1):
            raise ValueError("The weights of context must not be negative and must sum to less than 1.")
        if not (0 < self.record_half < math.inf and 0 < self.half_life < math.inf):
            raise ValueError("record_half and half_life must be above zero.")

    def signal_weights(self) -> Mapping[str, float]:
        """Weight per signal of likeness."""
        return {
            "meaning": self.meaning,
            "concepts": self.concepts,
            "spelling": self.spelling,
            "domains": self.domains,
        }

    def context_weights(self) -> Mapping[str, float]:
        """Weight per signal of context, in the order of `CONTEXT`."""
        return {name: getattr(self, name) for name in CONTEXT}

    def every_weight(self) -> Mapping[str, float]:
        """Both as one, as `rescored` takes them."""
        return {**self.signal_weights(), **self.context_weights()}


def nests(above: str, code: str) -> bool:
    """Whether a domain code is `above` or lies below it in the same classification: `NACE:24` holds `NACE:24.53`.

    CPV codes end in zeros and a check digit that do not count. Codes without a classification are compared as
    they are.
    """
    outer_classification, outer = stem(above)
    inner_classification, inner = stem(code)
    return bool(outer) and outer_classification == inner_classification and inner.startswith(outer)


def stem(code: str) -> tuple[str, str]:
    """Classification and telling digits of a domain code: one that begins with the digits of another lies below it."""
    classification, _, rest = code.rpartition(":")
    if classification == "CPV":
        return classification, rest.partition("-")[0].rstrip("0")
    return classification, rest.replace(".", "")


def _begins(region: str, codes: Iterable[str]) -> bool:
    return bool(region) and any(region.startswith(code) for code in codes)


def _check_want(want: str, who: str) -> None:
    if want not in WANTS:
        raise ValueError(f"{who} wants {want!r}: it must be 'offer' or 'request'.")
