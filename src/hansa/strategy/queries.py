"""Reads of the strategy room that more than one caller needs."""

from __future__ import annotations

from collections import defaultdict

from django.conf import settings
from django.db.models import Count, Prefetch, Q, QuerySet

from hansa.strategy.models import Priority, PriorityFigure, PriorityMove, Run, Step

ORDERS = {
    "number": ("number",),
    "title": ("title", "number"),
    "state": ("state", "number"),
    "strength": ("score", "number"),
}
STANDS_AT = {
    "": Priority.State.INITIAL,
    Step.VERIFY: Priority.State.INITIAL,
    Step.REFINE: Priority.State.VERIFIED,
    Step.ASSESS: Priority.State.REFINED,
    Step.FINALISE: Priority.State.ASSESSED,
}


def priorities(words: str = "", state: str = "", kind: str = "", region: str = "") -> QuerySet[Priority]:
    """Priorities that answer the filters; dropped, merged and split ones only when asked for by state."""
    found = Priority.objects.select_related("run").annotate(held_in=regions_holding())
    found = found.filter(state=state) if state else found.exclude(state__in=Priority.CLOSED)
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
    return Priority.objects.exclude(state__in=Priority.CLOSED).order_by("number")


def priority(number: int) -> Priority:
    """One priority with its figures and history; raises `Priority.DoesNotExist`."""
    figures = PriorityFigure.objects.select_related("region")
    moves = PriorityMove.objects.select_related("by", "undoes").prefetch_related("others")
    return (
        Priority.objects.select_related("run__created_by", "merged_into", "split_from")
        .prefetch_related(
            Prefetch("figures", queryset=figures),
            Prefetch("moves", queryset=moves),
            "run__regions",
            "members__region",
            "merged_from",
            "split_into",
            "results__by",
        )
        .get(number=number)
    )


def by_domain() -> dict[str, list[Priority]]:
    """Which open priorities carry a domain."""
    found: dict[str, list[Priority]] = defaultdict(list)
    for each in open_priorities():
        for domain in each.domains:
            found[domain].append(each)
    return dict(found)


def chosen_run(key: str) -> Run | None:
    """The run of that primary key, else the newest; None while there is none."""
    found = Run.objects.select_related("evidence").prefetch_related("regions")
    named = key.isascii() and key.isdigit() and len(key) < 19
    return (found.filter(pk=int(key)).first() if named else None) or found.first()


def column_of(priority: Priority) -> str:
    """Under which state a priority stands on the board: a returned one under the last state that still stands."""
    return STANDS_AT[priority.reopened] if priority.state == Priority.State.RETURNED else priority.state


def closed_of(run: Run) -> QuerySet[Priority]:
    """What was merged, split or dropped in a run."""
    return run.priorities.filter(state__in=Priority.CLOSED).select_related("merged_into").order_by("number")


def runs(words: str = "") -> QuerySet[Run]:
    """Runs whose title contains `words`, the newest first."""
    return (
        Run.objects.select_related("created_by")
        .annotate(proposed=Count("priorities"))
        .prefetch_related("regions")
        .filter(title__icontains=words)
        .order_by("-created_at")
    )
