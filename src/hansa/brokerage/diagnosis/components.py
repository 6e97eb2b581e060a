"""What a diagnosis asks about: the activities of the value chain (Porter 1985) and two readinesses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Component:
    key: str
    title: Any
    question: Any


PRIMARY = (
    Component("inbound", _("Inbound logistics"), _("How do materials and parts come in?")),
    Component("operations", _("Operations"), _("How is the product or service made?")),
    Component("outbound", _("Outbound logistics"), _("How does it reach the customer?")),
    Component("marketing", _("Marketing and sales"), _("How do customers learn of it and buy it?")),
    Component("service", _("Service"), _("What happens after the sale?")),
)
SUPPORT = (
    Component("procurement", _("Procurement"), _("How are suppliers found and chosen?")),
    Component("technology", _("Technology development"), _("How do new products and processes come about?")),
    Component("people", _("People"), _("Are there the people and skills that are needed?")),
    Component("infrastructure", _("Infrastructure"), _("Do finance, law, quality and IT carry the work?")),
)
READINESS = (
    Component("abroad", _("Readiness to go abroad"), _("Are languages, people, money and rights ready for it?")),
    Component("innovation", _("Capacity to innovate"), _("Is there room, money and habit to try new things?")),
)
COMPONENTS = (*PRIMARY, *SUPPORT, *READINESS)
BY_KEY = {component.key: component for component in COMPONENTS}
MARKS = (
    ("state", _("State"), _("0 nothing there · 3 works · 5 better than others")),
    ("need", _("Need"), _("0 none · 3 would help · 5 holds the firm back")),
    ("potential", _("Potential"), _("0 none · 3 some · 5 could be sold or shared abroad")),
)
