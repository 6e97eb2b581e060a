"""The register of trends."""

from __future__ import annotations

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hansa.network.permissions import authorise, may
from hansa.network.web.acting import actor, signed_in
from hansa.network.web.lists import csv_response, page_of, wants_csv
from hansa.strategy.models import Trend
from hansa.strategy.stepwork import actions, queries
from hansa.strategy.stepwork.forms import ReasonForm, TrendForm
from hansa.strategy.stepwork.views.common import answered, person_of, shell


def trends(request: HttpRequest) -> HttpResponse:
    """Every trend with its source; withdrawn ones only when asked for."""
    chosen = {key: request.GET.get(key, "") for key in ("q", "kind", "show")}
    found = queries.register(
        chosen["q"], chosen["kind"], chosen["show"] == "withdrawn", request.GET.get("sort", "kind")
    )
    if wants_csv(request):
        heading = ["kind", "title", "language", "description", "source", "address", "year", "added at", "withdrawn at"]
        return csv_response(
            "trends",
            heading,
            found,
            lambda t: [
                t.kind, t.title, t.language, t.description, t.source, t.url, t.year, t.at.isoformat(),
                t.withdrawn_at.isoformat() if t.withdrawn_at else "",
            ],
        )  # fmt: skip
    counted = found.annotate(
        raters=Count("ratings__assessor", filter=Q(ratings__round__closed_at__isnull=False), distinct=True)
    )
    return render(
        request,
        "hansa_strategy/stepwork/trends.html",
        {
            **shell("refine"),
            "page": page_of(request, counted),
            "chosen": chosen,
            "default_sort": "kind",
            "kinds": Trend.Kind.choices,
            "may_manage": may(person_of(request), "strategy.manage_trends"),
        },
    )


@signed_in
def new(request: HttpRequest) -> HttpResponse:
    """Put a trend into the register."""
    person = actor(request)
    authorise(person, "strategy.manage_trends")
    form = TrendForm(request.POST or None, new=True, initial={"language": get_language() or "en"})
    return answered(
        request,
        "hansa_strategy/stepwork/trend.html",
        form,
        lambda: actions.add_trend(person, **form.fields_of_trend()),
        _("The trend is in the register."),
        reverse("strategy:trends"),
        {**shell("refine"), "heading": _("Add a trend")},
    )


@signed_in
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a trend of the register."""
    shown = get_object_or_404(Trend, pk=pk)
    person = actor(request)
    authorise(person, "strategy.manage_trends", shown)
    form = TrendForm(request.POST or None, new=False, initial=TrendForm.first_values(shown))
    return answered(
        request,
        "hansa_strategy/stepwork/trend.html",
        form,
        lambda: actions.edit_trend(person, shown, reason=form.cleaned_data["reason"], **form.fields_of_trend()),
        _("The trend is changed."),
        reverse("strategy:trends"),
        {**shell("refine"), "heading": _("Change a trend"), "trend": shown},
    )


@signed_in
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a trend out of what is rated, or take a withdrawn one up again."""
    shown = get_object_or_404(Trend, pk=pk)
    person = actor(request)
    authorise(person, "strategy.manage_trends", shown)
    form = ReasonForm(request.POST or None)
    act = actions.restore_trend if shown.withdrawn_at else actions.withdraw_trend
    heading = _("Take up again: %(trend)s") if shown.withdrawn_at else _("Withdraw: %(trend)s")
    return answered(
        request,
        "hansa_strategy/stepwork/reason.html",
        form,
        lambda: act(person, shown, reason=form.cleaned_data["reason"]),
        _("Done; the reason is kept."),
        reverse("strategy:trends"),
        {
            **shell("refine"),
            "heading": heading % {"trend": shown},
            "note": _("Ratings of a withdrawn trend stay kept but do not count; a restored one counts again."),
        },
    )
