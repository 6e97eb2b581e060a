"""How the signals of partner search are joined: a few documented numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_FEW, _LEAST = 2_000, 500


def _fixed(**weights: float) -> Mapping[str, float]:
    return MappingProxyType(weights)


@dataclass(frozen=True)
class PartnerWeights:
    """Weight per signal for three questions; store `version` with every score that is kept.

    `history`: partners of an organisation, `new`: those it never met, `project`: who fits a text. A signal that a
    query or history cannot give is left out and the rest keep their proportions. Who has one project is known by
    little, and so is everybody in a short history: `thin` x (1 + 2,000 / projects with partners, at least 500) /
    (the organisation's own)^2 is added to `active`. Round numbers near what coordinate ascent on earlier years of
    CORDIS chose (docs/partners.md says how).

    `room` keeps places among the first ten for organisations with one or two projects: `room` x as many as past
    partners alone would show or, with `new_only`, partners in common alone; 0 keeps none, and questions on a text are
    left as they are. Raises ValueError for a negative weight, none above 0, or a `thin` or `room` that is not finite.
    """

    version: str = "2"
    history: Mapping[str, float] = field(
        default_factory=lambda: _fixed(
            past=0.5, common=1.0, reach=1.0, alike=0.75, circle=0.75, topic=0.5, profile=2.0, words=4.0
        )
    )
    new: Mapping[str, float] = field(
        default_factory=lambda: _fixed(common=0.5, reach=1.0, alike=0.75, circle=2.0, topic=1.0, profile=3.0, words=4.0)
    )
    project: Mapping[str, float] = field(
        default_factory=lambda: _fixed(
            words=1.0, texts=1.0, topic=0.2, past=0.1, common=0.05, reach=0.05, alike=0.1, circle=0.05, active=0.1
        )
    )
    thin: float = 2.0
    room: float = 0.0

    def doubt(self, joint_projects: int, own: float) -> float:
        """What is added to the weight of `active` for an organisation with `own` projects in a history of
        `joint_projects`, both counted with partners."""
        return self.thin * (1 + _FEW / max(joint_projects, _LEAST)) / max(own, 1.0) ** 2

    def __post_init__(self) -> None:
        for name in ("thin", "room"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"Partner weight {name}: it must be a number from 0 up.")
        for name in ("history", "new", "project"):
            values = list(getattr(self, name).values())
            if not values or min(values) < 0 or max(values) <= 0:
                raise ValueError(f"Partner weights {name}: none may be negative, and one must be above zero.")
