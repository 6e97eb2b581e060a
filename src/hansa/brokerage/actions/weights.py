"""Learning weights from outcomes, and which weights rank: both are the lead partner's word."""

from __future__ import annotations

from django.db import connection, transaction
from django.utils.translation import gettext as _

from hansa.brokerage import outcomes, weighing
from hansa.brokerage.models import LearntWeights, WeightsChoice
from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Person
from hansa.network.permissions import authorise

ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('hansa.weights'))"


@transaction.atomic
def ask_to_learn(actor: Person) -> LearntWeights:
    """Have weights learnt from the outcomes there are; ranking stays as it is. A second click gets what waits already.

    Raises:
        Forbidden: the actor leads no partnership.
        Refused: there are too few outcomes to learn from.
    """
    from hansa.brokerage.jobs import queue_learn_weights

    authorise(actor, "brokerage.learn_weights")
    _one_at_a_time()
    waiting = LearntWeights.objects.filter(status=LearntWeights.Status.WAITING).first()
    if waiting is not None:
        # a worker that was stopped left it behind
        queue_learn_weights(waiting.pk)
        return waiting
    if not outcomes.gathered().enough:
        raise Refused(_("There are too few outcomes to learn from yet; the page says how many of each are missing."))
    made = LearntWeights.objects.create(asked_by=actor, default_version=weighing.by_default().version)
    note(actor, "ask_to_learn", made)
    queue_learn_weights(made.pk)
    return made


@transaction.atomic
def choose_weights(actor: Person, weights: LearntWeights | None, *, reason: str) -> WeightsChoice:
    """Switch learnt weights on, or back to the default (None). Suggestions follow when they are computed next; what
    brokers decided on stays as it was scored.

    Raises:
        Forbidden: the actor leads no partnership.
        Refused: no reason is given, the weights rank already, were not better than the default, or were learnt beside
            another default.
    """
    authorise(actor, "brokerage.choose_weights")
    _one_at_a_time()
    if not reason.strip():
        raise Refused(_("Say why, in a sentence; it stays with the decision."))
    held = None if weights is None else LearntWeights.objects.select_for_update().get(pk=weights.pk)
    if held is not None and not held.better:
        raise Refused(_("Measured, these weights are no better than the default, so they cannot be switched on."))
    if held is not None and not weighing.fits(held):
        raise Refused(_("These weights were judged against another default than today’s; learn them anew."))
    before = weighing.in_use()
    if before.learnt == held:
        raise Refused(_("These weights rank already."))
    made = WeightsChoice.objects.create(weights=held, reason=reason.strip()[:300], by=actor)
    now = weighing.by_default().version if held is None else held.version
    note(actor, "choose_weights", made, before=before.version, now=now, reason=made.reason)
    return made


def _one_at_a_time() -> None:
    """There is no row to lock before the first choice."""
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME)
