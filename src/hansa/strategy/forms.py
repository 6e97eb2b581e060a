"""What people type about runs and the moves of a priority."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from hansa.network.models import Region
from hansa.network.queries import partner_regions
from hansa.strategy.actions import Part, steps_to_return_to
from hansa.strategy.models import Priority, Run, Step
from hansa.strategy.proposal import Parameters
from hansa.strategy.queries import open_priorities

MOST_PARTS = 5


class RunForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=160)
    note = forms.CharField(
        label=_("What this version changes and why"), widget=forms.Textarea(attrs={"rows": 2}), max_length=2000
    )
    regions = forms.ModelMultipleChoiceField(
        label=_("Regions"), queryset=Region.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    year = forms.ChoiceField(label=_("Year"), required=False)
    reference = forms.CharField(
        label=_("Reference area: codes or beginnings of codes, empty for the whole table"),
        max_length=400,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "PL LT FI1C"}),
    )
    threshold = forms.FloatField(
        label=_("Location quotient that counts as a specialisation"), min_value=0.1, max_value=20, initial=1.0
    )
    min_size = forms.FloatField(
        label=_("Smallest size that counts, in the table's unit"), min_value=0, max_value=1_000_000, initial=500
    )
    min_regions = forms.IntegerField(label=_("Regions that must share it"), min_value=2, max_value=50, initial=2)
    min_proximity = forms.FloatField(
        label=_("Proximity above which domains make one priority"), min_value=0, max_value=1, initial=0.45
    )
    near_share = forms.FloatField(
        label=_("Close: upper share of density"), min_value=0.01, max_value=1, initial=0.25, required=False
    )
    most_domains = forms.IntegerField(
        label=_("Domains of one priority, at most"), min_value=1, max_value=50, initial=5, required=False
    )
    most_priorities = forms.IntegerField(
        label=_("Priorities, at most"), min_value=1, max_value=100, initial=12, required=False
    )

    def __init__(self, *args: Any, based_on: Run | None = None, years: Sequence[int] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(forms.ModelMultipleChoiceField, self.fields["regions"])
        field.queryset = partner_regions()
        field.label_from_instance = lambda region: f"{region.local_name} ({region.code})"  # type: ignore[method-assign]
        latest = [("", _t("the latest"))]
        cast(forms.ChoiceField, self.fields["year"]).choices = latest + [(str(year), str(year)) for year in years]
        if based_on is None:
            self.fields["note"].required = False
            self.fields["note"].widget = forms.HiddenInput()

    def clean_reference(self) -> list[str]:
        codes = str(self.cleaned_data["reference"]).upper().replace(",", " ").replace(";", " ").split()
        for code in codes:
            if not re.fullmatch(r"[A-Z]{2}[0-9A-Z]{0,14}", code):
                raise ValidationError(_t("“%(code)s” is no code of a region or country.") % {"code": code})
        return codes

    def parameters(self) -> Parameters:
        given = self.cleaned_data
        names = (
            "threshold",
            "min_size",
            "min_regions",
            "min_proximity",
            "near_share",
            "most_domains",
            "most_priorities",
        )
        return Parameters(**{name: given[name] for name in names if given[name] is not None})


class ReasonForm(forms.Form):
    """What every move asks: a reason. `expected` is the state that the person saw."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)
    expected = forms.ChoiceField(choices=Priority.State.choices, widget=forms.HiddenInput)

    def __init__(self, *args: Any, priority: Priority, labels: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.priority = priority
        self.labels = labels


class RenameForm(ReasonForm):
    field_order = ["title", "reason", "expected"]
    title = forms.CharField(label=_("New title"), max_length=200)


class ReturnForm(ReasonForm):
    field_order = ["step", "reason", "expected"]
    step = forms.ChoiceField(label=_("Back to the step"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        passed = [(step, Step(step).label) for step in steps_to_return_to(self.priority)]
        cast(forms.ChoiceField, self.fields["step"]).choices = passed


class MergeForm(ReasonForm):
    field_order = ["others", "title", "reason", "expected"]
    others = forms.ModelMultipleChoiceField(
        label=_("Merge into this one"), queryset=Priority.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    title = forms.CharField(label=_("Title of the merged priority"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = open_priorities().filter(run=self.priority.run).exclude(pk=self.priority.pk)
        field = cast(forms.ModelMultipleChoiceField, self.fields["others"])
        field.queryset = others
        field.label_from_instance = str  # type: ignore[method-assign]


class SplitForm(ReasonForm):
    """Titles of the parts, and for each domain, theme and regional priority the part that takes it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for n in range(1, MOST_PARTS + 1):
            self.fields[f"title_{n}"] = forms.CharField(
                label=_t("Title of part %(n)d") % {"n": n}, max_length=200, required=n <= 2
            )
        numbers = [("", "–")] + [(str(n), _t("part %(n)d") % {"n": n}) for n in range(1, MOST_PARTS + 1)]
        for key, label in self._content():
            self.fields[key] = forms.ChoiceField(label=label, choices=numbers, required=False)
        self.order_fields([*(f"title_{n}" for n in range(1, MOST_PARTS + 1)), *dict(self._content()), "reason"])

    def _content(self) -> list[tuple[str, str]]:
        domains = [(f"domain-{d}", f"{d} {self.labels.get(d, '')}".strip()) for d in self.priority.domains]
        themes = [(f"theme-{code}", code) for code in self.priority.themes]
        members = [
            (f"member-{each.pk}", f"{each.region.code}: {each.title}")
            for each in self.priority.members.select_related("region")
        ]
        return [*domains, *themes, *members]

    def parts(self) -> list[Part]:
        """The parts that have a title or content, in their order."""
        given = self.cleaned_data
        found = []
        for n in range(1, MOST_PARTS + 1):
            taken = [key for key, _label in self._content() if given.get(key) == str(n)]
            if given[f"title_{n}"] or taken:
                found.append(
                    Part(
                        title=given[f"title_{n}"],
                        domains=_of_kind(taken, "domain"),
                        themes=_of_kind(taken, "theme"),
                        members=[int(key) for key in _of_kind(taken, "member")],
                    )
                )
        return found


def _of_kind(keys: Sequence[str], kind: str) -> list[str]:
    return [key.removeprefix(f"{kind}-") for key in keys if key.startswith(f"{kind}-")]
