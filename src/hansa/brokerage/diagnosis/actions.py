"""A diagnosis begun, answered from both sides, sent to the client, completed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.brokerage.diagnosis.components import BY_KEY
from hansa.brokerage.models import Client, ClientContact, Diagnosis, DiagnosisAnswer
from hansa.network.actions import send_link, tell
from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Link, Person
from hansa.network.permissions import authorise

PURPOSE = "diagnosis"
By = DiagnosisAnswer.By


@dataclass(frozen=True)
class Marks:
    """What one side says of a component; None where it is not known."""

    state: int | None = None
    need: int | None = None
    potential: int | None = None
    evidence: str = ""

    @property
    def is_empty(self) -> bool:
        return self.state is None and self.need is None and self.potential is None and not self.evidence.strip()


@transaction.atomic
def begin_diagnosis(actor: Person, client: Client) -> Diagnosis:
    """Begin to look at a client; one that is begun goes on. The broker's answers of the last complete one are where
    it starts from.

    Raises:
        Forbidden: the actor is no broker of the client's agency.
    """
    authorise(actor, "brokerage.begin_diagnosis", client)
    held = Client.objects.select_for_update().get(pk=client.pk)
    begun = held.diagnoses.filter(state=Diagnosis.State.DRAFT).first()
    if begun is not None:
        return begun
    last = held.diagnoses.filter(state=Diagnosis.State.COMPLETE).first()
    made = Diagnosis.objects.create(client=held, agency_id=held.agency_id, broker=actor)
    for answer in last.answers.filter(by=By.BROKER) if last is not None else ():
        answer.pk, answer.diagnosis = None, made
        answer.save(force_insert=True)
    note(actor, "begin_diagnosis", made)
    return made


@transaction.atomic
def answer_diagnosis(actor: Person, diagnosis: Diagnosis, *, answers: Mapping[str, Marks]) -> Diagnosis:
    """Keep the broker's answers; a component that is left empty is not known. The client's stay beside them.

    Raises:
        Forbidden: the actor is no broker of the client's agency.
        Refused: the diagnosis is complete, a component is unknown or a mark is out of 0 to 5.
    """
    authorise(actor, "brokerage.write_diagnosis", diagnosis)
    held = _draft(diagnosis)
    _keep(held, By.BROKER, answers)
    if held.client_done_at is not None and held.looked_at is None:
        held.looked_at = timezone.now()
        held.save(update_fields=["looked_at"])
    note(actor, "answer_diagnosis", held)
    return held


@transaction.atomic
def answer_by_link(link: Link, *, answers: Mapping[str, Marks], done: bool) -> Diagnosis:
    """Keep what the client answers through their link; it can be gone on with until the diagnosis is complete.

    Raises:
        Refused: the diagnosis is complete, a component is unknown or a mark is out of 0 to 5.
    """
    held = _draft(Diagnosis.objects.get(pk=link.record))
    _keep(held, By.CLIENT, answers)
    if done and held.client_done_at is None:
        held.client_done_at = timezone.now()
        held.save(update_fields=["client_done_at"])
        url = held.get_absolute_url()
        tell(held.broker, "brokerage.diagnosis_answered", url=url, key=f"{held.pk}", reference=held.client.reference)
    note(link.person, "answer_diagnosis_by_link", held, done=done)
    return held


@transaction.atomic
def send_diagnosis(actor: Person, diagnosis: Diagnosis, *, contact: ClientContact, address: str) -> Diagnosis:
    """Mail a contact of the client the link on which they answer for themselves.

    Raises:
        Forbidden: the actor is no broker of the client's agency.
        Refused: the diagnosis is complete, or the contact is another client's or has no address.
    """
    authorise(actor, "brokerage.write_diagnosis", diagnosis)
    held = _draft(diagnosis)
    if contact.client_id != held.client_id or not contact.person.email:
        raise Refused(_("Choose a contact of this client who has an e-mail address."))
    held.sent_at = timezone.now()
    held.save(update_fields=["sent_at"])
    send_link(actor, purpose=PURPOSE, record=held.pk, person=contact.person, client=held.client_id, address=address)
    note(actor, "send_diagnosis", held)
    return held


@transaction.atomic
def complete_diagnosis(actor: Person, diagnosis: Diagnosis) -> Diagnosis:
    """Close a diagnosis; it is kept as it is, and the next begins from it.

    Raises:
        Forbidden: the actor is no broker of the client's agency.
        Refused: nothing is answered yet.
    """
    authorise(actor, "brokerage.write_diagnosis", diagnosis)
    held = Diagnosis.objects.select_for_update().get(pk=diagnosis.pk)
    if held.state == Diagnosis.State.COMPLETE:
        return held
    if not held.answers.filter(by=By.BROKER).exists():
        raise Refused(_("Answer at least one component first."))
    held.state, held.completed_at = Diagnosis.State.COMPLETE, timezone.now()
    held.save(update_fields=["state", "completed_at"])
    note(actor, "complete_diagnosis", held)
    return held


def _draft(diagnosis: Diagnosis) -> Diagnosis:
    held = Diagnosis.objects.select_for_update(of=("self",)).select_related("client", "broker").get(pk=diagnosis.pk)
    if held.state == Diagnosis.State.COMPLETE:
        raise Refused(_("This diagnosis is complete; begin a new one from it."))
    return held


def _keep(held: Diagnosis, by: str, answers: Mapping[str, Marks]) -> None:
    for key, marks in answers.items():
        if key not in BY_KEY:
            raise Refused(_("There is no such component."))
        given = (marks.state, marks.need, marks.potential)
        if any(mark is not None and not 0 <= mark <= 5 for mark in given):
            raise Refused(_("A mark lies between 0 and 5."))
        rows = DiagnosisAnswer.objects.filter(diagnosis=held, component=key, by=by)
        if marks.is_empty:
            rows.delete()
            continue
        said = {"state": marks.state, "need": marks.need, "potential": marks.potential}
        said |= {"evidence": marks.evidence.strip()[:1000], "answered_at": timezone.now()}
        if not rows.update(**said):
            DiagnosisAnswer.objects.create(
                diagnosis=held, agency_id=held.agency_id, client_id=held.client_id, component=key, by=by, **said
            )
