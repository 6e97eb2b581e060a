"""The work on a case: tasks, interactions, private notes, documents, follow-ups and outcomes."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.brokerage.casework.clock import MONTHS, months_after
from hansa.brokerage.casework.mail import NoMessage, read_mail
from hansa.brokerage.models import Case, CaseDocument, FollowUp, Interaction, Outcome, PrivateNote, Task
from hansa.brokerage.models.casework import LARGEST
from hansa.brokerage.permissions import agency_ids
from hansa.network.actions import tell
from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Person
from hansa.network.permissions import authorise


@transaction.atomic
def add_task(actor: Person, case: Case, *, title: str, due: date, owner: Person | None = None) -> Task:
    """Write down what somebody does by a day; without an owner it is the actor's. Another owner is told.

    Raises:
        Forbidden: the actor is broker of neither side.
        Refused: nothing is named, or the owner acts for neither side.
    """
    authorise(actor, "brokerage.add_work", case)
    if not title.strip():
        raise Refused(_("Say what is to be done."))
    doer = owner or actor
    if not agency_ids(doer) & {case.agency_id, case.other_agency_id}:
        raise Refused(_("%(person)s acts for neither side of this case.") % {"person": doer})
    task = Task.objects.create(case=case, owner=doer, title=title.strip()[:200], due=due, made_by=actor)
    note(actor, "add_task", task, case=case.reference)
    if doer.pk != actor.pk:
        tell(
            doer, "brokerage.task", url=task.get_absolute_url(), key=f"{task.pk}", reference=case.reference,
            due=due.isoformat(),
        )  # fmt: skip
    return task


@transaction.atomic
def finish_task(actor: Person, task: Task, *, done: bool = True) -> Task:
    """Tick a task off, or take that back; a second click changes nothing.

    Raises:
        Forbidden: the actor is broker of neither side.
    """
    authorise(actor, "brokerage.change_work", task)
    held = Task.objects.select_for_update().get(pk=task.pk)
    if (held.done_at is not None) != done:
        held.done_at = timezone.now() if done else None
        held.save(update_fields=["done_at"])
        note(actor, "finish_task" if done else "take_up_task", held)
    return held


@transaction.atomic
def add_interaction(
    actor: Person, case: Case, *, kind: str, at: datetime, subject: str, who: str = "", text: str = ""
) -> Interaction:
    """Write down a call, visit, meeting or e-mail; both sides read it.

    Raises:
        Forbidden: the actor is broker of neither side.
        Refused: it has no subject.
    """
    authorise(actor, "brokerage.add_work", case)
    if not subject.strip():
        raise Refused(_("Say what it was about."))
    made = Interaction.objects.create(
        case=case, kind=kind, at=at, subject=subject.strip()[:200], who=who.strip()[:300], text=text.strip()[:20000],
        by=actor,
    )  # fmt: skip
    note(actor, "add_interaction", made, case=case.reference)
    return made


def take_in_mail(actor: Person, case: Case, message: bytes) -> Interaction:
    """File an e-mail as it was received: its subject, sender, date and plain text are read off it.

    Raises:
        Forbidden: the actor is broker of neither side.
        Refused: it is no e-mail, or too large.
    """
    try:
        mail = read_mail(message)
    except NoMessage as fault:
        raise Refused(_("This is no e-mail that can be read: paste the whole message with its headers.")) from fault
    return add_interaction(
        actor, case, kind=Interaction.Kind.EMAIL, at=mail.sent_at or timezone.now(), who=mail.sender, text=mail.text,
        subject=mail.subject or _("without a subject"),
    )  # fmt: skip


@transaction.atomic
def add_private_note(actor: Person, case: Case, *, text: str) -> PrivateNote:
    """Note something for the own agency alone.

    Raises:
        Forbidden: the actor is broker of neither side.
        Refused: it is empty.
    """
    authorise(actor, "brokerage.add_work", case)
    if not text.strip():
        raise Refused(_("Write a line first."))
    mine = agency_ids(actor)
    agency = case.agency_id if case.agency_id in mine else case.other_agency_id
    made = PrivateNote.objects.create(case=case, agency_id=agency, text=text.strip(), by=actor)
    note(actor, "add_private_note", made)
    return made


@transaction.atomic
def add_document(actor: Person, case: Case, *, name: str, media_type: str, content: bytes) -> CaseDocument:
    """Keep a file with the case; both sides may read it.

    Raises:
        Forbidden: the actor is broker of neither side.
        Refused: it is empty or larger than 10 MiB.
    """
    authorise(actor, "brokerage.add_work", case)
    if not content or len(content) > LARGEST:
        raise Refused(
            _("A document has at least one byte and at most 10 MiB; this one has %(n)d.") % {"n": len(content)}
        )
    plain = name.replace("\\", "/").rsplit("/", 1)[-1].strip()[:200] or _("document")
    made = CaseDocument.objects.create(
        case=case, name=plain, media_type=media_type[:100] or "application/octet-stream", content=content,
        size=len(content), sha256=hashlib.sha256(content).hexdigest(), by=actor,
    )  # fmt: skip
    note(actor, "add_document", made, sha256=made.sha256)
    return made


@transaction.atomic
def remove_document(actor: Person, document: CaseDocument, *, reason: str) -> CaseDocument:
    """Take a document out of sight; `restore_document` takes it back.

    Raises:
        Forbidden: the actor is broker of neither side.
        Refused: no reason.
    """
    authorise(actor, "brokerage.change_work", document)
    if not reason.strip():
        raise Refused(_("Give a reason; it stays with the document."))
    held = CaseDocument.objects.select_for_update().get(pk=document.pk)
    if held.removed_at is None:
        held.removed_at, held.removed_because = timezone.now(), reason.strip()[:300]
        held.save(update_fields=["removed_at", "removed_because"])
        note(actor, "remove_document", held, reason=reason.strip())
    return held


@transaction.atomic
def restore_document(actor: Person, document: CaseDocument) -> CaseDocument:
    """Take a removed document back.

    Raises:
        Forbidden: the actor is broker of neither side.
    """
    authorise(actor, "brokerage.change_work", document)
    held = CaseDocument.objects.select_for_update().get(pk=document.pk)
    if held.removed_at is not None:
        held.removed_at, held.removed_because = None, ""
        held.save(update_fields=["removed_at", "removed_because"])
        note(actor, "restore_document", held)
    return held


@transaction.atomic
def answer_follow_up(actor: Person, follow_up: FollowUp, *, answer: str) -> FollowUp:
    """Write down what came of an agreement; what has figures is an outcome besides.

    Raises:
        Forbidden: the actor is broker of neither side.
        Refused: nothing is said.
    """
    authorise(actor, "brokerage.change_work", follow_up)
    if not answer.strip():
        raise Refused(_("Say what came of it, even if it is nothing yet."))
    held = FollowUp.objects.select_for_update().get(pk=follow_up.pk)
    held.answer, held.answered_by, held.answered_at = answer.strip(), actor, timezone.now()
    held.save(update_fields=["answer", "answered_by", "answered_at"])
    note(actor, "answer_follow_up", held, months=held.months)
    return held


@transaction.atomic
def claim_outcome(
    actor: Person,
    case: Case,
    *,
    kind: str,
    year: int,
    evidence: str,
    value: Decimal | None = None,
    link: str = "",
    follow_up: FollowUp | None = None,
) -> Outcome:
    """Write down what a case brought, with its evidence. It counts as claimed until somebody else has verified it.

    Raises:
        Forbidden: the actor is broker of neither side.
        Refused: no such kind, no evidence, or a value below nought.
    """
    authorise(actor, "brokerage.add_work", case)
    if kind not in Outcome.Kind.values or not evidence.strip():
        raise Refused(_("Say what it is, and what shows it."))
    if value is not None and value < 0:
        raise Refused(_("A value is nought or more; leave it empty where it is not known."))
    made = Outcome.objects.create(
        case=case, kind=kind, year=year, value=value, evidence=evidence.strip()[:500], link=link, by=actor,
        follow_up=follow_up,
    )  # fmt: skip
    note(actor, "claim_outcome", made, case=case.reference, kind=kind)
    return made


@transaction.atomic
def verify_outcome(actor: Person, outcome: Outcome) -> Outcome:
    """Say that the evidence was looked at and shows what is claimed; a second click changes nothing.

    Raises:
        Forbidden: the actor claimed it, or is neither on a side nor leads the partnership.
    """
    authorise(actor, "brokerage.verify_outcome", outcome)
    held = Outcome.objects.select_for_update().get(pk=outcome.pk)
    if held.verified_at is None:
        held.verified_by, held.verified_at = actor, timezone.now()
        held.save(update_fields=["verified_by", "verified_at"])
        note(actor, "verify_outcome", held)
    return held


def plan_follow_ups(case: Case) -> int:
    """Make the follow-ups of a case that has come to an agreement; returns how many were made now. Called inside the
    transaction that moved it; a second time makes none."""
    today = timezone.localdate()
    made = 0
    for months in MONTHS:
        due = {"due": months_after(today, months)}
        made += FollowUp.objects.get_or_create(case=case, months=months, defaults=due)[1]
    return made
