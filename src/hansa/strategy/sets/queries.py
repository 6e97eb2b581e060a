"""Reads of step 1 that more than one caller needs: for pages, documents and the other steps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Prefetch, Q, QuerySet

from hansa.strategy.models import (
    CommonSet,
    Facet,
    Priority,
    RegionalPriority,
    RegionalTag,
    Run,
    SetMember,
    StrategySource,
    Theme,
)
from hansa.strategy.sets import concordance
from hansa.strategy.sets.rule import Item, SetRule

ORDERS = {
    "region": ("region__code", "pk"),
    "title": ("title", "pk"),
    "language": ("language", "pk"),
    "tags": ("confirmed", "pk"),
}
CONCORDANCE_FROM = 0.75
"""A theme proposes the domains of at least this weight when a set is taken up."""


def _with_all(found: QuerySet[RegionalPriority]) -> QuerySet[RegionalPriority]:
    tags = RegionalTag.objects.order_by("facet", "-confidence", "code")
    return found.select_related("region", "source").prefetch_related(Prefetch("tags", queryset=tags))


def regional_priorities(
    words: str = "", region: str = "", facet: str = "", tag: str = "", withdrawn: bool = False
) -> QuerySet[RegionalPriority]:
    """Regional priorities that answer the filters, with their tags; withdrawn ones only when asked for."""
    found = _with_all(RegionalPriority.objects.filter(withdrawn_at__isnull=not withdrawn)).annotate(
        confirmed=Count("tags", filter=Q(tags__holds=True), distinct=True),
        undecided=Count("tags", filter=Q(tags__holds__isnull=True), distinct=True),
    )
    if words:
        found = found.filter(Q(title__icontains=words) | Q(text__icontains=words))
    if region:
        found = found.filter(region__code=region)
    if facet or tag:
        held = RegionalTag.objects.exclude(holds=False)
        held = held.filter(facet=facet) if facet else held
        held = held.filter(Q(code__iexact=tag) | Q(label__icontains=tag)) if tag else held
        found = found.filter(pk__in=held.values("priority"))
    return found


def ordered(found: QuerySet[RegionalPriority], sort: str) -> QuerySet[RegionalPriority]:
    fields = ORDERS.get(sort.removeprefix("-"), ORDERS["region"])
    sign = "-" if sort.startswith("-") else ""
    return found.order_by(*(sign + name for name in fields))


def of_run(run: Run) -> QuerySet[RegionalPriority]:
    """The priorities of a run's regions that are not withdrawn, with region, source and tags."""
    return _with_all(RegionalPriority.objects.filter(region__in=run.regions.all(), withdrawn_at__isnull=True))


def sources(region: str = "") -> QuerySet[StrategySource]:
    found = StrategySource.objects.select_related("region").annotate(
        kept=Count("priorities", filter=Q(priorities__withdrawn_at__isnull=True))
    )
    found = found.order_by("region__code", "title", "pk")
    return found.filter(region__code=region) if region else found


def item_of(priority: RegionalPriority) -> Item:
    """What the rule is told of a priority: a confirmed tag is sure, a refused one is not there."""
    tags = {
        (tag.facet, tag.code): 1.0 if tag.holds else (tag.confidence or 0.0)
        for tag in priority.tags.all()
        if tag.holds is not False
    }
    return Item(priority.pk, priority.region.code, tags)


def common_sets(run: Run, state: str = "", kind: str = "") -> QuerySet[CommonSet]:
    """The sets of a run with their members, regions and tags, in a constant number of queries."""
    members = SetMember.objects.select_related("priority__region", "priority__source").prefetch_related(
        "priority__tags"
    )
    found = CommonSet.objects.filter(run=run).select_related("computation", "priority", "decided_by")
    found = found.prefetch_related(Prefetch("memberships", queryset=members))
    if state:
        found = found.filter(state=state)
    if kind:
        found = found.filter(kind=kind)
    return found.order_by("-kind", "-overlap", "pk")


def members_of(common_set: CommonSet) -> list[RegionalPriority]:
    """The members of a set by region, with region, source and tags."""
    held = RegionalPriority.objects.filter(set_memberships__common_set=common_set)
    return list(_with_all(held).order_by("region__code", "pk"))


def keys_of(common_set: CommonSet) -> list[int]:
    return sorted(common_set.memberships.values_list("priority_id", flat=True))


def members_of_priority(priority: Priority) -> list[RegionalPriority]:
    """The regional priorities that a common priority rests on, withdrawn ones too: what it was made of stays told."""
    return list(_with_all(priority.members.all()).order_by("region__code", "pk"))


def in_no_set(run: Run) -> list[RegionalPriority]:
    """Priorities of the run's regions that no shared set of it has, nor one that is taken up."""
    held = SetMember.objects.filter(common_set__run=run, common_set__kind="shared").exclude(
        common_set__state=CommonSet.State.REFUSED
    )
    return list(of_run(run).exclude(pk__in=held.values("priority")).order_by("region__code", "pk"))


@dataclass(frozen=True)
class Layers:
    """What a set proposes for a priority: domain or theme -> why (the number of regions, or the theme that lends it).

    `domains` come from confirmed sector tags, `lent` from the concordance of confirmed themes.
    """

    domains: dict[str, int]
    themes: dict[str, int]
    lent: dict[str, float]
    undecided: int


def layers_of(common_set: CommonSet) -> Layers:
    """The statistical and the thematic layer that confirmed tags of a set's members propose."""
    members = members_of(common_set)
    held: dict[tuple[str, str], set[str]] = defaultdict(set)
    for each in members:
        for tag in each.tags.all():
            if tag.holds:
                held[tag.facet, tag.code].add(each.region.code)
    by_count = sorted(held.items(), key=lambda row: (-len(row[1]), row[0]))
    domains = {code: len(regions) for (facet, code), regions in by_count if facet == Facet.SECTOR}
    themes = {code: len(regions) for (facet, code), regions in by_count if facet == Facet.THEME}
    lent = concordance.domains_of(themes, CONCORDANCE_FROM) if themes else {}
    undecided = sum(1 for each in members for tag in each.tags.all() if tag.holds is None)
    return Layers(domains, themes, {code: w for code, w in sorted(lent.items()) if code not in domains}, undecided)


def overlapping(run: Run, domains: Sequence[str]) -> list[tuple[Priority, float]]:
    """Open priorities of the run that share a domain, with the Jaccard overlap of the domains, the largest first."""
    wanted = set(domains)
    found = []
    for each in Priority.objects.filter(run=run).exclude(state__in=Priority.CLOSED).order_by("number"):
        both = wanted & set(each.domains)
        if both:
            found.append((each, len(both) / len(wanted | set(each.domains))))
    return sorted(found, key=lambda row: (-row[1], row[0].number))


def themes(withdrawn: bool = False, words: str = "") -> QuerySet[Theme]:
    found = Theme.objects.filter(withdrawn_at__isnull=not withdrawn).prefetch_related("concordance")
    return found.filter(Q(name__icontains=words) | Q(code__icontains=words)) if words else found


def rule_of(run: Run) -> SetRule:
    """The rule of the run's latest computation, or the default one."""
    latest = run.set_computations.first()
    return SetRule(**latest.parameters) if latest else SetRule()


def counts_of(run: Run) -> dict[str, int]:
    """How many regional priorities a run's regions have, and how many of its sets are in which state."""
    states = dict(run.common_sets.values_list("state").annotate(n=Count("pk")))
    return {"priorities": of_run(run).count(), **{state: states.get(state, 0) for state in CommonSet.State.values}}
