"""Machine translation by an engine that the installation names; Hansa brings none.

`HANSA_TRANSLATOR` is the dotted path of an engine: an object, or a class that is made without arguments. What it must
have is `Translator`. It runs in the job worker alone, so that a slow or failing engine never holds up a page.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Protocol, cast

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from hansa.brokerage.models import TRANSLATED, Request, RequestTranslation

PATIENCE = 120.0
"""Seconds that an engine may take for one request."""
NOT_THERE, NO_ANSWER, FAULTY = "not_there", "no_answer", "faulty"
Status = RequestTranslation.Status


class Translator(Protocol):
    """A translation engine. `name` and `version` are kept with every text it makes."""

    name: str
    version: str

    def translate(self, texts: Sequence[str], source: str, target: str) -> Sequence[str]:
        """The texts in the same order and number; languages are ISO 639-1 codes. May raise anything."""
        ...


def is_named() -> bool:
    """Whether the installation names an engine; it is loaded only where it is used."""
    return bool(settings.HANSA_TRANSLATOR)


def engine() -> Translator | None:
    """The engine that the installation names; None where it names none. Raises whatever loading it raises."""
    if not is_named():
        return None
    named = import_string(settings.HANSA_TRANSLATOR)
    return cast(Translator, named() if isinstance(named, type) else named)


def translate(row: RequestTranslation) -> bool:
    """Have a waiting translation made and store it, or store why not.

    False when the request, or the translation, was changed meanwhile: another job is queued then, or a person wrote it.
    """
    request = Request.objects.get(pk=row.request_id)
    if request.language == row.language:
        # the original has been rewritten in this language since
        return _fail(row, FAULTY)
    texts = [getattr(request, name) for name in TRANSLATED]
    told = [text for text in texts if text.strip()]
    try:
        found = engine()
    except Exception:  # noqa: BLE001  (what somebody else's engine raises is not ours to know)
        found = None
    if found is None:
        return _fail(row, NOT_THERE)
    try:
        made = iter(_within(PATIENCE, found, told, request.language, row.language))
        filled = [next(made).strip() if text.strip() else "" for text in texts]
        for name, text in zip(TRANSLATED, filled, strict=True):
            RequestTranslation._meta.get_field(name).run_validators(text)
        if not filled[0] or not filled[1]:
            raise ValueError("a translation without title or summary")
    except TimeoutError:
        return _fail(row, NO_ANSWER)
    except Exception:  # noqa: BLE001
        return _fail(row, FAULTY)
    return _keep(row, request, dict(zip(TRANSLATED, filled, strict=True)), found)


def _within(seconds: float, found: Translator, texts: Sequence[str], source: str, target: str) -> Sequence[str]:
    """What the engine answers. Raises TimeoutError where it takes longer: it is left to itself then."""
    answer: list[Sequence[str]] = []
    faults: list[BaseException] = []

    def ask() -> None:
        try:
            answer.append(list(found.translate(texts, source, target)))
        except BaseException as fault:  # noqa: BLE001
            faults.append(fault)

    asking = threading.Thread(target=ask, daemon=True, name="translator")
    asking.start()
    asking.join(seconds)
    if faults:
        raise RuntimeError("the engine failed") from faults[0]
    if not answer:
        raise TimeoutError
    if len(answer[0]) != len(texts) or not all(isinstance(text, str) for text in answer[0]):
        raise ValueError("the engine gave another number of texts")
    return answer[0]


@transaction.atomic
def _keep(row: RequestTranslation, request: Request, texts: dict[str, Any], found: Translator) -> bool:
    now = Request.objects.select_for_update().get(pk=request.pk)
    held = RequestTranslation.objects.select_for_update().filter(pk=row.pk, status=Status.WAITING).first()
    fields = ("language", *TRANSLATED)
    if held is None or any(getattr(now, name) != getattr(request, name) for name in fields):
        return False
    for name, text in texts.items():
        setattr(held, name, text)
    held.status, held.stale, held.fault, held.by, held.at = Status.MACHINE, False, "", None, timezone.now()
    held.source_language, held.engine, held.engine_version = request.language, found.name[:60], found.version[:40]
    held.save()
    return True


def _fail(row: RequestTranslation, fault: str) -> bool:
    RequestTranslation.objects.filter(pk=row.pk, status=Status.WAITING).update(
        status=Status.FAILED, fault=fault, at=timezone.now()
    )
    return True
