"""Absences and handovers: planned, ended, asked, answered, taken back."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.brokerage.brokers import moving
from hansa.brokerage.models import Absence, Client, Handover
from hansa.network.actions import tell
from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.middleware import see_as
from hansa.network.models import Membership, Organisation, Person, Role
from hansa.network.permissions import authorise, holds
from hansa.network.queries import current

State = Handover.State


@transaction.atomic
def plan_absence(
    actor: Person, *, agency: Organisation, broker: Person, cover: Person, since: date, until: date, remark: str = ""
) -> Absence:
    """Plan that a broker is away from a day to a last day, and that another broker acts for the agency meanwhile.

    Who stands in is given the broker's role in the agency for these days and no longer; what they do is theirs in the
    audit.

    Raises:
        Forbidden: the actor does not act for the agency.
        Refused: who is away or who stands in is no broker, it is the same person, the days are over or in the wrong
            order, or the broker is away then already.
    """
    authorise(actor, "brokerage.plan_absence", agency)
    Organisation.objects.select_for_update().get(pk=agency.pk)
    mine = current(Membership.objects.filter(organisation=agency, role__in=(Role.BROKER, Role.LEAD_PARTNER)))
    if not mine.filter(person=broker).exists():
        raise Refused(_("%(person)s is no broker of %(agency)s.") % {"person": broker, "agency": agency})
    if cover.pk == broker.pk or not holds(cover, Role.BROKER, Role.LEAD_PARTNER):
        raise Refused(_("Choose another broker of the partnership to stand in."))
    if until < since or until < timezone.localdate():
        raise Refused(_("The last day lies before the first, or has passed."))
    if Absence.objects.filter(broker=broker, ended_at=None, since__lte=until, until__gte=since).exists():
        raise Refused(_("%(person)s is away on some of these days already.") % {"person": broker})
    absence = Absence(agency=agency, broker=broker, cover=cover, since=since, until=until, note=remark.strip())
    if not mine.filter(person=cover).exists():
        absence.membership = Membership.objects.create(
            person=cover, organisation=agency, role=Role.BROKER, since=since, until=until + timedelta(days=1)
        )
        note(actor, "give_role", absence.membership, role=Role.BROKER, organisation=agency.pk)
    absence.save()
    note(actor, "plan_absence", absence, broker=broker.pk, cover=cover.pk)
    tell(
        cover,
        "brokerage.stands_in",
        url=reverse("brokerage:brokers"),
        agency=agency.name,
        since=since.isoformat(),
        until=until.isoformat(),
    )
    return absence


@transaction.atomic
def end_absence(actor: Person, absence: Absence) -> Absence:
    """End an absence today, or call off one that has not begun; who stood in loses the role at once.

    Raises:
        Forbidden: the actor acts for neither the agency nor as its stand-in.
        Refused: it is over.
    """
    authorise(actor, "brokerage.end_absence", absence)
    held = Absence.objects.select_for_update().get(pk=absence.pk)
    if held.is_over:
        raise Refused(_("This absence is over already."))
    today = timezone.localdate()
    held.ended_at = timezone.now()
    held.save(update_fields=["ended_at"])
    if held.membership_id is not None:
        # a role that has not begun ends on the day it would have begun: it never holds
        Membership.objects.filter(pk=held.membership_id).update(until=max(today, held.since))
    note(actor, "end_absence", held)
    return held


@transaction.atomic
def hand_over_client(
    actor: Person, client: Client, *, to_agency: Organisation, to_broker: Person, reason: str
) -> Handover:
    """Give a client to another broker: of the same agency at once, of another agency once it agrees.

    Raises:
        Forbidden: the actor is no broker of the client's agency.
        Refused: no reason, the other is no broker there or has the client already, or another handover is open.
    """
    authorise(actor, "brokerage.hand_over_client", client)
    held = Client.objects.select_for_update().get(pk=client.pk)
    if not reason.strip():
        raise Refused(_("Give a reason; the other broker reads it."))
    roles = (Role.BROKER, Role.LEAD_PARTNER)
    if not current(Membership.objects.filter(organisation=to_agency, role__in=roles, person=to_broker)).exists():
        raise Refused(_("%(person)s is no broker of %(agency)s.") % {"person": to_broker, "agency": to_agency})
    if (to_agency.pk, to_broker.pk) == (held.agency_id, held.broker_id):
        raise Refused(_("This broker has the client already."))
    if held.handovers.filter(state=State.ASKED).exists():
        raise Refused(_("Another broker is asked already; take that back first."))
    handover = Handover.objects.create(
        client=held,
        agency_id=held.agency_id,
        to_agency=to_agency,
        by=actor,
        from_broker_id=held.broker_id,
        to_broker=to_broker,
        reason=reason.strip()[:500],
    )
    note(actor, "hand_over_client", held, reason=reason.strip(), to_agency=to_agency.pk, to_broker=to_broker.pk)
    if to_agency.pk == held.agency_id:
        moving.to_broker(held, to_broker)
        _answered(handover, State.DONE, "")
    tell(to_broker, "brokerage.handed_over", url=reverse("brokerage:handovers"), agency=handover.agency.name)
    return handover


@transaction.atomic
def answer_handover(actor: Person, handover: Handover, *, accept: bool, answer: str = "") -> Handover:
    """Take over a client of another agency, or decline. On a yes the client and all that belongs to it change agency in
    one transaction; requests keep their references and region of origin.

    Raises:
        Forbidden: the actor is no broker of the agency that is asked.
        Refused: it was answered or taken back already.
    """
    authorise(actor, "brokerage.answer_handover", handover)
    held = _open(handover)
    if accept:
        # both agencies have agreed: for the move alone the rows of both are let through
        with see_as(f"{held.agency_id},{held.to_agency_id}"):
            client = Client.objects.select_for_update().get(pk=held.client_id)
            moving.to_agency(client, held.to_agency, held.to_broker)
    note(actor, "answer_handover", held, reason=answer.strip(), accepted=accept)
    _answered(held, State.DONE if accept else State.DECLINED, answer)
    kind = "brokerage.handover_accepted" if accept else "brokerage.handover_declined"
    tell(held.by, kind, url=reverse("brokerage:handovers"), agency=held.to_agency.name)
    return held


@transaction.atomic
def take_back_handover(actor: Person, handover: Handover) -> Handover:
    """Take a question back that is not answered yet.

    Raises:
        Forbidden: the actor is no broker of the client's agency.
        Refused: it was answered or taken back already.
    """
    authorise(actor, "brokerage.take_back_handover", handover)
    held = _open(handover)
    _answered(held, State.TAKEN_BACK, "")
    note(actor, "take_back_handover", held)
    return held


def _open(handover: Handover) -> Handover:
    held = Handover.objects.select_for_update().get(pk=handover.pk)
    if held.state != State.ASKED:
        raise Refused(_("This was answered already: %(state)s.") % {"state": held.get_state_display()})
    return held


def _answered(held: Handover, state: str, answer: str) -> None:
    held.state, held.answer, held.answered_at = state, answer.strip()[:500], timezone.now()
    held.save(update_fields=["state", "answer", "answered_at"])
