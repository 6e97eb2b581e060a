"""Reads of the plan that more than one caller needs; totals are computed by the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Sum
from django.utils import timezone

from hansa.network.models import AuditNote
from hansa.strategy.models import (
    Action,
    Body,
    BudgetLine,
    Entry,
    Indicator,
    IndicatorValue,
    Milestone,
    Priority,
    Review,
    ReviewItem,
    Risk,
    Run,
    Seat,
    Vision,
)
from hansa.strategy.plan import telling
from hansa.strategy.plan.alerts import Point, Standing, standing
from hansa.strategy.plan.reviewing import Signals

ORDERS = {
    "id": ("pk",),
    "title": ("title", "pk"),
    "owner": ("owner__name", "pk"),
    "since": (F("since").asc(nulls_last=True), "pk"),
    "until": (F("until").asc(nulls_last=True), "pk"),
    "state": ("state", "pk"),
}
GROUPS = {
    "source_year": ("currency", "source__name", "year"),
    "source": ("currency", "source__name"),
    "year": ("currency", "year"),
    "action": ("currency", "action_id"),
    "currency": ("currency",),
}


def actions(words: str = "", state: str = "", priority: int | None = None) -> QuerySet[Action]:
    """Standing actions that answer the filters, each marked where a milestone is overdue."""
    late = Milestone.objects.standing().filter(
        action=OuterRef("pk"), done_on__isnull=True, due__lt=timezone.localdate()
    )
    found = Action.objects.standing().select_related("owner", "lead").prefetch_related("priorities")
    found = found.annotate(late=Exists(late))
    if state:
        found = found.filter(state=state)
    if priority is not None:
        found = found.filter(priorities__number=priority).distinct()
    if words:
        hit = Q(title__icontains=words) | Q(description__icontains=words) | Q(owner__name__icontains=words)
        number = words.upper().removeprefix("A-").lstrip("0")
        if number.isascii() and number.isdigit() and len(number) < 10:
            hit |= Q(pk=int(number))
        found = found.filter(hit)
    return found


def family(priorities: Sequence[Priority]) -> dict[int, int]:
    """Each priority and all that were merged into it, directly or through another -> the one they went into.

    What was tied to a priority before a merge goes on under the surviving one.
    """
    merged = dict(Priority.objects.filter(state=Priority.State.MERGED).values_list("pk", "merged_into"))
    found = {p.pk: p.pk for p in priorities}
    for key in merged:
        last = key
        while last in merged:
            last = merged[last]
        if last in found:
            found[key] = last
    return found


def tied_to(priority: Priority) -> QuerySet[Action]:
    """Standing actions of a priority and of what was merged into it, each once."""
    tied = Action.objects.filter(priorities__in=family([priority])).values("pk")
    return actions().filter(pk__in=tied)


def ordered(found: QuerySet[Action], sort: str) -> QuerySet[Action]:
    fields = ORDERS.get(sort.removeprefix("-"), ORDERS["id"])
    if not sort.startswith("-"):
        return found.order_by(*fields)
    return found.order_by(*(f.expression.desc(nulls_last=True) if not isinstance(f, str) else f"-{f}" for f in fields))


def action(pk: int) -> Action:
    """One action with all that hangs on it, withdrawn entries too; raises `Action.DoesNotExist`."""
    return (
        Action.objects.select_related("owner", "lead")
        .prefetch_related(
            "priorities",
            "milestones__action",
            Prefetch("budget", BudgetLine.objects.select_related("source")),
            Prefetch("indicators", with_values(Indicator.objects.all())),
            Prefetch("risks", Risk.objects.select_related("owner", "lead")),
        )
        .get(pk=pk)
    )


def history(action: Action) -> QuerySet[AuditNote]:
    """What was done to an action and to the entries that hang on it, the newest first."""
    groups = (action.milestones, action.budget, action.indicators, action.risks)  # type: ignore[attr-defined]
    hit = Q(record_type=action._meta.label_lower, record_id=str(action.pk))
    for group in groups:
        keys = [str(entry.pk) for entry in group.all()]
        hit |= Q(record_type=group.model._meta.label_lower, record_id__in=keys)
    return AuditNote.objects.filter(hit)


def people_of(notes: Iterable[AuditNote]) -> dict[int, str]:
    from hansa.network.models import Person

    keys = {each.person_id for each in notes if each.person_id}
    return dict(Person.objects.filter(pk__in=keys).values_list("pk", "name"))


# Money


def lines(*, priority: Priority | None = None, run: Run | None = None, action: Action | None = None) -> QuerySet[Any]:
    """Budget lines that count: neither they nor their action are withdrawn. A line counts once, whatever its ties."""
    found = BudgetLine.objects.standing().filter(action__withdrawn_at__isnull=True)
    if action is not None:
        found = found.filter(action=action)
    tied = Action.objects.filter(priorities__in=family([priority])) if priority is not None else None
    if run is not None:
        tied = Action.objects.filter(priorities__run=run)
    return found.filter(action__in=tied.values("pk")) if tied is not None else found


def totals(found: QuerySet[Any], group: str) -> list[dict[str, Any]]:
    """Sums of planned, committed and spent by one of `GROUPS`; currencies are never added to one another.

    A sum over no known amount is None. `lines` and `known_planned`, `known_committed`, `known_spent` say how many
    amounts stand behind each sum.
    """
    fields = GROUPS[group]
    names = ("planned", "committed", "spent")
    return list(
        found.order_by()
        .values(*fields)
        .annotate(
            **{f"total_{name}": Sum(name) for name in names},
            **{f"known_{name}": Count(name) for name in names},
            lines=Count("pk"),
        )
        .order_by(*fields)
    )


# Indicators


@dataclass(frozen=True)
class Watched:
    """An indicator with how it stands today."""

    indicator: Indicator
    standing: Standing

    @property
    def alerts(self) -> list[str]:
        return telling.alert(self.standing)


def with_values(found: QuerySet[Indicator]) -> QuerySet[Indicator]:
    values = IndicatorValue.objects.standing().order_by("-on", "-pk")
    return found.select_related("action", "priority").prefetch_related(Prefetch("values", values, to_attr="known"))


def watch(indicator: Indicator, today: date | None = None) -> Watched:
    """How an indicator that was read `with_values` stands."""

    def point(name: str) -> Point | None:
        year, value = getattr(indicator, f"{name}_year"), getattr(indicator, name)
        return Point(year, value) if year is not None and value is not None else None

    return Watched(
        indicator,
        standing(
            point("baseline"),
            point("milestone"),
            point("target"),
            [(each.on, each.value) for each in indicator.known],  # type: ignore[attr-defined]
            today=today or timezone.localdate(),
            since=timezone.localdate(indicator.created_at),
            silent_after=indicator.silent_after,
        ),
    )


def indicators(words: str = "", *, priority: Priority | None = None) -> list[Watched]:
    """Standing indicators, those that ask for attention first."""
    found = Indicator.objects.standing().filter(Q(action__isnull=True) | Q(action__withdrawn_at__isnull=True))
    if words:
        found = found.filter(Q(code__icontains=words) | Q(name__icontains=words) | Q(programme__icontains=words))
    if priority is not None:
        kin = family([priority])
        tied = Action.objects.filter(priorities__in=kin).values("pk")
        found = found.filter(Q(priority__in=kin) | Q(action__in=tied))
    watched = [watch(each) for each in with_values(found)]
    return sorted(
        watched,
        key=lambda w: (
            not w.standing.urgent,
            not w.standing.alerts,
            w.indicator.code,
            w.indicator.name,
            w.indicator.pk,
        ),
    )


def signals_of(priorities: Sequence[Priority]) -> dict[int, Signals]:
    """For each priority its indicators that ask for attention and the overdue milestones of its actions."""
    kin = family(priorities)
    late: dict[int, list[str]] = {p.pk: [] for p in priorities}
    asking: dict[int, list[str]] = {p.pk: [] for p in priorities}
    of_action: dict[int, set[int]] = {}
    for action_pk, key in Action.objects.filter(priorities__in=kin).values_list("pk", "priorities"):
        of_action.setdefault(action_pk, set()).update({kin[key]} if key in kin else ())
    for milestone in overdue():
        for key in of_action.get(milestone.action_id, ()):
            late[key].append(milestone.title)
    for each in indicators():
        if each.standing.urgent:
            own = {kin[each.indicator.priority_id]} if each.indicator.priority_id in kin else set()
            for key in own | of_action.get(each.indicator.action_id or 0, set()):
                asking[key].append(f"{each.indicator}: {', '.join(each.alerts)}")
    return {p.pk: Signals(tuple(asking[p.pk]), tuple(late[p.pk])) for p in priorities}


def overdue() -> QuerySet[Milestone]:
    """Milestones whose day has passed, of actions that are neither withdrawn nor stopped."""
    return (
        Milestone.objects.standing()
        .filter(done_on__isnull=True, due__lt=timezone.localdate(), action__withdrawn_at__isnull=True)
        .exclude(action__state__in=[Action.State.STOPPED])
        .select_related("action__owner")
    )


# Risks, governance, vision, reviews


RISK_ORDERS = {
    "level": ("grade", "pk"),
    "title": ("title", "pk"),
    "likelihood": ("likelihood", "pk"),
    "impact": ("impact", "pk"),
    "owner": ("owner__name", "pk"),
    "state": ("state", "pk"),
}


def risks(
    words: str = "", state: str = "", *, priority: Priority | None = None, sort: str = "-level"
) -> QuerySet[Risk]:
    """Standing risks, the gravest first unless sorted otherwise."""
    found = Risk.objects.standing().select_related("action", "priority", "owner", "lead")
    found = found.filter(Q(action__isnull=True) | Q(action__withdrawn_at__isnull=True))
    if state:
        found = found.filter(state=state)
    if words:
        found = found.filter(Q(title__icontains=words) | Q(measure__icontains=words))
    if priority is not None:
        kin = family([priority])
        tied = Action.objects.filter(priorities__in=kin).values("pk")
        found = found.filter(Q(priority__in=kin) | Q(action__in=tied))
    fields = RISK_ORDERS.get(sort.removeprefix("-"), RISK_ORDERS["level"])
    found = found.annotate(grade=F("likelihood") * F("impact"))
    return found.order_by(f"-{fields[0]}" if sort.startswith("-") else fields[0], fields[1])


def matrix(found: Iterable[Risk]) -> list[tuple[int, list[tuple[int, list[Risk]]]]]:
    """Rows of likelihood 5 to 1, each with impact 1 to 5 and the risks there."""
    at: Mapping[tuple[int, int], list[Risk]] = {(a, b): [] for a in range(1, 6) for b in range(1, 6)}
    for risk in found:
        at[risk.likelihood, risk.impact].append(risk)
    return [(a, [(b, at[a, b]) for b in range(1, 6)]) for a in range(5, 0, -1)]


def bodies(run: Run) -> QuerySet[Body]:
    """The standing bodies of a run with their standing seats."""
    seats = Seat.objects.standing().select_related("person", "organisation")
    return Body.objects.standing().filter(run=run).prefetch_related(Prefetch("seats", seats, to_attr="held"))


def visions(run: Run) -> QuerySet[Vision]:
    """The versions of a run's vision with their signatures, the newest first."""
    return Vision.objects.filter(run=run).prefetch_related("signatures__organisation", "signatures__region")


def last_decision(priority: Priority) -> ReviewItem | None:
    """What the latest review that came to a decision said of a priority."""
    found = ReviewItem.objects.filter(priority=priority).exclude(decision="").select_related("review__run")
    return found.order_by("-decided_at").first()


def reviews() -> QuerySet[Review]:
    return Review.objects.select_related("run").annotate(
        count=Count("items"), undecided=Count("items", filter=Q(items__decision=""))
    )


KINDS: dict[type[Entry], str] = {
    Action: "action",
    Milestone: "milestone",
    BudgetLine: "budget",
    Indicator: "indicator",
    IndicatorValue: "value",
    Risk: "risk",
    Body: "body",
    Seat: "seat",
}


def withdrawn(*models: type[Entry], **where: Any) -> list[tuple[str, Entry]]:
    """What was withdrawn of each kind and can be put back: the word of the kind in addresses, and the entry."""
    return [
        (KINDS[model], entry)
        for model in models
        for entry in model.objects.filter(withdrawn_at__isnull=False, **where).order_by("-withdrawn_at")[:50]
    ]
