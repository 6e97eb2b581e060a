"""The criteria of a run, their weights, the rule of its steps, and the scores of its judges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify
from django.utils.translation import gettext as _

from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Person, Region
from hansa.network.permissions import authorise
from hansa.strategy.models import Criterion, CriterionScore, Priority, Run, StepRule
from hansa.strategy.models.stepwork import HIGHEST_SCORE, LOWEST_SCORE
from hansa.strategy.stepwork.assessing import defaults
from hansa.strategy.stepwork.rule import Rule, rule_of

MOST_CRITERIA = 20
TEXTS = ("title", "titles", "description", "descriptions", "weight", "direction")


@transaction.atomic
def begin_criteria(actor: Person, run: Run, *, reason: str) -> list[Criterion]:
    """Give a run its criteria: those of the run it is based on where that has some, else Hansa's own defaults.

    The rule of the steps is taken over with them, where the run has none of its own.

    Raises:
        Forbidden: the actor is neither analyst nor lead partner.
        Refused: no reason, or the run has criteria already.
    """
    authorise(actor, "strategy.manage_criteria", run)
    _needs(reason)
    held = Run.objects.select_for_update().get(pk=run.pk)
    if held.criteria.exists():
        raise Refused(_("This run has its criteria already."))
    earlier = list(held.based_on.criteria.all()) if held.based_on else []
    kept = StepRule.objects.filter(run=held.based_on).first() if held.based_on else None
    if kept is not None and not StepRule.objects.filter(run=held).exists():
        StepRule.objects.create(run=held, parameters=kept.parameters, reason=reason.strip(), by=actor)
    names = ("code", "origin", "measure", *TEXTS)
    given = [{name: getattr(each, name) for name in names} for each in earlier] or defaults()
    made = Criterion.objects.bulk_create(
        Criterion(run=held, place=place, **each) for place, each in enumerate(given, start=1)
    )
    note(actor, "begin_criteria", held, reason=reason.strip(), codes=[each.code for each in made])
    return made


@transaction.atomic
def weigh(actor: Person, run: Run, weights: Mapping[int, float], directions: Mapping[int, int], *, reason: str) -> None:
    """Set weights and directions of criteria by their keys; a weight of 0 leaves a criterion out.

    Raises:
        Forbidden: the actor is neither analyst nor lead partner.
        Refused: no reason, a weight below zero, a criterion of another run, or nothing is left to weigh.
    """
    authorise(actor, "strategy.manage_criteria", run)
    _needs(reason)
    held = {each.pk: each for each in Criterion.objects.select_for_update().filter(run=run)}
    if not set(weights) <= set(held) or not set(directions) <= set(held):
        raise Refused(_("One of the criteria is not of this run."))
    if any(not weight >= 0 or weight == float("inf") for weight in weights.values()):
        raise Refused(_("A weight is a number that is not below zero."))
    before = {each.code: [each.weight, each.direction] for each in held.values()}
    for key, each in held.items():
        each.weight = weights.get(key, each.weight)
        each.direction = directions.get(key, each.direction)
    if not any(each.weight > 0 for each in held.values()):
        raise Refused(_("At least one criterion needs a weight above zero."))
    Criterion.objects.bulk_update(held.values(), ["weight", "direction"])
    after = {each.code: [each.weight, each.direction] for each in held.values()}
    note(actor, "weigh_criteria", run, reason=reason.strip(), before=before, after=after)


@transaction.atomic
def add_criterion(actor: Person, run: Run, *, reason: str, **fields: Any) -> Criterion:
    """Add a judged criterion of one's own to a run.

    Raises:
        Forbidden: the actor is neither analyst nor lead partner.
        Refused: no reason or title, or the run has as many criteria as it can have.
    """
    authorise(actor, "strategy.manage_criteria", run)
    _needs(reason)
    held = Run.objects.select_for_update().get(pk=run.pk)
    title = str(fields.get("title", "")).strip()
    if not title:
        raise Refused(_("Give the criterion a title."))
    if held.criteria.count() >= MOST_CRITERIA:
        raise Refused(_("A run has at most %(n)d criteria.") % {"n": MOST_CRITERIA})
    last = held.criteria.aggregate(last=Max("place"))["last"] or 0
    code = (slugify(title)[:30] or "criterion") + f"-{last + 1}"
    made = Criterion.objects.create(
        run=held,
        code=code,
        origin=Criterion.Origin.JUDGED,
        place=last + 1,
        **{name: fields[name] for name in TEXTS if name in fields},
    )
    note(actor, "add_criterion", made, reason=reason.strip())
    return made


@transaction.atomic
def edit_criterion(actor: Person, criterion: Criterion, *, reason: str, **fields: Any) -> Criterion:
    """Change title, description, weight or direction of a criterion; what it was before stays in the audit.

    Raises:
        Forbidden, Refused: as `add_criterion`.
    """
    authorise(actor, "strategy.manage_criteria", criterion.run)
    _needs(reason)
    if "title" in fields and not str(fields["title"]).strip():
        raise Refused(_("Give the criterion a title."))
    held = Criterion.objects.select_for_update().get(pk=criterion.pk)
    before = {name: getattr(held, name) for name in TEXTS if name in fields and getattr(held, name) != fields[name]}
    for name in before:
        setattr(held, name, fields[name])
    held.save()
    note(actor, "edit_criterion", held, reason=reason.strip(), before=before)
    return held


@transaction.atomic
def set_rule(actor: Person, run: Run, rule: Rule, *, reason: str) -> StepRule:
    """Set the parameters of steps 2 to 4 of a run.

    Raises:
        Forbidden: the actor is neither analyst nor lead partner.
        Refused: no reason.
    """
    authorise(actor, "strategy.set_step_rule", run)
    _needs(reason)
    before = rule_of(run).as_json()
    kept, _made = StepRule.objects.update_or_create(
        run=run, defaults={"parameters": asdict(rule), "reason": reason.strip(), "by": actor}
    )
    note(actor, "set_step_rule", run, reason=reason.strip(), before=before, after=rule.as_json())
    return kept


@transaction.atomic
def judge(
    actor: Person,
    criterion: Criterion,
    priority: Priority,
    *,
    score: int | None,
    evidence: str = "",
    source: str = "",
    region: Region | None = None,
) -> CriterionScore | None:
    """Keep one judge's score of a priority under a judged criterion, for all regions together or for one.

    `score` None takes one's own earlier score back.

    Raises:
        Forbidden: the actor has no role that assesses.
        Refused: a computed criterion, another run, a score out of 0..5, no evidence, or a region outside the run.
    """
    authorise(actor, "strategy.judge_criteria", priority)
    held = Priority.objects.select_for_update().get(pk=priority.pk)
    if criterion.origin != Criterion.Origin.JUDGED:
        raise Refused(_("“%(criterion)s” is computed, so nobody scores it.") % {"criterion": criterion})
    if criterion.run_id != held.run_id or not held.is_open:
        raise Refused(_("This priority is not scored under this criterion."))
    if region is not None and not held.run.regions.filter(pk=region.pk).exists():
        raise Refused(_("%(region)s is not a region of the run.") % {"region": region.local_name})
    mine = CriterionScore.objects.filter(criterion=criterion, priority=held, region=region, judge=actor)
    if score is None:
        if mine.delete()[0]:
            note(actor, "take_back_score", held, criterion=criterion.code, region=region.code if region else "")
        return None
    if not LOWEST_SCORE <= score <= HIGHEST_SCORE:
        raise Refused(_("A score is a whole number from 0 to 5."))
    if not evidence.strip():
        raise Refused(_("Say what the score under “%(criterion)s” rests on.") % {"criterion": criterion})
    made, _created = CriterionScore.objects.update_or_create(
        criterion=criterion,
        priority=held,
        region=region,
        judge=actor,
        defaults={"score": score, "evidence": evidence.strip(), "source": source.strip()},
    )
    note(
        actor, "judge_criterion", held, criterion=criterion.code, score=score, region=region.code if region else ""
    )  # fmt: skip
    return made


def _needs(reason: str) -> None:
    if not reason.strip():
        raise Refused(_("Say why: the reason is kept."))
