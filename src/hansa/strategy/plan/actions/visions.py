"""The shared vision: versions that several people write, and that nobody changes once it is signed."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Organisation, Person, Region
from hansa.network.permissions import authorise
from hansa.strategy.models import Run, Signature, Vision, VisionEdit

MOST_LETTERS = 20_000


class Conflict(Refused):
    """Somebody else changed the same text meanwhile; `theirs` is what it says now, `revision` where it stands."""

    def __init__(self, edit: VisionEdit, revision: int) -> None:
        super().__init__(
            _("Somebody else has changed this text meanwhile. Yours is kept below, theirs stands beside it.")
        )
        self.theirs, self.revision = edit, revision


@transaction.atomic
def new_vision(actor: Person, run: Run, *, language: str, reason: str) -> Vision:
    """Begin the next version of a run's vision, with the texts of the last one.

    Raises:
        Forbidden: neither analyst nor lead partner.
        Refused: no reason, or the last version is not signed yet and can be written on.
    """
    authorise(actor, "strategy.edit_vision")
    _needs(reason)
    Run.objects.select_for_update().get(pk=run.pk)
    last = run.visions.order_by("-number").first()
    if last is not None and last.signed_at is None:
        raise Refused(_("Version %(number)d is not signed yet: write on in it.") % {"number": last.number})
    number = (run.visions.aggregate(last=Max("number"))["last"] or 0) + 1
    made = Vision.objects.create(
        run=run,
        number=number,
        language=last.language if last else language,
        texts=last.texts if last else {},
    )
    note(actor, "new_vision", made, reason=reason.strip())
    return made


@transaction.atomic
def edit_vision(actor: Person, vision: Vision, *, language: str, text: str, reason: str, expected: int) -> Vision:
    """Write the text in one language. `expected` is the revision the person began from.

    Whoever wrote the same language since is never overwritten unseen; an edit in another language is no conflict.

    Raises:
        Forbidden: neither analyst nor lead partner.
        Conflict: the text in that language changed since `expected`.
        Refused: no reason or text, a text that is too long or the same, or the version is signed.
    """
    authorise(actor, "strategy.edit_vision")
    _needs(reason)
    held = Vision.objects.select_for_update().get(pk=vision.pk)
    _not_signed(held)
    text = text.strip().replace("\r\n", "\n")
    if not text or len(text) > MOST_LETTERS:
        raise Refused(_("Write the text, at most %(n)d characters.") % {"n": MOST_LETTERS})
    if held.texts.get(language) == text:
        raise Refused(_("The text is the same as before."))
    since = held.edits.filter(language=language, revision__gt=expected).order_by("-revision").first()
    if since is not None:
        raise Conflict(since, held.revision)
    held.texts = {**held.texts, language: text}
    held.revision += 1
    held.save()
    VisionEdit.objects.create(
        vision=held, revision=held.revision, language=language, text=text, reason=reason.strip(), by=actor
    )
    note(actor, "edit_vision", held, reason=reason.strip(), language=language, revision=held.revision)
    return held


@transaction.atomic
def sign_vision(
    actor: Person,
    vision: Vision,
    *,
    signatory: str,
    on: date,
    basis: str,
    organisation: Organisation | None = None,
    region: Region | None = None,
    expected: int | None = None,
) -> Signature:
    """Record who signed the vision, for whom and on what basis. From the first signature on it can never change.

    `expected` is the revision that was signed.

    Raises:
        Forbidden: neither lead partner nor analyst or coordinator of the organisation signed for.
        Refused: nobody signed for, no text, the text changed meanwhile, a day to come, or signed for already.
    """
    authorise(actor, "strategy.sign_vision", organisation)
    held = Vision.objects.select_for_update().get(pk=vision.pk)
    if organisation is None and region is None:
        raise Refused(_("Say for which region or organisation it is signed."))
    if not (signatory.strip() and basis.strip()):
        raise Refused(_("Name who signed and on what basis."))
    if not held.text:
        raise Refused(_("There is no text in the language of the original yet."))
    if expected is not None and held.revision != expected:
        raise Refused(_("The text has changed since you opened it; read it again before it is signed."))
    if on > timezone.localdate():
        raise Refused(_("A signature cannot have a date to come."))
    if held.signatures.filter(organisation=organisation, region=region).exists():
        raise Refused(_("It is signed for them already."))
    if held.signed_at is None:
        held.signed_at = timezone.now()
        held.save()
    made = Signature.objects.create(
        vision=held,
        organisation=organisation,
        region=region,
        signatory=signatory.strip(),
        on=on,
        basis=basis.strip(),
        by=actor,
    )
    note(actor, "sign_vision", held, reason=basis.strip(), signatory=signatory.strip(), on=str(on))
    return made


def _not_signed(vision: Vision) -> None:
    if vision.signed_at is not None:
        raise Refused(_("This version is signed and stays as it is; begin a new version."))


def _needs(reason: str) -> None:
    if not reason.strip():
        raise Refused(_("Say why: the reason stays in the history."))
