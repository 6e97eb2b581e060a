from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hansa.brokerage.forms import DayInput
from hansa.brokerage.models import Case, Interaction, Outcome
from hansa.brokerage.models.casework import LARGEST
from hansa.network.models import Membership, Person, Role
from hansa.network.queries import current


class TaskForm(forms.Form):
    title = forms.CharField(label=_("What is to be done"), max_length=200)
    due = forms.DateField(label=_("Due on"), widget=DayInput())
    owner = forms.ModelChoiceField(label=_("Who"), queryset=Person.objects.none())

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sides = [pk for pk in (case.agency_id, case.other_agency_id) if pk is not None]
        seats = current(Membership.objects.filter(organisation__in=sides, role__in=(Role.BROKER, Role.LEAD_PARTNER)))
        self.fields["owner"].queryset = Person.objects.filter(memberships__in=seats).distinct()  # type: ignore[attr-defined]


class InteractionForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), choices=Interaction.Kind.choices)
    at = forms.DateTimeField(
        label=_("When"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        initial=timezone.localtime,
    )  # fmt: skip
    subject = forms.CharField(label=_("About"), max_length=200)
    who = forms.CharField(label=_("Who took part"), max_length=300, required=False)
    text = forms.CharField(
        label=_("What was said"), max_length=20000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class MailForm(forms.Form):
    """An e-mail, pasted whole or as a file."""

    message = forms.CharField(
        label=_("The whole message with its headers"), required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    file = forms.FileField(label=_("or its file (.eml)"), required=False)

    def content(self) -> bytes:
        given = self.cleaned_data
        return given["file"].read(LARGEST + 1) if given["file"] else given["message"].encode()


class PrivateNoteForm(forms.Form):
    text = forms.CharField(label=_("Note"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))


class DocumentForm(forms.Form):
    file = forms.FileField(label=_("File, at most 10 MiB"))


class FollowUpForm(forms.Form):
    answer = forms.CharField(label=_("What came of it"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))


class OutcomeForm(forms.Form):
    kind = forms.ChoiceField(label=_("What it is"), choices=Outcome.Kind.choices)
    value = forms.DecimalField(
        label=_("Value"), min_value=0, max_digits=14, decimal_places=2, required=False,
        help_text=_("in EUR for turnover, export and investment, in full-time jobs for jobs; empty where not known"),
    )  # fmt: skip
    year = forms.IntegerField(label=_("Year"), min_value=1990, max_value=2100)
    evidence = forms.CharField(label=_("What shows it"), max_length=500)
    link = forms.URLField(label=_("Link"), max_length=400, required=False, assume_scheme="https")
