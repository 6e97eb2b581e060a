"""The acts around the four consents: a client's answer written down or given by link, an introduction taken back or
run out of time."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.brokerage.actions.cases import LOOKS_APART, decline_now, introduce_now
from hansa.brokerage.actions.matches import check_refusal
from hansa.brokerage.introductions import consenting
from hansa.brokerage.models import Case, Client, IntroductionConsent, Match
from hansa.network.actions import tell
from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.middleware import see_as
from hansa.network.models import AuditNote, Link, Person
from hansa.network.permissions import authorise
from hansa.network.registry import rule

DAYS = "brokerage.introduction_days"
State = Case.State


@transaction.atomic
def record_consent(
    actor: Person, consent: IntroductionConsent, *, agrees: bool, how: str = "spoken", refusal: str = ""
) -> Case:
    """Write down what a client said to its own broker, spoken or on paper. A no ends an introduction that is not
    made yet; after it, it keeps closed what belongs to the client.

    Raises:
        Forbidden: the actor does not act for that side.
        Refused: it is no client's place, both brokers have not agreed yet, an answer stands, or a no has no reason.
    """
    authorise(actor, "brokerage.record_consent", consent)
    if not consent.is_client or how not in consenting.BY_BROKER:
        raise Refused(_("Only what a client said is written down here: spoken, or on paper."))
    return _answered(consent, actor, how, agrees=agrees, refusal=refusal, by=actor)


@transaction.atomic
def answer_by_link(link: Link, *, agrees: bool, refusal: str = "") -> Case:
    """What a client answers through their own link; a second click changes nothing.

    Raises:
        Refused: the introduction has ended or was made, or a no has no reason.
    """
    consent = IntroductionConsent.objects.get(pk=link.record)
    if consent.answer is agrees:
        return consent.introduction.case
    case = consent.introduction.case
    # the consent was read as the client's own row; all four, which decide together, are the two agencies'
    with see_as(f"{case.agency_id},{case.other_agency_id or case.agency_id}"):
        return _answered(consent, link.person, consenting.How.LINK, agrees=agrees, refusal=refusal, by=None)


def _answered(
    consent: IntroductionConsent, person: Person | None, how: str, *, agrees: bool, refusal: str, by: Person | None
) -> Case:
    case = Case.objects.select_for_update(of=("self",)).select_related("match", "broker").get(
        introduction=consent.introduction_id
    )  # fmt: skip
    places = consenting.locked(case)
    later = case.state not in {State.PROPOSED, State.DECLINED} and places[consent.place].answer is None
    if case.state != State.PROPOSED and not later:
        raise Refused(_("This introduction is “%(state)s” by now.") % {"state": case.get_state_display()})
    if not all(places[p].answer for p in (consenting.Place.OUR_BROKER, consenting.Place.THEIR_BROKER)):
        raise Refused(_("Both brokers agree first; then the clients are asked."))
    if not agrees:
        check_refusal(refusal)
    consenting.answer(places[consent.place], person, how, agrees=agrees, refusal=refusal)
    note(by, "answer_consent", case, place=consent.place, accepted=agrees, refusal=refusal)
    if later:
        # the two sides talk already; this answer opens what belongs to the client, or keeps it closed
        consenting.open_agreed(by, case)
        return case
    if not agrees:
        decline_now(by, case, refusal=refusal, remark=_("A client does not agree."))
    elif consenting.complete(places):
        introduce_now(by, case)
    _tell(case, consent.place, agrees=agrees)
    return case


def _tell(case: Case, place: str, *, agrees: bool) -> None:
    """The broker of the case hears of each client's answer, without a name."""
    kind = "brokerage.client_agreed" if agrees else "brokerage.client_declined"
    url = case.get_absolute_url()
    tell(case.broker, kind, url=url, key=f"{case.pk}:{place}", reference=case.reference)
    if case.state == State.INTRODUCED:
        tell(case.broker, "brokerage.introduced", url=url, key=f"{case.pk}", reference=case.reference)


@transaction.atomic
def withdraw_introduction(actor: Person, case: Case, *, reason: str) -> Case:
    """Take a proposed introduction back before it is made; a second click changes nothing.

    Raises:
        Forbidden: the actor is no broker of the agency that proposed it.
        Refused: it was made already, or there is no reason.
    """
    authorise(actor, "brokerage.withdraw_introduction", case)
    held = Case.objects.select_for_update(of=("self",)).select_related("match").get(pk=case.pk)
    if held.state == State.DECLINED and held.refusal == Match.Refusal.WITHDRAWN:
        return held
    if held.state != State.PROPOSED:
        raise Refused(_("This introduction is “%(state)s” by now.") % {"state": held.get_state_display()})
    if not reason.strip():
        raise Refused(_("Give a reason; the other broker reads it."))
    decline_now(actor, held, refusal=Match.Refusal.WITHDRAWN, remark=reason)
    note(actor, "withdraw_introduction", held, reason=reason.strip())
    return held


def expire_introductions() -> int:
    """End the proposals that nobody completed in time; returns how many. Hansa does it by itself each day."""
    before = timezone.now() - timedelta(days=rule(DAYS))
    ended = 0
    old = Case.objects.filter(state=State.PROPOSED, introduction__proposed_at__lt=before)
    for pk in old.values_list("pk", flat=True):
        with transaction.atomic():
            held = Case.objects.select_for_update(of=("self",)).select_related("match").get(pk=pk)
            if held.state != State.PROPOSED:
                continue
            decline_now(None, held, refusal=Match.Refusal.NO_ANSWER, remark=_("Nobody answered in time."))
            note(None, "expire_introduction", held)
            ended += 1
    return ended


@transaction.atomic
def note_look_at_client(actor: Person, case: Case, client: Client) -> None:
    """Write down that somebody read who a client is; looks within an hour count as one.

    Raises:
        Forbidden: the introduction has not been made, or the actor is on neither side.
    """
    authorise(actor, "brokerage.view_clients_of_case", case)
    verb, kind = "look_at_client", client._meta.label_lower
    recent = AuditNote.objects.filter(record_type=kind, record_id=str(client.pk), person=actor, verb=verb)
    if not recent.filter(at__gt=timezone.now() - LOOKS_APART).exists():
        note(actor, verb, client, case=case.reference)
