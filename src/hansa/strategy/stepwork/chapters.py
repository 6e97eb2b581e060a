"""What steps 2 to 4 found, as chapters of the documents: every figure is read from the standing result of the step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hansa.strategy.documents import pictures
from hansa.strategy.documents.blocks import Block, Chapter, Number
from hansa.strategy.documents.references import counted
from hansa.strategy.documents.writing import Writer
from hansa.strategy.models import Criterion, DisagreementAnswer, Run, Step, StepResult, Trend

RUN = "strategy.run"
VERIFIED = (("size", 0, False), ("share", 1, True), ("location_quotient", 2, False), ("density", 3, False))


def standing(run: Run, step: str) -> list[StepResult]:
    """The standing results of a step, of the open priorities of a run, in the order of their identifiers."""
    found = StepResult.objects.filter(priority__run=run, step=step, reopened_at__isnull=True)
    found = found.exclude(priority__state__in=["merged", "split", "dropped"])
    return list(found.select_related("priority").order_by("priority__number"))


@counted(RUN, "standing_results")
def standing_results(run: Run, step: str) -> int:
    return len(standing(run, step))


@counted("strategy.stepresult", "regions_standing")
def regions_standing(result: StepResult, standing: str) -> int:
    """Regions whose policy and figures stand so to each other: chosen, measured, both, neither or unknown."""
    return sum(each["standing"] == standing for each in result.data["regions"])


def _source(result: StepResult, what: str) -> str:
    return _("Step “%(step)s” of %(id)s as it was passed: %(what)s.") % {
        "step": result.get_step_display(),
        "id": result.priority.identifier,
        "what": what,
    }


def _number(w: Writer, result: StepResult, field: str, label: str, what: str, **shown: Any) -> Number:
    return w.number(
        result,
        f"data.{field}",
        label=f"{result.priority.identifier}, {label}",
        source=_source(result, what),
        year=result.priority.run.year,
        url=result.priority.get_absolute_url(),
        **shown,
    )


def _passed(w: Writer, run: Run, step: Step, sentence: str) -> Block:
    count = w.number(
        run,
        f"standing_results:{step}",
        label=_("standing results of the step “%(step)s”") % {"step": step.label},
        source=_("Counted from the results of the steps of this run."),
        url=run.get_absolute_url(),
    )
    return w.paragraph(sentence, n=count)


def verification(run: Run, w: Writer) -> Chapter | None:
    """Policy beside figures, region by region; what disagrees first, with the answer that people gave."""
    found = standing(run, Step.VERIFY)
    if not found:
        return None
    names = {region.code: region.local_name for region in run.regions.all()}
    blocks = [
        _passed(
            w,
            run,
            Step.VERIFY,
            _(
                "Priorities whose figures were verified: %(n)s. A region has chosen a priority when one of its own "
                "regional priorities belongs to it; it holds one when its location quotient and size reach the "
                "values of the run's rule. What is unknown is no disagreement."
            ),
        )
    ]
    what = _("the region's figures in the domains of the priority")
    for result in found:
        rows = []
        for place, each in enumerate(result.data["regions"]):
            answer = each["answer"] or {}
            rows.append(
                [
                    w.quoted(names.get(each["region"], each["region"])),
                    w.text(_standing_label(each["standing"])),
                    *(
                        _number(
                            w,
                            result,
                            f"regions.{place}.{name}",
                            f"{each['region']}: {name.replace('_', ' ')}",
                            what,
                            decimals=decimals,
                            percent=percent,
                        )
                        for name, decimals, percent in VERIFIED
                    ),
                    w.quoted(answer.get("reason") or "–", "?"),
                ]
            )
        header = [
            _("Region"),
            _("Policy and figures"),
            _("Size"),
            _("Share"),
            _("Location quotient"),
            _("Density"),
            _("Answer"),
        ]
        caption = (w.code(f"{result.priority.identifier} "), w.quoted(result.priority.local_title, "?"))
        blocks.append(w.table(caption, header, rows, [2, 3, 4, 5]))
    return w.chapter("verification", _("Policy and figures"), blocks)


def _standing_label(standing: str) -> str:
    labels = {
        "chosen": _("chosen, not measured"),
        "measured": _("measured, not chosen"),
        "both": _("chosen and measured"),
        "neither": _("neither"),
        "unknown": _("figures unknown"),
    }
    return labels.get(standing, standing)


def trends(run: Run, w: Writer) -> Chapter | None:
    """How the priorities stand the trends: resilience, assessors and disagreement, trend by trend."""
    found = standing(run, Step.REFINE)
    if not found:
        return None
    what = _("ratings from minus two to plus two by assessors, of the last closed round")
    overview = [
        [
            w.code(r.priority.identifier),
            w.quoted(r.priority.local_title, "?"),
            _number(w, r, "resilience", _("resilience"), what, decimals=2),
            _number(w, r, "assessors", _("assessors"), what),
            _number(w, r, "disagreements", _("trends on which assessors disagree"), what),
        ]
        for r in found
    ]
    blocks: list[Block] = [
        _passed(
            w,
            run,
            Step.REFINE,
            _(
                "Priorities whose resilience to trends was rated: %(n)s. Resilience is the mean over the rated trends "
                "of the median rating; a trend that nobody rated does not count as zero."
            ),
        ),
        w.table(
            w.sentence(_("Resilience of the priorities")),
            [_("Identifier"), _("Priority"), _("Resilience"), _("Assessors"), _("Disagreements")],
            overview,
            [2, 3, 4],
        ),
    ]
    listed = Trend.objects.in_bulk({each["trend"] for r in found for each in r.data["trends"]})
    for result in found if w.kind == "annex" else []:
        rows = [
            [
                w.quoted(each["title"], "?"),
                *(
                    _number(w, result, f"trends.{place}.{name}", f"{each['title'][:60]}: {name}", what, decimals=digits)
                    for name, digits in (("median", 1), ("lowest", 0), ("highest", 0), ("count", 0))
                ),
                w.quoted(_trend_source(listed.get(each["trend"]), each), "?"),
            ]
            for place, each in enumerate(result.data["trends"])
        ]
        header = [_("Trend"), _("Median"), _("Lowest"), _("Highest"), _("Assessors"), _("Source")]
        caption = (w.code(f"{result.priority.identifier} "), w.quoted(result.priority.local_title, "?"))
        blocks.append(w.table(caption, header, rows, [1, 2, 3, 4]))
    return w.chapter("trends", _("Resilience to trends"), blocks)


def _trend_source(trend: Trend | None, told: Mapping[str, Any]) -> str:
    year = f", {trend.year}" if trend is not None and trend.year else ""
    return f"{told['source']}{year}"


def potential(run: Run, w: Writer) -> Chapter | None:
    """The ranking by potential abroad and how firm it is: probabilities and intervals, not only places."""
    found = [r for r in standing(run, Step.ASSESS) if r.data.get("place") is not None]
    if not found:
        return None
    found.sort(key=lambda r: (r.data["place"], r.priority.number))
    what = _("scores under the criteria of the run, with weights and seed kept in the result")
    scores = {r.pk: _number(w, r, "score", _("score"), what, decimals=2) for r in found}
    rows = [
        [
            w.code(r.priority.identifier),
            w.quoted(r.priority.local_title, "?"),
            _number(w, r, "place", _("place"), what, decimals=1 if r.data["place"] % 1 else 0),
            scores[r.pk],
            _number(w, r, "coverage", _("share of the weights with a known value"), what, percent=True),
            _number(w, r, "around.in_top", _("probability to be among the first"), what, percent=True),
            _number(w, r, "around.low", _("place, lower end of the interval"), what, decimals=1),
            _number(w, r, "around.high", _("place, upper end of the interval"), what, decimals=1),
        ]
        for r in found
    ]
    header = [
        _("Identifier"),
        _("Priority"),
        _("Place"),
        _("Score"),
        _("Known"),
        _("Among the first"),
        _("Place from"),
        _("to"),
    ]
    first = found[0].parameters
    blocks: list[Block] = [
        _passed(
            w,
            run,
            Step.ASSESS,
            _(
                "Priorities whose potential abroad was assessed: %(n)s. Weights and regions were drawn at random many "
                "times around the chosen ones; the interval holds nine places in ten. The weights are the "
                "partnership's own, no official ones are published."
            ),
        ),
        w.table(w.sentence(_("Potential abroad, and how firm the ranking is")), header, rows, range(2, 8)),
        pictures.bars(
            [(f"{r.priority.identifier} {r.priority.local_title}", scores[r.pk]) for r in found],
            axis=_("score"),
            caption=w.sentence(_("Score of the priorities; the figures are those of the table above")),
            alternative=_("Bar chart: one bar for each priority, as long as its score"),
        ),
    ]
    if w.kind == "annex":
        blocks.append(_criteria(run, w))
        blocks.append(
            w.paragraph(
                _("Drawn %(draws)s times from the seed %(seed)s."),
                draws=_parameter(w, found[0], "draws", _("draws")),
                seed=w.code(first.get("seed", "–")),
            )
        )
    return w.chapter("potential", _("Potential abroad"), blocks)


def _parameter(w: Writer, result: StepResult, name: str, label: str) -> Number:
    return w.number(
        result,
        f"parameters.{name}",
        label=label,
        source=_source(result, _("the parameters it was computed with")),
        url=result.priority.get_absolute_url(),
    )


def _criteria(run: Run, w: Writer) -> Block:
    language = get_language() or ""
    source = _("Set by the partnership for this run.")
    rows = [
        [
            w.quoted(c.titles.get(language, c.title), "" if language in c.titles else "?"),
            w.text(c.get_origin_display()),
            w.text(c.get_direction_display()),
            w.number(
                c,
                "weight",
                label=_("weight of “%(title)s”") % {"title": c.titles.get(language, c.title)},
                source=source,
                decimals=2,
                url=reverse("strategy:criteria", args=[run.pk]),
            ),
        ]
        for c in Criterion.objects.filter(run=run).order_by("place", "pk")
    ]
    header = [_("Criterion"), _("Origin"), _("Direction"), _("Weight")]
    return w.table(w.sentence(_("Criteria of the potential abroad and their weights")), header, rows, [3])


def answered(run: Run, w: Writer) -> list[Block]:
    """For the dossier: that figures and policy were compared, and who answered for the differences."""
    found = standing(run, Step.VERIFY)
    if not found:
        return []
    answers = disagreements_answered(run)
    blocks = [
        _passed(w, run, Step.VERIFY, _("Priorities whose choice was compared with regional figures: %(n)s.")),
    ]
    if answers:
        count = w.number(
            run,
            "disagreements_answered",
            label=_("disagreements answered"),
            source=_("Counted from the answers to disagreements between policy and figures in this run."),
            url=reverse("strategy:verify") + f"?run={run.pk}",
        )
        blocks.append(
            w.paragraph(_("Disagreements between policy and figures answered with a reason: %(n)s."), n=count)
        )
    return blocks


@counted(RUN, "disagreements_answered")
def disagreements_answered(run: Run) -> int:
    return DisagreementAnswer.objects.filter(priority__run=run).count()
