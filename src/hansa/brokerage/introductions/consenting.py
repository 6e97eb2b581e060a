"""How the four consents of an introduction come together. Called inside the transactions of the acts on cases."""

from __future__ import annotations

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.brokerage.models import Case, Client, ClientContact, IntroductionConsent, RequestPrivate
from hansa.network.actions import send_link
from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.middleware import see_as
from hansa.network.models import Person

Place, How = IntroductionConsent.Place, IntroductionConsent.How
PURPOSE = "introduction"
CLIENTS = (Place.OUR_CLIENT, Place.THEIR_CLIENT)
BY_BROKER = (How.SPOKEN, How.PAPER)


def begin(actor: Person, case: Case) -> None:
    """The proposing broker agrees by proposing; the other broker's place waits."""
    introduction = case.introduction
    now = timezone.now()
    IntroductionConsent.objects.create(
        introduction=introduction, place=Place.OUR_BROKER, agency_id=case.agency_id, person=actor, answer=True,
        how=How.CLICK, answered_at=now,
    )  # fmt: skip
    IntroductionConsent.objects.create(
        introduction=introduction, place=Place.THEIR_BROKER, agency_id=case.other_agency_id
    )
    for place, agency in zip(CLIENTS, (case.agency_id, case.other_agency_id), strict=True):
        IntroductionConsent.objects.create(introduction=introduction, place=place, agency_id=agency)


def locked(case: Case) -> dict[str, IntroductionConsent]:
    """The four places by name, locked. They decide together, so the rows of both sides are let through for it."""
    with see_as(f"{case.agency_id},{case.other_agency_id or case.agency_id}"):
        found = IntroductionConsent.objects.select_for_update(of=("self",)).filter(introduction__case=case)
        return {consent.place: consent for consent in found}


def answer(consent: IntroductionConsent, person: Person | None, how: str, *, agrees: bool, refusal: str = "") -> None:
    """Write an answer down.

    Raises:
        Refused: a no was given before.
    """
    if consent.answer is False:
        raise Refused(_("A no stands here already."))
    consent.answer, consent.how, consent.person = agrees, how, person
    consent.refusal, consent.answered_at = refusal, timezone.now()
    consent.save(update_fields=["answer", "how", "person", "refusal", "answered_at"])


def ask_clients(actor: Person, case: Case, places: dict[str, IntroductionConsent], *, address: str) -> None:
    """Once both brokers agree: mail a link to the main contact of each client that is recorded. Where none is, nobody
    is asked and nothing is assumed: that side stays closed until its broker writes the client's answer down."""
    with see_as(f"{case.agency_id},{case.other_agency_id or case.agency_id}"):
        for place in CLIENTS:
            consent = places[place]
            if consent.answer is not None:
                continue
            client = client_of(case, place)
            contact = main_contact(client)
            if client is None or contact is None:
                continue
            consent.client, consent.person, consent.asked_at = client, contact.person, timezone.now()
            consent.save(update_fields=["client", "person", "asked_at"])
            if address:
                send_link(
                    actor, purpose=PURPOSE, record=consent.pk, person=contact.person, client=client.pk, address=address
                )


def client_of(case: Case, place: str) -> Client | None:
    """The client on a side, where the request of that side names one."""
    request = case.request_id if place == Place.OUR_CLIENT else case.match.other_request_id
    private = RequestPrivate.objects.select_related("client").filter(request=request).first() if request else None
    return private.client if private is not None else None


def main_contact(client: Client | None) -> ClientContact | None:
    """Who is asked for a client: the main contact, if there is an address to write to."""
    if client is None:
        return None
    contacts = client.contacts.select_related("person").exclude(person__email="")
    return contacts.order_by("-is_main", "pk").first()


def complete(places: dict[str, IntroductionConsent]) -> bool:
    """Whether nobody who was asked is still to answer: both brokers and every client that is recorded agree."""
    asked = [consent for consent in places.values() if not consent.is_client or consent.client_id is not None]
    return len(places) == len(Place) and all(consent.answer is True for consent in asked)


def open_agreed(actor: Person | None, case: Case) -> bool:
    """Once all four have said yes, open names and private text of each side to the agency of the other; whether they
    have. For this alone the rows of both agencies are let through."""
    if case.other_agency_id is None or not all(consent.answer is True for consent in locked(case).values()):
        return False
    with see_as(f"{case.agency_id},{case.other_agency_id}"):
        _open(actor, case, case.request_id, case.other_agency_id)
        if case.match.other_request_id is not None:
            _open(actor, case, case.match.other_request_id, case.agency_id)
    return True


def close_again(actor: Person | None, case: Case) -> None:
    """A case that ends takes back what it opened, unless another introduced case between the two still holds it open:
    a later proposal needs four consents of its own."""
    if case.other_agency_id is None:
        return
    sides = [(case.request_id, case.other_agency_id), (case.match.other_request_id, case.agency_id)]
    with see_as(f"{case.agency_id},{case.other_agency_id}"):
        for request, agency in sides:
            if request is not None and not _held_open(case, request, agency):
                _close(actor, case, request, agency)


def _held_open(case: Case, request: int, agency: int) -> bool:
    from_here = Q(request=request, other_agency=agency) | Q(match__other_request=request, agency=agency)
    ended = (Case.State.PROPOSED, Case.State.DECLINED)
    return Case.objects.filter(from_here).exclude(pk=case.pk).exclude(state__in=ended).exists()


def _close(actor: Person | None, case: Case, request: int, agency: int) -> None:
    private = RequestPrivate.objects.select_for_update(of=("self",)).select_related("client").get(pk=request)
    for record in filter(None, (private, private.client)):
        if agency in record.opened_to:
            record.opened_to = [pk for pk in record.opened_to if pk != agency]
            record.save(update_fields=["opened_to"])
            note(actor, "close_again", record, closed_to=agency, case=case.reference)


def _open(actor: Person | None, case: Case, request: int, agency: int) -> None:
    private = RequestPrivate.objects.select_for_update(of=("self",)).select_related("client").get(pk=request)
    if agency not in private.opened_to:
        private.opened_to = [*private.opened_to, agency]
        private.save(update_fields=["opened_to"])
        note(actor, "open_private", private, opened_to=agency, case=case.reference)
    client = private.client
    if client is not None and agency not in client.opened_to:
        client.opened_to = [*client.opened_to, agency]
        client.save(update_fields=["opened_to"])
        note(actor, "open_client", client, opened_to=agency, case=case.reference)
