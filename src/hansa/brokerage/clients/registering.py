"""What clients show of themselves elsewhere."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from hansa.brokerage.parts import Link, parts


def register() -> None:
    parts.links["clients"] = Link("clients", gettext_lazy("Clients"), "brokerage:clients", 10, "brokerage.list_clients")
