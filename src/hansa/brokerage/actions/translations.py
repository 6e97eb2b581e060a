"""A request in other languages: written or corrected by a person, made by the machine, taken away."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.brokerage.models import TRANSLATED, Request, RequestTranslation
from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import LANGUAGES_OF_RECORDS, Person
from hansa.network.permissions import authorise

Status = RequestTranslation.Status


@dataclass(frozen=True)
class Translated:
    """The public text of a request in another language."""

    title: str
    summary: str
    description: str = ""
    advantages: str = ""
    specification: str = ""
    partner_sought: str = ""


@transaction.atomic
def write_translation(actor: Person, request: Request, *, language: str, text: Translated) -> RequestTranslation:
    """Write or correct a translation by hand; it counts as a person's from then on, and as up to date.

    Raises:
        Forbidden: the actor is no broker of the request's agency.
        Refused: it is the language of the original or none that is known, or title or summary is empty.
    """
    authorise(actor, "brokerage.translate_request", request)
    held = _locked(request, language)
    if not text.title.strip() or not text.summary.strip():
        raise Refused(_("Give a title and a summary; the others read these first."))
    row = RequestTranslation.objects.filter(request=held, language=language).first()
    row = row or RequestTranslation(request=held, language=language)
    for name in TRANSLATED:
        setattr(row, name, getattr(text, name).strip())
    row.status, row.stale, row.fault, row.by, row.at = Status.HUMAN, False, "", actor, timezone.now()
    row.source_language, row.engine, row.engine_version = held.language, "", ""
    row.save()
    note(actor, "write_translation", held, language=language)
    return row


@transaction.atomic
def machine_translate(actor: Person, request: Request, *, language: str) -> RequestTranslation:
    """Have the installation's engine translate a request; a job does it. A second click while it waits changes nothing.

    Raises:
        Forbidden: the actor is no broker of the request's agency.
        Refused: the installation names no engine, it is the original's language, or a person translated it and the
            original has not changed since.
    """
    from hansa.brokerage.jobs import queue_translate
    from hansa.brokerage.translation import is_named

    authorise(actor, "brokerage.translate_request", request)
    if not is_named():
        raise Refused(_("No translation engine is set up here; write the translation by hand."))
    held = _locked(request, language)
    row = RequestTranslation.objects.filter(request=held, language=language).first()
    if row is not None and row.status == Status.WAITING:
        return row
    if row is not None and row.status == Status.HUMAN and not row.stale:
        raise Refused(_("A person translated this already; correct that text instead."))
    row = row or RequestTranslation(request=held, language=language)
    row.status, row.source_language, row.fault, row.at = Status.WAITING, held.language, "", timezone.now()
    # an earlier text stays readable while the new one is made, and it belongs to an earlier original
    row.stale = row.readable
    row.save()
    note(actor, "machine_translate", held, language=language)
    queue_translate(row.pk)
    return row


@transaction.atomic
def remove_translation(actor: Person, request: Request, *, language: str) -> None:
    """Take a translation away; the original stays.

    Raises:
        Forbidden: the actor is no broker of the request's agency.
    """
    authorise(actor, "brokerage.translate_request", request)
    removed, _kinds = RequestTranslation.objects.filter(request=request, language=language).delete()
    if removed:
        note(actor, "remove_translation", request, language=language)


def _locked(request: Request, language: str) -> Request:
    held = Request.objects.select_for_update().get(pk=request.pk)
    if language not in dict(LANGUAGES_OF_RECORDS):
        raise Refused(_("Choose one of the languages of the partnership."))
    if language == held.language:
        raise Refused(_("The original is in this language; edit the request itself."))
    return held
