"""Minutes: drafted from the records, edited by people, signed once."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Person
from hansa.strategy.consultations import minutes
from hansa.strategy.consultations.actions.common import State, held, needs
from hansa.strategy.models import Consultation

LONGEST = 200_000


@transaction.atomic
def draft_minutes(actor: Person, consultation: Consultation, *, reason: str) -> Consultation:
    """Write the minutes from the records, in the consultation's language where Hansa speaks it, over what was there.

    Raises:
        Forbidden: the actor's roles do not hold consultations.
        Refused: no reason, the consultation is not closed, or the minutes are signed.
    """
    kept = _unsigned(actor, consultation)
    because = needs(reason)
    before = kept.minutes
    with translation.override(minutes.spoken(kept.language)):
        kept.minutes = minutes.drafted(kept)
    kept.save()
    note(actor, "draft_minutes", kept, reason=because, before=before)
    return kept


@transaction.atomic
def edit_minutes(actor: Person, consultation: Consultation, *, text: str, reason: str) -> Consultation:
    """Change the minutes; what they were before stays in the audit.

    Raises:
        Forbidden, Refused: as `draft_minutes`; also when the text is empty or too long.
    """
    kept = _unsigned(actor, consultation)
    because = needs(reason)
    if not text.strip() or len(text) > LONGEST:
        raise Refused(_("Minutes have a text of at most %(n)d characters.") % {"n": LONGEST})
    before, kept.minutes = kept.minutes, text.strip()
    kept.save()
    note(actor, "edit_minutes", kept, reason=because, before=before)
    return kept


@transaction.atomic
def sign_minutes(actor: Person, consultation: Consultation, *, reason: str) -> Consultation:
    """Sign the minutes; from then on they, the replies and the sessions stay as they are.

    Raises:
        Forbidden: the actor is neither analyst nor lead partner.
        Refused: no reason, not closed, signed before, or there are no minutes.
    """
    kept = _unsigned(actor, consultation, "strategy.sign_minutes")
    because = needs(reason)
    if not kept.minutes:
        raise Refused(_("Write the minutes first."))
    kept.minutes_signed_by, kept.minutes_signed_at = actor, timezone.now()
    kept.save()
    note(actor, "sign_minutes", kept, reason=because)
    return kept


def _unsigned(
    actor: Person, consultation: Consultation, permission: str = "strategy.hold_consultation"
) -> Consultation:
    kept = held(actor, consultation, permission)
    if kept.state != State.CLOSED:
        raise Refused(_("Minutes are written once the consultation is closed."))
    if kept.minutes_signed_at is not None:
        raise Refused(_("The minutes are signed and stay as they are."))
    return kept
