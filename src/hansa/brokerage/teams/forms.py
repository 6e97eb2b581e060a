"""The forms of a team and of its roles."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hansa.brokerage.models import TeamRole
from hansa.brokerage.permissions import agencies_of
from hansa.brokerage.teams.search import HELICES
from hansa.brokerage.texts import RoleText, TeamText
from hansa.network.models import LANGUAGES_OF_RECORDS, Organisation, Person
from hansa.strategy.models import Priority
from hansa.strategy.queries import open_priorities

CODE = re.compile(r"(?:NACE:)?(\d{2}(?:\.\d{1,2})?)", re.IGNORECASE)


def number(label: Any, *, required: bool = False, least: int = 0) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=required, min_value=least, max_value=99)


class TeamForm(forms.Form):
    agency = forms.ModelChoiceField(label=gettext_lazy("Agency"), queryset=Organisation.objects.none())
    name = forms.CharField(
        label=gettext_lazy("Name of the call or joint strategy"),
        max_length=160,
    )
    about = forms.CharField(
        label=gettext_lazy("What it is for"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of the text"), choices=LANGUAGES_OF_RECORDS)
    priority = forms.ModelChoiceField(
        label=gettext_lazy("Priority"),
        queryset=Priority.objects.none(),
        required=False,
        empty_label=gettext_lazy("none"),
    )
    countries = number(gettext_lazy("Countries, at least"), required=True)
    regions = number(gettext_lazy("Regions, at least"), required=True)
    most_per_country = number(gettext_lazy("Members from one country, at most"), least=1)
    fewest = number(gettext_lazy("Members in all, at least"))
    most = number(gettext_lazy("Members in all, at most"), least=1)
    sme_led = forms.BooleanField(label=gettext_lazy("An SME coordinates"), required=False)
    helix = forms.MultipleChoiceField(
        label=gettext_lazy("Must be there"), required=False, widget=forms.CheckboxSelectMultiple
    )
    domains = forms.CharField(
        label=gettext_lazy("Domains that somebody must work in"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("NACE codes with commas between, such as 24, 62.01. They are read from project texts."),
    )

    def __init__(self, *args: Any, person: Person, editing: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agencies = [agency.pk for agency in agencies_of(person)]
        self.fields["agency"].queryset = Organisation.objects.filter(pk__in=agencies)  # type: ignore[attr-defined]
        if editing or len(agencies) == 1:
            del self.fields["agency"]
        chosen = self.initial.get("priority")
        priorities = open_priorities()
        if chosen:
            priorities = priorities | Priority.objects.filter(pk=chosen)
        self.fields["priority"].queryset = priorities  # type: ignore[attr-defined]
        labels = dict(Organisation.Helix.choices)
        self.fields["helix"].choices = [(HELICES[key], labels[key]) for key in HELICES]  # type: ignore[attr-defined]

    def clean_domains(self) -> list[str]:
        """Codes as the matching knows them, such as NACE:24."""
        codes = []
        for given in re.split(r"[,;\s]+", self.cleaned_data["domains"].strip()):
            found = CODE.fullmatch(given)
            if given and found is None:
                raise forms.ValidationError(
                    _("“%(given)s” is no NACE code: write a division such as 24 or a class such as 24.53.")
                    % {"given": given}
                )
            if found is not None:
                codes.append(f"NACE:{found[1]}")
        return codes

    def text(self) -> TeamText:
        given = {name: value for name, value in self.cleaned_data.items() if name not in {"agency", "priority"}}
        return TeamText(**given | {"helix": tuple(given["helix"]), "domains": tuple(given["domains"])})


class RoleForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Role"), max_length=80)
    sought = forms.CharField(
        label=gettext_lazy("What its holder has to bring"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("A sentence in your own language; candidates are found across languages."),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of the text"), choices=LANGUAGES_OF_RECORDS)
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Kinds of organisation"),
        choices=Organisation.Kind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Tick none to take any."),
    )
    number = forms.IntegerField(label=gettext_lazy("How many"), min_value=1, max_value=9, initial=1)
    required = forms.BooleanField(label=gettext_lazy("Required"), required=False, initial=True)
    leads = forms.BooleanField(label=gettext_lazy("Coordinates"), required=False)

    def text(self) -> RoleText:
        return RoleText(**self.cleaned_data | {"kinds": tuple(self.cleaned_data["kinds"])})


class MemberForm(forms.Form):
    """What a button says: an organisation, in or left out, and the role it is in for."""

    organisation = forms.ModelChoiceField(queryset=Organisation.objects.all())
    standing = forms.ChoiceField(choices=[("in", "in"), ("out", "out")])
    role = forms.ModelChoiceField(queryset=TeamRole.objects.none(), required=False)

    def __init__(self, *args: Any, team: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].queryset = TeamRole.objects.filter(team=team)  # type: ignore[attr-defined]
