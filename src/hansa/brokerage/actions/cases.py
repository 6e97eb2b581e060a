"""The life of a case, from the answer to an introduction to an agreement and a joint strategy."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.brokerage.actions.matches import check_refusal, check_step
from hansa.brokerage.introductions import consenting
from hansa.brokerage.models import Case, CaseEntry, Introduction, Match, RequestPrivate
from hansa.brokerage.parts import parts
from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Person
from hansa.network.permissions import authorise

State = Case.State
LOOKS_APART = timedelta(hours=1)

TRANSITIONS: dict[str, tuple[str, ...]] = {
    State.PROPOSED: (State.INTRODUCED, State.DECLINED),
    State.INTRODUCED: (State.IN_TALKS, State.DECLINED),
    State.IN_TALKS: (State.AGREEMENT, State.DECLINED),
    State.AGREEMENT: (State.JOINT_STRATEGY, State.DECLINED),
    State.JOINT_STRATEGY: (),
    State.DECLINED: (),
}
PATH = (State.PROPOSED, State.INTRODUCED, State.IN_TALKS, State.AGREEMENT, State.JOINT_STRATEGY)


@transaction.atomic
def answer_introduction(
    actor: Person, case: Case, *, accept: bool, refusal: str = "", remark: str = "", address: str = ""
) -> Case:
    """Accept a proposed introduction, or decline it with a coded reason. With the second broker's yes the clients are
    asked who are recorded, and the case is introduced when they have agreed. What belongs to a client of whom no
    consent is written down stays closed. `address` is where this installation is reached; links begin with it.

    Raises:
        Forbidden: the actor is no broker of the agency that is asked.
        Refused: it was answered already, or it is declined without one of the reasons.
    """
    authorise(actor, "brokerage.answer_introduction", case)
    held = _locked(case, State.PROPOSED)
    introduction = Introduction.objects.select_for_update().get(case=held)
    if introduction.answered_at is not None:
        raise Refused(_("This introduction was answered already; the clients are asked now."))
    introduction.accepted, introduction.answered_at = accept, timezone.now()
    introduction.save(update_fields=["accepted", "answered_at"])
    if not accept:
        check_refusal(refusal)
    places = consenting.locked(held)
    if places:
        consenting.answer(places["their_broker"], actor, "click", agrees=accept, refusal=refusal)
    if not accept:
        _move(actor, held, State.DECLINED, refusal=refusal, remark=remark)
    elif places:
        consenting.ask_clients(actor, held, places, address=address)
    if accept and (not places or consenting.complete(places)):
        introduce_now(actor, held, remark=remark)
    elif accept and remark.strip():
        CaseEntry.objects.create(case=held, note=remark.strip(), by=actor)
    note(actor, "answer_introduction", held, reason=remark.strip(), accepted=accept, refusal=refusal)
    return held


def introduce_now(actor: Person | None, held: Case, *, remark: str = "") -> None:
    """All four have agreed: the case is introduced and both sides open to each other. The caller has locked the case
    and checked the consents."""
    _move(actor or held.broker, held, State.INTRODUCED, refusal="", remark=remark)
    consenting.open_agreed(actor, held)


def decline_now(actor: Person | None, held: Case, *, refusal: str, remark: str) -> None:
    """End a case that the caller has locked and whose end it has checked."""
    _move(actor or held.broker, held, State.DECLINED, refusal=refusal, remark=remark)


@transaction.atomic
def move_case(
    actor: Person,
    case: Case,
    *,
    to_state: str,
    remark: str = "",
    next_step: str = "",
    next_due: date | None = None,
    refusal: str = "",
    expected: str = "",
) -> Case:
    """Move a case one step along its path, or decline it with a coded reason; a new next step may come with it.

    `expected` is the state the actor saw. When the case has moved on since, the act is refused, so that two brokers
    never move it past each other.

    Raises:
        Forbidden: the actor is broker of neither agency.
        Refused: the path does not lead there, the other side has not answered yet, somebody else moved first,
            or a case is declined without one of the reasons.
    """
    authorise(actor, "brokerage.move_case", case)
    held = _locked(case, expected)
    if held.state == State.PROPOSED and to_state == State.INTRODUCED:
        raise Refused(_("The other side answers the proposal first."))
    before = held.state
    _move(actor, held, to_state, refusal=refusal, remark=remark)
    if held.is_open and (next_step.strip() or next_due is not None):
        _schedule(held, next_step or held.next_step, next_due or held.next_due)
    note(actor, "move_case", held, reason=remark.strip(), before=before, after=held.state, refusal=refusal)
    return held


@transaction.atomic
def add_note(actor: Person, case: Case, *, text: str) -> CaseEntry:
    """Write a line into the diary of a case; both agencies read it.

    Raises:
        Forbidden: the actor is broker of neither agency.
        Refused: the line is empty.
    """
    authorise(actor, "brokerage.add_note", case)
    if not text.strip():
        raise Refused(_("Write a line first."))
    held = Case.objects.select_for_update().get(pk=case.pk)
    entry = CaseEntry.objects.create(case=held, note=text.strip(), by=actor)
    note(actor, "add_note", held)
    return entry


@transaction.atomic
def reschedule(actor: Person, case: Case, *, next_step: str, next_due: date) -> Case:
    """Set what happens next and by when.

    Raises:
        Forbidden: the actor is broker of neither agency.
        Refused: the case has ended, no step is named, or the date has passed.
    """
    authorise(actor, "brokerage.reschedule", case)
    held = Case.objects.select_for_update().get(pk=case.pk)
    if not held.is_open:
        raise Refused(_("This case has ended; it has no next step."))
    _schedule(held, next_step, next_due)
    note(actor, "reschedule", held, next_step=held.next_step, next_due=held.next_due.isoformat())
    return held


@transaction.atomic
def open_private(actor: Person, case: Case) -> Case:
    """Let the other agency read the private part of the request: the broker says that the client agrees, which is
    written down as spoken.

    Raises:
        Forbidden: the actor is no broker of the request's agency.
        Refused: no agency stands on the other side, or the introduction is not accepted.
    """
    authorise(actor, "brokerage.open_private", case)
    held = Case.objects.select_for_update(of=("self",)).select_related("match", "broker").get(pk=case.pk)
    if held.other_agency_id is None:
        raise Refused(_("No agency stands on the other side to which the private part could be opened."))
    if held.state in {State.PROPOSED, State.DECLINED}:
        raise Refused(_("The private part can be opened once the introduction is accepted."))
    place = consenting.locked(held).get("our_client")
    if place is not None and place.answer is None:
        consenting.answer(place, actor, "spoken", agrees=True)
    if place is not None:
        consenting.open_agreed(actor, held)
        return held
    private = RequestPrivate.objects.select_for_update().get(pk=held.request_id)
    if held.other_agency_id not in private.opened_to:
        private.opened_to = [*private.opened_to, held.other_agency_id]
        private.save(update_fields=["opened_to"])
        note(actor, "open_private", private, opened_to=held.other_agency_id, case=held.reference)
    return held


def _locked(case: Case, expected: str) -> Case:
    held = Case.objects.select_for_update(of=("self",)).select_related("match", "broker").get(pk=case.pk)
    if expected and held.state != expected:
        raise Refused(
            _("Somebody else has moved this case meanwhile: it is now “%(state)s”.")
            % {"state": held.get_state_display()}
        )
    return held


def _move(actor: Person, held: Case, to_state: str, *, refusal: str, remark: str) -> None:
    if to_state not in TRANSITIONS[held.state]:
        labels = dict(State.choices)
        raise Refused(
            _("A case does not go from “%(here)s” to “%(there)s”.")
            % {"here": held.get_state_display(), "there": labels.get(to_state, to_state)}
        )
    if to_state == State.DECLINED:
        check_refusal(refusal)
        held.refusal = refusal
        consenting.close_again(actor, held)
        Match.objects.filter(pk=held.match_id).update(
            state=Match.State.DECLINED, refusal=refusal, refusal_note=remark.strip()[:300]
        )
    before, held.state = held.state, to_state
    if not TRANSITIONS[to_state]:
        held.closed_at = timezone.now()
    held.save(update_fields=["state", "refusal", "closed_at"])
    CaseEntry.objects.create(case=held, from_state=before, to_state=to_state, note=remark.strip(), by=actor)
    for follow in parts.follows.values():
        follow(held, before, to_state)


def _schedule(held: Case, next_step: str, next_due: date) -> None:
    check_step(next_step, next_due)
    held.next_step, held.next_due = next_step.strip(), next_due
    held.save(update_fields=["next_step", "next_due"])
