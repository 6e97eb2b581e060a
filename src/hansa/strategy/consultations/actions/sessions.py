"""Focus sessions: round tables and workshops, their participants and results."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.forms.models import model_to_dict
from django.utils.translation import gettext as _

from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Person
from hansa.strategy.consultations.actions.common import held, needs
from hansa.strategy.models import Consultation, FocusSession
from hansa.strategy.models.consultations import HELIX

FIELDS = ("title", "starts_at", "place", "agenda", "participants", "notes", "results")


@transaction.atomic
def add_session(actor: Person, consultation: Consultation, *, reason: str, **fields: Any) -> FocusSession:
    """Record a session that is planned or was held.

    Raises:
        Forbidden: the actor's roles do not hold consultations.
        Refused: no reason, title or time, participants that are no whole numbers, or the minutes are signed.
    """
    kept = held(actor, consultation)
    because = needs(reason)
    made = FocusSession(consultation=kept, **{name: fields[name] for name in FIELDS if name in fields})
    _check(kept, made)
    made.save()
    note(actor, "add_session", made, reason=because)
    return made


@transaction.atomic
def edit_session(actor: Person, session: FocusSession, *, reason: str, **fields: Any) -> FocusSession:
    """Change a session; what it was before stays in the audit.

    Raises:
        Forbidden, Refused: as `add_session`.
    """
    kept = held(actor, session.consultation)
    because = needs(reason)
    mine = FocusSession.objects.select_for_update().get(pk=session.pk)
    before = {name: str(getattr(mine, name)) for name in FIELDS if name in fields}
    for name in before:
        setattr(mine, name, fields[name])
    _check(kept, mine)
    mine.save()
    note(actor, "edit_session", mine, reason=because, before=before)
    return mine


@transaction.atomic
def remove_session(actor: Person, session: FocusSession, *, reason: str) -> None:
    """Take a session out; what it held stays in the audit.

    Raises:
        Forbidden: the actor's roles do not hold consultations.
        Refused: no reason, or the minutes are signed.
    """
    kept = held(actor, session.consultation)
    because = needs(reason)
    _check(kept, session)
    before = {name: str(value) for name, value in model_to_dict(session, FIELDS).items()}
    note(actor, "remove_session", session, reason=because, before=before)
    session.delete()


def _check(consultation: Consultation, session: FocusSession) -> None:
    if consultation.minutes_signed_at is not None:
        raise Refused(_("The minutes are signed, so the sessions stay as they are."))
    if not session.title.strip():
        raise Refused(_("Give the session a title."))
    if session.starts_at is None:
        raise Refused(_("Say when the session begins."))
    counts = session.participants
    if set(counts) - set(HELIX) or any(not isinstance(n, int) or not 0 <= n <= 10_000 for n in counts.values()):
        raise Refused(_("Participants are whole numbers from 0, one for each of the four groups."))
