"""What a diagnosis proposes: requests where a need is high and the state low, offers where both are strong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from hansa.brokerage.diagnosis.components import COMPONENTS, Component
from hansa.brokerage.models import Request

HIGH, LOW = 4, 2
TYPES = {
    "technology": (Request.Type.TECHNOLOGY_REQUEST, Request.Type.TECHNOLOGY_OFFER),
    "operations": (Request.Type.TECHNOLOGY_REQUEST, Request.Type.TECHNOLOGY_OFFER),
    "innovation": (Request.Type.RESEARCH_REQUEST, Request.Type.TECHNOLOGY_OFFER),
}
USUAL = (Request.Type.BUSINESS_REQUEST, Request.Type.BUSINESS_OFFER)


@dataclass(frozen=True)
class Proposal:
    """A request to write, of which component, and why in one sentence."""

    component: Component
    type: str
    why: str


def proposals(answers: Mapping[str, Any]) -> list[Proposal]:
    """The requests that the answers by component speak for. A mark that is not known proposes nothing.

    A need of at least 4 with a state of at most 2 proposes a request, a potential of at least 4 with a state of at
    least 4 an offer; the thresholds are judgement.
    """
    found = []
    for component in COMPONENTS:
        answer = answers.get(component.key)
        if answer is None or answer.state is None:
            continue
        request, offer = TYPES.get(component.key, USUAL)
        marks = {"what": component.title, "state": answer.state, "need": answer.need, "potential": answer.potential}
        if answer.need is not None and answer.need >= HIGH and answer.state <= LOW:
            why = _("%(what)s: the need is %(need)d of 5 and the state %(state)d of 5.") % marks
            found.append(Proposal(component, request, why))
        if answer.potential is not None and answer.potential >= HIGH and answer.state >= HIGH:
            why = _("%(what)s: the potential is %(potential)d of 5 and the state %(state)d of 5.") % marks
            found.append(Proposal(component, offer, why))
    return found
