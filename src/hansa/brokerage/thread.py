"""What the brokerage room shows of itself in the shell, on Today, in the search box and on a priority's thread."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from hansa.brokerage import queries
from hansa.brokerage.models import Case, Introduction, Request
from hansa.brokerage.parts import Link
from hansa.brokerage.parts import parts as room
from hansa.brokerage.permissions import agency_ids
from hansa.network.actions import emit
from hansa.network.models import Person
from hansa.network.registry import CalendarItem, EventKind, Found, NavigationItem, Stage, TodayItem, registry
from hansa.strategy.models import Priority
from hansa.strategy.parts import parts

AHEAD = timedelta(days=7)
MOST = 20
MOST_DATES = 500


def count(person: Person | None) -> int | None:
    return queries.count_open(agency_ids(person)) or None


def today(person: Person) -> Iterable[TodayItem]:
    """What waits for a person in this room, its parts included."""
    for provide in room.today.values():
        yield from provide(person)


def today_of_requests(person: Person) -> Iterable[TodayItem]:
    mine = agency_ids(person)
    if not mine:
        return
    day = timezone.localdate()
    for case in queries.to_answer(mine)[:MOST]:
        yield TodayItem(
            title=_("Answer the introduction: %(title)s") % {"title": case.title},
            url=case.get_absolute_url(),
            why=_("%(agency)s proposed it on %(day)s.")
            % {"agency": case.agency.name, "day": timezone.localtime(case.introduction.proposed_at).date().isoformat()},
            urgent=True,
        )
    for case in queries.accepted(mine)[:MOST]:
        yield TodayItem(
            title=_("Accepted: %(title)s") % {"title": case.title},
            url=case.get_absolute_url(),
            why=_("The introduction is accepted. Arrange the first talk, then move the case on."),
            due=case.next_due,
            urgent=True,
        )
    for case in queries.due(mine, day + AHEAD).exclude(state=Case.State.INTRODUCED, agency__in=mine)[:MOST]:
        yield TodayItem(
            title=f"{case.next_step}: {case.title}",
            url=case.get_absolute_url(),
            why=_("Next step of case %(reference)s, which is “%(state)s”.")
            % {"reference": case.reference, "state": case.get_state_display()},
            due=case.next_due,
            urgent=case.next_due <= day,
        )
    for search in queries.searches_with_news(mine)[:MOST]:
        yield TodayItem(
            title=_("New partners for the saved search: %(name)s") % {"name": search.name},
            url=search.get_absolute_url(),
            why=ngettext(
                "%(n)d text that answers it came since you looked.",
                "%(n)d texts that answer it came since you looked.",
                search.new,
            )
            % {"n": search.new},
            urgent=True,
        )
    for request in queries.unread(mine)[:MOST]:
        yield TodayItem(
            title=_("Look at the partners found: %(title)s") % {"title": request.title},
            url=request.get_absolute_url(),
            why=_("Propose an introduction, short-list, or say why one does not suit."),
        )
    for request in queries.drafts(mine)[:MOST]:
        yield TodayItem(
            title=_("Publish or finish the draft: %(title)s") % {"title": request.title},
            url=request.get_absolute_url(),
            why=_("Nobody outside your agency sees it until it is published."),
        )


def calendar(person: Person) -> Iterable[CalendarItem]:
    """The next steps of the open cases of a person's agencies. What the step is stays in Hansa: a broker's own words
    may name a client, and a calendar is kept by others."""
    for case in queries.due(agency_ids(person), date.max)[:MOST_DATES]:
        yield CalendarItem(
            uid=f"case-{case.reference}-next",
            title=_("Next step of case %(reference)s") % {"reference": case.reference},
            start=case.next_due,
            url=case.get_absolute_url(),
            description=case.get_state_display(),
        )


def tell_others(case: Case, before: str, after: str) -> None:
    """Tell other systems that a case moved: its reference, states and date."""
    emit("case.moved", reference=case.reference, before=before, state=after, on=timezone.localdate().isoformat())


def stages(priority: Priority) -> Iterable[Stage]:
    """Requests, introductions and cases of a priority, each with the page that lists exactly those counted."""
    tied = f"priority={priority.identifier}"
    requests, cases = reverse("brokerage:requests"), reverse("brokerage:cases")
    published = Request.objects.filter(priority=priority, state__in=Request.OPEN).count()
    introductions = Introduction.objects.filter(case__priority=priority).count()
    accepted = Case.objects.filter(priority=priority, introduction__accepted=True).count()
    yield Stage("requests", _("Requests"), published, f"{requests}?{tied}&state={queries.OPEN}")
    yield Stage("introductions", _("Introductions"), introductions, f"{cases}?{tied}&state={queries.ANY}&whose=all")
    yield Stage(
        "cases",
        _("Cases"),
        accepted,
        f"{cases}?{tied}&state={queries.ANY}&whose=all&introduction=accepted",
        detail=ngettext("%(n)d accepted", "%(n)d accepted", accepted) % {"n": accepted},
    )


def find(words: str, person: Person | None) -> Iterable[Found]:
    for request in queries.search(words, person)[:8]:
        yield Found(
            kind=_("Request"),
            title=request.title,
            url=request.get_absolute_url(),
            detail=f"{request.reference} · {request.region.local_name} · {request.get_state_display()}",
        )


def register() -> None:
    registry.navigation["brokerage"] = NavigationItem(
        "brokerage", gettext_lazy("Brokerage"), "brokerage:requests", order=30, count=count
    )
    registry.today["brokerage"] = today
    registry.stages["brokerage"] = stages
    registry.searches["brokerage"] = find
    registry.calendar["brokerage"] = calendar
    registry.events["request.published"] = EventKind(gettext_lazy("a request is published"))
    registry.events["request.withdrawn"] = EventKind(gettext_lazy("a published request is withdrawn"))
    registry.events["request.closed"] = EventKind(gettext_lazy("a request is closed"))
    registry.events["request.expired"] = EventKind(gettext_lazy("a request expires"))
    registry.events["case.moved"] = EventKind(gettext_lazy("a case moves to another state"))
    room.follows["events"] = tell_others
    parts.demand["brokerage"] = queries.demand
    room.today["requests"] = today_of_requests
    for link in (
        Link("requests", gettext_lazy("Requests"), "brokerage:requests", 0),
        Link("find", gettext_lazy("Find a partner"), "brokerage:find", 20, "brokerage.find_partners"),
        Link("searches", gettext_lazy("Saved searches"), "brokerage:searches", 30, "brokerage.find_partners"),
        Link("cases", gettext_lazy("Cases"), "brokerage:cases", 40),
        Link("teams", gettext_lazy("Teams"), "brokerage:teams", 50, "brokerage.list_teams"),
    ):
        room.links[link.key] = link
