from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hansa.network.models import LANGUAGES_OF_RECORDS, ApiToken, Organisation, Role


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
    """What a key is for, what it may do, and its last day."""

    name = forms.CharField(label=_("What is it for?"), max_length=80)
    scopes = forms.MultipleChoiceField(
        label=_("What may it do?"),
        choices=ApiToken.Scope.choices,
        initial=[ApiToken.Scope.READ],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Never more than you may do yourself."),
    )
    until = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_("Leave it empty if it shall work until you revoke it."),
    )

    def clean_until(self) -> date | None:
        until: date | None = self.cleaned_data["until"]
        if until is not None and not timezone.localdate() <= until < date.max:
            raise forms.ValidationError(_("The last day of the token must lie in the future."))
        return until

    def expires_at(self) -> datetime | None:
        """The midnight after the last day."""
        until = self.cleaned_data["until"]
        return None if until is None else timezone.make_aware(datetime.combine(until + timedelta(days=1), time.min))
