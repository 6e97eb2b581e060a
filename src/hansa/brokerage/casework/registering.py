"""What the work on cases shows of itself on a case's page, on Today, in calendars and among the rules."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hansa.brokerage.casework import actions, forms, work
from hansa.brokerage.forms import in_a_week
from hansa.brokerage.models import Case, Task
from hansa.brokerage.parts import Link, Panel, parts
from hansa.brokerage.permissions import agency_ids
from hansa.network.models import Person
from hansa.network.permissions import may
from hansa.network.registry import CalendarItem, NoticeKind, Rule, TodayItem, registry, rule

GROUP = "brokerage.cases"
QUIET = "brokerage.case_quiet_days"
AHEAD = timedelta(days=7)
A_YEAR = timedelta(days=366)
MOST = 20


def works(case: Case, person: Person | None) -> bool:
    return may(person, "brokerage.add_work", case)


def tasks(case: Case, person: Person | None) -> Panel | None:
    if person is None or not works(case, person):
        return None
    form = forms.TaskForm(case=case, initial={"due": in_a_week(), "owner": person.pk}, auto_id="id_task_%s")
    told = {"case": case, "tasks": case.tasks.select_related("owner"), "form": form, "today": timezone.localdate()}
    return Panel("tasks", _("Tasks"), "hansa_brokerage/casework/_tasks.html", told, order=20)


def interactions(case: Case, person: Person | None) -> Panel | None:
    if not works(case, person):
        return None
    told = {
        "case": case,
        "interactions": case.interactions.select_related("by")[:MOST],
        "form": forms.InteractionForm(auto_id="id_said_%s"),
        "mail_form": forms.MailForm(auto_id="id_mail_%s"),
    }
    template = "hansa_brokerage/casework/_interactions.html"
    return Panel("interactions", _("Calls, visits, meetings, e-mails"), template, told, order=30)


def documents(case: Case, person: Person | None) -> Panel | None:
    if not works(case, person):
        return None
    kept = case.documents.defer("content").select_related("by")
    told = {"case": case, "documents": kept, "form": forms.DocumentForm(auto_id="id_file_%s")}
    return Panel("documents", _("Documents"), "hansa_brokerage/casework/_documents.html", told, order=40)


def results(case: Case, person: Person | None) -> Panel | None:
    """Follow-ups and outcomes; shown from the agreement on, or once something came of it."""
    if person is None or not works(case, person):
        return None
    planned = list(case.follow_ups.select_related("answered_by"))
    claimed = list(case.outcomes.select_related("by", "verified_by", "case"))
    if not planned and not claimed and case.state in {Case.State.PROPOSED, Case.State.DECLINED}:
        return None
    told: dict[str, Any] = {
        "case": case,
        "follow_ups": [(f, None if f.answered_at else forms.FollowUpForm(auto_id=f"id_f{f.pk}_%s")) for f in planned],
        "outcomes": [(o, o.verified_at is None and may(person, "brokerage.verify_outcome", o)) for o in claimed],
        "form": forms.OutcomeForm(initial={"year": timezone.localdate().year}, auto_id="id_outcome_%s"),
    }
    return Panel("results", _("What came of it"), "hansa_brokerage/casework/_results.html", told, order=50)


def private_notes(case: Case, person: Person | None) -> Panel | None:
    if not works(case, person):
        return None
    mine = case.private_notes.filter(agency__in=agency_ids(person)).select_related("by")
    told = {"case": case, "notes": mine, "form": forms.PrivateNoteForm(auto_id="id_private_%s")}
    template = "hansa_brokerage/casework/_private_notes.html"
    return Panel("private-notes", _("Only your agency"), template, told, order=60, aside=True)


def today(person: Person) -> Iterable[TodayItem]:
    mine = agency_ids(person)
    if not mine:
        return
    day = timezone.localdate()
    for task in work.due_tasks(person, day + AHEAD)[:MOST]:
        yield TodayItem(
            title=task.title,
            url=task.get_absolute_url(),
            why=_("Your task in case %(reference)s.") % {"reference": task.case.reference},
            due=task.due,
            urgent=task.due <= day,
        )
    for follow_up in work.due_follow_ups(mine, day + AHEAD)[:MOST]:
        yield TodayItem(
            title=_("Ask what came of it: %(title)s") % {"title": follow_up.case.title},
            url=f"{follow_up.case.get_absolute_url()}#results",
            why=_("%(n)d months after the agreement.") % {"n": follow_up.months},
            due=follow_up.due,
            urgent=follow_up.due <= day,
        )
    for outcome in work.to_verify(mine, person)[:MOST]:
        yield TodayItem(
            title=_("Verify an outcome: %(what)s") % {"what": outcome.get_kind_display()},
            url=f"{outcome.case.get_absolute_url()}#results",
            why=_("Claimed in case %(reference)s; somebody else looks at the evidence.")
            % {"reference": outcome.case.reference},
        )
    for case in work.quiet(mine, rule(QUIET))[:MOST]:
        yield TodayItem(
            title=_("It went quiet: %(name)s") % {"name": case.title},
            url=case.get_absolute_url(),
            why=_("Nobody wrote anything in case %(reference)s for %(n)d days.")
            % {"reference": case.reference, "n": rule(QUIET)},
        )


def calendar(person: Person) -> Iterable[CalendarItem]:
    """Tasks and follow-ups by their references: a broker's own words stay in Hansa."""
    for item in work.dated(person, timezone.localdate() + A_YEAR):
        reference = item.case.reference
        if isinstance(item, Task):
            yield CalendarItem(
                uid=f"task-{item.pk}",
                title=_("Task in case %(reference)s") % {"reference": reference},
                start=item.due,
                url=item.get_absolute_url(),
            )
        else:
            yield CalendarItem(
                uid=f"follow-up-{item.pk}",
                title=_("Follow-up of case %(reference)s") % {"reference": reference},
                start=item.due,
                url=item.case.get_absolute_url(),
            )


def follow(case: Case, before: str, after: str) -> None:
    if after == Case.State.AGREEMENT:
        actions.plan_follow_ups(case)


def register() -> None:
    works_on = "brokerage.list_work"
    parts.links["board"] = Link("board", gettext_lazy("Board"), "brokerage:board", 30, "brokerage.view_board")
    parts.links["tasks"] = Link("tasks", gettext_lazy("Tasks"), "brokerage:tasks", 42, works_on)
    parts.links["outcomes"] = Link("outcomes", gettext_lazy("Outcomes"), "brokerage:outcomes", 44, works_on)
    parts.panels["case"] |= {
        "tasks": tasks,
        "interactions": interactions,
        "documents": documents,
        "results": results,
        "private_notes": private_notes,
    }
    parts.today["casework"] = today
    parts.follows["casework"] = follow
    registry.calendar["casework"] = calendar
    registry.notice_groups[GROUP] = gettext_lazy("Cases and tasks")
    registry.notices["brokerage.task"] = NoticeKind(
        gettext_lazy("You have a task in case %(reference)s, due on %(due)s."), GROUP
    )
    registry.rules[QUIET] = Rule(
        gettext_lazy("An open case in which nobody writes has gone quiet after"),
        "number", 30, unit=gettext_lazy("days"), least=7, most=365,
    )  # fmt: skip
