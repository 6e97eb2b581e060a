"""Who is invited, and the links they answer by. A link is shown or mailed once; its digest alone is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Person, Region
from hansa.strategy.consultations import jobs
from hansa.strategy.consultations.actions.common import State, held, needs
from hansa.strategy.consultations.tokens import digest_of, new_token
from hansa.strategy.models import Consultation, Invitation
from hansa.strategy.models.consultations import HELIX


@dataclass(frozen=True)
class Invited:
    """Whom to invite; without an e-mail address the link is shown to who invites, to be handed over."""

    helix: str
    name: str = ""
    email: str = ""
    region: Region | None = None
    language: str = "en"


@dataclass(frozen=True)
class Handed:
    """An invitation with its link's secret, which is nowhere else; empty where the link goes by e-mail."""

    invitation: Invitation
    token: str


@transaction.atomic
def invite(actor: Person, consultation: Consultation, invited: Sequence[Invited]) -> list[Handed]:
    """Invite one or many, all or none. Those with an address get their link by e-mail once it is open.

    Raises:
        Forbidden: the actor's roles do not hold consultations.
        Refused: closed, nobody named, an unknown group, a wrong address, or one that is invited already.
    """
    kept = held(actor, consultation)
    if kept.state == State.CLOSED:
        raise Refused(_("This consultation is closed. Open it again to change it."))
    if not invited:
        raise Refused(_("Name at least one person to invite."))
    _check(kept, invited)
    tokens = [new_token() for _each in invited]
    made = Invitation.objects.bulk_create(
        Invitation(
            consultation=kept,
            name=each.name.strip(),
            email=each.email.strip().lower(),
            helix=each.helix,
            region=each.region,
            language=each.language,
            digest=digest_of(token),
        )
        for each, token in zip(invited, tokens, strict=True)
    )
    note(actor, "invite_to_consultation", kept, invitations=[each.pk for each in made])
    if kept.state == State.OPEN:
        jobs.queue_send_links(kept.pk)
    return [Handed(each, "" if each.email else token) for each, token in zip(made, tokens, strict=True)]


@transaction.atomic
def renew_link(actor: Person, invitation: Invitation, *, reason: str) -> Handed:
    """Make a new link; the earlier ones, also one in a reminder, open nothing any more. What was answered stays.

    Raises:
        Forbidden: the actor's roles do not hold consultations.
        Refused: no reason, the invitation was withdrawn, or the consultation is closed.
    """
    kept = held(actor, invitation.consultation)
    because = needs(reason)
    if kept.state == State.CLOSED:
        raise Refused(_("This consultation is closed. Open it again to change it."))
    mine = _standing(invitation)
    token = new_token()
    mine.digest, mine.digest_of_reminder = digest_of(token), None
    # the new link is handed over, so no e-mail may replace it
    mine.sent_at = mine.sent_at or timezone.now()
    mine.save()
    note(actor, "renew_link", kept, reason=because, invitation=mine.pk)
    return Handed(mine, token)


@transaction.atomic
def withdraw_invitation(actor: Person, invitation: Invitation, *, reason: str) -> Invitation:
    """Take an invitation back: its link opens nothing, and its answers to rounds not closed yet do not count.

    Raises:
        Forbidden: the actor's roles do not hold consultations.
        Refused: no reason, it was withdrawn before, or the consultation is closed.
    """
    kept = held(actor, invitation.consultation)
    because = needs(reason)
    if kept.state == State.CLOSED:
        raise Refused(_("This consultation is closed. Open it again to change it."))
    mine = _standing(invitation)
    mine.withdrawn_at = timezone.now()
    mine.save()
    note(actor, "withdraw_invitation", kept, reason=because, invitation=mine.pk)
    return mine


@transaction.atomic
def erase_invitations(
    actor: Person, consultation: Consultation, invitation: Invitation | None = None, *, reason: str
) -> int:
    """Erase names and addresses for good, of one invitation or, once closed, of all; group and region stay.

    Raises:
        Forbidden: the actor's roles do not hold consultations.
        Refused: no reason, or all are to be erased while the consultation is not closed.
    """
    kept = held(actor, consultation, "strategy.erase_invitations")
    because = needs(reason)
    found = kept.invitations.filter(~Q(name="") | ~Q(email=""))
    if invitation is not None:
        found = found.filter(pk=invitation.pk)
    elif kept.state != State.CLOSED:
        raise Refused(_("Close the consultation before you erase the names and addresses of all."))
    erased = found.update(name="", email="", erased_at=timezone.now())
    note(actor, "erase_invitations", kept, reason=because, erased=erased)
    return erased


def _standing(invitation: Invitation) -> Invitation:
    mine = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if mine.withdrawn_at is not None:
        raise Refused(_("This invitation was withdrawn."))
    return mine


def _check(consultation: Consultation, invited: Sequence[Invited]) -> None:
    addresses = [each.email.strip().lower() for each in invited if each.email.strip()]
    for address in addresses:
        try:
            validate_email(address)
        except ValidationError:
            raise Refused(_("“%(email)s” is no e-mail address.") % {"email": address}) from None
    twice = next((a for a in addresses if addresses.count(a) > 1), None) if len(set(addresses)) < len(addresses) else ""
    standing = consultation.invitations.filter(withdrawn_at__isnull=True, email__in=addresses)
    known = twice or standing.values_list("email", flat=True).first()
    if known:
        raise Refused(_("“%(email)s” is invited already; each has one voice.") % {"email": known})
    if any(each.helix not in HELIX for each in invited):
        raise Refused(_("Say which of the four groups each person speaks for."))
