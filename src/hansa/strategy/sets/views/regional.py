"""Regional priorities: the list, one of them with its tags, entering, changing, withdrawing, importing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hansa.network.faults import Refused
from hansa.network.permissions import authorise, may
from hansa.network.web.acting import actor, attempt, signed_in
from hansa.network.web.lists import csv_response, page_of, wants_csv
from hansa.strategy.models import Facet, RegionalPriority, Run
from hansa.strategy.parts import parts
from hansa.strategy.sets import actions, checking, queries, semantics, table
from hansa.strategy.sets.forms import CsvForm, PriorityForm, TagForm, WhyForm

WRITE = "strategy.write_regional_priority"
SHOWN_ROWS = 200


def shell(request: HttpRequest, here: str) -> dict[str, Any]:
    """What every page of the part is given."""
    person = getattr(request, "person", None)
    return {"section": "priorities", "links": parts.links_in_order(), "here": here, "may_write": may(person, WRITE)}


def priorities(request: HttpRequest) -> HttpResponse:
    """What the regions have written, in their own words, with the tags that make it comparable."""
    shell_of = shell(request, "regional")
    chosen = {key: request.GET.get(key, "").strip() for key in ("q", "region", "facet", "tag")}
    withdrawn = request.GET.get("withdrawn") == "1" and shell_of["may_write"]
    found = queries.regional_priorities(chosen["q"], chosen["region"], chosen["facet"], chosen["tag"], withdrawn)
    found = queries.ordered(found, request.GET.get("sort", "region"))
    if wants_csv(request):
        return _csv(found)
    return render(
        request,
        "hansa_strategy/sets/priorities.html",
        {
            **shell_of,
            "page": page_of(request, found),
            "chosen": chosen,
            "withdrawn": withdrawn,
            "facets": Facet.choices,
            "default_sort": "region",
            "waiting": RegionalPriority.objects.filter(withdrawn_at__isnull=True, tags__isnull=True).count(),
        },
    )


def _csv(found: Any) -> HttpResponse:
    """In the form that the import reads, confirmed tags only."""
    facets = {"nace2": Facet.SECTOR, "technology": Facet.TECHNOLOGY, "theme": Facet.THEME, "knowledge": Facet.KNOWLEDGE}

    def row(each: RegionalPriority) -> list[Any]:
        held = [tag for tag in each.tags.all() if tag.holds]
        tags = ["|".join(tag.code for tag in held if tag.facet == facet) for facet in facets.values()]
        source = each.source.title if each.source else ""
        return [each.region.code, each.title, each.text, each.language, each.page, source, *tags]

    heading = ["region", "title", "text", "language", "page", "source", *facets]
    return csv_response("regional-priorities", heading, found.iterator(chunk_size=500), row)  # type: ignore[return-value]


def priority(request: HttpRequest, pk: int) -> HttpResponse:
    """One regional priority: its words, source, tags, the sets and common priorities that it is in."""
    found = RegionalPriority.objects.select_related("region", "source", "coder").prefetch_related(
        "tags", "common", "set_memberships__common_set__run"
    )
    shown = get_object_or_404(found, pk=pk)
    context = shell(request, "regional")
    if shown.withdrawn_at is not None and not context["may_write"]:
        raise Http404
    tags = list(shown.tags.all())
    person = getattr(request, "person", None)
    return render(
        request,
        "hansa_strategy/sets/priority.html",
        {
            **context,
            "priority": shown,
            "facets": [(facet, label, [t for t in tags if t.facet == facet]) for facet, label in Facet.choices],
            "may_tag": may(person, "strategy.tag_regional_priority", shown) and shown.withdrawn_at is None,
            "may_see_people": may(person, "network.view_people"),
            "tag_form": TagForm(),
            "method": semantics.tools().method if context["may_write"] else "",
            "why": WhyForm(prefix="why"),
        },
    )


@signed_in
def enter(request: HttpRequest) -> HttpResponse:
    """Enter one priority by hand."""
    person = actor(request)
    authorise(person, WRITE)
    form = PriorityForm(request.POST or None, initial={"region": request.GET.get("region")})
    return _saved(request, form, lambda given: actions.enter_priority(person, **given), _("Enter a regional priority"))


@signed_in
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct a priority."""
    shown = get_object_or_404(RegionalPriority.objects.select_related("region"), pk=pk)
    person = actor(request)
    authorise(person, WRITE, shown)
    names = ("title", "text", "language", "page")
    initial = {**{name: getattr(shown, name) for name in names}, "region": shown.region_id, "source": shown.source_id}
    form = PriorityForm(request.POST or None, region=shown.region, initial=initial)

    def act(given: dict[str, Any]) -> RegionalPriority:
        told = given | {"language": given["language"] or checking.language_of(f"{given['title']}\n{given['text']}")}
        return actions.change_priority(person, shown, **told)

    return _saved(request, form, act, _("Correct a regional priority"), shown)


def _saved(
    request: HttpRequest, form: PriorityForm, act: Any, heading: str, shown: RegionalPriority | None = None
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            made = act(form.cleaned_data)
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, _("Kept, in %(language)s.") % {"language": made.get_language_display()})
            return redirect(made)
    context = {**shell(request, "regional"), "form": form, "heading": heading, "back": shown}
    return render(request, "hansa_strategy/sets/form.html", context, status=400 if form.errors else 200)


@signed_in
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw a priority, or take it up again."""
    shown = get_object_or_404(RegionalPriority, pk=pk)
    person = actor(request)
    authorise(person, WRITE, shown)
    form = WhyForm(request.POST or None)
    gone = shown.withdrawn_at is not None
    if request.method == "POST" and form.is_valid():
        act = actions.restore_priority if gone else actions.withdraw_priority
        try:
            act(person, shown, reason=form.cleaned_data["reason"])
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, _("Taken up again.") if gone else _("Withdrawn; it can be taken up again."))
            return redirect(shown)
    heading = _("Take a withdrawn priority up again") if gone else _("Withdraw a regional priority")
    context = {**shell(request, "regional"), "form": form, "heading": heading, "back": shown, "about": shown}
    return render(request, "hansa_strategy/sets/form.html", context, status=400 if form.errors else 200)


@signed_in
def import_csv(request: HttpRequest) -> HttpResponse:
    """Look at what a CSV file holds, then write it; with a fault nothing is written."""
    person = actor(request)
    authorise(person, WRITE)
    context = shell(request, "regional")
    form = CsvForm(request.POST or None, request.FILES or None)
    content, name = _given(request, form)
    checked = None
    if content is not None:
        checked = checking.check(table.parse(content, name), name)
        if request.POST.get("confirm") and not checked.faults:
            try:
                made = actions.import_priorities(person, content, name)
            except Refused as fault:
                messages.error(request, str(fault))
            else:
                told = ngettext("%(n)d priority recorded.", "%(n)d priorities recorded.", len(made)) % {"n": len(made)}
                messages.success(request, told)
                return redirect("strategy:regional_priorities")
    usable = checked is not None and not checked.faults
    return render(
        request,
        "hansa_strategy/sets/import.html",
        {
            **context,
            "form": form if content is None else CsvForm(),
            "checked": checked,
            "rows": checked.rows[:SHOWN_ROWS] if checked and usable else [],
            "content": content.decode("utf-8-sig") if usable and content is not None else "",
            "name": name,
            "columns": table.COLUMNS,
        },
        status=400
        if (checked and checked.faults) or (form.errors and content is None and request.method == "POST")
        else 200,
    )


def _given(request: HttpRequest, form: CsvForm) -> tuple[bytes | None, str]:
    """The file as uploaded, or as it comes back from the preview."""
    if request.method != "POST":
        return None, ""
    if "content" in request.POST:
        return str(request.POST["content"]).encode(), str(request.POST.get("name") or "file.csv")[:200]
    if not form.is_valid():
        return None, ""
    uploaded = form.cleaned_data["file"]
    return uploaded.read(table.MOST_BYTES + 1), str(uploaded.name)


@signed_in
def tag(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose, decide or add tags of one priority."""
    shown = get_object_or_404(RegionalPriority.objects.prefetch_related("tags"), pk=pk)
    person = actor(request)
    authorise(person, "strategy.tag_regional_priority", shown)
    if request.method != "POST":
        return redirect(shown)
    act = request.POST.get("act")
    if act == "propose":
        attempt(request, lambda: actions.propose_tags(person, [shown]), _("Tags are proposed; confirm or refuse each."))
    elif act == "add":
        form = TagForm(request.POST)
        if form.is_valid():
            given = form.cleaned_data
            attempt(request, lambda: actions.add_tag(person, shown, **given), _("The tag is added."))
        else:
            messages.error(request, _("Give a facet and the code or name of a tag."))
    else:
        asked = {key: value for key, value in request.POST.items() if key.startswith("tag-")}
        confirm = [int(key[4:]) for key, value in asked.items() if value == "yes" and key[4:].isdecimal()]
        refuse = [int(key[4:]) for key, value in asked.items() if value == "no" and key[4:].isdecimal()]
        attempt(request, lambda: actions.decide_tags(person, shown, confirm=confirm, refuse=refuse), _("Decided."))
    return redirect(f"{shown.get_absolute_url()}#tags")


@signed_in
def tag_all(request: HttpRequest) -> HttpResponse:
    """Propose tags for the priorities that have none yet, as many as are done at once; `run` names their regions."""
    person = actor(request)
    authorise(person, "strategy.tag_regional_priority")
    key = request.POST.get("run", "")
    run = Run.objects.filter(pk=int(key)).first() if key.isdecimal() else None
    if request.method == "POST":
        found = queries.of_run(run) if run else RegionalPriority.objects.filter(withdrawn_at__isnull=True)
        some = list(found.filter(tags__isnull=True).order_by("pk")[: actions.AT_ONCE])
        attempt(request, lambda: actions.propose_tags(person, some), _("Tags are proposed; confirm or refuse each."))
    return redirect(f"{reverse('strategy:common_sets')}?run={run.pk}" if run else "strategy:regional_priorities")
