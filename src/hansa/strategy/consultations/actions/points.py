"""What the partnership replies to each point that was made."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Person
from hansa.strategy.consultations.actions.common import held, needs
from hansa.strategy.models import Point, Priority


@transaction.atomic
def reply_to_point(
    actor: Person, point: Point, *, verdict: str, reason: str, priority: Priority | None = None
) -> Point:
    """Accept a point, in part or not, and say why; the priority it is about may be set with it.

    Raises:
        Forbidden: the actor's roles do not reply to points.
        Refused: no reason or reply, a priority of another run, or the minutes are signed.
    """
    kept = held(actor, point.answer.round.consultation, "strategy.answer_point")
    because = needs(reason)
    if verdict not in Point.Verdict.values:
        raise Refused(_("Choose what you reply: accepted, accepted in part, or not accepted."))
    if kept.minutes_signed_at is not None:
        raise Refused(_("The minutes are signed, so what was replied stays."))
    if priority is not None and priority.run_id != kept.run_id:
        raise Refused(_("Choose a priority of the consultation's own run."))
    mine = Point.objects.select_for_update().get(pk=point.pk)
    before = {"verdict": mine.verdict, "reason": mine.reason}
    mine.verdict, mine.reason, mine.by, mine.at = verdict, because, actor, timezone.now()
    mine.priority = priority or mine.priority
    mine.save()
    note(actor, "reply_to_point", mine, reason=because, before=before, verdict=verdict)
    return mine


@transaction.atomic
def split_point(actor: Person, point: Point, texts: Sequence[str], *, reason: str) -> list[Point]:
    """Take a point that says several things apart; nobody has replied to it yet.

    Raises:
        Forbidden: the actor's roles do not reply to points.
        Refused: no reason, fewer than two texts, or there is a reply already.
    """
    kept = held(actor, point.answer.round.consultation, "strategy.answer_point")
    because = needs(reason)
    parts = [text.strip() for text in texts if text.strip()]
    mine = Point.objects.select_for_update().get(pk=point.pk)
    if mine.verdict or kept.minutes_signed_at is not None:
        raise Refused(_("This point has its reply already."))
    if len(parts) < 2:
        raise Refused(_("Write two points or more, with an empty line between them."))
    before = mine.text
    mine.text = parts[0]
    mine.save()
    more = Point.objects.bulk_create(
        Point(answer_id=mine.answer_id, priority_id=mine.priority_id, text=text) for text in parts[1:]
    )
    note(actor, "split_point", mine, reason=because, before=before, parts=len(parts))
    return [mine, *more]
