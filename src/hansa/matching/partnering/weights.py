"""How the signals of partner search are joined: a few documented numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


def _fixed(**weights: float) -> Mapping[str, float]:
    return MappingProxyType(weights)


@dataclass(frozen=True)
class PartnerWeights:
    """Weight per signal for three questions; store `version` with every score that is kept.

    `history`: partners of an organisation, `new`: those it never met, `project`: who fits a text. A signal that a
    query or history cannot give is left out and the rest keep their proportions. `thin` divided by the square of the
    number of an organisation's projects is added to `active`: who has one project is known by little. Round
    numbers near what coordinate ascent on earlier years of CORDIS chose (docs/partners.md says how). Raises
    ValueError for a negative weight or none above 0.
    """

    version: str = "1"
    history: Mapping[str, float] = field(
        default_factory=lambda: _fixed(past=0.5, common=0.5, reach=0.5, alike=0.5, topic=0.35, words=1.5, active=0.05)
    )
    new: Mapping[str, float] = field(
        default_factory=lambda: _fixed(common=0.5, reach=0.5, alike=0.5, topic=0.35, words=0.75, active=0.05)
    )
    project: Mapping[str, float] = field(
        default_factory=lambda: _fixed(
            words=1.0, texts=1.0, topic=0.35, past=0.3, common=0.1, reach=0.2, alike=0.2, active=0.2
        )
    )
    thin: float = 2.0

    def __post_init__(self) -> None:
        if self.thin < 0:
            raise ValueError("Partner weight thin: it may not be negative.")
        for name in ("history", "new", "project"):
            values = list(getattr(self, name).values())
            if not values or min(values) < 0 or max(values) <= 0:
                raise ValueError(f"Partner weights {name}: none may be negative, and one must be above zero.")
