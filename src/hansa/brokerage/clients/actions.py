"""What happens to a client: recorded, given a contact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.brokerage.actions.numbering import next_reference
from hansa.brokerage.models import Client, ClientContact
from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Organisation, Person, Region
from hansa.network.permissions import authorise


@dataclass(frozen=True)
class ClientText:
    """What a broker writes about a client."""

    name: str
    kind: str
    size: str = ""
    founded: int | None = None
    region: Region | None = None
    country: str = ""
    city: str = ""
    website: str = ""
    about: str = ""
    organisation: Organisation | None = None
    identifiers: Mapping[str, str] = field(default_factory=dict)
    domains: Sequence[str] = ()
    languages: Sequence[str] = ()


@transaction.atomic
def record_client(actor: Person, *, agency: Organisation, text: ClientText) -> Client:
    """Write down a client that the actor's agency begins to work for. Its reference is `K-2026-1` and so on.

    Raises:
        Forbidden: the actor is no broker of the agency.
        Refused: it has no name.
    """
    authorise(actor, "brokerage.record_client", agency)
    if not text.name.strip():
        raise Refused(_("Give the client a name."))
    client = Client.objects.create(
        reference=next_reference("K", timezone.localdate()),
        agency=agency,
        broker=actor,
        organisation=text.organisation,
        name=text.name.strip(),
        kind=text.kind,
        size=text.size,
        founded=text.founded,
        region=text.region or agency.region,
        country=text.country or agency.country,
        city=text.city.strip(),
        website=text.website,
        about=text.about.strip(),
        identifiers=dict(text.identifiers),
        domains=[*text.domains],
        languages=[*text.languages],
    )
    note(actor, "record_client", client)
    return client


@transaction.atomic
def add_contact(
    actor: Person, client: Client, *, name: str, email: str, language: str, position: str = "", phone: str = ""
) -> ClientContact:
    """Name a person who speaks for the client; the first one is its main contact.

    A person is found again by their address among the client's own contacts; they need no account.

    Raises:
        Forbidden: the actor is no broker of the client's agency.
        Refused: no name, or the person is a contact already.
    """
    authorise(actor, "brokerage.edit_client", client)
    held = Client.objects.select_for_update().get(pk=client.pk)
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
