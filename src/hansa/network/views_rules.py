"""The rules of the network as they hold now, and the form that changes one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hansa.network import actions
from hansa.network.faults import Refused
from hansa.network.models import RuleSetting
from hansa.network.permissions import authorise, may
from hansa.network.registry import Rule, registry
from hansa.network.web.acting import actor, signed_in
from hansa.network.web.lists import csv_response, wants_csv

SECTION = "partnership"


class RuleForm(forms.Form):
    """One rule: its value as its kind wants it, and the reason for the change."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, declared: Rule, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields = {"value": field_of(declared), **self.fields}


def field_of(declared: Rule) -> forms.Field:
    """The form field of a rule."""
    told = {"label": declared.title, "help_text": declared.help}
    if declared.kind == "yes_no":
        return forms.TypedChoiceField(
            choices=[("yes", gettext_lazy("yes")), ("no", gettext_lazy("no"))], coerce=lambda v: v == "yes", **told
        )
    if declared.kind == "choice":
        return forms.ChoiceField(choices=declared.choices, **told)
    return forms.IntegerField(min_value=declared.least, max_value=declared.most, **told)


def said(declared: Rule, value: Any) -> str:
    """A value as people read it, with its unit."""
    if declared.kind == "yes_no":
        return _("yes") if value else _("no")
    if declared.kind == "choice":
        return str(dict(declared.choices).get(value, value))
    return f"{value} {declared.unit}".strip()


@signed_in
def rules(request: HttpRequest) -> HttpResponse:
    """What the brokers agreed on, with who set it and why; what nobody set holds as Hansa begins with."""
    person = actor(request)
    authorise(person, "network.view_rules")
    held = {row.key: row for row in RuleSetting.objects.select_related("set_by")}
    words = request.GET.get("q", "").strip().casefold()
    rows = [
        {
            "key": key,
            "rule": declared,
            "value": said(declared, held[key].value if key in held else declared.default),
            "default": said(declared, declared.default),
            "setting": held.get(key),
        }
        for key, declared in sorted(registry.rules.items())
        if words in f"{key} {declared.title} {declared.help}".casefold()
    ]
    if wants_csv(request):
        heading = ["key", "rule", "value", "default", "set by", "set on", "reason"]
        return csv_response("rules", heading, rows, row_of)
    context = {"section": SECTION, "rows": rows, "q": words, "may_set": may(person, "network.set_rule")}
    return render(request, "hansa_network/rules.html", context)


def row_of(row: dict[str, Any]) -> list[Any]:
    setting = row["setting"]
    by = [setting.set_by.name, setting.set_at.isoformat(), setting.reason] if setting else [None, None, None]
    return [row["key"], str(row["rule"].title), row["value"], row["default"], *by]


@signed_in
def set_rule(request: HttpRequest, key: str) -> HttpResponse:
    """Change one rule."""
    person = actor(request)
    authorise(person, "network.set_rule")
    declared = registry.rules.get(key)
    if declared is None:
        raise Http404
    held = RuleSetting.objects.filter(key=key).first()
    value = held.value if held is not None else declared.default
    begun = {"value": ("yes" if value else "no") if declared.kind == "yes_no" else value}
    form = RuleForm(request.POST or None, declared=declared, initial=begun)
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_rule(person, key, value=form.cleaned_data["value"], reason=form.cleaned_data["reason"])
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, _("The rule is set: %(rule)s.") % {"rule": declared.title})
            return redirect("network:rules")
    context = {"section": SECTION, "form": form, "rule": declared, "default": said(declared, declared.default)}
    return render(request, "hansa_network/rule.html", context, status=400 if form.errors else 200)
