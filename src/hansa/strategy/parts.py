"""Where the parts of the strategy room leave what the board, the pages and the documents show of them.

The parts never import one another: a step says here what it finds and what still stands against a move; a page asks
for all of it once, for all the priorities it shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hansa.network.models import Person
from hansa.strategy.models import Priority, Run


@dataclass(frozen=True)
class Finding:
    """What a step knows of a priority now: figures and judgements as JSON, with their parameters and evidence."""

    data: Mapping[str, Any]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    evidence_version: str = ""


@dataclass(frozen=True)
class Obstacle:
    """Why a step is not ready for a priority, in one translatable sentence, and the page where that can be changed."""

    step: str
    sentence: Any
    url: str = ""


@dataclass(frozen=True)
class Panel:
    """One section of a page: its heading, the template that shows it and what the template is given."""

    key: str
    title: Any
    template: str
    context: Mapping[str, Any]
    order: int = 50


@dataclass(frozen=True)
class Link:
    """An entry of the strategy room's own navigation: a translatable title and the name of a URL without arguments."""

    key: str
    title: Any
    view: str
    order: int


@dataclass
class Parts:
    """What the parts registered.

    `findings` by step · `obstacles` for many priorities at once, by their keys, in a constant number of queries ·
    `panels` of a priority · `run_panels` of a run · `links` · `chapters` of documents, by key, see `documents` ·
    `demand` from abroad for many priorities at once: how many requests brokers have published, by key.
    """

    findings: dict[str, Callable[[Priority], Finding]] = field(default_factory=dict)
    obstacles: dict[str, Callable[[Sequence[Priority]], Mapping[int, Sequence[Obstacle]]]] = field(default_factory=dict)
    panels: dict[str, Callable[[Priority, Person | None], Panel | None]] = field(default_factory=dict)
    run_panels: dict[str, Callable[[Run, Person | None], Panel | None]] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    chapters: dict[str, Callable[..., Any]] = field(default_factory=dict)
    demand: dict[str, Callable[[Sequence[Priority]], Mapping[int, int]]] = field(default_factory=dict)

    def links_in_order(self) -> list[Link]:
        return sorted(self.links.values(), key=lambda link: link.order)

    def panels_of(self, priority: Priority, person: Person | None) -> list[Panel]:
        return _present(provide(priority, person) for provide in self.panels.values())

    def run_panels_of(self, run: Run, person: Person | None) -> list[Panel]:
        return _present(provide(run, person) for provide in self.run_panels.values())

    def obstacles_of(self, priorities: Sequence[Priority]) -> dict[int, list[Obstacle]]:
        """What stands against the steps of each priority, by primary key."""
        found: dict[int, list[Obstacle]] = {priority.pk: [] for priority in priorities}
        for provide in self.obstacles.values():
            for key, obstacles in provide(priorities).items():
                found[key].extend(obstacles)
        return found


def _present(panels: Iterable[Panel | None]) -> list[Panel]:
    return sorted((panel for panel in panels if panel is not None), key=lambda panel: panel.order)


parts = Parts()
