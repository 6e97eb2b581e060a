from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hansa.network.models import LANGUAGES_OF_RECORDS, Organisation, Role


class InviteForm(forms.Form):
    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=120)
    email = forms.EmailField(label=_("E-mail"))
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES_OF_RECORDS)
    organisation = forms.ModelChoiceField(
        label=_("Organisation"), queryset=Organisation.objects.filter(is_partner=True).order_by("name")
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)


class EndForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2}), max_length=500)


class TokenForm(forms.Form):
    name = forms.CharField(label=_("What is it for?"), max_length=80)
