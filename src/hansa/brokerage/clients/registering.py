"""What clients show of themselves elsewhere."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hansa.brokerage.clients import contacts, queries
from hansa.brokerage.parts import Link, parts
from hansa.brokerage.permissions import agency_ids
from hansa.network.models import Person
from hansa.network.registry import Letter, Rule, Said, TodayItem, registry, rule

QUIET = "brokerage.client_quiet_days"
MOST = 10


def today(person: Person) -> Iterable[TodayItem]:
    mine = agency_ids(person)
    if not mine:
        return
    for client in queries.unfinished(mine)[:MOST]:
        yield TodayItem(
            title=_("Decide about the client: %(name)s") % {"name": client.name},
            url=client.get_absolute_url(),
            why=_("Taken in on %(day)s, neither admitted nor referred yet.")
            % {"day": client.created_at.date().isoformat()},
        )
    for client in queries.quiet(mine, rule(QUIET))[:MOST]:
        yield TodayItem(
            title=_("It went quiet: %(name)s") % {"name": client.name},
            url=client.get_absolute_url(),
            why=_("No request was written for this client since %(day)s.") % {"day": client.last.date().isoformat()},
        )


def letter(record: int, person: Person) -> Said | None:
    told = _("Here you see what you agreed to, and you can change or take back each consent yourself at any time.")
    return Said(_("Your consents"), [told])


def register() -> None:
    parts.links["clients"] = Link("clients", gettext_lazy("Clients"), "brokerage:clients", 10, "brokerage.list_clients")
    parts.today["clients"] = today
    registry.letters[contacts.PURPOSE] = Letter("brokerage:own_consents", letter)
    registry.rules[QUIET] = Rule(
        gettext_lazy("A client without a new request has gone quiet after"),
        "number", 90, unit=gettext_lazy("days"), least=14, most=730,
    )  # fmt: skip
