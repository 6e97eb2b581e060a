"""What step 5 shows of itself on the board, on a priority's page, on a run's, and on Today."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from hansa.network.models import Person
from hansa.network.permissions import may
from hansa.network.registry import TodayItem, registry
from hansa.strategy.consultations import chapters, findings, queries
from hansa.strategy.consultations.telling import summary
from hansa.strategy.documents.contract import add_chapter, add_record
from hansa.strategy.models import Consultation, Point, Priority, Run, Step
from hansa.strategy.parts import Link, Panel, parts

SOON = timedelta(days=7)
MOST_POINTS = 10


def panel(priority: Priority, person: Person | None) -> Panel | None:
    """What was asked about a priority and found; points and replies of closed consultations."""
    items = queries.about([priority])[priority.pk]
    follows = may(person, "strategy.follow_consultation")
    if not follows:
        items = [item for item in items if item.round.consultation.state == Consultation.State.CLOSED]
    replied = Point.objects.filter(
        priority=priority,
        answer__round__result__shown=True,
        answer__round__consultation__state=Consultation.State.CLOSED,
    ).exclude(verdict="")
    points = list(replied.select_related("answer__round").order_by("-at")[:MOST_POINTS])
    if not items and not points and not (follows and priority.is_open):
        return None
    rows = [(item.round, summary(item.round.kind, findings.said_of(item))) for item in items]
    context = {"rows": rows, "points": points, "total": replied.count()}
    template = "hansa_strategy/consultations/_priority.html"
    return Panel("consultations", _("What people say"), template, context, order=70)


def run_panel(run: Run, person: Person | None) -> Panel | None:
    found = list(queries.consultations(person, run=str(run.pk)))
    may_hold = may(person, "strategy.hold_consultation", run)
    if not found and not may_hold:
        return None
    context = {"consultations": found, "run": run, "may_hold": may_hold}
    template = "hansa_strategy/consultations/_run.html"
    return Panel("consultations", _("Consultations"), template, context, order=70)


def today(person: Person) -> Iterable[TodayItem]:
    """Consultations that end within a week, and points that wait for a reply, for whoever holds consultations."""
    if not may(person, "strategy.hold_consultation"):
        return
    for each in queries.ending(SOON):
        late = each.overdue
        yield TodayItem(
            title=_("Consultation: %(title)s") % {"title": each},
            url=reverse("strategy:organise_consultation", args=[each.pk]),
            why=_("The deadline is past: close it.") if late else _("Its deadline is near."),
            due=timezone.localdate(each.deadline),
            urgent=late,
        )
    for each in queries.unanswered():
        n = each.waiting  # type: ignore[attr-defined]
        yield TodayItem(
            title=ngettext("%(n)d point waits for a reply", "%(n)d points wait for a reply", n) % {"n": n},
            url=reverse("strategy:consultation_points", args=[each.pk]),
            why=str(each),
        )


def register() -> None:
    parts.findings[Step.FINALISE] = findings.finalise_finding
    parts.obstacles["consultations"] = findings.obstacles
    parts.panels["consultations"] = panel
    parts.run_panels["consultations"] = run_panel
    parts.links["consultations"] = Link(
        "consultations", gettext_lazy("Consultations"), "strategy:consultations", order=65
    )
    registry.today["consultations"] = today
    add_chapter("consultations", chapters.consultations, kinds=["strategy", "summary", "annex"], order=68)
    add_record("discovery", "consultations", chapters.discovery)
