"""Answer where policy choice and statistics disagree."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Person, Region
from hansa.network.permissions import authorise
from hansa.strategy.models import DisagreementAnswer, Priority
from hansa.strategy.stepwork.verifying import verify


@transaction.atomic
def answer_disagreement(
    actor: Person, priority: Priority, region: Region, *, answer: str, reason: str
) -> DisagreementAnswer:
    """Say which of the two stands where policy and figures disagree in a region; a later answer replaces an earlier.

    The answer holds for the disagreement as it is now: when it turns into another one, it has to be answered anew.

    Raises:
        Forbidden: the actor is neither analyst nor lead partner.
        Refused: no reason, no such answer, a closed priority, or policy and figures do not disagree there.
    """
    authorise(actor, "strategy.answer_disagreement", priority)
    held = Priority.objects.select_for_update().get(pk=priority.pk)
    if not held.is_open:
        raise Refused(_("This priority is closed."))
    if answer not in DisagreementAnswer.Answer.values:
        raise Refused(_("Choose one of the answers."))
    if not reason.strip():
        raise Refused(_("Say why: the reason stays with the answer."))
    found = next((each for each in verify([held])[held.pk].regions if each.region.pk == region.pk), None)
    if found is None or not found.is_disagreement:
        raise Refused(_("Policy and figures do not disagree in %(region)s.") % {"region": region.local_name})
    made, _created = DisagreementAnswer.objects.update_or_create(
        priority=held,
        region=region,
        defaults={"disagreement": found.standing, "answer": answer, "reason": reason.strip(), "by": actor},
    )
    note(
        actor,
        "answer_disagreement",
        held,
        reason=reason.strip(),
        region=region.code,
        disagreement=found.standing,
        answer=answer,
    )
    return made
