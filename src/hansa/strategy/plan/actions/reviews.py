"""The review of a run: planned, opened against the newest figures, decided, and closed with minutes."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Person
from hansa.network.permissions import authorise
from hansa.strategy import actions, computing, figures
from hansa.strategy.actions.runs import figure_code
from hansa.strategy.models import Priority, PriorityMove, Review, ReviewItem, Run, Step
from hansa.strategy.plan import reviewing
from hansa.strategy.plan.queries import signals_of

Verdict = ReviewItem.Verdict


@transaction.atomic
def plan_review(actor: Person, run: Run, *, planned_for: date) -> Review:
    """Plan the next review of a run.

    Raises:
        Forbidden: neither analyst nor lead partner.
        Refused: one is planned or open already.
    """
    authorise(actor, "strategy.hold_review")
    Run.objects.select_for_update().get(pk=run.pk)
    if run.reviews.filter(closed_at__isnull=True).exists():
        raise Refused(_("A review of this run is planned or open already."))
    made = Review.objects.create(run=run, planned_for=planned_for, by=actor)
    note(actor, "plan_review", made, planned_for=str(planned_for))
    return made


@transaction.atomic
def open_review(actor: Person, review: Review, *, strength_fall: float | None = None) -> Review:
    """Compare every open priority of the run with the newest figures and propose what to do, the final ones first.

    Raises:
        Forbidden: neither analyst nor lead partner.
        Refused: it is open or closed, no figures are loaded, or the run has no open priority.
    """
    authorise(actor, "strategy.hold_review")
    held = Review.objects.select_for_update().get(pk=review.pk)
    if held.opened_at is not None:
        raise Refused(_("This review was opened already."))
    loaded = figures.current()
    if loaded is None:
        raise Refused(_("No statistics are loaded yet. Load a table with “hansa load” first."))
    run = Run.objects.select_related("evidence").get(pk=held.run_id)
    priorities = list(run.priorities.exclude(state__in=Priority.CLOSED).prefetch_related("figures__region"))
    if not priorities:
        raise Refused(_("This run has no open priority to review."))
    for priority in priorities:
        priority.run = run
    sources = {r.code: figure_code(r) for r in run.regions.select_related("parent").order_by("code")}
    now = reviewing.picture(run, loaded.activity, sources)
    if run.evidence is not None:
        kept = computing.unpacked(bytes(run.evidence.content), run.evidence.year)
        then = reviewing.picture(run, kept, sources)
    else:
        then = reviewing.kept_picture(priorities)
    held.opened_at, held.table, held.year = timezone.now(), loaded.name, loaded.year
    held.evidence_version = loaded.version
    held.evidence_same = reviewing.same_evidence(run, loaded)
    held.strength_fall = held.strength_fall if strength_fall is None else strength_fall
    held.save()
    signals = signals_of(priorities)
    items = []
    for priority in sorted(priorities, key=lambda p: (p.state != Priority.State.FINAL, p.number)):
        found = reviewing.compared(priority, list(sources), then, now, signals[priority.pk])
        proposal, reasons = reviewing.proposed(found, strength_fall=held.strength_fall)
        items.append(
            ReviewItem(
                review=held,
                priority=priority,
                state_then=priority.state,
                found=found,
                proposal=proposal,
                reasons=reasons,
            )
        )
    ReviewItem.objects.bulk_create(items)
    note(actor, "open_review", held, table=loaded.name, version=loaded.version, items=len(items))
    return held


@transaction.atomic
def decide(actor: Person, item: ReviewItem, *, decision: str, reason: str) -> ReviewItem:
    """Decide on one priority of an open review. Reopening returns it to its first step in the same transaction.

    Raises:
        Forbidden: neither analyst nor lead partner.
        Refused: no reason, no such decision, the review is not open, it was decided to reopen already, or the
            priority has passed no step that could be reopened.
    """
    authorise(actor, "strategy.hold_review")
    review = Review.objects.select_for_update().get(pk=item.review_id)
    held = ReviewItem.objects.select_for_update().select_related("priority").get(pk=item.pk)
    if not review.is_open:
        raise Refused(_("This review is not open."))
    if decision not in Verdict.values:
        raise Refused(_("Choose: keep, look again or reopen."))
    if not reason.strip():
        raise Refused(_("Say why: the reason stays in the history."))
    if held.decision == Verdict.REOPEN:
        raise Refused(_("It is reopened; undo that on the priority's own page."))
    if decision == Verdict.REOPEN:
        actions.move(actor, held.priority, PriorityMove.Verb.RETURN, reason=reason, step=Step.VERIFY)
    held.decision, held.reason = decision, reason.strip()
    held.decided_by, held.decided_at = actor, timezone.now()
    held.save()
    note(actor, "decide_review", held, reason=reason.strip(), proposal=held.proposal, decision=decision)
    return held


@transaction.atomic
def close_review(actor: Person, review: Review, *, minutes: str, next_on: date | None = None) -> Review:
    """Close a review with its minutes; `next_on` plans the next one.

    Raises:
        Forbidden: neither analyst nor lead partner.
        Refused: it is not open, a priority is undecided, there are no minutes, or the next day is past.
    """
    authorise(actor, "strategy.hold_review")
    held = Review.objects.select_for_update().get(pk=review.pk)
    if not held.is_open:
        raise Refused(_("This review is not open."))
    undecided = held.items.filter(decision="").count()
    if undecided:
        raise Refused(_("Decide on every priority first: %(n)d are undecided.") % {"n": undecided})
    if not minutes.strip():
        raise Refused(_("Write the minutes: who took part, what was said, what was decided."))
    if next_on is not None and next_on <= timezone.localdate():
        raise Refused(_("The next review must have a day to come."))
    held.closed_at, held.minutes, held.next_on = timezone.now(), minutes.strip(), next_on
    held.save()
    if next_on is not None:
        Review.objects.create(run=held.run, planned_for=next_on, by=actor)
    note(actor, "close_review", held, next_on=str(next_on or ""))
    return held
