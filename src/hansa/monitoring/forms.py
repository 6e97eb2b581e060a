from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class Day(forms.DateField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


class PeriodForm(forms.Form):
    since = Day(label=gettext_lazy("Compared from"))
    until = Day(label=gettext_lazy("to"))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        since, until = given.get("since"), given.get("until")
        if since and until and since > until:
            raise forms.ValidationError(_("The period ends before it begins: exchange the two days."))
        return given


class LiftForm(forms.Form):
    """The partnership's lift; `regions` are codes with blanks, commas or lines between."""

    regions = forms.CharField(
        label=gettext_lazy("Less developed regions"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("NUTS codes with commas between, such as PL84, LT02; a code stands for all below it."),
    )
    source = forms.CharField(
        label=gettext_lazy("Source of the list"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("By what the regions were chosen, such as GDP per capita: table, year, threshold."),
    )
    share = forms.FloatField(
        label=gettext_lazy("Share of the places"),
        min_value=0,
        max_value=1,
        help_text=gettext_lazy("Of the first k places at least this share of k, rounded down, goes to them."),
    )
    depth = forms.IntegerField(label=gettext_lazy("Looked at: the first … places"), min_value=1, max_value=30)
    on = forms.BooleanField(label=gettext_lazy("The lift is on"), required=False)

    def codes(self) -> list[str]:
        return sorted({code.upper() for code in re.split(r"[,;\s]+", self.cleaned_data["regions"]) if code})


class ChoiceForm(forms.Form):
    """Why other weights are to rank."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        error_messages={"required": gettext_lazy("Say why, in a sentence; it stays with the decision.")},
    )
