"""Reads of the strategy room that more than one caller needs."""

from __future__ import annotations

from collections import defaultdict

from django.conf import settings
from django.db.models import Count, Prefetch, Q, QuerySet

from hansa.strategy.models import Priority, PriorityFigure, PriorityMove, Run

ORDERS = {
    "number": ("number",),
    "title": ("title", "number"),
    "state": ("state", "number"),
    "strength": ("score", "number"),
}


def priorities(words: str = "", state: str = "", kind: str = "", region: str = "") -> QuerySet[Priority]:
    """Priorities that answer the filters; dropped ones only when asked for by state."""
    found = Priority.objects.select_related("run").annotate(held_in=regions_holding())
    found = found.filter(state=state) if state else found.exclude(state=Priority.State.DROPPED)
    if kind:
        found = found.filter(kind=kind)
    if region:
        found = found.filter(figures__region__code=region, figures__role="holds").distinct()
    if words:
        found = found.filter(matching(words))
    return found


def matching(words: str) -> Q:
    """Priorities whose identifier is, or whose title in any language contains, `words`."""
    hit = Q(title__icontains=words)
    for code, _name in settings.LANGUAGES:
        hit |= Q(**{f"titles__{code}__icontains": words})
    number = words.upper().removeprefix("P-").lstrip("0")
    return hit | Q(number=int(number)) if number.isascii() and number.isdigit() and len(number) < 9 else hit


def regions_holding() -> Count:
    return Count("figures__region", filter=Q(figures__role="holds"), distinct=True)


def ordered(found: QuerySet[Priority], sort: str) -> QuerySet[Priority]:
    fields = ORDERS.get(sort.removeprefix("-"), ORDERS["number"])
    sign = "-" if sort.startswith("-") else ""
    return found.order_by(*(sign + name for name in fields))


def open_priorities() -> QuerySet[Priority]:
    """Those to which new work can be tied, in the order of their identifiers."""
    return Priority.objects.exclude(state=Priority.State.DROPPED).order_by("number")


def priority(number: int) -> Priority:
    """One priority with its figures and history; raises `Priority.DoesNotExist`."""
    figures = PriorityFigure.objects.select_related("region")
    moves = PriorityMove.objects.select_related("by")
    return (
        Priority.objects.select_related("run__created_by")
        .prefetch_related(Prefetch("figures", queryset=figures), Prefetch("moves", queryset=moves), "run__regions")
        .get(number=number)
    )


def by_domain() -> dict[str, list[Priority]]:
    """Which open priorities carry a domain."""
    found: dict[str, list[Priority]] = defaultdict(list)
    for each in open_priorities():
        for domain in each.domains:
            found[domain].append(each)
    return dict(found)


def runs() -> QuerySet[Run]:
    return (
        Run.objects.select_related("created_by")
        .annotate(proposed=Count("priorities"))
        .prefetch_related("regions")
        .order_by("-created_at")
    )
