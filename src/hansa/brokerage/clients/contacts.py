"""Who speaks for a client, and what they agreed to."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from hansa.brokerage.models import Client, ClientContact
from hansa.network.actions import record_consent, send_link, withdraw_consent
from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Consent, Person
from hansa.network.permissions import authorise

PURPOSE = "client_consents"


@transaction.atomic
def add_contact(
    actor: Person, client: Client, *, name: str, email: str, language: str, position: str = "", phone: str = ""
) -> ClientContact:
    """Name a person who speaks for the client; the first one is its main contact.

    A person is found again by their address among the client's own contacts; they need no account.

    Raises:
        Forbidden: the actor is no broker of the client's agency.
        Refused: no name, the person is a contact already, or the client was merged into another.
    """
    authorise(actor, "brokerage.edit_client", client)
    held = Client.objects.select_for_update().get(pk=client.pk)
    if held.state == Client.State.MERGED:
        raise Refused(_("This client was merged into another; go on there."))
    if not name.strip():
        raise Refused(_("Give the contact a name."))
    if email and held.contacts.filter(person__email__iexact=email.strip()).exists():
        raise Refused(_("%(email)s is a contact of this client already.") % {"email": email.strip()})
    person = Person.objects.create(name=name.strip(), email=email.strip(), language=language)
    contact = ClientContact.objects.create(
        client=held,
        agency_id=held.agency_id,
        person=person,
        position=position.strip(),
        phone=phone.strip(),
        is_main=not held.contacts.exists(),
    )
    note(actor, "add_contact", held, contact=person.pk)
    return contact


@transaction.atomic
def edit_contact(
    actor: Person,
    contact: ClientContact,
    *,
    name: str,
    email: str,
    language: str,
    position: str = "",
    phone: str = "",
    is_main: bool = False,
) -> ClientContact:
    """Change a contact; a new main contact takes the place of the one before.

    Raises:
        Forbidden: the actor is no broker of the client's agency.
        Refused: no name.
    """
    authorise(actor, "brokerage.edit_client", contact.client)
    if not name.strip():
        raise Refused(_("Give the contact a name."))
    Client.objects.select_for_update().get(pk=contact.client_id)
    held = ClientContact.objects.select_for_update(of=("self",)).select_related("person").get(pk=contact.pk)
    if is_main and not held.is_main:
        ClientContact.objects.filter(client=held.client_id, is_main=True).update(is_main=False)
    person = held.person
    person.name, person.email, person.language = name.strip(), email.strip(), language
    person.save(update_fields=["name", "email", "language"])
    held.position, held.phone, held.is_main = position.strip(), phone.strip(), held.is_main or is_main
    held.save(update_fields=["position", "phone", "is_main"])
    note(actor, "edit_contact", contact.client, contact=person.pk)
    return held


@transaction.atomic
def remove_contact(actor: Person, contact: ClientContact) -> None:
    """Take a contact off a client; the person and their consents stay until they are erased.

    Raises:
        Forbidden: the actor is no broker of the client's agency.
    """
    authorise(actor, "brokerage.edit_client", contact.client)
    client = Client.objects.select_for_update().get(pk=contact.client_id)
    was_main = contact.is_main
    ClientContact.objects.filter(pk=contact.pk).delete()
    following = client.contacts.order_by("pk").first()
    if was_main and following is not None:
        following.is_main = True
        following.save(update_fields=["is_main"])
    note(actor, "remove_contact", client, contact=contact.person_id)


def record_contact_consent(
    actor: Person, contact: ClientContact, *, purpose: str, how: str, wording: str, language: str
) -> Consent:
    """Record what a contact agreed to, spoken or on paper.

    Raises:
        Forbidden: the actor is no broker of the client's agency.
        Refused: there is no such purpose.
    """
    authorise(actor, "brokerage.edit_client", contact.client)
    return record_consent(actor, contact.person, purpose=purpose, how=how, wording=wording, language=language)


def withdraw_contact_consent(actor: Person, contact: ClientContact, *, purpose: str) -> Consent | None:
    """Write down that a contact took a consent back.

    Raises:
        Forbidden: the actor is no broker of the client's agency.
    """
    authorise(actor, "brokerage.edit_client", contact.client)
    return withdraw_consent(actor, contact.person, purpose=purpose)


@transaction.atomic
def send_consents(actor: Person, contact: ClientContact, *, address: str) -> None:
    """Mail a contact the link to their own consents.

    Raises:
        Forbidden: the actor is no broker of the client's agency.
        Refused: the contact has no e-mail address.
    """
    authorise(actor, "brokerage.edit_client", contact.client)
    if not contact.person.email:
        raise Refused(_("This contact has no e-mail address."))
    send_link(
        actor, purpose=PURPOSE, record=contact.pk, person=contact.person, client=contact.client_id, address=address
    )
    note(actor, "send_consents", contact.client, contact=contact.person_id)
