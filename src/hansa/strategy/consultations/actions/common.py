"""What the verbs share: a reason, and the locked row of a consultation."""

from __future__ import annotations

from django.utils.translation import gettext as _

from hansa.network.faults import Refused
from hansa.network.models import Person
from hansa.network.permissions import authorise
from hansa.strategy.models import Consultation

State = Consultation.State


def needs(reason: str) -> str:
    """The reason without blanks around it; raises `Refused` where there is none."""
    if not reason.strip():
        raise Refused(_("Say why: the reason is kept."))
    return reason.strip()


def held(actor: Person, consultation: Consultation, permission: str = "strategy.hold_consultation") -> Consultation:
    """The locked consultation; whoever closes it, or a round of it, waits for the answers under way."""
    authorise(actor, permission, consultation)
    return Consultation.objects.select_for_update().get(pk=consultation.pk)
