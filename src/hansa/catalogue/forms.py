from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hansa.catalogue.actions import SupportText
from hansa.catalogue.models import SupportInstrument
from hansa.catalogue.permissions import agencies_of
from hansa.network.models import LANGUAGES_OF_RECORDS, Organisation, Person, Region


class Day(forms.DateInput):
    """The browser's own calendar, which always speaks ISO 8601."""

    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


class SupportForm(forms.Form):
    """An instrument of a region; who keeps it current is asked only where there is a choice."""

    agency = forms.ModelChoiceField(label=_("Kept current by"), queryset=Organisation.objects.none())
    region = forms.ModelChoiceField(label=_("Region"), queryset=Region.objects.none())
    kind = forms.ChoiceField(label=_("Kind"), choices=SupportInstrument.Kind.choices)
    language = forms.ChoiceField(label=_("Language of the text"), choices=LANGUAGES_OF_RECORDS)
    title = forms.CharField(label=_("Title"), max_length=200)
    provider = forms.CharField(label=_("Who offers it"), max_length=200)
    summary = forms.CharField(label=_("What it gives"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
    eligibility = forms.CharField(
        label=_("Who can have it"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    for_kinds = forms.MultipleChoiceField(
        label=_("For"), choices=Organisation.Kind.choices, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Tick none where it is for all."),
    )  # fmt: skip
    amount = forms.CharField(
        label=_("Amount"), max_length=120, required=False, help_text=_("with its currency, as the source says it")
    )
    opens_on = forms.DateField(label=_("Opens on"), widget=Day(), required=False)
    closes_on = forms.DateField(label=_("Closes on"), widget=Day(), required=False)
    website = forms.URLField(label=_("Website"), max_length=400, required=False, assume_scheme="https")

    def __init__(self, *args: Any, person: Person, held: SupportInstrument | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agencies = agencies_of(person)
        self.fields["agency"].queryset = Organisation.objects.filter(pk__in=[a.pk for a in agencies])  # type: ignore[attr-defined]
        if held is not None or len(agencies) == 1:
            del self.fields["agency"]
        self.fields["region"].queryset = Region.objects.filter(level__lte=4).order_by("code")  # type: ignore[attr-defined]

    def text(self) -> SupportText:
        given = {name: value for name, value in self.cleaned_data.items() if name != "agency"}
        return SupportText(**given)
