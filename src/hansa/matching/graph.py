"""Partners suggested by who has worked with whom, on what: one question at a time. For many, keep a `Suggester`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hansa.matching.partnering.records import PartnerQuery, Project

if TYPE_CHECKING:
    from hansa.matching.partnering.weights import PartnerWeights
    from hansa.matching.records import Hit

__all__ = ["PartnerQuery", "Project", "partners"]


def partners(
    projects: Iterable[Project], query: PartnerQuery, limit: int = 20, *, weights: PartnerWeights | None = None
) -> list[Hit]:
    """Organisations a given one may want to work with, or that fit a text, best first; equal scores in order of id.

    How they are scored stands in `Suggester`; texts are compared on words alone. An organisation without projects gets
    no suggestions: use its texts. Raises ValueError if `limit` is below 1.
    """
    from hansa.matching.partnering.suggest import Suggester

    return Suggester(projects, query.before, weights=weights).suggest([query], limit)[0]
