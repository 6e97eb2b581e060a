"""What the strategy room shows of itself in the shell and on a priority's thread."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from hansa.network.models import Person
from hansa.network.permissions import may
from hansa.network.registry import Found, NavigationItem, Stage, TodayItem, registry
from hansa.strategy import figures, queries
from hansa.strategy.models import Priority


def count_open(person: Person | None) -> int:
    return queries.open_priorities().count()


def find(words: str, person: Person | None) -> Iterable[Found]:
    for each in queries.priorities(words)[:6]:
        yield Found(
            _("Priority"), f"{each.identifier} {each.local_title}", each.get_absolute_url(), each.get_state_display()
        )
    loaded = figures.current()
    if loaded is None:
        return
    named = figures.labels(loaded.version, get_language() or "en")
    wanted = words.casefold()
    hits = [code for code in loaded.domains if code == words or wanted in named.get(code, "").casefold()]
    for code in hits[:6]:
        yield Found(_("Domain"), f"{code} {named.get(code, '')}", reverse("evidence:domain", args=[code]))


def today(person: Person) -> Iterable[TodayItem]:
    if not may(person, "strategy.verify_priority"):
        return
    waiting = Priority.objects.filter(state__in=[Priority.State.INITIAL, Priority.State.RETURNED]).count()
    if waiting:
        yield TodayItem(
            title=ngettext(
                "%(n)d proposed priority waits for a decision", "%(n)d proposed priorities wait for a decision", waiting
            )
            % {"n": waiting},
            url=reverse("strategy:board") + "?state=initial",
            why=_("Verify, rename or drop each with its figures at hand."),
        )


def stages(priority: Priority) -> Iterable[Stage]:
    held = {f.region_id for f in priority.figures.all() if f.role == "holds"}
    yield Stage(
        key="evidence",
        label=_("Figures"),
        count=len(priority.figures.all()),
        url="#figures",
        detail=ngettext("%(n)d region", "%(n)d regions", len(held)) % {"n": len(held)},
    )
    yield Stage(
        key="priority",
        label=_("Priority"),
        count=1,
        url="#history",
        detail=str(priority.get_state_display()),
    )


def register() -> None:
    registry.navigation["evidence"] = NavigationItem("evidence", gettext_lazy("Evidence"), "evidence:map", order=10)
    registry.navigation["priorities"] = NavigationItem(
        "priorities", gettext_lazy("Priorities"), "strategy:board", order=20, count=count_open
    )
    registry.today["strategy"] = today
    registry.stages["strategy"] = stages
    registry.searches["strategy"] = find
