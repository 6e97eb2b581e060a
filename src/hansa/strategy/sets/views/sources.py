"""Strategies of regions: kept page by page, with passages that a person may keep as priorities."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hansa.network.faults import Refused
from hansa.network.permissions import authorise
from hansa.network.web.acting import actor, signed_in
from hansa.network.web.lists import csv_response, page_of, wants_csv
from hansa.strategy.models import RegionalPriority, StrategySource
from hansa.strategy.sets import actions, checking, queries, reading
from hansa.strategy.sets.actions import Kept
from hansa.strategy.sets.forms import PassageForm, SourceForm
from hansa.strategy.sets.passages import passages
from hansa.strategy.sets.views.regional import shell

AT_ONCE = 20


def sources(request: HttpRequest) -> HttpResponse:
    """Every strategy that is kept."""
    found = queries.sources(request.GET.get("region", "")).defer("pages")
    words = request.GET.get("q", "").strip()
    found = found.filter(title__icontains=words) if words else found
    if wants_csv(request):
        heading = ["region", "title", "kind", "language", "year", "address", "priorities", "kept at", "digest"]
        return csv_response(  # type: ignore[return-value]
            "strategies",
            heading,
            found,
            lambda s: [s.region.code, s.title, s.kind, s.language, s.year, s.url, s.kept, s.at.isoformat(), s.digest],
        )
    context = {**shell(request, "regional"), "page": page_of(request, found), "words": words}
    return render(request, "hansa_strategy/sets/sources.html", context)


@signed_in
def add(request: HttpRequest) -> HttpResponse:
    """Keep a strategy: a PDF, a DOCX or a pasted text."""
    person = actor(request)
    authorise(person, "strategy.write_strategy_source")
    form = SourceForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        uploaded = given["file"]
        try:
            if uploaded:
                document = reading.read_file(uploaded.read(reading.MOST_BYTES + 1), uploaded.name)
            else:
                document = reading.read_text(given["text"])
            made = actions.add_source(
                person,
                document,
                region=given["region"],
                title=given["title"],
                file_name=uploaded.name if uploaded else "",
                language=given["language"],
                year=given["year"],
                url=given["url"],
            )
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            told = ngettext("%(n)d page is kept.", "%(n)d pages are kept.", len(made.pages)) % {"n": len(made.pages)}
            messages.success(request, told)
            return redirect("strategy:strategy_source", made.pk)
    context = {**shell(request, "regional"), "form": form, "heading": _("Add a strategy"), "upload": True}
    return render(request, "hansa_strategy/sets/form.html", context, status=400 if form.errors else 200)


def source(request: HttpRequest, pk: int) -> HttpResponse:
    """One strategy: the passages that may be priorities, twenty at a time, and its text page by page."""
    shown = get_object_or_404(StrategySource.objects.select_related("region"), pk=pk)
    context = shell(request, "regional")
    page = page_of(request, passages(shown.pages), AT_ONCE)
    known = {
        title.casefold()
        for title in RegionalPriority.objects.filter(region=shown.region, withdrawn_at__isnull=True).values_list(
            "title", flat=True
        )
    }
    forms = [_form(request, shown, passage, known) for passage in page] if context["may_write"] else []
    if request.method == "POST" and context["may_write"]:
        answer = _keep(request, shown, forms)
        if answer is not None:
            return answer
    return render(
        request,
        "hansa_strategy/sets/source.html",
        {
            **context,
            "source": shown,
            "forms": forms,
            "page": page,
            "kept": queries.regional_priorities().filter(source=shown),
        },
        status=400 if any(form.errors for form in forms) else 200,
    )


def _form(request: HttpRequest, shown: StrategySource, passage: Any, known: set[str]) -> PassageForm:
    data = request.POST if request.method == "POST" else None
    language = checking.language_of(f"{passage.title}\n{passage.text}", shown.language)
    return PassageForm(data, passage=passage, language=language, known=passage.title.casefold() in known)


def _keep(request: HttpRequest, shown: StrategySource, forms: list[PassageForm]) -> HttpResponse | None:
    """Keep what was ticked; None when something has to be corrected first."""
    valid = [form.is_valid() for form in forms]  # each is judged, so that every fault shows at once
    if not all(valid):
        return None
    chosen = [
        Kept(form.passage.page, given["title"], given["text"], given["language"])
        for form in forms
        if (given := form.cleaned_data)["keep"]
    ]
    try:
        made = actions.keep_passages(actor(request), shown, chosen)
    except Refused as fault:
        messages.error(request, str(fault))
        return None
    told = ngettext("%(n)d priority recorded.", "%(n)d priorities recorded.", len(made)) % {"n": len(made)}
    messages.success(request, told)
    return redirect("strategy:strategy_source", shown.pk)
