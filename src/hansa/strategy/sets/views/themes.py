"""Themes, and the lines of their concordance with domains."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from hansa.network.faults import Refused
from hansa.network.permissions import authorise, may
from hansa.network.web.acting import actor, attempt, signed_in
from hansa.network.web.lists import csv_response, page_of, wants_csv
from hansa.strategy.models import Theme, ThemeDomain
from hansa.strategy.sets import actions, queries
from hansa.strategy.sets.forms import LineForm, ThemeForm, WhyForm
from hansa.strategy.sets.views.regional import shell
from hansa.strategy.views.board import domain_labels

WRITE = "strategy.write_theme"


def _shell(request: HttpRequest) -> dict[str, Any]:
    return {**shell(request, "themes"), "may_write": may(getattr(request, "person", None), WRITE)}


def themes(request: HttpRequest) -> HttpResponse:
    """Every theme with the domains that the concordance gives it."""
    context = _shell(request)
    withdrawn = request.GET.get("withdrawn") == "1"
    words = request.GET.get("q", "").strip()
    found = queries.themes(withdrawn, words)
    if wants_csv(request):
        rows = [(theme, line) for theme in found for line in theme.concordance.all()]
        return csv_response(  # type: ignore[return-value]
            "concordance",
            ["theme", "name", "classification", "domain", "weight", "why"],
            rows,
            lambda row: [row[0].code, str(row[0]), row[1].classification, row[1].domain, row[1].weight, row[1].note],
        )
    context |= {"page": page_of(request, found), "withdrawn": withdrawn, "words": words, "labels": domain_labels()}
    return render(request, "hansa_strategy/sets/themes.html", context)


@signed_in
def load(request: HttpRequest) -> HttpResponse:
    """Record the shipped themes that are missing."""
    person = actor(request)
    authorise(person, WRITE)
    if request.method == "POST":
        attempt(request, lambda: actions.load_shipped_themes(person), _("The shipped themes are there."))
    return redirect("strategy:themes")


def theme(request: HttpRequest, code: str) -> HttpResponse:
    """One theme, its concordance, and the priorities that carry it."""
    shown = get_object_or_404(Theme.objects.prefetch_related("concordance__by"), code=code)
    context = _shell(request)
    labels = domain_labels()
    form = LineForm(request.POST or None, known=labels)
    if request.method == "POST":
        person = actor(request)
        authorise(person, WRITE, shown)
        if form.is_valid():
            given = form.cleaned_data
            if attempt(request, lambda: actions.save_line(person, shown, **given), _("The line is kept.")):
                return redirect("strategy:theme", shown.code)
    return render(
        request,
        "hansa_strategy/sets/theme.html",
        {
            **context,
            "theme": shown,
            "form": form,
            "labels": labels,
            "regional": queries.regional_priorities(facet="theme", tag=shown.code)[:50],
            "common": list(_carrying(shown)),
        },
        status=400 if form.errors else 200,
    )


def _carrying(shown: Theme) -> Any:
    from hansa.strategy.queries import open_priorities

    return open_priorities().filter(themes__contains=[shown.code])


@signed_in
def edit(request: HttpRequest, code: str = "") -> HttpResponse:
    """Add a theme, or change one."""
    shown = get_object_or_404(Theme, code=code) if code else None
    person = actor(request)
    authorise(person, WRITE, shown)
    initial = {}
    if shown is not None:
        initial = {name: getattr(shown, name) for name in ("code", "name", "description", "source")}
        initial["name_pl"] = shown.names.get("pl", "")
    form = ThemeForm(request.POST or None, theme=shown, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.save_theme(person, shown, **form.cleaned_data)
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            return redirect("strategy:theme", made.code)
    heading = _("Change a theme") if shown else _("Add a theme")
    return _form(request, form, heading)


@signed_in
def withdraw(request: HttpRequest, code: str) -> HttpResponse:
    """Withdraw a theme, or take it up again."""
    shown = get_object_or_404(Theme, code=code)
    gone = shown.withdrawn_at is not None
    act = actions.restore_theme if gone else actions.withdraw_theme
    heading = _("Take a theme up again") if gone else _("Withdraw a theme")
    return _with_reason(request, shown, lambda person, reason: act(person, shown, reason=reason), heading, shown)


@signed_in
def take_out(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Take a line out of the concordance."""
    line = get_object_or_404(ThemeDomain.objects.select_related("theme"), pk=pk, theme__code=code)
    return _with_reason(
        request,
        line.theme,
        lambda person, reason: actions.take_out_line(person, line, reason=reason),
        _("Take a line out of the concordance"),
        line,
    )


def _with_reason(request: HttpRequest, shown: Theme, act: Any, heading: str, about: Any) -> HttpResponse:
    person = actor(request)
    authorise(person, WRITE, shown)
    form = WhyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            act(person, form.cleaned_data["reason"])
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, _("Done; the reason stays on record."))
            return redirect("strategy:theme", shown.code)
    return _form(request, form, heading, about)


def _form(request: HttpRequest, form: Any, heading: str, about: Any = None) -> HttpResponse:
    context = {**_shell(request), "form": form, "heading": heading, "about": about}
    return render(request, "hansa_strategy/sets/form.html", context, status=400 if form.errors else 200)
