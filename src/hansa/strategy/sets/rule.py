"""The rule by which common sets are found: arithmetic on arrays and tags, no database. It is Hansa's own, not official.

No overlap rule of Trans-S3 is published; every number here can be edited and is stored with each computation.

**Similarity** of two regional priorities: `meaning_weight` x likeness of meaning + (1 - `meaning_weight`) x likeness of
tags. Likeness of tags is the mean over the facets that both carry, weighted by the facet weights, of the sum of the
smaller confidences over the sum of the larger ones (the weighted Jaccard index of Ruzicka). A confirmed tag has the
confidence 1, a proposed one its own, a refused one and one below `min_confidence` none. Where two share no facet that
both carry, meaning alone counts: what nobody has tagged is unknown, not different. Where nothing can compare meanings,
tags alone count.

**Shared set**: priorities joined by average linkage on 1 - similarity, cut at 1 - `min_similarity`, that come from at
least `min_regions` regions.

**Overlap** of a shared set: the sum over the run's regions of c, divided by their number. c is 0 for a region without
a member. For one with members, c is the mean over the set's binding tags of the best confidence with which its members
carry the tag; a tag binds when at least half of the set's regions carry it. Without a binding tag c is the largest
similarity of its members to the set. (The share of regions whose strategy carries the same tags, weighted by how sure
the coder is.)

**Complementary set**: units (shared sets, and priorities in none) with different domains that belong to one chain.
Two units are related by the larger of two numbers: the mean proximity of their domains in the run's figures (Hidalgo
et al. 2007), if at least `min_proximity`; and for the theme that binds them most, the smaller of the two strengths
with which they carry it, by their tags or by the concordance of their domains, if at least `min_theme`. Units whose
domains overlap by more than `max_domain_overlap` (Jaccard), or of which one has no domain, are not related: they would
be the same thing or cannot be told. Related units are joined by average linkage, cut at 1 - `min_relation`, and make a
set when they are at least two and come from at least `min_regions` regions. Its overlap is the share of the run's
regions with a member.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
TagKey = tuple[str, str]  # facet, code
BINDS = 0.5


@dataclass(frozen=True)
class SetRule:
    """The numbers of the rule; shares and confidences are between 0 and 1."""

    meaning_weight: float = 0.6
    sector_weight: float = 0.4
    technology_weight: float = 0.2
    theme_weight: float = 0.25
    knowledge_weight: float = 0.15
    min_confidence: float = 0.15
    min_similarity: float = 0.35
    min_regions: int = 2
    min_proximity: float = 0.45
    min_theme: float = 0.5
    min_relation: float = 0.5
    max_domain_overlap: float = 0.2

    def as_json(self) -> dict[str, float | int]:
        return asdict(self)

    def facet_weight(self, facet: str) -> float:
        return float(getattr(self, f"{facet}_weight"))


@dataclass(frozen=True)
class Item:
    """A regional priority as the rule sees it; `tags` are facet and code -> confidence, refused ones left out."""

    key: int
    region: str
    tags: Mapping[TagKey, float] = field(default_factory=dict)

    def domains(self) -> dict[str, float]:
        return {code: confidence for (facet, code), confidence in self.tags.items() if facet == "sector"}


@dataclass(frozen=True)
class Found:
    """A proposed set: `members` are (key, similarity) in the order of the items; `ties` say what binds it, as JSON."""

    kind: str
    members: Sequence[tuple[int, float | None]]
    overlap: float
    ties: Sequence[Mapping[str, Any]]

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "members": [list(each) for each in self.members],
            "overlap": self.overlap,
            "ties": [dict(each) for each in self.ties],
        }


@dataclass(frozen=True)
class Relations:
    """What the run and the themes say of domains: `proximity` of two codes or None, and theme -> domain -> weight."""

    proximity: Callable[[str, str], float | None]
    concordance: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def common_sets(
    items: Sequence[Item], meaning: Floats | None, regions: int, rule: SetRule, relations: Relations
) -> list[Found]:
    """Shared sets, then complementary ones, each by falling overlap; the same input always gives the same list.

    `items` are ordered by key, `meaning` has the shape (items, items) or is None, `regions` is the number of regions
    of the run (at least 1).
    """
    if not items:
        return []
    alike = similarity(items, meaning, rule)
    groups = linked(alike, rule.min_similarity)
    shared = [group for group in groups if len({items[n].region for n in group}) >= rule.min_regions]
    found = [_shared(items, alike, group, regions, rule) for group in shared]
    taken = {n for group in shared for n in group}
    units = shared + [[n] for n in range(len(items)) if n not in taken]
    found += complementary(items, units, regions, rule, relations)
    return sorted(found, key=lambda each: (each.kind != "shared", -each.overlap, [key for key, _s in each.members]))


def similarity(items: Sequence[Item], meaning: Floats | None, rule: SetRule) -> Floats:
    """Similarity of every two items, 0 to 1, 1 on the diagonal, symmetric."""
    size = len(items)
    kept = [_kept(item, rule) for item in items]
    found = np.ones((size, size))
    for a in range(size):
        for b in range(a + 1, size):
            tags = tag_likeness(kept[a], kept[b], rule)
            told = None if meaning is None else float(meaning[a, b])
            found[a, b] = found[b, a] = _joined(told, tags, rule.meaning_weight)
    return found


def _joined(meaning: float | None, tags: float | None, weight: float) -> float:
    if meaning is None:
        return tags or 0.0
    return meaning if tags is None else round(weight * meaning + (1 - weight) * tags, 9)


def _kept(item: Item, rule: SetRule) -> dict[str, dict[str, float]]:
    facets: dict[str, dict[str, float]] = {}
    for (facet, code), confidence in sorted(item.tags.items()):
        if confidence >= rule.min_confidence:
            facets.setdefault(facet, {})[code] = confidence
    return facets


def tag_likeness(
    a: Mapping[str, Mapping[str, float]], b: Mapping[str, Mapping[str, float]], rule: SetRule
) -> float | None:
    """Weighted Jaccard index over the facets that both carry; None where there is none of any weight."""
    both = [facet for facet in a if facet in b and rule.facet_weight(facet) > 0]
    if not both:
        return None
    total = sum(rule.facet_weight(facet) for facet in both)
    return sum(rule.facet_weight(facet) * _ruzicka(a[facet], b[facet]) for facet in both) / total


def _ruzicka(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    codes = sorted(a.keys() | b.keys())
    larger = sum(max(a.get(code, 0.0), b.get(code, 0.0)) for code in codes)
    return sum(min(a.get(code, 0.0), b.get(code, 0.0)) for code in codes) / larger if larger else 0.0


def linked(alike: Floats, least: float) -> list[list[int]]:
    """Groups by average linkage on 1 - similarity cut at 1 - `least`, in the order of their first members."""
    size = len(alike)
    if size == 1:
        return [[0]]
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    distance = np.clip(1.0 - alike, 0.0, 1.0)
    np.fill_diagonal(distance, 0.0)
    labels = fcluster(linkage(squareform(distance, checks=False), "average"), 1.0 - least + 1e-9, "distance")
    groups: dict[int, list[int]] = {}
    for n, label in enumerate(labels):
        groups.setdefault(int(label), []).append(n)
    return sorted(groups.values())


def _shared(items: Sequence[Item], alike: Floats, group: Sequence[int], regions: int, rule: SetRule) -> Found:
    near = {n: round(float(np.mean([alike[n, m] for m in group if m != n])), 6) for n in group}
    binding = binding_tags([items[n] for n in group], rule)
    overlap = overlap_of([items[n] for n in group], binding, [near[n] for n in group], regions)
    ties = [{"facet": facet, "code": code, "regions": held} for (facet, code), held in binding.items()]
    return Found("shared", [(items[n].key, near[n]) for n in group], overlap, ties)


def binding_tags(members: Sequence[Item], rule: SetRule) -> dict[TagKey, int]:
    """The tags that at least half of the members' regions carry, with the number of these regions."""
    carried: dict[TagKey, set[str]] = {}
    for member in members:
        for tag, confidence in member.tags.items():
            if confidence >= rule.min_confidence:
                carried.setdefault(tag, set()).add(member.region)
    least = max(2, BINDS * len({member.region for member in members}))
    return {tag: len(held) for tag, held in sorted(carried.items()) if len(held) >= least}


def overlap_of(
    members: Sequence[Item], binding: Mapping[TagKey, int], similarities: Sequence[float], regions: int
) -> float:
    """Share of the run's `regions` that carry the set, weighted by the confidence of the binding tags."""
    total = 0.0
    for region in sorted({member.region for member in members}):
        own = [n for n, member in enumerate(members) if member.region == region]
        if binding:
            total += sum(max(members[n].tags.get(tag, 0.0) for n in own) for tag in binding) / len(binding)
        else:
            total += max(similarities[n] for n in own)
    return round(min(1.0, max(0.0, total / regions)), 6)


def complementary(
    items: Sequence[Item], units: Sequence[Sequence[int]], regions: int, rule: SetRule, relations: Relations
) -> list[Found]:
    """Sets of units with different domains of one chain; see the rule above."""
    told = [_Unit.of([items[n] for n in unit], rule, relations) for unit in units]
    related = np.eye(len(units))
    why: dict[tuple[int, int], dict[str, Any]] = {}
    for a in range(len(units)):
        for b in range(a + 1, len(units)):
            strength, tie = relation(told[a], told[b], rule, relations)
            related[a, b] = related[b, a] = strength
            if tie is not None:
                why[a, b] = tie
    found = []
    for group in linked(related, rule.min_relation):
        members = sorted(n for unit in group for n in units[unit])
        held = {items[n].region for n in members}
        if len(group) < 2 or len(held) < rule.min_regions:
            continue
        ties = [why[pair] for pair in sorted(why) if set(pair) <= set(group)]
        keys: list[tuple[int, float | None]] = [(items[n].key, None) for n in members]
        distinct = list({repr(sorted(tie.items())): tie for tie in ties}.values())
        found.append(Found("complementary", keys, round(len(held) / regions, 6), distinct[:8]))
    return found


@dataclass(frozen=True)
class _Unit:
    domains: frozenset[str]
    themes: Mapping[str, float]

    @classmethod
    def of(cls, members: Sequence[Item], rule: SetRule, relations: Relations) -> _Unit:
        domains = frozenset(
            code for member in members for code, confidence in member.domains().items()
            if confidence >= rule.min_confidence
        )  # fmt: skip
        themes: dict[str, float] = {}
        for member in members:
            for (facet, code), confidence in member.tags.items():
                if facet == "theme":
                    themes[code] = max(themes.get(code, 0.0), confidence)
        for code, weights in relations.concordance.items():
            strongest = max((weights.get(domain, 0.0) for domain in domains), default=0.0)
            if strongest:
                themes[code] = max(themes.get(code, 0.0), strongest)
        return cls(domains, themes)


def relation(a: _Unit, b: _Unit, rule: SetRule, relations: Relations) -> tuple[float, dict[str, Any] | None]:
    """How strongly two units belong to one chain, 0 to 1, and what ties them."""
    if not a.domains or not b.domains:
        return 0.0, None
    if len(a.domains & b.domains) / len(a.domains | b.domains) > rule.max_domain_overlap:
        return 0.0, None
    strength, tie = 0.0, None
    known = [near for x in a.domains for y in b.domains if x != y and (near := relations.proximity(x, y)) is not None]
    if known and (mean := float(np.mean(sorted(known)))) >= rule.min_proximity:
        strength = round(mean, 6)
        tie = {"proximity": strength, "domains": [sorted(a.domains), sorted(b.domains)]}
    for code in sorted(a.themes.keys() & b.themes.keys()):
        both = min(a.themes[code], b.themes[code])
        if both >= rule.min_theme and both > strength:
            strength, tie = both, {"theme": code, "strength": both}
    return strength, tie
