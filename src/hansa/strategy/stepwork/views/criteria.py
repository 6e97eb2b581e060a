"""The criteria of a run with their weights, and the rule of steps 2 to 4."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from hansa.network.permissions import authorise
from hansa.network.web.acting import actor, signed_in
from hansa.strategy.models import Criterion, Run
from hansa.strategy.stepwork import actions
from hansa.strategy.stepwork.assessing import criteria_of, defaults
from hansa.strategy.stepwork.forms import CriterionForm, ReasonForm, RuleForm, WeightsForm
from hansa.strategy.stepwork.rule import rule_of
from hansa.strategy.stepwork.views.common import answered, shell


def address(run: Run) -> str:
    return reverse("strategy:assess") + f"?run={run.pk}"


@signed_in
def criteria(request: HttpRequest, run: int) -> HttpResponse:
    """Weights and directions of a run's criteria."""
    shown = get_object_or_404(Run, pk=run)
    person = actor(request)
    authorise(person, "strategy.manage_criteria", shown)
    form = WeightsForm(request.POST or None, criteria=criteria_of(shown))
    return answered(
        request,
        "hansa_strategy/stepwork/criteria.html",
        form,
        lambda: actions.weigh(person, shown, form.weights(), form.directions(), reason=form.cleaned_data["reason"]),
        _("The weights are kept with their reason."),
        address(shown),
        {**shell("assess"), "run": shown},
    )


@signed_in
def begin(request: HttpRequest, run: int) -> HttpResponse:
    """Give a run the criteria it begins with."""
    shown = get_object_or_404(Run.objects.select_related("based_on"), pk=run)
    person = actor(request)
    authorise(person, "strategy.manage_criteria", shown)
    form = ReasonForm(request.POST or None)
    earlier = shown.based_on if shown.based_on and shown.based_on.criteria.exists() else None
    note = (
        _("Taken over from “%(run)s”, with their weights.") % {"run": earlier}
        if earlier
        else _("These are Hansa's own: no official criteria or weights of Trans-S3 are published. You can change all.")
    )
    return answered(
        request,
        "hansa_strategy/stepwork/reason.html",
        form,
        lambda: actions.begin_criteria(person, shown, reason=form.cleaned_data["reason"]),
        _("The criteria are there; set their weights and score the judged ones."),
        address(shown),
        {
            **shell("assess"),
            "heading": _("Begin with criteria"),
            "note": note,
            "items": list(earlier.criteria.all()) if earlier else [Criterion(**each) for each in defaults()],
        },
    )


@signed_in
def new(request: HttpRequest, run: int) -> HttpResponse:
    """Add a judged criterion of one's own."""
    shown = get_object_or_404(Run, pk=run)
    person = actor(request)
    authorise(person, "strategy.manage_criteria", shown)
    form = CriterionForm(request.POST or None)
    return answered(
        request,
        "hansa_strategy/stepwork/criterion.html",
        form,
        lambda: actions.add_criterion(person, shown, reason=form.cleaned_data["reason"], **form.fields_of_criterion()),
        _("The criterion is added; people can score it now."),
        reverse("strategy:criteria", args=[shown.pk]),
        {**shell("assess"), "heading": _("Add a judged criterion")},
    )


@signed_in
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a criterion."""
    shown = get_object_or_404(Criterion.objects.select_related("run"), pk=pk)
    person = actor(request)
    authorise(person, "strategy.manage_criteria", shown.run)
    form = CriterionForm(request.POST or None, initial=CriterionForm.first_values(shown))
    return answered(
        request,
        "hansa_strategy/stepwork/criterion.html",
        form,
        lambda: actions.edit_criterion(person, shown, reason=form.cleaned_data["reason"], **form.fields_of_criterion()),
        _("The criterion is changed."),
        reverse("strategy:criteria", args=[shown.run_id]),
        {**shell("assess"), "heading": _("Change a criterion")},
    )


@signed_in
def rule(request: HttpRequest, run: int) -> HttpResponse:
    """The parameters of steps 2 to 4 of a run."""
    shown = get_object_or_404(Run, pk=run)
    person = actor(request)
    authorise(person, "strategy.set_step_rule", shown)
    form = RuleForm(request.POST or None, initial=rule_of(shown).as_json())
    return answered(
        request,
        "hansa_strategy/stepwork/rule.html",
        form,
        lambda: actions.set_rule(person, shown, form.rule(), reason=form.cleaned_data["reason"]),
        _("The rule is kept with the run."),
        address(shown),
        {**shell("assess"), "run": shown},
    )
