"""What recommendations show of themselves: on a priority's page, among the links, on Today and in the search."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from hansa.network.models import Person
from hansa.network.permissions import may
from hansa.network.registry import Found, TodayItem, registry
from hansa.strategy.documents.contract import add_chapter
from hansa.strategy.models import Priority
from hansa.strategy.parts import Link, Panel, parts
from hansa.strategy.recommendations import chapters, queries


def panel(priority: Priority, person: Person | None) -> Panel | None:
    found = list(queries.recommendations(person).filter(Q(priority=priority) | Q(priority__merged_into=priority)))
    if not found:
        return None
    return Panel(
        key="recommendations",
        title=_("Recommendations"),
        template="hansa_strategy/recommendations/_priority.html",
        context={"recommendations": found},
        order=80,
    )


def today(person: Person) -> Iterable[TodayItem]:
    if not may(person, "strategy.take_up_recommendation"):
        return
    waiting = queries.waiting(person)
    if waiting:
        yield TodayItem(
            title=ngettext(
                "%(n)d recommendation waits to be taken up", "%(n)d recommendations wait to be taken up", waiting
            )
            % {"n": waiting},
            url=reverse("strategy:recommendations") + "?state=collected",
            why=_("Until then nobody but you and your colleagues sees it."),
        )


def find(words: str, person: Person | None) -> Iterable[Found]:
    for each in queries.recommendations(person, words)[:6]:
        yield Found(_("Recommendation"), str(each), each.get_absolute_url(), each.get_state_display())


def register() -> None:
    parts.panels["recommendations"] = panel
    parts.links["recommendations"] = Link(
        "recommendations", gettext_lazy("Recommendations"), "strategy:recommendations", 80
    )
    registry.today["recommendations"] = today
    registry.searches["recommendations"] = find
    add_chapter("recommendations", chapters.recommendations, kinds=["strategy", "annex"], order=76)
