"""What the three steps leave with a priority's move, and what still stands against it: see `hansa.strategy.parts`.

The shapes of `StepResult.data`, in JSON; an unknown number is null:

*verify*: `linked_by` domains | themes, `unit`, `year`, `change` {from, to} | null, `complexity_trusted`, `counts` by
standing (chosen, measured, unknown, both, neither), `mean_quotient`, `missing_domains`, `regions`: [{`region`,
`figures_from`, `chosen`, `measured`, `standing`, `members` (keys of regional priorities), `size`, `share`,
`location_quotient`, `density`, `added`, `growth`, `known`, `answer` {answer, reason} | null, `domains`: [{`domain`,
`theme`, `weight`, `value`, `share`, `location_quotient`, `density`, `complexity`, `growth`, `ahead`, `added`,
`holds`}]}]. Disagreements come first.

*refine*: `resilience`, `assessors`, `rated`, `rounds`, `disagreements`, `trends`: [{`trend` (key), `kind`, `title`,
`source`, `count`, `median`, `lowest`, `highest`, `interquartile_range`, `disagree`}].

*assess*: `score`, `coverage`, `place`, `of` (ranked priorities), `around` and `uniform` {in_top, first, low, median,
high}, `criteria`: [{`code`, `title`, `origin`, `measure`, `weight`, `direction`, `value`, `normalised`, `judges`,
`lowest`, `highest`}].
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hansa.strategy.models import Criterion, CriterionScore, Priority, Step
from hansa.strategy.parts import Finding, Obstacle
from hansa.strategy.stepwork.assessing import Assessment, assess
from hansa.strategy.stepwork.evidence import keep_earlier
from hansa.strategy.stepwork.refining import Refinement, refine
from hansa.strategy.stepwork.rule import rule_of
from hansa.strategy.stepwork.verifying import RegionFound, Verification, verify


def verify_finding(priority: Priority) -> Finding:
    """The figures of every region as they stand, with the rule and the concordance they were computed with."""
    run = priority.run
    rule = rule_of(run)
    keep_earlier(run, rule.change_years)
    found = verify([priority])[priority.pk]
    parameters = {
        **{name: run.parameters[name] for name in ("threshold", "min_size") if name in run.parameters},
        "min_known": rule.min_known,
        "change_years": rule.change_years,
        "table": run.table,
        "year": run.year,
        "reference": run.reference,
        "concordance": [
            {"theme": each.theme.code, "domain": each.domain, "weight": each.weight} for each in found.concordance
        ],
    }
    return Finding(verification_data(found), parameters, run.evidence_version)


def verification_data(found: Verification) -> dict[str, Any]:
    evidence = found.evidence
    earlier = evidence.earlier if evidence else None
    return {
        "linked_by": "themes" if found.by_themes else "domains",
        "unit": evidence.unit if evidence else "",
        "year": found.priority.run.year,
        "change": {"from": earlier.year, "to": found.priority.run.year} if earlier is not None else None,
        "complexity_trusted": bool(evidence and evidence.complexity_trusted),
        "counts": found.counts,
        "mean_quotient": found.mean_quotient,
        "missing_domains": list(found.missing_domains),
        "regions": [_region_data(each) for each in found.regions],
    }


def _region_data(found: RegionFound) -> dict[str, Any]:
    numbers = ("size", "share", "location_quotient", "density", "added", "growth", "known")
    return {
        "region": found.region.code,
        "figures_from": found.figures_from,
        "chosen": found.chosen,
        "measured": found.measured,
        "standing": found.standing,
        "members": [member.pk for member in found.members],
        **{name: getattr(found, name) for name in numbers},
        "answer": {"answer": found.answer.answer, "reason": found.answer.reason} if found.answer else None,
        "domains": [asdict(line) for line in found.lines],
    }


def refine_finding(priority: Priority) -> Finding:
    """The spread of the ratings per trend; no name and no single rating is in it."""
    found = refine([priority])[priority.pk]
    parameters = {name: getattr(found.rule, name) for name in ("min_assessors", "disagreement_from")}
    return Finding(refinement_data(found), parameters)


def refinement_data(found: Refinement) -> dict[str, Any]:
    return {
        "resilience": found.resilience,
        "assessors": found.assessors,
        "rated": found.rated,
        "rounds": found.closed_rounds,
        "disagreements": found.disagreements,
        "trends": [
            {
                "trend": each.trend.pk,
                "kind": each.trend.kind,
                "title": each.trend.title,
                "source": each.trend.source,
                "disagree": each.disagree,
                **(asdict(each.spread) if each.spread else dict.fromkeys(EMPTY_SPREAD)),
            }
            for each in found.trends
        ],
    }


EMPTY_SPREAD = ("count", "median", "lowest", "highest", "interquartile_range")


def assess_finding(priority: Priority) -> Finding:
    """The priority's values, score, place and intervals beside the other open priorities of its run."""
    found = assess(priority.run)
    if found is None:
        return Finding({"score": None, "coverage": 0.0, "place": None, "criteria": []})
    names = ("normalisation", "top_k", "draws", "seed", "concentration", "min_known")
    parameters = {
        **{name: getattr(found.rule, name) for name in names},
        "weights": {criterion.code: criterion.weight for criterion in found.criteria},
        "priorities": [each.identifier for each in found.priorities],
    }
    return Finding(assessment_data(found, priority), parameters, priority.run.evidence_version)


def assessment_data(found: Assessment, priority: Priority) -> dict[str, Any]:
    row = next((each for each in found.rows if each.priority.pk == priority.pk), None)
    if row is None:
        return {"score": None, "coverage": 0.0, "place": None, "criteria": []}
    return {
        "score": row.score,
        "coverage": row.coverage,
        "place": row.place,
        "of": len(found.order),
        "around": row.around,
        "uniform": row.uniform,
        "criteria": [
            {
                "code": criterion.code,
                "title": criterion.title,
                "origin": criterion.origin,
                "measure": criterion.measure,
                "weight": criterion.weight,
                "direction": criterion.direction,
                "value": value,
                "normalised": normalised,
                "judges": judged.count if judged else None,
                "lowest": judged.lowest if judged else None,
                "highest": judged.highest if judged else None,
            }
            for criterion, value, normalised in zip(found.criteria, row.values, row.normalised, strict=True)
            for judged in [found.judged.get((criterion.pk, priority.pk))]
        ],
    }


def obstacles(priorities: Sequence[Priority]) -> Mapping[int, Sequence[Obstacle]]:
    """What stands against the three steps of each priority, in a constant number of queries per run."""
    found: dict[int, list[Obstacle]] = {priority.pk: [] for priority in priorities}
    for key, verification in verify(priorities).items():
        found[key] += _against_verifying(verification)
    for key, refinement in refine(priorities).items():
        found[key] += _against_refining(refinement)
    for key, sentences in _against_assessing(priorities).items():
        found[key] += sentences
    return found


def _against_verifying(found: Verification) -> list[Obstacle]:
    url = reverse("strategy:verify_priority", args=[found.priority.number])
    if not found.has_figures:
        return [Obstacle(Step.VERIFY, _("No figures are known for it in any region of the run."), url)]
    if found.unanswered:
        sentence = ngettext(
            "In %(n)d region policy and figures disagree, and nobody has answered.",
            "In %(n)d regions policy and figures disagree, and nobody has answered.",
            found.unanswered,
        )
        return [Obstacle(Step.VERIFY, sentence % {"n": found.unanswered}, url)]
    return []


def _against_refining(found: Refinement) -> list[Obstacle]:
    url = reverse("strategy:refine") + f"?run={found.priority.run_id}"
    if not found.trends:
        return [Obstacle(Step.REFINE, _("The register of trends is empty."), reverse("strategy:trends"))]
    if found.open_round is not None:
        sentence = _("Round %(n)d of the ratings is still open.") % {"n": found.open_round.number}
        return [Obstacle(Step.REFINE, sentence, url)]
    if found.assessors < found.rule.min_assessors:
        told = {"n": found.assessors, "least": found.rule.min_assessors}
        sentence = _("Ratings of %(n)d assessors count; at least %(least)d are needed.") % told
        return [Obstacle(Step.REFINE, sentence, url)]
    missing = len(found.trends) - found.rated
    if missing:
        sentence = ngettext(
            "%(n)d trend has not been rated for it.", "%(n)d trends have not been rated for it.", missing
        )
        return [Obstacle(Step.REFINE, sentence % {"n": missing}, url)]
    return []


def _against_assessing(priorities: Sequence[Priority]) -> dict[int, list[Obstacle]]:
    """Judged criteria without a score; whether a computed one is known is told on the page."""
    runs = {priority.run_id for priority in priorities}
    judged: dict[int, set[int]] = {key: set() for key in runs}
    begun: set[int] = set()
    for criterion in Criterion.objects.filter(run__in=runs, weight__gt=0):
        begun.add(criterion.run_id)
        if criterion.origin == Criterion.Origin.JUDGED:
            judged[criterion.run_id].add(criterion.pk)
    given: dict[int, set[int]] = {}
    scored = CriterionScore.objects.filter(priority__in=priorities).order_by().values("priority", "criterion")
    for each in scored.annotate(n=Count("pk")):
        given.setdefault(each["priority"], set()).add(each["criterion"])
    found: dict[int, list[Obstacle]] = {}
    for priority in priorities:
        url = reverse("strategy:assess") + f"?run={priority.run_id}"
        if priority.run_id not in begun:
            found[priority.pk] = [Obstacle(Step.ASSESS, _("The run has no criteria of potential abroad yet."), url)]
            continue
        missing = len(judged[priority.run_id] - given.get(priority.pk, set()))
        if missing:
            sentence = ngettext("%(n)d judged criterion has no score.", "%(n)d judged criteria have no score.", missing)
            url = reverse("strategy:judge", args=[priority.number])
            found[priority.pk] = [Obstacle(Step.ASSESS, sentence % {"n": missing}, url)]
    return found
