"""What the catalogue shows of itself in the shell, on Today and in the search box."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hansa.catalogue import queries
from hansa.catalogue.permissions import agencies_of
from hansa.network.models import Person
from hansa.network.registry import Found, NavigationItem, Rule, TodayItem, registry

MOST = 10


def today(person: Person) -> Iterable[TodayItem]:
    mine = {agency.pk for agency in agencies_of(person)}
    if not mine:
        return
    for each in queries.to_check(mine).order_by("checked_on", "pk")[:MOST]:
        yield TodayItem(
            title=_("Check the support instrument: %(title)s") % {"title": each.title},
            url=each.get_absolute_url(),
            why=_("It was last checked on %(day)s.") % {"day": each.checked_on.isoformat()},
        )


def find(words: str, person: Person | None) -> Iterable[Found]:
    for each in queries.support_instruments(words=words)[:6]:
        yield Found(
            kind=_("Support instrument"),
            title=each.title,
            url=each.get_absolute_url(),
            detail=f"{each.provider} · {each.region.local_name}",
        )


def register() -> None:
    registry.navigation["catalogue"] = NavigationItem(
        "catalogue", gettext_lazy("Catalogue"), "catalogue:support", order=50
    )
    registry.today["catalogue"] = today
    registry.searches["catalogue"] = find
    registry.rules[queries.STALE] = Rule(
        gettext_lazy("Support instruments are checked again after"),
        "number",
        180,
        unit=gettext_lazy("days"),
        least=7,
        most=1000,
    )
