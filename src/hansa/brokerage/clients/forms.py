from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hansa.brokerage.clients.actions import ClientText
from hansa.brokerage.clients.criteria import CRITERIA, NO, UNKNOWN, YES
from hansa.brokerage.clients.identifiers import SCHEMES, checked
from hansa.brokerage.models import Client
from hansa.brokerage.permissions import agencies_of
from hansa.network.models import LANGUAGES_OF_RECORDS, Consent, Organisation, Person, Region

ANSWERS = [(YES, _("yes")), (NO, _("no")), (UNKNOWN, _("not known yet"))]
HOW = [(Consent.How.SPOKEN, Consent.How.SPOKEN.label), (Consent.How.PAPER, Consent.How.PAPER.label)]


class ClientForm(forms.Form):
    """Who a client is: four fields first, what registers and analyses want in sections."""

    FIRST = ("agency", "name", "kind")
    MORE = ("size", "founded", "region", "city", "website", "domains", "languages", "about")
    organisation = forms.ModelChoiceField(queryset=Organisation.objects.all(), required=False, widget=forms.HiddenInput)
    agency = forms.ModelChoiceField(label=_("Agency"), queryset=Organisation.objects.none())
    name = forms.CharField(label=_("Name of the organisation"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), choices=Organisation.Kind.choices)
    size = forms.ChoiceField(label=_("Size"), choices=Client.Size.choices, required=False)
    founded = forms.IntegerField(label=_("Founded in the year"), min_value=1000, max_value=2100, required=False)
    region = forms.ModelChoiceField(label=_("Region"), queryset=Region.objects.none(), required=False)
    city = forms.CharField(label=_("City"), max_length=120, required=False)
    website = forms.URLField(label=_("Website"), max_length=400, required=False, assume_scheme="https")
    domains = forms.CharField(
        label=_("Domains (NACE)"), max_length=200, required=False,
        help_text=_("codes with blanks between them, such as 16.23 31"),
    )  # fmt: skip
    languages = forms.MultipleChoiceField(
        label=_("Languages"), choices=LANGUAGES_OF_RECORDS, required=False, widget=forms.CheckboxSelectMultiple
    )
    about = forms.CharField(
        label=_("What it does"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, person: Person, held: Client | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agencies = agencies_of(person)
        self.fields["agency"].queryset = Organisation.objects.filter(pk__in=[a.pk for a in agencies])  # type: ignore[attr-defined]
        if held is not None or len(agencies) == 1:
            del self.fields["agency"]
        self.fields["region"].queryset = Region.objects.order_by("code")  # type: ignore[attr-defined]
        for scheme in SCHEMES:
            self.fields[scheme] = forms.CharField(label=scheme, max_length=60, required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for scheme in SCHEMES:
            value = given.get(scheme, "").strip()
            if value:
                try:
                    given[scheme] = checked(scheme, value)
                except ValueError as fault:
                    self.add_error(scheme, str(fault))
        return given

    def first(self) -> list[forms.BoundField]:
        return [self[name] for name in self.FIRST if name in self.fields]

    def more(self) -> list[forms.BoundField]:
        return [self[name] for name in self.MORE]

    def numbers(self) -> list[forms.BoundField]:
        return [self[scheme] for scheme in SCHEMES]

    @property
    def more_open(self) -> bool:
        return any(field.value() or field.errors for field in [*self.more(), *self.numbers()])

    def identifiers(self) -> dict[str, str]:
        return {scheme: self.cleaned_data[scheme] for scheme in SCHEMES if self.cleaned_data.get(scheme)}

    def text(self) -> ClientText:
        given = self.cleaned_data
        names = ("name", "kind", "size", "founded", "region", "city", "website", "languages", "about", "organisation")
        region = given["region"]
        return ClientText(
            **{name: given[name] for name in names},
            domains=given["domains"].replace(",", " ").split(),
            identifiers=self.identifiers(),
            country=region.country if region is not None else "",
        )


class ContactForm(forms.Form):
    contact_name = forms.CharField(label=_("Who speaks for it"), max_length=120)
    email = forms.EmailField(label=_("E-mail"), required=False)
    phone = forms.CharField(label=_("Telephone"), max_length=40, required=False)
    position = forms.CharField(label=_("Position"), max_length=120, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES_OF_RECORDS)
    is_main = forms.BooleanField(label=_("main contact"), required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not given.get("email") and not given.get("phone") and "email" not in self.errors:
            self.add_error("email", _("Give an e-mail address or a telephone number."))
        return given

    def contact(self) -> dict[str, Any]:
        """The arguments of the verbs of `contacts`."""
        given = self.cleaned_data
        names = ("email", "phone", "position", "language")
        return {"name": given["contact_name"]} | {name: given[name] for name in names}


class ConsentsForm(forms.Form):
    """What a contact agrees to, and how they said it."""

    purposes = forms.MultipleChoiceField(
        label=_("They agree to"), choices=Consent.Purpose.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    how = forms.ChoiceField(label=_("How they said it"), choices=HOW)


class CriteriaForm(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for criterion in CRITERIA:
            self.fields[f"criterion_{criterion.key}"] = forms.ChoiceField(
                label=criterion.question, choices=ANSWERS, initial=UNKNOWN
            )

    def answers(self) -> dict[str, str]:
        return {criterion.key: self.cleaned_data[f"criterion_{criterion.key}"] for criterion in CRITERIA}


class DecisionForm(forms.Form):
    """Admitted, referred, ended or taken up again."""

    verb = forms.ChoiceField(choices=[(verb, verb) for verb in ("admit", "refer", "end", "reopen")])
    to = forms.CharField(label=_("Where to"), max_length=300, required=False)
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)


class MergeForm(forms.Form):
    into = forms.ModelChoiceField(label=_("Into which client"), queryset=Client.objects.none())
    reason = forms.CharField(label=pgettext_lazy("merging", "Why they are the same"), max_length=300)

    def __init__(self, *args: Any, held: Client, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Client.objects.filter(agency=held.agency_id).exclude(pk=held.pk).exclude(state=Client.State.MERGED)
        self.fields["into"].queryset = others  # type: ignore[attr-defined]
        self.fields["into"].label_from_instance = lambda c: f"{c.name} ({c.reference})"  # type: ignore[attr-defined]
