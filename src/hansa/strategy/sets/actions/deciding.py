"""Take a common set up as a priority, attach it to one, or refuse it."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Person
from hansa.network.permissions import authorise
from hansa.strategy.actions.moves import next_number
from hansa.strategy.models import CommonSet, Priority, PriorityFigure, PriorityMove, Step
from hansa.strategy.sets import queries
from hansa.strategy.sets.run_figures import figures_of

State = CommonSet.State


def _held(actor: Person, common_set: CommonSet, reason: str, state: str) -> CommonSet:
    authorise(actor, "strategy.decide_common_set", common_set)
    held = CommonSet.objects.select_for_update(of=("self",)).select_related("run").get(pk=common_set.pk)
    if not reason.strip():
        raise Refused(_("Say why: the reason stays with the set."))
    if held.state != state:
        raise Refused(
            _("Somebody else has decided this meanwhile: it is %(state)s.") % {"state": held.get_state_display()}
        )
    return held


def _decided(actor: Person, held: CommonSet, state: str, reason: str, priority: Priority | None = None) -> None:
    held.state, held.reason, held.priority = state, reason.strip(), priority
    held.decided_by, held.decided_at = actor, timezone.now()
    held.save()


@transaction.atomic
def refuse_set(actor: Person, common_set: CommonSet, *, reason: str) -> CommonSet:
    """Refuse a proposed set; it stays readable with its reason and is not proposed again.

    Raises:
        Forbidden: the actor is neither analyst nor lead partner.
        Refused: no reason, or it is decided already.
    """
    held = _held(actor, common_set, reason, State.PROPOSED)
    _decided(actor, held, State.REFUSED, reason)
    note(actor, "refuse_common_set", held, reason=reason.strip())
    return held


@transaction.atomic
def reopen_set(actor: Person, common_set: CommonSet, *, reason: str) -> CommonSet:
    """Propose a refused set again.

    Raises:
        Forbidden, Refused: as `refuse_set`; or it is not refused.
    """
    held = _held(actor, common_set, reason, State.REFUSED)
    _decided(actor, held, State.PROPOSED, reason)
    note(actor, "reopen_common_set", held, reason=reason.strip())
    return held


@transaction.atomic
def take_set(
    actor: Person,
    common_set: CommonSet,
    *,
    title: str,
    reason: str,
    domains: Sequence[str] = (),
    themes: Sequence[str] = (),
) -> Priority:
    """Make a common priority of a proposed set: it begins at the first step with the set's members.

    `domains` and `themes` are what the person chose; `queries.layers_of` proposes them. Figures are added for the
    domains that the run's own evidence has.

    Raises:
        Forbidden, Refused: as `refuse_set`; or no title, no member, neither domain nor theme, or a theme or a code
            that is not recorded.
    """
    held = _held(actor, common_set, reason, State.PROPOSED)
    if not title.strip():
        raise Refused(_("Give the priority a title."))
    members = queries.members_of(held)
    if not members:
        raise Refused(_("The set has no members."))
    if not domains and not themes:
        raise Refused(_("Choose at least one domain or theme: without any a priority cannot be verified."))
    _known(domains, themes)
    run_figures = figures_of(held.run)
    priority = Priority.objects.create(
        number=next_number(),
        run=held.run,
        kind=held.kind,
        origin=Priority.Origin.STRATEGIES,
        title=title.strip()[:200],
        language=get_language() or held.language,
        title_is_proposed=False,
        domains=list(dict.fromkeys(domains)),
        themes=list(dict.fromkeys(themes)),
        classification=held.run.classification,
        score=run_figures.strength(domains, held.kind) if run_figures else None,
    )
    priority.members.set(members)
    _add_figures(priority)
    PriorityMove.objects.create(
        priority=priority,
        verb=PriorityMove.Verb.PROPOSE,
        to_state=Priority.State.INITIAL,
        reason=reason.strip(),
        by=actor,
    )
    note(actor, "propose_priority", priority, reason=reason.strip(), common_set=held.pk, members=len(members))
    _decided(actor, held, State.TAKEN, reason, priority)
    note(actor, "take_common_set", held, reason=reason.strip(), priority=priority.identifier)
    return priority


def _known(domains: Sequence[str], themes: Sequence[str]) -> None:
    from hansa.strategy.models import Theme

    unknown = set(themes) - set(Theme.objects.filter(code__in=themes).values_list("code", flat=True))
    if unknown:
        raise Refused(_("There is no theme “%(code)s”.") % {"code": min(unknown)})
    strange = next((code for code in domains if not code or len(code) > 24), None)
    if strange is not None:
        raise Refused(_("“%(code)s” is no code of a domain.") % {"code": strange[:40]})


@transaction.atomic
def attach_set(actor: Person, common_set: CommonSet, priority: Priority, *, reason: str) -> Priority:
    """Add a proposed set's members, and the themes that they carry, to a priority of the same run.

    What a priority has passed rested on its members, so one that is past the first step has to be returned first.

    Raises:
        Forbidden, Refused: as `refuse_set`; or the priority is of another run, closed, or past the first step.
    """
    held = _held(actor, common_set, reason, State.PROPOSED)
    target = Priority.objects.select_for_update().get(pk=priority.pk)
    if target.run_id != held.run_id or not target.is_open:
        raise Refused(_("Choose an open priority of the same run."))
    at_first = target.state == Priority.State.INITIAL or target.reopened == Step.VERIFY
    if not at_first:
        raise Refused(
            _("%(id)s has passed a step with the members it has; return it to “verify” first.")
            % {"id": target.identifier}
        )
    members = queries.members_of(held)
    themes = [code for code in queries.layers_of(held).themes if code not in target.themes]
    target.members.add(*members)
    if themes:
        target.themes = [*target.themes, *themes]
        target.save(update_fields=["themes"])
    note(actor, "attach_common_set", target, reason=reason.strip(), common_set=held.pk, members=len(members))
    _decided(actor, held, State.TAKEN, reason, target)
    note(actor, "take_common_set", held, reason=reason.strip(), priority=target.identifier)
    return target


def _add_figures(priority: Priority) -> None:
    run_figures = figures_of(priority.run)
    if run_figures is None:
        return
    by_code = {region.code: region for region in priority.run.regions.all()}
    PriorityFigure.objects.bulk_create(
        PriorityFigure(priority=priority, **{**cell, "region": by_code[cell["region"]]})
        for cell in run_figures.cells(priority.domains)
    )
