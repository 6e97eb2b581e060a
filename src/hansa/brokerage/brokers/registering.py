"""What the network of brokers shows of itself elsewhere."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hansa.brokerage.brokers import queries
from hansa.brokerage.models import Client
from hansa.brokerage.parts import Link, Panel, parts
from hansa.brokerage.permissions import agency_ids
from hansa.catalogue.queries import around
from hansa.network.models import Person
from hansa.network.permissions import may
from hansa.network.registry import NoticeKind, TodayItem, registry

GROUP = "brokerage.network"
MOST_INSTRUMENTS = 6


def today(person: Person) -> Iterable[TodayItem]:
    for absence in queries.covers_of(person):
        yield TodayItem(
            title=_("You stand in for %(broker)s, %(agency)s") % {"broker": absence.broker, "agency": absence.agency},
            url=reverse("brokerage:brokers"),
            why=_("What waits for that agency is listed here too."),
            due=absence.until,
        )
    for handover in queries.asked(agency_ids(person)):
        yield TodayItem(
            title=_("Take over a client of %(agency)s?") % {"agency": handover.agency.name},
            url=reverse("brokerage:handovers"),
            why=handover.reason,
            urgent=True,
        )


def handing_over(client: Client, person: Person | None) -> Panel | None:
    if not may(person, "brokerage.hand_over_client", client):
        return None
    told = {"client": client, "broker": client.broker}
    return Panel("broker", _("Broker"), "hansa_brokerage/brokers/_client.html", told, order=80, aside=True)


def support(client: Client, person: Person | None) -> Panel | None:
    """What the client's region offers to such as it is."""
    if not may(person, "brokerage.view_client", client):
        return None
    fitting = [s for s in around(client.region) if not s.for_kinds or client.kind in s.for_kinds]
    told = {"instruments": fitting[:MOST_INSTRUMENTS], "more": len(fitting) > MOST_INSTRUMENTS, "client": client}
    template = "hansa_brokerage/brokers/_support.html"
    return Panel("support", _("Support instruments"), template, told, order=85, aside=True)


def register() -> None:
    parts.links["brokers"] = Link("brokers", gettext_lazy("Brokers"), "brokerage:brokers", 60)
    parts.today["brokers"] = today
    parts.panels["client"]["handover"] = handing_over
    parts.panels["client"]["support"] = support
    registry.notice_groups[GROUP] = gettext_lazy("Brokers of the network: absences and clients handed over")
    registry.notices |= {
        "brokerage.stands_in": NoticeKind(
            gettext_lazy("You stand in for %(agency)s from %(since)s to %(until)s."), GROUP, urgent=True
        ),
        "brokerage.handed_over": NoticeKind(
            gettext_lazy("%(agency)s gives you a client, or asks you to."), GROUP, True
        ),
        "brokerage.handover_accepted": NoticeKind(gettext_lazy("%(agency)s has taken over your client."), GROUP),
        "brokerage.handover_declined": NoticeKind(gettext_lazy("%(agency)s declined to take over your client."), GROUP),
    }
