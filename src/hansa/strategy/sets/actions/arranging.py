"""Merge and split common sets and move their members, before they are taken up or refused."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Person
from hansa.network.permissions import authorise
from hansa.strategy.models import CommonSet, RegionalPriority, SetMember
from hansa.strategy.sets import queries
from hansa.strategy.sets.rule import SetRule, binding_tags, overlap_of

Proposed = CommonSet.State.PROPOSED


def _held(actor: Person, keys: Sequence[int], reason: str) -> list[CommonSet]:
    """The locked sets in the order of `keys`, after the checks that every arrangement shares."""
    authorise(actor, "strategy.decide_common_set")
    if not reason.strip():
        raise Refused(_("Say why you arrange the sets so; the reason stays on record."))
    found = {each.pk: each for each in CommonSet.objects.select_for_update().filter(pk__in=set(keys)).order_by("pk")}
    if len(found) < len(set(keys)):
        raise Refused(_("Somebody else has changed these sets meanwhile; look at them again."))
    if any(each.state != Proposed for each in found.values()):
        raise Refused(_("Only proposed sets can be arranged; this one is taken up or refused."))
    if len({each.run_id for each in found.values()}) > 1:
        raise Refused(_("Only sets of the same run can be arranged together."))
    return [found[key] for key in dict.fromkeys(keys)]


@transaction.atomic
def merge_sets(actor: Person, sets: Sequence[int], *, reason: str, title: str = "") -> CommonSet:
    """Merge sets, by their keys, into the first; the others are gone, the audit note says what they were.

    Raises:
        Forbidden: the actor is neither analyst nor lead partner.
        Refused: no reason, fewer than two sets, sets of different runs, or one that is decided.
    """
    survivor, *others = _held(actor, sets, reason) if sets else [None]
    if survivor is None or not others:
        raise Refused(_("Choose at least two sets to merge."))
    had = set(survivor.memberships.values_list("priority_id", flat=True))
    merged = []
    for other in others:
        merged.append({"title": other.title, "members": queries.keys_of(other)})
        fresh = [key for key in queries.keys_of(other) if key not in had]
        SetMember.objects.bulk_create(SetMember(common_set=survivor, priority_id=key) for key in fresh)
        had |= set(fresh)
        other.delete()
    if title.strip():
        survivor.title, survivor.language = title.strip()[:200], get_language() or survivor.language
    _changed(survivor)
    note(actor, "merge_common_sets", survivor, reason=reason.strip(), merged=merged)
    return survivor


@transaction.atomic
def split_set(
    actor: Person, common_set: CommonSet, members: Sequence[int], *, reason: str, title: str = ""
) -> CommonSet:
    """Put some members of a set, by their keys, into a new set of the same kind.

    Raises:
        Forbidden, Refused: as `merge_sets`; or no member chosen, all of them, or one that the set does not have.
    """
    held = _held(actor, [common_set.pk], reason)[0]
    chosen = set(members)
    if not chosen or not chosen < set(queries.keys_of(held)):
        raise Refused(_("Choose some of the set's members, and leave at least one."))
    made = CommonSet.objects.create(
        run=held.run,
        computation=held.computation,
        kind=held.kind,
        title=(title.strip() or _title_from(chosen))[:200],
        language=get_language() or held.language,
        parameters=held.parameters,
    )
    held.memberships.filter(priority__in=chosen).update(common_set=made, similarity=None)
    for each in (held, made):
        _changed(each)
    note(actor, "split_common_set", held, reason=reason.strip(), into=made.pk, members=sorted(chosen))
    return made


@transaction.atomic
def move_members(
    actor: Person, members: Sequence[int], target: CommonSet, *, reason: str, source: CommonSet | None = None
) -> CommonSet:
    """Move members, by the keys of their regional priorities, from `source` (or from no set) into `target`.

    A source that is left without members is gone.

    Raises:
        Forbidden, Refused: as `merge_sets`; or nothing to move, or a priority of a region outside the run.
    """
    keys = [target.pk, *([source.pk] if source is not None else [])]
    held, *from_set = _held(actor, keys, reason)
    chosen = set(members)
    if from_set:
        chosen &= set(queries.keys_of(from_set[0]))
    if not chosen or (source is not None and source.pk == target.pk):
        raise Refused(_("Choose a member and another set to move it to."))
    if queries.of_run(held.run).filter(pk__in=chosen).count() < len(chosen):
        raise Refused(_("Only priorities of the run's regions belong into its sets."))
    had = set(queries.keys_of(held))
    SetMember.objects.bulk_create(
        SetMember(common_set=held, priority_id=key) for key in sorted(chosen) if key not in had
    )
    _changed(held)
    for each in from_set:
        each.memberships.filter(priority__in=chosen).delete()
        if each.memberships.exists():
            _changed(each)
        else:
            each.delete()
    note(actor, "move_set_members", held, reason=reason.strip(), members=sorted(chosen))
    return held


def _title_from(members: set[int]) -> str:
    return str(RegionalPriority.objects.filter(pk__in=members).order_by("pk").values_list("title", flat=True)[0])


def _changed(common_set: CommonSet) -> None:
    """Mark it as arranged and compute its overlap anew from the tags; without binding tags it is unknown."""
    items = [queries.item_of(each) for each in queries.members_of(common_set)]
    regions = common_set.run.regions.count()
    rule = SetRule(**common_set.parameters) if common_set.parameters else SetRule()
    common_set.arranged = True
    if common_set.kind == "shared":
        binding = binding_tags(items, rule)
        common_set.overlap = overlap_of(items, binding, [], regions) if binding and regions else None
        common_set.ties = [{"facet": facet, "code": code, "regions": held} for (facet, code), held in binding.items()]
    else:
        common_set.overlap = len({item.region for item in items}) / regions if regions else None
    common_set.save()
