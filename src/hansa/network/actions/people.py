"""People and their roles: invited, given a role, a role ended."""

from __future__ import annotations

import secrets
from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Membership, Organisation, Person, Role, User
from hansa.network.permissions import authorise


@transaction.atomic
def invite_person(
    actor: Person, *, name: str, email: str, language: str, organisation: Organisation, role: str
) -> tuple[Person, str]:
    """Give somebody an account and a first role; return the person and a first password to hand over.

    Somebody known by that address already keeps their password (then the second value is "") and gets the role.

    Raises:
        Forbidden: the actor leads no partnership.
        Refused: the person holds this role there already.
    """
    authorise(actor, "network.invite_person")
    user = User.objects.filter(email__iexact=email).select_for_update().first()
    password = ""
    if user is None:
        password = secrets.token_urlsafe(12)
        try:
            with transaction.atomic():
                user = User.objects.create_user(email, password)
        except IntegrityError:
            # somebody invited the same address at the same moment: their password holds
            user, password = User.objects.get(email__iexact=email), ""
    person, _created = Person.objects.get_or_create(
        user=user, defaults={"name": name, "email": user.email, "language": language}
    )
    give_role(actor, person=person, organisation=organisation, role=role, since=timezone.localdate())
    return person, password


@transaction.atomic
def give_role(actor: Person, *, person: Person, organisation: Organisation, role: str, since: date) -> Membership:
    """Let `person` act for `organisation` in `role` from a day on.

    Raises:
        Forbidden: the actor leads no partnership.
        Refused: the person holds this role there already.
    """
    authorise(actor, "network.invite_person")
    try:
        with transaction.atomic():
            membership = Membership.objects.create(person=person, organisation=organisation, role=role, since=since)
    except IntegrityError:
        raise Refused(
            _("%(person)s holds the role %(role)s in %(organisation)s already.")
            % {"person": person.name, "role": Role(role).label, "organisation": organisation.name}
        ) from None
    note(actor, "give_role", membership, role=role, organisation=organisation.pk)
    return membership


@transaction.atomic
def end_membership(actor: Person, membership: Membership, *, reason: str) -> Membership:
    """End a role today. The record stays, so that what was done in the role keeps its author.

    Raises:
        Forbidden: the actor leads no partnership.
        Refused: it has ended already, or it is the last lead partner's.
    """
    authorise(actor, "network.end_membership", membership)
    # all lead partners first and in the order of their keys: two who end each other's role cannot deadlock
    leads = list(
        Membership.objects.select_for_update().filter(role=Role.LEAD_PARTNER, until__isnull=True).order_by("pk")
    )
    held = Membership.objects.select_for_update().get(pk=membership.pk)
    today = timezone.localdate()
    if held.until is not None:
        raise Refused(_("This role has ended already."))
    if held.role == Role.LEAD_PARTNER and len(leads) < 2:
        raise Refused(_("Name another lead partner first: a partnership needs one."))
    held.until = today
    held.save(update_fields=["until"])
    note(actor, "end_membership", held, reason=reason)
    return held
