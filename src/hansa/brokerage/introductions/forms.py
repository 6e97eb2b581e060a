from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from hansa.brokerage.forms import refusals
from hansa.brokerage.models import IntroductionConsent


class ConsentForm(forms.Form):
    """What a client said to their broker."""

    agrees = forms.ChoiceField(label=_("The client"), choices=[("yes", _("agrees")), ("no", _("does not agree"))])
    how = forms.ChoiceField(
        label=_("How"),
        choices=[
            (IntroductionConsent.How.SPOKEN, IntroductionConsent.How.SPOKEN.label),
            (IntroductionConsent.How.PAPER, IntroductionConsent.How.PAPER.label),
        ],
    )
    refusal = forms.ChoiceField(label=_("Reason"), choices=refusals, required=False, help_text=_("only for a no"))


class LinkForm(forms.Form):
    """What a client answers on their own page."""

    agrees = forms.ChoiceField(choices=[("yes", _("agrees")), ("no", _("does not agree"))])
    refusal = forms.ChoiceField(label=_("Why not?"), choices=refusals, required=False)


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=300)
