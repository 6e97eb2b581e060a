"""Warnings of requests that say nearly the same: looked for again, set aside as another one, taken back."""

from __future__ import annotations

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.brokerage.models import Likeness, LikenessSearch, Request
from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Person
from hansa.network.permissions import authorise

COMPARED = frozenset({Request.State.DRAFT, Request.State.IN_REVIEW, *Request.OPEN})


@transaction.atomic
def compare_again(actor: Person, request: Request) -> Request:
    """Look again for requests that say nearly the same.

    Raises:
        Forbidden: the actor is no broker of the request's agency.
        Refused: the request is closed or withdrawn.
    """
    authorise(actor, "brokerage.compare_request", request)
    held = Request.objects.select_for_update().get(pk=request.pk)
    if held.state not in COMPARED:
        raise Refused(_("Only a draft or a published request is compared with others."))
    compare(held)
    note(actor, "compare_request", held)
    return held


@transaction.atomic
def dismiss_likeness(actor: Person, likeness: Likeness) -> Likeness:
    """Say that the other request is another one. It is remembered for the pair; between two requests of one agency it
    holds both ways. A second click changes nothing.

    Raises:
        Forbidden: the actor is no broker of the request's agency.
    """
    authorise(actor, "brokerage.dismiss_likeness", likeness)
    now = timezone.now()
    changed = _pair(likeness).filter(dismissed_at__isnull=True).update(dismissed_by=actor, dismissed_at=now)
    if changed:
        note(actor, "dismiss_likeness", likeness.request, other=likeness.other_id)
    return Likeness.objects.get(pk=likeness.pk)


@transaction.atomic
def restore_likeness(actor: Person, likeness: Likeness) -> Likeness:
    """Take a dismissal back, so that the warning is shown again.

    Raises:
        Forbidden: the actor is no broker of the request's agency.
    """
    authorise(actor, "brokerage.restore_likeness", likeness)
    if _pair(likeness).filter(dismissed_at__isnull=False).update(dismissed_by=None, dismissed_at=None):
        note(actor, "restore_likeness", likeness.request, other=likeness.other_id)
    return Likeness.objects.get(pk=likeness.pk)


def compare(held: Request) -> None:
    """Queue the comparison inside the caller's transaction."""
    from hansa.brokerage.jobs import queue_find_likenesses

    LikenessSearch.objects.update_or_create(request=held, defaults={"asked_at": timezone.now(), "done_at": None})
    queue_find_likenesses(held.pk)


def _pair(likeness: Likeness) -> models.QuerySet[Likeness]:
    """The row itself, and the row of the other direction where both requests are the same agency's."""
    back = models.Q(request=likeness.other_id, other=likeness.request_id, request__agency=models.F("other__agency"))
    found = Likeness.objects.filter(models.Q(pk=likeness.pk) | back).values_list("pk", flat=True)
    return Likeness.objects.filter(pk__in=list(found))
