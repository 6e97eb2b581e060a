"""The common sets of a run: find, arrange, take up, attach, refuse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from hansa.network.faults import Refused
from hansa.network.permissions import authorise, may
from hansa.network.web.acting import actor, attempt, signed_in
from hansa.network.web.lists import csv_response, page_of, wants_csv
from hansa.strategy import queries as room
from hansa.strategy.models import CommonSet, Priority, Run
from hansa.strategy.sets import actions, concordance, queries, semantics, wording
from hansa.strategy.sets.forms import AttachForm, RuleForm, TakeForm, WhyForm
from hansa.strategy.sets.views.regional import shell
from hansa.strategy.views.board import domain_labels

DECIDE = "strategy.decide_common_set"


def sets(request: HttpRequest) -> HttpResponse:
    """The sets of a run, the rule that found them, and what can be done with them."""
    run = room.chosen_run(request.GET.get("run", ""))
    context = {**shell(request, "sets"), "run": run, "runs": room.runs()[:50]}
    if run is None:
        return render(request, "hansa_strategy/sets/sets.html", context)
    chosen = {key: request.GET.get(key, "") for key in ("state", "kind")}
    found = list(queries.common_sets(run, chosen["state"], chosen["kind"]))
    if wants_csv(request):
        return _csv(found)
    return render(request, "hansa_strategy/sets/sets.html", {**context, **_shown(request, run, found, chosen)})


def _shown(request: HttpRequest, run: Run, found: list[CommonSet], chosen: dict[str, str]) -> dict[str, Any]:
    person = getattr(request, "person", None)
    page = page_of(request, found)
    themes = concordance.labels()
    return {
        "page": page,
        "rows": [(each, _ties(each, themes)) for each in page],
        "chosen": chosen,
        "states": CommonSet.State.choices,
        "kinds": Priority.Kind.choices,
        "counts": queries.counts_of(run),
        "latest": run.set_computations.first(),
        "form": RuleForm(rule=queries.rule_of(run)),
        "may_compute": may(person, "strategy.compute_common_sets", run),
        "may_decide": may(person, DECIDE),
        "method": semantics.tools().method if may(person, DECIDE) else "",
        "untagged": queries.of_run(run).filter(tags__isnull=True).count(),
    }


def _ties(common_set: CommonSet, themes: Mapping[str, str]) -> list[str]:
    labels = wording.labels_of([each.priority for each in common_set.memberships.all()])
    return [wording.told(tie, labels, themes) for tie in common_set.ties]


def _csv(found: list[CommonSet]) -> HttpResponse:
    heading = ["set", "title", "kind", "state", "overlap", "region", "priority", "language", "text", "page", "source",
               "similarity", "reason"]  # fmt: skip
    rows = [(each, member) for each in found for member in each.memberships.all()]
    return csv_response(  # type: ignore[return-value]
        "common-sets",
        heading,
        rows,
        lambda row: [
            row[0].pk,
            row[0].title,
            row[0].kind,
            row[0].state,
            row[0].overlap,
            row[1].priority.region.code,
            row[1].priority.title,
            row[1].priority.language,
            row[1].priority.text,
            row[1].priority.page,
            row[1].priority.source.title if row[1].priority.source else "",
            row[1].similarity,
            row[0].reason,
        ],
    )


@signed_in
def compute(request: HttpRequest, pk: int) -> HttpResponse:
    """Find the sets of a run by the rule that the person gives."""
    run = get_object_or_404(Run, pk=pk)
    person = actor(request)
    authorise(person, "strategy.compute_common_sets", run)
    address = f"{reverse('strategy:common_sets')}?run={run.pk}"
    if request.method != "POST":
        return redirect(address)
    form = RuleForm(request.POST, rule=queries.rule_of(run))
    if form.is_valid():
        attempt(request, lambda: actions.compute_sets(person, run, form.rule()), _("The sets are found anew."))
        return redirect(address)
    found = list(queries.common_sets(run))
    context = {**shell(request, "sets"), "run": run, "runs": room.runs()[:50]}
    context |= _shown(request, run, found, {"state": "", "kind": ""}) | {"form": form}
    return render(request, "hansa_strategy/sets/sets.html", context, status=400)


@signed_in
def arrange(request: HttpRequest, pk: int) -> HttpResponse:
    """Merge, split and rearrange the proposed sets of a run, by dragging or by ticking."""
    run = get_object_or_404(Run, pk=pk)
    person = actor(request)
    authorise(person, DECIDE)
    if request.method == "POST":
        done = attempt(request, lambda: _arrange(request, person, run), _("Arranged."))
        if done:
            return redirect("strategy:arrange_sets", run.pk)
    context = {
        **shell(request, "sets"),
        "run": run,
        "found": list(queries.common_sets(run, CommonSet.State.PROPOSED)),
        "loose": queries.in_no_set(run),
        "reason": request.POST.get("reason", ""),
        "title": request.POST.get("title", ""),
        "ticked": request.POST.getlist("set"),
        "ticked_members": request.POST.getlist("member"),
    }
    return render(request, "hansa_strategy/sets/arrange.html", context, status=400 if request.method == "POST" else 200)


def _arrange(request: HttpRequest, person: Any, run: Run) -> None:
    """`member` values are “set:priority” (set 0 is none); `set` values are sets; `act` says what to do with them."""
    reason, title = request.POST.get("reason", ""), request.POST.get("title", "")
    pairs = [_pair(value) for value in request.POST.getlist("member")]
    act = request.POST.get("act")
    if act == "merge":
        actions.merge_sets(person, _numbers(request.POST.getlist("set")), reason=reason, title=title)
    elif act == "split":
        source = _one_source(pairs)
        actions.split_set(person, _set(run, source), [key for _s, key in pairs], reason=reason, title=title)
    elif act == "move":
        target = _numbers([request.POST.get("target", "")])
        if not target:
            raise Refused(_("Choose the set to move to."))
        source = _one_source(pairs)
        from_set = _set(run, source) if source else None
        members = [key for _s, key in pairs]
        actions.move_members(person, members, _set(run, target[0]), reason=reason, source=from_set)
    else:
        raise Refused(_("Choose what to do."))


def _pair(value: str) -> tuple[int, int]:
    source, _colon, key = value.partition(":")
    return (int(source), int(key)) if source.isdecimal() and key.isdecimal() else (0, 0)


def _numbers(values: list[str]) -> list[int]:
    return [int(value) for value in values if value.isdecimal()]


def _one_source(pairs: list[tuple[int, int]]) -> int:
    sources = {source for source, _key in pairs}
    if len(sources) != 1:
        raise Refused(_("Choose members of one set at a time."))
    return sources.pop()


def _set(run: Run, key: int) -> CommonSet:
    found = CommonSet.objects.filter(run=run, pk=key).first()
    if found is None:
        raise Refused(_("Somebody else has changed these sets meanwhile; look at them again."))
    return found


def common_set(request: HttpRequest, pk: int) -> HttpResponse:
    """One set: its members in their own words, what binds it, the rule, and the decision on it."""
    shown = get_object_or_404(CommonSet.objects.select_related("run", "priority", "decided_by", "computation"), pk=pk)
    person = getattr(request, "person", None)
    layers, theme_names = queries.layers_of(shown), concordance.labels()
    return render(
        request,
        "hansa_strategy/sets/set.html",
        {
            **shell(request, "sets"),
            "set": shown,
            "members": shown.memberships.select_related("priority__region", "priority__source").prefetch_related(
                "priority__tags"
            ),
            "ties": _ties(shown, theme_names),
            "layers": layers,
            "labels": domain_labels(),
            "theme_names": theme_names,
            "overlapping": queries.overlapping(shown.run, [*layers.domains, *layers.lent]),
            "may_decide": may(person, DECIDE, shown),
            "may_see_people": may(person, "network.view_people"),
        },
    )


@signed_in
def decide(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Take a set up, attach it, refuse it or propose it again."""
    shown = get_object_or_404(CommonSet.objects.select_related("run"), pk=pk)
    person = actor(request)
    authorise(person, DECIDE, shown)
    if verb not in HEADINGS:
        raise Http404
    form, act = FORMS[verb](request, shown)
    if request.method == "POST" and form.is_valid():
        try:
            result = act(person, form)
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, _("Decided; the reason stays with the set."))
            return redirect(result)
    context = {**shell(request, "sets"), "form": form, "heading": HEADINGS[verb](), "back": shown, "about": shown}
    return render(request, "hansa_strategy/sets/form.html", context, status=400 if form.errors else 200)


def _take(request: HttpRequest, shown: CommonSet) -> tuple[Any, Any]:
    layers, labels = queries.layers_of(shown), domain_labels()
    domains = [(code, f"{code} {labels.get(code, '')} ({n})") for code, n in layers.domains.items()]
    lent = _("by the concordance")
    domains += [(code, f"{code} {labels.get(code, '')} ({lent}, {weight:g})") for code, weight in layers.lent.items()]
    initial = {
        "title": shown.title,
        "domains": [code for code, n in layers.domains.items() if 2 * n >= len(queries.members_of(shown))]
        or list(layers.domains),
        "themes": list(layers.themes),
    }
    form = TakeForm(request.POST or None, domains=domains, known=labels, initial=initial)
    return form, lambda person, filled: actions.take_set(
        person,
        shown,
        title=filled.cleaned_data["title"],
        reason=filled.cleaned_data["reason"],
        domains=filled.chosen_domains(),
        themes=filled.cleaned_data["themes"],
    )


def _attach(request: HttpRequest, shown: CommonSet) -> tuple[Any, Any]:
    layers = queries.layers_of(shown)
    overlaps = {each.pk: share for each, share in queries.overlapping(shown.run, [*layers.domains, *layers.lent])}
    among = Priority.objects.filter(run=shown.run).exclude(state__in=Priority.CLOSED).order_by("number")
    first = next(iter(overlaps), None)
    form = AttachForm(request.POST or None, overlaps=overlaps, among=among, initial={"priority": first})
    return form, lambda person, filled: actions.attach_set(
        person, shown, filled.cleaned_data["priority"], reason=filled.cleaned_data["reason"]
    )


def _refuse(request: HttpRequest, shown: CommonSet) -> tuple[Any, Any]:
    return WhyForm(request.POST or None), lambda person, filled: actions.refuse_set(
        person, shown, reason=filled.cleaned_data["reason"]
    )


def _reopen(request: HttpRequest, shown: CommonSet) -> tuple[Any, Any]:
    return WhyForm(request.POST or None), lambda person, filled: actions.reopen_set(
        person, shown, reason=filled.cleaned_data["reason"]
    )


FORMS: dict[str, Any] = {"take": _take, "attach": _attach, "refuse": _refuse, "reopen": _reopen}
HEADINGS: dict[str, Any] = {
    "take": lambda: _("Make a common priority of this set"),
    "attach": lambda: _("Attach this set to a priority"),
    "refuse": lambda: _("Refuse this set"),
    "reopen": lambda: _("Propose this set again"),
}
