"""The forms of documents; one with a fault is shown again with all that was typed."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class WriteForm(forms.Form):
    """In which languages a new version is written, and why."""

    languages = forms.MultipleChoiceField(
        label=_("Languages"), choices=settings.LANGUAGES, widget=forms.CheckboxSelectMultiple
    )
    reason = forms.CharField(label=_("Why this version"), widget=forms.Textarea(attrs={"rows": 2}), max_length=2000)


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)


class AdoptForm(ReasonForm):
    """The day of adoption and the decision behind it; the adopter's name is published with it."""

    on = forms.DateField(label=_("Adopted on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    field_order = ("on", "reason")
