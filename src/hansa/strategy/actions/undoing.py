"""Undo the latest move of a priority by a new one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.network.faults import Refused
from hansa.network.models import Person
from hansa.strategy.actions.moves import KEPT, State, Verb, held_for, record, snapshot
from hansa.strategy.models import Priority, PriorityMove


@transaction.atomic
def undo(actor: Person | None, made: PriorityMove, *, reason: str) -> Priority:
    """Undo the latest move of a priority by a new move: state, title, content and results are as they were before.

    Raises:
        Forbidden: the actor's roles do not allow it.
        Refused: no reason, a later move stands in between, or a priority involved has moved on since.
    """
    # locked in the order of their keys, as a merge does, so that the two never wait for each other
    keys = [made.priority_id, *made.others.values_list("pk", flat=True)]
    locked = {row.pk: row for row in Priority.objects.select_for_update().filter(pk__in=keys).order_by("pk")}
    held = held_for(actor, locked[made.priority_id], Verb.UNDO, reason)
    if made.verb in (Verb.PROPOSE, Verb.UNDO) or hasattr(made, "undone_by"):
        raise Refused(_("This move cannot be undone."))
    if latest_to_undo(held) != made:
        raise Refused(_("A later move stands in between; undo that one first."))
    involved = [row for key, row in locked.items() if key != held.pk]
    if made.verb == Verb.MERGE and held.state == State.MERGED:
        raise Refused(_("Undo the merge on %(survivor)s.") % {"survivor": held.merged_into.identifier})  # type: ignore[union-attr]
    for other in involved:
        _undo_other(actor, made, other, reason)
    before = snapshot(held)
    restore(held, made.before)
    record(actor, held, Verb.UNDO, before, reason, undoes=made, step=made.step).others.set(involved)
    return held


def _undo_other(actor: Person | None, made: PriorityMove, other: Priority, reason: str) -> None:
    last = other.moves.first()
    moved_on = _("%(id)s has moved on since; undo its later moves first.") % {"id": other.identifier}
    before = snapshot(other)
    if made.verb == Verb.MERGE:
        if other.merged_into_id != made.priority_id or last is None or last.verb != Verb.MERGE:
            raise Refused(moved_on)
        restore(other, last.before)
        record(actor, other, Verb.UNDO, before, reason, undoes=last)
    elif made.verb == Verb.SPLIT:
        if last is None or last.verb != Verb.PROPOSE:
            raise Refused(moved_on)
        other.state = State.DROPPED
        other.save()
        record(actor, other, Verb.DROP, before, reason)


def latest_to_undo(priority: Priority) -> PriorityMove | None:
    """The latest move that was neither undone nor an undoing itself; None when only the proposal is left."""
    found = (
        priority.moves.exclude(verb__in=[Verb.UNDO, Verb.PROPOSE]).filter(undone_by__isnull=True).order_by("-at", "-pk")
    )
    return found.first()


def restore(held: Priority, earlier: Mapping[str, Any]) -> None:
    """Make the priority what a snapshot says it was."""
    for name in KEPT:
        setattr(held, name, earlier[name])
    held.save()
    held.members.set(earlier["members"])
    held.figures.exclude(domain__in=held.domains).delete()
    standing = set(earlier["results"])
    held.results.filter(reopened_at__isnull=True).exclude(pk__in=standing).update(reopened_at=timezone.now())
    held.results.filter(pk__in=standing).update(reopened_at=None)
