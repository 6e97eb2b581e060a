from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from hansa.network.models import Region
from hansa.network.queries import partner_regions
from hansa.strategy.models import Priority
from hansa.strategy.proposal import Parameters


class RunForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=160)
    regions = forms.ModelMultipleChoiceField(
        label=_("Regions"), queryset=Region.objects.none(), widget=forms.CheckboxSelectMultiple
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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(forms.ModelMultipleChoiceField, self.fields["regions"])
        field.queryset = partner_regions()
        field.label_from_instance = lambda region: f"{region.local_name} ({region.code})"  # type: ignore[method-assign]

    def parameters(self) -> Parameters:
        given = self.cleaned_data
        return Parameters(
            threshold=given["threshold"],
            min_size=given["min_size"],
            min_regions=given["min_regions"],
            min_proximity=given["min_proximity"],
        )


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)
    expected = forms.ChoiceField(choices=Priority.State.choices, widget=forms.HiddenInput)


class AcceptForm(ReasonForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = False


class RenameForm(AcceptForm):
    field_order = ["title", "reason", "expected"]
    title = forms.CharField(label=_("New title"), max_length=200)
