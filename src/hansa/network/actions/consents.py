"""Consents: given for one purpose, taken back at any time."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Consent, Person


@transaction.atomic
def record_consent(
    by: Person | None, person: Person, *, purpose: str, how: str, wording: str, language: str
) -> Consent:
    """Record that a person agrees to a purpose in the words they were shown; the same consent twice is one.

    `by` is who writes it down: a broker whose right the calling act has checked, or None where the person gave it
    through their own link.

    Raises:
        Refused: there is no such purpose, or no wording.
    """
    if purpose not in Consent.Purpose.values or how not in Consent.How.values:
        raise Refused(_("There is no such purpose to agree to."))
    if not wording.strip():
        raise Refused(_("Write down the words in which the consent was given."))
    Person.objects.select_for_update().get(pk=person.pk)
    held = Consent.objects.filter(person=person, purpose=purpose, withdrawn_at__isnull=True).first()
    if held is not None:
        return held
    made = Consent.objects.create(
        person=person, purpose=purpose, how=how, wording=wording.strip(), language=language, recorded_by=by
    )
    note(by or person, "give_consent", made, how=how)
    return made


@transaction.atomic
def withdraw_consent(by: Person | None, person: Person, *, purpose: str) -> Consent | None:
    """End a consent now; None where there was none. The record of it stays.

    `by` is a broker whose right the calling act has checked, or None where the person does it through their link.
    """
    held = Consent.objects.select_for_update().filter(person=person, purpose=purpose, withdrawn_at__isnull=True).first()
    if held is not None:
        held.withdrawn_at = timezone.now()
        held.save(update_fields=["withdrawn_at"])
        note(by or person, "withdraw_consent", held)
    return held


def agrees(person: Person, purpose: str) -> bool:
    """Whether the person agrees to the purpose now."""
    return Consent.objects.filter(person=person, purpose=purpose, withdrawn_at__isnull=True).exists()
