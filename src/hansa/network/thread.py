"""What the network shows of itself in the shell."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hansa.network import queries
from hansa.network.models import Person
from hansa.network.notices import registering as news
from hansa.network.privacy import registering as privacy
from hansa.network.registry import Found, NavigationItem, registry


def find(words: str, person: Person | None) -> Iterable[Found]:
    for region in queries.search_regions(words)[:6]:
        yield Found(
            kind=_("Region"),
            title=region.local_name,
            url=reverse("evidence:region", args=[region.code]),
            detail=f"{region.code} · NUTS {region.nuts_version}",
        )
    for organisation in queries.search_organisations(words)[:8]:
        yield Found(
            kind=_("Organisation"),
            title=organisation.name,
            url=reverse("network:organisation", args=[organisation.pk]),
            detail=" · ".join(filter(None, (organisation.city, organisation.country))),
        )


def register() -> None:
    registry.navigation["partnership"] = NavigationItem(
        "partnership", gettext_lazy("Partnership"), "network:partnership", order=70
    )
    registry.searches["network"] = find
    news.register()
    privacy.register()
