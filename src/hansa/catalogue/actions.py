"""What happens to a support instrument: added, changed, found still right, ended, taken up again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.catalogue.models import SupportInstrument
from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Organisation, Person, Region
from hansa.network.permissions import authorise


@dataclass(frozen=True)
class SupportText:
    """What a broker writes about an instrument of a region."""

    region: Region
    kind: str
    language: str
    title: str
    provider: str
    summary: str
    eligibility: str = ""
    for_kinds: Sequence[str] = ()
    amount: str = ""
    opens_on: date | None = None
    closes_on: date | None = None
    website: str = ""


@transaction.atomic
def add_support(actor: Person, *, agency: Organisation, text: SupportText) -> SupportInstrument:
    """Write down an instrument; it counts as checked today.

    Raises:
        Forbidden: the actor is no broker of the agency.
        Refused: title, provider or summary is empty, or it closes before it opens.
    """
    authorise(actor, "catalogue.add_support", agency)
    made = SupportInstrument(agency=agency, checked_by=actor)
    _write(made, text)
    note(actor, "add_support", made)
    return made


@transaction.atomic
def edit_support(actor: Person, instrument: SupportInstrument, *, text: SupportText) -> SupportInstrument:
    """Change an instrument; who changes it has checked it.

    Raises:
        Forbidden: the actor is no broker of the agency that keeps it.
        Refused: title, provider or summary is empty, or it closes before it opens.
    """
    authorise(actor, "catalogue.edit_support", instrument)
    held = SupportInstrument.objects.select_for_update().get(pk=instrument.pk)
    held.checked_on, held.checked_by = timezone.localdate(), actor
    _write(held, text)
    note(actor, "edit_support", held)
    return held


@transaction.atomic
def check_support(actor: Person, instrument: SupportInstrument) -> SupportInstrument:
    """Say that what stands here is still right today.

    Raises:
        Forbidden: the actor is no broker of the agency that keeps it.
        Refused: it has ended.
    """
    authorise(actor, "catalogue.check_support", instrument)
    held = SupportInstrument.objects.select_for_update().get(pk=instrument.pk)
    if held.ended_at is not None:
        raise Refused(_("This instrument has ended; take it up again first."))
    held.checked_on, held.checked_by = timezone.localdate(), actor
    held.save(update_fields=["checked_on", "checked_by"])
    note(actor, "check_support", held)
    return held


@transaction.atomic
def end_support(actor: Person, instrument: SupportInstrument, *, ended: bool = True) -> SupportInstrument:
    """Say that an instrument is not offered any more, or take that back; the entry stays readable.

    Raises:
        Forbidden: the actor is no broker of the agency that keeps it.
    """
    authorise(actor, "catalogue.end_support", instrument)
    held = SupportInstrument.objects.select_for_update().get(pk=instrument.pk)
    if (held.ended_at is not None) != ended:
        held.ended_at = timezone.now() if ended else None
        held.save(update_fields=["ended_at"])
        note(actor, "end_support" if ended else "take_up_support", held)
    return held


def _write(held: SupportInstrument, text: SupportText) -> None:
    if not (text.title.strip() and text.provider.strip() and text.summary.strip()):
        raise Refused(_("Give a title, who offers it and what it gives."))
    if text.opens_on and text.closes_on and text.closes_on < text.opens_on:
        raise Refused(_("It cannot close before it opens."))
    for name, value in (vars(text) | {"for_kinds": [*text.for_kinds]}).items():
        setattr(held, name, value.strip() if isinstance(value, str) else value)
    held.save()
