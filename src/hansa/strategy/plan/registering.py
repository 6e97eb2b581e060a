"""What the plan shows of itself: on a priority's and a run's page, among the links, on Today and in the search."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from hansa.network.models import Person
from hansa.network.permissions import may, organisations_of
from hansa.network.registry import Found, TodayItem, registry
from hansa.strategy.documents.contract import add_chapter, add_record
from hansa.strategy.models import Priority, Review, Run
from hansa.strategy.parts import Link, Panel, parts
from hansa.strategy.plan import chapters, queries
from hansa.strategy.plan.permissions import REPORTING

SOON = timedelta(days=14)


def panel(priority: Priority, person: Person | None) -> Panel | None:
    """The actions tied to a priority with their money and alerts."""
    plans = may(person, "strategy.plan")
    found = list(queries.tied_to(priority))
    watched = queries.indicators(priority=priority)
    if not (plans or found or watched or queries.last_decision(priority)):
        return None
    return Panel(
        key="plan",
        title=_("Actions"),
        template="hansa_strategy/plan/_priority.html",
        context={
            "priority": priority,
            "actions": found,
            "totals": queries.totals(queries.lines(priority=priority), "currency"),
            "watched": watched,
            "risks": list(queries.risks(priority=priority)),
            "reviewed": queries.last_decision(priority),
            "may_plan": plans and priority.is_open,
        },
        order=60,
    )


def run_panel(run: Run, person: Person | None) -> Panel | None:
    """Vision, governance, money and reviews of a run."""
    return Panel(
        key="plan",
        title=_("Plan and reviews"),
        template="hansa_strategy/plan/_run.html",
        context={
            "run": run,
            "vision": queries.visions(run).first(),
            "bodies": queries.bodies(run).count(),
            "totals": queries.totals(queries.lines(run=run), "currency"),
            "reviews": list(queries.reviews().filter(run=run)[:5]),
            "may_hold": may(person, "strategy.hold_review"),
        },
        order=60,
    )


def today(person: Person) -> Iterable[TodayItem]:
    """Overdue milestones, indicators that ask for attention and reviews that are due, for whoever can act on them."""
    decides = may(person, "strategy.plan")
    mine = {o.pk for o in organisations_of(person, *REPORTING)}
    late = queries.overdue() if decides else queries.overdue().filter(action__owner__in=mine)
    for milestone in late[:10]:
        yield TodayItem(
            title=_("Overdue milestone: %(title)s") % {"title": milestone.title},
            url=milestone.action.get_absolute_url(),
            why=str(milestone.action),
            due=milestone.due,
            urgent=True,
        )
    if not decides:
        return
    asking = sum(w.standing.urgent for w in queries.indicators())
    if asking:
        yield TodayItem(
            title=ngettext("%(n)d indicator asks for attention", "%(n)d indicators ask for attention", asking)
            % {"n": asking},
            url=reverse("strategy:plan_indicators"),
            why=_("Behind its line, or without a value for too long."),
        )
    day = timezone.localdate()
    for review in Review.objects.filter(closed_at__isnull=True, planned_for__lte=day + SOON).select_related("run"):
        yield TodayItem(
            title=_("Review: %(review)s") % {"review": review.run},
            url=review.get_absolute_url(),
            why=_("Decide on every priority and close it.")
            if review.opened_at
            else _("Open it to compare with the newest figures."),
            due=review.planned_for,
            urgent=review.planned_for <= day,
        )


def find(words: str, person: Person | None) -> Iterable[Found]:
    for each in queries.actions(words)[:6]:
        yield Found(_("Action"), str(each), each.get_absolute_url(), each.get_state_display())


def register() -> None:
    parts.panels["plan"] = panel
    parts.run_panels["plan"] = run_panel
    parts.links["plan"] = Link("plan", gettext_lazy("Plan"), "strategy:plan", 70)
    parts.links["reviews"] = Link("reviews", gettext_lazy("Reviews"), "strategy:reviews", 75)
    registry.today["plan"] = today
    registry.searches["plan"] = find
    strategy, summary, annex = "strategy", "summary", "annex"
    add_chapter("vision", chapters.vision, kinds=[strategy, summary], order=45)
    add_chapter("governance", chapters.governance, kinds=[strategy], order=48)
    add_chapter("actions", chapters.actions, kinds=[strategy, summary], order=70)
    add_chapter("indicators", chapters.indicators, kinds=[strategy, annex], order=72)
    add_chapter("risks", chapters.risks, kinds=[strategy], order=73)
    add_chapter("reviews", chapters.reviews, kinds=[strategy, annex], order=74)
    add_record("body", "bodies", chapters.bodies_record)
    add_record("monitoring", "indicators", chapters.monitoring_record)
    add_record("research", "actions", chapters.actions_record)
    add_record("transition", "actions", chapters.actions_record)
