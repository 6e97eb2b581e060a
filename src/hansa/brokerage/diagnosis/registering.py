"""What diagnoses show of themselves on a client's page, on Today and in letters."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hansa.brokerage.diagnosis import actions, queries
from hansa.brokerage.diagnosis.showing import context_of
from hansa.brokerage.models import Client, Diagnosis
from hansa.brokerage.parts import Panel, parts
from hansa.brokerage.permissions import agency_ids
from hansa.network.models import Person
from hansa.network.permissions import may
from hansa.network.registry import Letter, NoticeKind, Said, TodayItem, registry

GROUP = "brokerage.clients"


def panel(client: Client, person: Person | None) -> Panel | None:
    """The latest diagnosis with its chart and what it proposes, and the earlier ones."""
    if not may(person, "brokerage.begin_diagnosis", client):
        return None
    found = list(client.diagnoses.prefetch_related("answers"))
    told = {"client": client, "all": found, **(context_of(found[0]) if found else {})}
    return Panel("diagnosis", _("Diagnosis"), "hansa_brokerage/diagnosis/_panel.html", told, order=20)


def today(person: Person) -> Iterable[TodayItem]:
    mine = agency_ids(person)
    if not mine:
        return
    for diagnosis in queries.answered_by_clients(mine)[:20]:
        yield TodayItem(
            title=_("Look at the client’s answers: %(name)s") % {"name": diagnosis.client.name},
            url=diagnosis.get_absolute_url(),
            why=_("The client has answered its part of the diagnosis."),
            urgent=True,
        )
    for client in queries.outdated(mine)[:10]:
        yield TodayItem(
            title=_("Look at the client anew: %(name)s") % {"name": client.name},
            url=client.get_absolute_url(),
            why=_("The last diagnosis is older than a year."),
        )


def letter(record: int, person: Person) -> Said | None:
    open_ = Diagnosis.objects.filter(pk=record, state=Diagnosis.State.DRAFT).exists()
    told = _("Your broker asks you to look at your firm, part by part. It takes some ten minutes on a phone.")
    return Said(_("A look at your firm"), [told]) if open_ else None


def register() -> None:
    parts.panels["client"]["diagnosis"] = panel
    parts.today["diagnosis"] = today
    registry.letters[actions.PURPOSE] = Letter("brokerage:diagnosis_answer", letter)
    registry.notice_groups[GROUP] = gettext_lazy("Clients and diagnoses")
    registry.notices["brokerage.diagnosis_answered"] = NoticeKind(
        gettext_lazy("The client %(reference)s has answered its diagnosis."), GROUP
    )
