"""What happens to a client: recorded, changed, admitted or referred, ended, merged into another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.brokerage.actions.numbering import next_reference
from hansa.brokerage.clients import merging
from hansa.brokerage.clients.criteria import ADMIT, CRITERIA, UNKNOWN, answer_of, verdict
from hansa.brokerage.clients.identifiers import all_checked
from hansa.brokerage.models import Client
from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Organisation, Person, Region
from hansa.network.permissions import authorise

State = Client.State
TRANSITIONS: dict[str, tuple[frozenset[str], str]] = {
    "admit": (frozenset({State.INTAKE}), State.ADMITTED),
    "refer": (frozenset({State.INTAKE, State.ADMITTED}), State.REFERRED),
    "end": (frozenset({State.INTAKE, State.ADMITTED, State.REFERRED}), State.ENDED),
    "reopen": (frozenset({State.REFERRED, State.ENDED}), State.INTAKE),
}


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
    client = Client(agency=agency, broker=actor)
    _write(client, text)
    client.region = client.region or agency.region
    client.country = client.country or agency.country
    client.reference = next_reference("K", timezone.localdate())
    client.save()
    note(actor, "record_client", client)
    return client


@transaction.atomic
def edit_client(actor: Person, client: Client, *, text: ClientText) -> Client:
    """Change what is written about a client.

    Raises:
        Forbidden: the actor is no broker of the client's agency.
        Refused: it has no name, an identifier is wrong, or the client was merged into another.
    """
    authorise(actor, "brokerage.edit_client", client)
    held = _locked(client)
    _write(held, text)
    held.save()
    note(actor, "edit_client", held)
    return held


@transaction.atomic
def answer_criteria(actor: Person, client: Client, *, answers: Mapping[str, str]) -> Client:
    """Keep the answers to the admission criteria (yes, no or unknown) with who gave them and when.

    Raises:
        Forbidden: the actor is no broker of the client's agency.
        Refused: the client was merged into another.
    """
    authorise(actor, "brokerage.edit_client", client)
    held = _locked(client)
    now = timezone.now().isoformat()
    for criterion in CRITERIA:
        given = answers.get(criterion.key, UNKNOWN)
        if given != answer_of(held.criteria, criterion.key):
            held.criteria[criterion.key] = {"answer": given, "by": actor.pk, "at": now}
    held.save(update_fields=["criteria"])
    note(actor, "answer_criteria", held, verdict=verdict(held.criteria).kind)
    return held


@transaction.atomic
def admit_client(actor: Person, client: Client, *, reason: str = "") -> Client:
    """Take a client in. Where the criteria do not all say yes it needs a reason; a second click changes nothing.

    Raises:
        Forbidden: the actor is no broker of the client's agency.
        Refused: the verdict is another and no reason is given, or the client is referred or ended.
    """
    authorise(actor, "brokerage.admit_client", client)
    held = _locked(client)
    if held.state == State.ADMITTED:
        return held
    if verdict(held.criteria).kind != ADMIT and not reason.strip():
        raise Refused(_("The criteria do not say yes yet; say why the client is admitted all the same."))
    return _move(actor, held, "admit", reason)


@transaction.atomic
def refer_client(actor: Person, client: Client, *, to: str, reason: str = "") -> Client:
    """Send a client to somebody who can do more for them; `to` says to whom or to which support instrument.

    Raises:
        Forbidden: the actor is no broker of the client's agency.
        Refused: it is not said where to, or the client has ended.
    """
    authorise(actor, "brokerage.refer_client", client)
    held = _locked(client)
    if not to.strip():
        raise Refused(_("Say where the client is sent."))
    held.referred_to = to.strip()[:300]
    return _move(actor, held, "refer", reason)


@transaction.atomic
def end_client(actor: Person, client: Client, *, reason: str) -> Client:
    """Stop working for a client; all that was done stays.

    Raises:
        Forbidden: the actor is no broker of the client's agency.
        Refused: no reason, or it has ended already.
    """
    authorise(actor, "brokerage.end_client", client)
    if not reason.strip():
        raise Refused(_("Give a reason; it stays with the client."))
    return _move(actor, _locked(client), "end", reason)


@transaction.atomic
def reopen_client(actor: Person, client: Client) -> Client:
    """Begin again with a client that was referred or has ended; the criteria keep their answers.

    Raises:
        Forbidden: the actor is no broker of the client's agency.
        Refused: work with it goes on, or it was merged into another.
    """
    authorise(actor, "brokerage.reopen_client", client)
    return _move(actor, _locked(client), "reopen", "")


@transaction.atomic
def merge_clients(actor: Person, client: Client, *, into: Client, reason: str) -> Client:
    """Merge a client into another of the same agency: all that points to the one points to the other afterwards, and
    what the other does not know yet it takes over. The merged one stays, closed, and says into which.

    Raises:
        Forbidden: the actor is no broker of the agency of both.
        Refused: no reason, it is the same one, or one of them was merged before.
    """
    authorise(actor, "brokerage.edit_client", client)
    authorise(actor, "brokerage.edit_client", into)
    if client.pk == into.pk or client.agency_id != into.agency_id:
        raise Refused(_("Choose another client of the same agency."))
    if not reason.strip():
        raise Refused(_("Give a reason; it stays with the client."))
    # both in the order of their keys, so that two brokers who merge each into the other cannot deadlock
    rows = {
        row.pk: row for row in Client.objects.select_for_update().filter(pk__in=(client.pk, into.pk)).order_by("pk")
    }
    held, kept = rows[client.pk], rows[into.pk]
    if State.MERGED in {held.state, kept.state}:
        raise Refused(_("One of the two was merged already."))
    moved = merging.move(held, kept)
    held.state, held.merged_into, held.decided_at = State.MERGED, kept, timezone.now()
    held.save(update_fields=["state", "merged_into", "decided_at"])
    note(actor, "merge_client", held, reason=reason.strip(), into=kept.reference, moved=moved)
    return kept


def _move(actor: Person, held: Client, verb: str, reason: str) -> Client:
    sources, target = TRANSITIONS[verb]
    if held.state not in sources:
        raise Refused(_("This is not possible: the client is %(state)s now.") % {"state": held.get_state_display()})
    held.state, held.decided_at = target, timezone.now()
    held.save(update_fields=["state", "decided_at", "referred_to"])
    note(actor, f"{verb}_client", held, reason=reason.strip())
    return held


def _write(held: Client, text: ClientText) -> None:
    if not text.name.strip():
        raise Refused(_("Give the client a name."))
    try:
        held.identifiers = all_checked(text.identifiers)
    except ValueError as fault:
        raise Refused(str(fault)) from None
    for name in ("kind", "size", "founded", "region", "country", "website", "organisation"):
        setattr(held, name, getattr(text, name))
    held.name, held.city, held.about = text.name.strip(), text.city.strip(), text.about.strip()
    held.domains, held.languages = [*text.domains], [*text.languages]


def _locked(client: Client) -> Client:
    held = Client.objects.select_for_update().get(pk=client.pk)
    if held.state == State.MERGED:
        raise Refused(_("This client was merged into another; go on there."))
    return held
