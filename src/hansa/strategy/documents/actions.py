"""The verbs of documents: ask for a new version, write it, stop, adopt, withdraw."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Person
from hansa.network.permissions import authorise
from hansa.strategy.documents import composing
from hansa.strategy.documents.blocks import Content, clean, numbers_of
from hansa.strategy.models import Adoption, Document, DocumentVersion, DocumentWriting, Run

State = DocumentWriting.State


@transaction.atomic
def ask_for_version(actor: Person, run: Run, kind: str, *, languages: Sequence[str], reason: str) -> DocumentWriting:
    """Have a document of `run` written anew by the worker, in each of `languages`.

    Raises:
        Forbidden: the actor is neither analyst nor lead partner.
        Refused: no reason, no such kind or language, or the document is being written already.
    """
    from hansa.strategy.documents.jobs import queue_writing

    authorise(actor, "strategy.write_document", run)
    if kind not in Document.Kind.values:
        raise Refused(_("There is no such document."))
    chosen = [code for code, _name in settings.LANGUAGES if code in languages]
    if not chosen:
        raise Refused(_("Choose at least one language."))
    if not reason.strip():
        raise Refused(_("Say why this version is written: the reason stays with it."))
    document, _made = Document.objects.get_or_create(run=run, kind=kind)
    # the lock makes a second click wait here and find the first one's writing
    held = Document.objects.select_for_update().get(pk=document.pk)
    if held.writings.filter(state__in=DocumentWriting.UNDER_WAY).exists():
        raise Refused(_("This document is being written already; wait for it, or stop it first."))
    writing = DocumentWriting.objects.create(document=held, languages=chosen, reason=clean(reason).strip(), by=actor)
    note(actor, "ask_for_version", held, reason=writing.reason, languages=chosen)
    queue_writing(writing.pk)
    return writing


@transaction.atomic
def stop_writing(actor: Person, writing: DocumentWriting, *, reason: str) -> DocumentWriting:
    """Stop a writing; what it has written so far is thrown away.

    Raises:
        Forbidden: the actor is neither analyst nor lead partner.
        Refused: no reason, or it has ended already.
    """
    authorise(actor, "strategy.stop_writing", writing)
    if not reason.strip():
        raise Refused(_("Say why it is stopped."))
    stopped = DocumentWriting.objects.filter(pk=writing.pk, state__in=DocumentWriting.UNDER_WAY).update(
        state=State.STOPPED, ended_at=timezone.now()
    )
    if not stopped:
        raise Refused(_("It has ended already."))
    note(actor, "stop_writing", writing.document, reason=reason.strip())
    writing.refresh_from_db()
    return writing


def write(writing: DocumentWriting) -> list[DocumentVersion]:
    """Write what was asked for; a language in which nothing has changed gets no new version. What the worker does.

    All languages are kept together or none. A stop between two chapters leaves nothing behind.
    """
    started = DocumentWriting.objects.filter(pk=writing.pk, state__in=DocumentWriting.UNDER_WAY)
    if not started.update(state=State.WORKING, progress=0):
        return []
    contents = []
    try:
        for place, language in enumerate(writing.languages):
            contents.append(_composed(writing, place, language))
    except composing.Stopped:
        return []
    except Exception as fault:
        started.update(state=State.FAILED, fault=f"{type(fault).__name__}: {fault}"[:300], ended_at=timezone.now())
        raise
    return _keep(writing, contents)


def _composed(writing: DocumentWriting, place: int, language: str) -> Content:
    under_way = DocumentWriting.objects.filter(pk=writing.pk, state=State.WORKING)

    def after(share: float) -> None:
        done = round(100 * (place + share) / len(writing.languages))
        if not under_way.update(progress=done):
            raise composing.Stopped

    run = Run.objects.select_related("evidence").prefetch_related("regions").get(pk=writing.document.run_id)
    return composing.compose(run, writing.document.kind, language, after=after)


@transaction.atomic
def _keep(writing: DocumentWriting, contents: Sequence[Content]) -> list[DocumentVersion]:
    document = Document.objects.select_for_update().get(pk=writing.document_id)
    held = DocumentWriting.objects.select_for_update().get(pk=writing.pk)
    if held.state != State.WORKING:
        return []
    made = [version for content in contents if (version := _new_version(document, held, content)) is not None]
    held.state = State.DONE if made else State.UNCHANGED
    held.progress, held.ended_at = 100, timezone.now()
    held.save()
    return made


def _new_version(document: Document, writing: DocumentWriting, content: Content) -> DocumentVersion | None:
    """The next version in the content's language, or None when the latest says the same."""
    stored = content.as_json()
    found = composing.digest(stored)
    latest = document.versions.filter(language=content.language).order_by("-number").first()
    if latest is not None and latest.digest == found:
        return None
    version = DocumentVersion.objects.create(
        document=document,
        number=latest.number + 1 if latest is not None else 1,
        language=content.language,
        content=stored,
        digest=found,
        figures=sum(1 for _number in numbers_of(content)),
        reason=writing.reason,
        by=writing.by,
    )
    note(writing.by, "write_version", version, reason=writing.reason, digest=found)
    return version


@transaction.atomic
def adopt(actor: Person, version: DocumentVersion, *, on: date, reason: str) -> Adoption:
    """Mark a version as adopted on a day; from then on everybody may read it, with the adopter's name.

    Raises:
        Forbidden: the actor is no lead partner.
        Refused: no reason, a day in the future or before the version was written, or it is adopted already.
    """
    authorise(actor, "strategy.adopt_version", version)
    held = Document.objects.select_for_update().get(pk=version.document_id)
    if not reason.strip():
        raise Refused(_("Say by which decision it is adopted: the reason is published with it."))
    if on > timezone.localdate():
        raise Refused(_("The day of adoption lies in the future."))
    if on < timezone.localtime(version.at).date():
        raise Refused(_("The day of adoption lies before the version was written."))
    if version.adoptions.filter(withdrawn_at__isnull=True).exists():
        raise Refused(_("This version is adopted already."))
    made = Adoption.objects.create(version=version, on=on, reason=clean(reason).strip(), by=actor)
    note(actor, "adopt_version", version, reason=made.reason, on=on.isoformat(), document=str(held))
    return made


@transaction.atomic
def withdraw_adoption(actor: Person, version: DocumentVersion, *, reason: str) -> Adoption:
    """Withdraw the standing adoption of a version; its record stays, and the public reads it no longer.

    Raises:
        Forbidden: the actor is no lead partner.
        Refused: no reason, or the version is not adopted.
    """
    authorise(actor, "strategy.withdraw_adoption", version)
    if not reason.strip():
        raise Refused(_("Say why the adoption is withdrawn."))
    standing = version.adoptions.select_for_update().filter(withdrawn_at__isnull=True).first()
    if standing is None:
        raise Refused(_("This version is not adopted."))
    standing.withdrawn_at, standing.withdrawn_by = timezone.now(), actor
    standing.withdrawal_reason = clean(reason).strip()
    standing.save()
    note(actor, "withdraw_adoption", version, reason=standing.withdrawal_reason)
    return standing
