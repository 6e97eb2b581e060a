"""A consultation is drafted, opened, closed and, where needed, opened again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Person
from hansa.network.permissions import authorise
from hansa.strategy.consultations import jobs, results
from hansa.strategy.consultations.actions.common import State, held, needs
from hansa.strategy.consultations.actions.rounds import close_held, open_held
from hansa.strategy.models import Consultation, Round, Run
from hansa.strategy.models.consultations import HELIX, SMALLEST_THRESHOLD

FIELDS = ("title", "intro", "language", "texts", "opens_at", "deadline", "threshold", "targets")
FIXED_ONCE_OPEN = ("threshold", "opens_at")


@transaction.atomic
def create_consultation(actor: Person, run: Run, *, reason: str, **fields: Any) -> Consultation:
    """Draft a consultation about the priorities of a run.

    Raises:
        Forbidden: the actor's roles do not hold consultations.
        Refused: no title, reason or deadline, a deadline that is past, or shares that do not sum to 100 %.
    """
    authorise(actor, "strategy.hold_consultation", run)
    because = needs(reason)
    made = Consultation(run=run, created_by=actor, **{name: fields[name] for name in FIELDS if name in fields})
    _check(made)
    made.save()
    note(actor, "create_consultation", made, reason=because)
    return made


@transaction.atomic
def edit_consultation(actor: Person, consultation: Consultation, *, reason: str, **fields: Any) -> Consultation:
    """Change texts, times or wanted shares; once it has opened, the smallest number of answers shown stays.

    Raises:
        Forbidden, Refused: as `create_consultation`; also when it is closed, or the threshold would change.
    """
    kept = held(actor, consultation)
    because = needs(reason)
    if kept.state == State.CLOSED:
        raise Refused(_("This consultation is closed. Open it again to change it."))
    given = {name: fields[name] for name in FIELDS if name in fields and fields[name] != getattr(kept, name)}
    if kept.state == State.OPEN and set(given) & set(FIXED_ONCE_OPEN):
        raise Refused(_("People are answering already: its beginning and its smallest number of answers stay."))
    before = {name: str(getattr(kept, name)) for name in given}
    for name, value in given.items():
        setattr(kept, name, value)
    _check(kept, changed=set(given))
    kept.save()
    note(actor, "edit_consultation", kept, reason=because, before=before)
    return kept


@transaction.atomic
def open_consultation(actor: Person, consultation: Consultation, *, reason: str, address: str) -> Consultation:
    """Open it with its first round and send the links to all who have an e-mail address.

    `address` is where this installation is reached (`https://hansa.example/`); the links in e-mails begin with it.

    Raises:
        Forbidden: the actor's roles do not hold consultations.
        Refused: no reason, not a draft, no round or no invitation, or the deadline is past.
    """
    kept = held(actor, consultation)
    because = needs(reason)
    if kept.state != State.DRAFT:
        raise Refused(_("Only a draft can be opened."))
    first = kept.rounds.filter(state=Round.State.WAITING).order_by("number").first()
    if first is None:
        raise Refused(_("Add a round first: what do you ask?"))
    if not kept.invitations.filter(withdrawn_at__isnull=True).exists():
        raise Refused(_("Invite at least one person first."))
    _check(kept)
    kept.state, kept.address = State.OPEN, address
    kept.opens_at = kept.opens_at or timezone.now()
    kept.save()
    open_held(first)
    note(actor, "open_consultation", kept, reason=because)
    jobs.queue_send_links(kept.pk)
    return kept


@transaction.atomic
def close_consultation(actor: Person, consultation: Consultation, *, reason: str) -> Consultation:
    """Close it with the round that is open; results are kept as they stand then.

    Raises:
        Forbidden: the actor's roles do not hold consultations.
        Refused: no reason, or it is not open.
    """
    kept = held(actor, consultation)
    because = needs(reason)
    if kept.state != State.OPEN:
        raise Refused(_("This consultation is not open."))
    under_way = kept.rounds.select_for_update().filter(state=Round.State.OPEN).first()
    if under_way is not None:
        close_held(under_way, because)
    kept.state, kept.closed_at = State.CLOSED, timezone.now()
    kept.save()
    note(actor, "close_consultation", kept, reason=because, answered=results.voices(kept))
    return kept


@transaction.atomic
def reopen_consultation(
    actor: Person, consultation: Consultation, *, reason: str, deadline: Any = None
) -> Consultation:
    """Open a closed one again, for further rounds; rounds that closed stay closed. Signed minutes hold it closed.

    Raises:
        Forbidden: the actor's roles do not hold consultations.
        Refused: no reason, it is not closed, its minutes are signed, or the deadline is past.
    """
    kept = held(actor, consultation)
    because = needs(reason)
    if kept.state != State.CLOSED:
        raise Refused(_("This consultation is not closed."))
    if kept.minutes_signed_at is not None:
        raise Refused(_("Its minutes are signed, so it stays closed. Begin a new one."))
    kept.deadline = deadline or kept.deadline
    _check(kept)
    kept.state, kept.closed_at = State.OPEN, None
    kept.save()
    note(actor, "reopen_consultation", kept, reason=because)
    return kept


def _check(consultation: Consultation, changed: set[str] | None = None) -> None:
    """Refuse what cannot be; `changed` names the fields of an edit, so that an old deadline may stand."""
    if not consultation.title.strip():
        raise Refused(_("Give the consultation a title."))
    if consultation.deadline is None:
        raise Refused(_("Say until when people can answer."))
    if (changed is None or "deadline" in changed) and consultation.deadline <= timezone.now():
        raise Refused(_("The deadline is past: choose a later one."))
    if consultation.opens_at is not None and consultation.opens_at >= consultation.deadline:
        raise Refused(_("Answers are possible from a time before the deadline."))
    if consultation.threshold < SMALLEST_THRESHOLD:
        raise Refused(_("No result is shown from fewer than %(n)d answers.") % {"n": SMALLEST_THRESHOLD})
    _check_targets(consultation.targets)


def _check_targets(targets: Mapping[str, float]) -> None:
    if not targets:
        return
    if set(targets) - set(HELIX) or any(not 0 <= share <= 1 for share in targets.values()):
        raise Refused(_("A wanted share lies between 0 and 100 %."))
    if abs(sum(targets.values()) - 1) > 0.005:
        raise Refused(_("The wanted shares of the four groups sum to 100 %."))
