"""Merge priorities into one, and split one into several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hansa.network.faults import Refused
from hansa.network.models import Person
from hansa.strategy.actions.moves import State, Verb, held_for, next_number, record, reopen, snapshot
from hansa.strategy.models import Priority, PriorityFigure, Step


@dataclass(frozen=True)
class Part:
    """What a split gives to one of the new priorities; `members` are primary keys of regional priorities."""

    title: str
    domains: Sequence[str] = ()
    themes: Sequence[str] = ()
    members: Sequence[int] = ()


@transaction.atomic
def merge(
    actor: Person | None, survivor: Priority, others: Sequence[Priority], *, reason: str, title: str = ""
) -> Priority:
    """Merge `others` into `survivor`, which keeps its identifier and gains their domains, themes, members and figures.

    What it had passed rested on fewer members, so it goes back to the first step; the others stay readable as merged.

    Raises:
        Forbidden, Refused: as `move`; or nothing to merge, a priority with itself, or priorities of different runs.
    """
    keys = sorted({other.pk for other in others})
    if not keys or survivor.pk in keys:
        raise Refused(_("Choose at least one other priority to merge with this one."))
    locked = {
        row.pk: row for row in Priority.objects.select_for_update().filter(pk__in=[*keys, survivor.pk]).order_by("pk")
    }
    held = held_for(actor, locked[survivor.pk], Verb.MERGE, reason)
    merged = [held_for(actor, locked[key], Verb.MERGE, reason) for key in keys]
    if len({each.run_id for each in [held, *merged]}) > 1:
        raise Refused(_("Only priorities of the same run can be merged."))
    before, old_title = snapshot(held), held.title
    for other in merged:
        _absorb(held, other)
    if title.strip() and title.strip() != held.title:
        held.title, held.titles, held.title_is_proposed = title.strip(), {}, False
        held.language = get_language() or held.language
    held.score = max((each.score for each in [held, *merged] if each.score is not None), default=None)
    held.kind = held.kind if {each.kind for each in merged} == {held.kind} else Priority.Kind.SHARED
    had_passed = held.results.filter(reopened_at__isnull=True).exists()
    reopen(held, frozenset(Step.values))
    held.state, held.reopened = (State.RETURNED, Step.VERIFY) if had_passed else (State.INITIAL, "")
    held.save()
    made = record(
        actor,
        held,
        Verb.MERGE,
        before,
        reason,
        old_title=old_title if held.title != old_title else "",
        new_title=held.title if held.title != old_title else "",
    )
    made.others.set(merged)
    for other in merged:
        earlier = snapshot(other)
        other.state, other.merged_into, other.reopened = State.MERGED, held, ""
        other.save()
        record(actor, other, Verb.MERGE, earlier, reason).others.set([held])
    return held


def _absorb(held: Priority, other: Priority) -> None:
    held.domains = [*held.domains, *(d for d in other.domains if d not in held.domains)]
    held.themes = [*held.themes, *(t for t in other.themes if t not in held.themes)]
    held.members.add(*other.members.all())
    _copy_figures(other, held, other.domains)


def _copy_figures(source: Priority, target: Priority, domains: Sequence[str]) -> None:
    copies = list(source.figures.filter(domain__in=domains))
    for copy in copies:
        copy.pk, copy.priority = None, target
    PriorityFigure.objects.bulk_create(copies, ignore_conflicts=True)


@transaction.atomic
def split(actor: Person | None, priority: Priority, into: Sequence[Part], *, reason: str) -> list[Priority]:
    """Split a priority into new ones that begin at the first step; it stays readable as split.

    Raises:
        Forbidden, Refused: as `move`; or fewer than two parts, a part without a title or content, or content that the
            priority does not have.
    """
    held = held_for(actor, priority, Verb.SPLIT, reason)
    members = set(held.members.values_list("pk", flat=True))
    if len(into) < 2:
        raise Refused(_("A split needs at least two parts."))
    for part in into:
        if not part.title.strip():
            raise Refused(_("Give every part a title."))
        if not (part.domains or part.themes or part.members):
            raise Refused(_("“%(title)s” has no domain, theme or regional priority.") % {"title": part.title})
        foreign = set(part.domains) - set(held.domains) or set(part.themes) - set(held.themes)
        if foreign or set(part.members) - members:
            raise Refused(_("“%(title)s” takes something that this priority does not have.") % {"title": part.title})
    before = snapshot(held)
    number = next_number()
    made = [_child(actor, held, part, number + offset, reason) for offset, part in enumerate(into)]
    held.state, held.reopened = State.SPLIT, ""
    held.save()
    record(actor, held, Verb.SPLIT, before, reason).others.set(made)
    return made


def _child(actor: Person | None, parent: Priority, part: Part, number: int, reason: str) -> Priority:
    child = Priority.objects.create(
        number=number,
        run=parent.run,
        kind=parent.kind,
        origin=Priority.Origin.PEOPLE,
        title=part.title.strip(),
        language=get_language() or parent.language,
        title_is_proposed=False,
        domains=[d for d in parent.domains if d in set(part.domains)],
        themes=[t for t in parent.themes if t in set(part.themes)],
        classification=parent.classification,
        split_from=parent,
    )
    child.members.set(part.members)
    _copy_figures(parent, child, child.domains)
    record(actor, child, Verb.PROPOSE, {}, reason)
    return child
