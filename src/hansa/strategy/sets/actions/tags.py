"""Propose, confirm, refuse and add the tags of regional priorities."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Person
from hansa.network.permissions import authorise
from hansa.strategy.models import Facet, RegionalPriority, RegionalTag
from hansa.strategy.sets import checking, semantics, tagging

AT_ONCE = 25


@transaction.atomic
def propose_tags(actor: Person, priorities: Sequence[RegionalPriority]) -> int:
    """Let Hansa propose tags; returns how many are new. What a person decided stays; undecided ones are renewed.

    Raises:
        Forbidden: the actor is neither analyst nor lead partner.
        Refused: nothing to tag, too many at once, or neither model nor labels are there to propose with.
    """
    authorise(actor, "strategy.tag_regional_priority")
    if not priorities:
        raise Refused(_("There is nothing to tag."))
    if len(priorities) > AT_ONCE:
        raise Refused(_("Tag at most %(most)d priorities at once.") % {"most": AT_ONCE})
    at_hand = semantics.tools()
    if at_hand.method == semantics.NOTHING:
        raise Refused(_("Neither the embedding model nor NACE labels are loaded, so nothing can be proposed."))
    fresh = 0
    for each in priorities:
        RegionalTag.objects.filter(priority=each, holds__isnull=True, proposed_by__isnull=True).delete()
        told = set(each.tags.values_list("facet", "classification", "code"))
        made = [
            RegionalTag(
                priority=each,
                facet=tag.facet,
                classification=tag.classification,
                code=tag.code,
                label=tag.label[:300],
                labels=tag.labels,
                confidence=tag.confidence,
            )
            for tag in tagging.propose(at_hand, each)
            if (tag.facet, tag.classification, tag.code) not in told
        ]
        RegionalTag.objects.bulk_create(made)
        note(actor, "propose_tags", each, proposed=len(made), method=at_hand.method)
        fresh += len(made)
    return fresh


@transaction.atomic
def decide_tags(
    actor: Person, priority: RegionalPriority, *, confirm: Sequence[int] = (), refuse: Sequence[int] = ()
) -> int:
    """Confirm and refuse tags of a priority by their primary keys; a decision can be turned round later.

    Returns how many changed.

    Raises:
        Forbidden: as `propose_tags`.
        Refused: nothing chosen, or a tag both confirmed and refused.
    """
    authorise(actor, "strategy.tag_regional_priority", priority)
    if set(confirm) & set(refuse):
        raise Refused(_("A tag cannot be confirmed and refused at once."))
    if not confirm and not refuse:
        raise Refused(_("Choose at least one tag."))
    changed = 0
    for tag in RegionalTag.objects.select_for_update().filter(priority=priority, pk__in=[*confirm, *refuse]):
        holds = tag.pk in set(confirm)
        if tag.holds != holds:
            tag.holds, tag.decided_by, tag.decided_at = holds, actor, timezone.now()
            tag.save(update_fields=["holds", "decided_by", "decided_at"])
            verb = "confirm_tag" if holds else "refuse_tag"
            note(actor, verb, priority, facet=tag.facet, code=tag.code)
            changed += 1
    return changed


@transaction.atomic
def add_tag(actor: Person, priority: RegionalPriority, *, facet: str, written: str) -> RegionalTag:
    """Add a tag by its code or name; a person adds what holds, so it is confirmed at once.

    Raises:
        Forbidden: as `propose_tags`.
        Refused: the facet's list has no such code or name.
    """
    authorise(actor, "strategy.tag_regional_priority", priority)
    given = checking.tag_named(facet, written)
    if given is None:
        raise Refused(
            _("“%(written)s” is not in the list of the facet “%(facet)s”.")
            % {"written": written[:80], "facet": Facet(facet).label}
        )
    tag, _fresh = RegionalTag.objects.get_or_create(
        priority=priority,
        facet=facet,
        classification=given.classification,
        code=given.code,
        defaults={"label": given.label, "labels": dict(given.labels), "proposed_by": actor},
    )
    tag.holds, tag.decided_by, tag.decided_at = True, actor, timezone.now()
    tag.save(update_fields=["holds", "decided_by", "decided_at"])
    note(actor, "add_tag", priority, facet=facet, code=tag.code)
    return tag
