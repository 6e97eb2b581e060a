"""Where the parts of the brokerage room leave what its pages show of them, so that the parts need not edit one
another's files.

A page of a client, request or case asks for the panels of all parts once. A panel's template is given its context as
`panel`; its queries do not grow with the number of rows elsewhere on the page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hansa.network.models import Person
from hansa.network.permissions import may
from hansa.network.registry import TodayItem


@dataclass(frozen=True)
class Panel:
    """One section of a page: its key (the anchor), heading, template, what the template is given, and whether it stands
    in the wide column or `aside`."""

    key: str
    title: Any
    template: str
    context: Mapping[str, Any]
    order: int = 50
    aside: bool = False


@dataclass(frozen=True)
class Link:
    """An entry of the room's own navigation; who lacks `permission` does not see it."""

    key: str
    title: Any
    view: str
    order: int
    permission: str = ""


Provider = Callable[[Any, Person | None], Panel | None]


@dataclass
class Parts:
    """What the parts registered: `panels` by page (`"client"`, `"request"`, `"case"`) and then by part; `links`;
    `today`: what waits for a person; `follows` a case: verbs called inside the transaction that moved it,
    `(case, before, after)`."""

    panels: dict[str, dict[str, Provider]] = field(default_factory=lambda: {"client": {}, "request": {}, "case": {}})
    links: dict[str, Link] = field(default_factory=dict)
    today: dict[str, Callable[[Person], Iterable[TodayItem]]] = field(default_factory=dict)
    follows: dict[str, Callable[[Any, str, str], None]] = field(default_factory=dict)

    def panels_of(self, page: str, record: Any, person: Person | None) -> list[Panel]:
        found = (provide(record, person) for provide in self.panels[page].values())
        return sorted((panel for panel in found if panel is not None), key=lambda panel: panel.order)

    def links_in_order(self, person: Person | None) -> list[Link]:
        shown = [link for link in self.links.values() if not link.permission or may(person, link.permission)]
        return sorted(shown, key=lambda link: link.order)


parts = Parts()
