"""What people type about recommendations: the public form, and one form for each verb."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, TimestampSigner
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from hansa.network.models import LANGUAGES_OF_RECORDS, Region
from hansa.network.queries import partner_regions
from hansa.strategy.models import Priority, Recommendation, RecommendationMove, StrategySource
from hansa.strategy.queries import open_priorities
from hansa.strategy.recommendations.actions import CAN_BE_MERGED, LONGEST_TEXT, LONGEST_TITLE

Verb = RecommendationMove.Verb
SHORTEST_TIME, LONGEST_TIME = timedelta(seconds=3), timedelta(hours=24)
CONSENT = _(
    "I agree that the partnership keeps my name and e-mail address to ask me about this recommendation and to tell me "
    "the answer, and for nothing else. They are never shown publicly, and I can have them erased at any time."
)
signer = TimestampSigner(salt="hansa.recommendation")


def opened_now() -> str:
    """A mark of when the form was opened, which nobody can make up."""
    return signer.sign("opened")


class CollectForm(forms.Form):
    """The public form. A field that people do not see and the time it took keep simple programs out."""

    title = forms.CharField(label=_("What do you recommend, in one line?"), max_length=LONGEST_TITLE)
    text = forms.CharField(
        label=_("Your recommendation"), widget=forms.Textarea(attrs={"rows": 7}), max_length=LONGEST_TEXT
    )
    language = forms.ChoiceField(label=_("Language you write in"), choices=LANGUAGES_OF_RECORDS)
    region = forms.ModelChoiceField(label=_("Region it is addressed to"), queryset=Region.objects.none())
    contact_name = forms.CharField(label=_("Your name"), max_length=120, required=False)
    contact_email = forms.EmailField(label=_("Your e-mail"), required=False)
    agreed = forms.BooleanField(label=CONSENT, required=False)
    website = forms.CharField(
        label=_("Leave this empty"),
        required=False,
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )
    opened = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(forms.ModelChoiceField, self.fields["region"])
        field.queryset = partner_regions()
        field.label_from_instance = lambda region: f"{region.local_name} ({region.code})"  # type: ignore[method-assign]

    def clean_website(self) -> str:
        if self.cleaned_data["website"]:
            raise ValidationError(_("A field that people do not see was filled in; empty it and send again."))
        return ""

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if (given.get("contact_name") or given.get("contact_email")) and not given.get("agreed"):
            self.add_error(
                "agreed", _("Your name and address are kept only with your consent: agree, or leave both empty.")
            )
        self._check_time()
        return given

    def _check_time(self) -> None:
        token = self.cleaned_data.get("opened", "")
        try:
            signer.unsign(token, max_age=LONGEST_TIME)
        except BadSignature:
            self._fresh()
            raise ValidationError(_("The form was open for too long; look over it and send it again.")) from None
        try:
            signer.unsign(token, max_age=SHORTEST_TIME)
        except BadSignature:
            return
        raise ValidationError(_("That was very quick; wait a few seconds and send it again."))

    def _fresh(self) -> None:
        self.data = self.data.copy()
        self.data["opened"] = opened_now()

    def values(self) -> dict[str, Any]:
        names = ("title", "text", "language", "region", "contact_name", "contact_email")
        consent = str(_t(str(CONSENT))) if self.cleaned_data["agreed"] else ""
        return {name: self.cleaned_data[name] for name in names} | {"consent": consent}


def date_field(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class VerbForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)

    def __init__(self, *args: Any, recommendation: Recommendation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.recommendation = recommendation


class TakeUpForm(VerbForm):
    priority = forms.ModelChoiceField(label=_("Priority"), queryset=Priority.objects.none(), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["priority"]).queryset = open_priorities()


class ConsultForm(VerbForm):
    consultation = forms.IntegerField(
        label=_("Number of the consultation"), min_value=1, max_value=2**53, required=False
    )
    said = forms.CharField(
        label=_("What the consultation said"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=5000,
        required=False,
    )


class SubmitForm(VerbForm):
    source = forms.ModelChoiceField(label=_("Strategy"), queryset=StrategySource.objects.none(), required=False)
    section = forms.CharField(label=_("Section of the strategy"), max_length=300)
    on = date_field(_("Submitted on"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sources = StrategySource.objects.filter(region=self.recommendation.region_id)
        cast(forms.ModelChoiceField, self.fields["source"]).queryset = sources


class AnswerForm(VerbForm):
    verdict = forms.ChoiceField(label=_("Answer"), choices=Recommendation.Answer.choices, widget=forms.RadioSelect)
    answered_by = forms.CharField(label=_("Answered by"), max_length=160)
    on = date_field(_("Answered on"))
    field_order: ClassVar = ["verdict", "reason", "answered_by", "on"]


class AdoptForm(VerbForm):
    text = forms.CharField(
        label=_("Adopted text, word for word"), widget=forms.Textarea(attrs={"rows": 4}), max_length=5000
    )
    document = forms.CharField(label=_("Document"), max_length=300)
    page = forms.IntegerField(label=_("Page"), min_value=1, max_value=100_000, required=False)
    field_order: ClassVar = ["text", "document", "page", "reason"]


class UseForm(VerbForm):
    on = date_field(_("Date"))
    evidence = forms.URLField(label=_("Address of the evidence"), max_length=400, assume_scheme="https")
    field_order: ClassVar = ["on", "reason", "evidence"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = _("What happened")


class MergeForm(VerbForm):
    others = forms.ModelMultipleChoiceField(
        label=_("Merge into this one"), queryset=Recommendation.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    field_order: ClassVar = ["others", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Recommendation.objects.filter(state__in=CAN_BE_MERGED, region=self.recommendation.region_id)
        cast(forms.ModelMultipleChoiceField, self.fields["others"]).queryset = others.exclude(pk=self.recommendation.pk)


FORMS: dict[str, type[VerbForm]] = {
    Verb.TAKE_UP: TakeUpForm,
    Verb.CONSULT: ConsultForm,
    Verb.SUBMIT: SubmitForm,
    Verb.ANSWER: AnswerForm,
    Verb.ADOPT: AdoptForm,
    Verb.USE: UseForm,
    Verb.MERGE: MergeForm,
    Verb.DECLINE: VerbForm,
    Verb.UNDO: VerbForm,
}
