"""Find the common sets of a run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Person
from hansa.network.permissions import authorise
from hansa.strategy.models import CommonSet, RegionalPriority, Run, SetComputation, SetMember
from hansa.strategy.sets import concordance, queries, semantics
from hansa.strategy.sets.rule import Found, Relations, SetRule, common_sets
from hansa.strategy.sets.run_figures import figures_of
from hansa.strategy.sets.semantics import Tools
from hansa.strategy.sets.wording import title_of

MOST = 2_000


@transaction.atomic
def compute_sets(actor: Person | None, run: Run, rule: SetRule) -> SetComputation:
    """Propose the common sets of a run from the regional priorities of its regions.

    Sets that are taken up, refused or arranged by a person stay; other proposals give way to the new ones. A new set
    with the members of one that stays is not proposed again.

    Raises:
        Forbidden: the actor is neither analyst nor lead partner.
        Refused: none of its regions has a priority, or there are more than can be compared.
    """
    if actor is not None:
        authorise(actor, "strategy.compute_common_sets", run)
    run = Run.objects.select_for_update().get(pk=run.pk)
    priorities = list(queries.of_run(run).order_by("pk"))
    if not priorities:
        raise Refused(_("No region of this run has a recorded priority yet; enter or import them first."))
    if len(priorities) > MOST:
        raise Refused(_("A run can compare at most %(most)d regional priorities.") % {"most": MOST})
    at_hand = semantics.tools()
    raw = semantics.vectors(at_hand, priorities) if at_hand.embedder is not None else None
    if raw is not None:
        keep_vectors(at_hand, priorities, raw)
    known = figures_of(run)
    relations = Relations(known.proximity if known else lambda _a, _b: None, concordance.weights())
    items = [queries.item_of(each) for each in priorities]
    found = common_sets(items, semantics.likeness(at_hand, priorities, raw), run.regions.count(), rule, relations)
    run.common_sets.filter(state=CommonSet.State.PROPOSED, arranged=False).delete()
    computation = SetComputation.objects.create(
        run=run,
        parameters=rule.as_json(),
        method=at_hand.stamp,
        looked_at=len(priorities),
        digest=_digest(found),
        by=actor,
    )
    by_key = {each.pk: each for each in priorities}
    staying = {(kept.kind, _members(kept)) for kept in run.common_sets.prefetch_related("memberships")}
    for each in found:
        if (each.kind, frozenset(key for key, _s in each.members)) not in staying:
            _store(computation, each, by_key)
    note(actor, "compute_common_sets", run, looked_at=len(priorities), found=len(found), **rule.as_json())
    return computation


def keep_vectors(at_hand: Tools, priorities: Sequence[RegionalPriority], raw: semantics.Floats) -> None:
    """Keep vectors beside the priorities that lack them, so that the next search need not make them again."""
    changed = []
    for each, vector in zip(priorities, raw, strict=True):
        stamp = semantics.stamp_of(at_hand, each)
        if each.vector_of != stamp:
            each.vector, each.vector_of = vector.tobytes(), stamp
            changed.append(each)
    RegionalPriority.objects.bulk_update(changed, ["vector", "vector_of"], batch_size=200)


def _members(kept: CommonSet) -> frozenset[int]:
    return frozenset(each.priority_id for each in kept.memberships.all())


def _store(computation: SetComputation, found: Found, by_key: dict[int, RegionalPriority]) -> None:
    members = [by_key[key] for key, _similarity in found.members]
    title, language = title_of(found, members, get_language() or "en")
    made = CommonSet.objects.create(
        run=computation.run,
        computation=computation,
        kind=found.kind,
        title=title[:200],
        language=language,
        overlap=found.overlap,
        parameters=computation.parameters,
        ties=[dict(tie) for tie in found.ties],
    )
    SetMember.objects.bulk_create(
        SetMember(common_set=made, priority=by_key[key], similarity=similarity) for key, similarity in found.members
    )


def _digest(found: Sequence[Found]) -> str:
    told = json.dumps([each.as_json() for each in found], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()
