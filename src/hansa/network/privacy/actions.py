"""The acts of data protection: a file given, a person erased, records let go when their period is over."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.middleware import acting_for_all
from hansa.network.models import Erasure, Person, RetentionRun
from hansa.network.permissions import authorise, open_memberships
from hansa.network.privacy import erasing, holdings
from hansa.network.privacy.retaining import due_before
from hansa.network.registry import registry


@transaction.atomic
def export_person(actor: Person | None, person: Person) -> dict[str, Any]:
    """All that is held on a person, ready for a JSON file. `actor` is None where the person comes through their link.

    Raises:
        Forbidden: the actor is neither the person nor leads a partnership.
    """
    if actor is not None:
        authorise(actor, "network.export_person", person)
    with acting_for_all():
        held = holdings.export(person)
    note(actor or person, "export_person", person)
    return {"exported_at": timezone.now().isoformat(), **held}


@transaction.atomic
def erase_person(actor: Person, person: Person, *, reason: str) -> Erasure:
    """Erase a person: their name and address go from every table, their account, links and notices with them; what
    they did stays and counts, under a number without a name. It cannot be undone.

    Raises:
        Forbidden: the actor leads no partnership.
        Refused: no reason, the person still holds a role, or is the actor.
    """
    authorise(actor, "network.erase_person", person)
    if not reason.strip():
        raise Refused(_("Give a reason; it stays with the proof."))
    if person.pk == actor.pk:
        raise Refused(_("Nobody erases themselves; ask another lead partner."))
    held = Person.objects.select_for_update().get(pk=person.pk)
    if open_memberships(held):
        raise Refused(_("End the person’s roles first: what is done in a role needs its author."))
    if held.name == erasing.GONE:
        raise Refused(_("This person is erased already."))
    return _erase(actor, held, reason.strip())


def erase_by_itself(person: Person, reason: str) -> bool:
    """Erase somebody whose period is over; Hansa does it by itself each night. False where it was done already."""
    with transaction.atomic():
        held = Person.objects.select_for_update().get(pk=person.pk)
        if held.name == erasing.GONE:
            return False
        _erase(None, held, reason)
        return True


def _erase(actor: Person | None, held: Person, reason: str) -> Erasure:
    with acting_for_all():
        emptied, deleted, kept, mentions = erasing.take_out(held)
    proof = Erasure.objects.create(
        person=held.pk,
        by=actor,
        reason=reason,
        emptied=dict(emptied),
        deleted=dict(deleted),
        kept=dict(kept),
        mentions=dict(mentions),
    )
    note(actor, "erase_person", proof, reason=reason)
    return proof


def keep_no_longer() -> dict[str, int]:
    """Let go of everything whose period is over, class by class; returns how many of each. Hansa does it each night,
    and a second run finds nothing more to do."""
    done = {}
    for key, kept in registry.retention.items():
        before = due_before(key)
        with acting_for_all(), transaction.atomic():
            count = kept.run(before)
            RetentionRun.objects.create(key=key, before=before, count=count)
        done[key] = count
    return done
