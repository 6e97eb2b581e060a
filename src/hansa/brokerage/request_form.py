"""The form in which a broker writes a request."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from hansa.brokerage import queries
from hansa.brokerage.forms import DayInput
from hansa.brokerage.models import Client, Keyword, Request
from hansa.brokerage.permissions import agencies_of
from hansa.brokerage.texts import PUBLIC_FIELDS, PUBLIC_LISTS, RequestText
from hansa.network.models import LANGUAGES_OF_RECORDS, Organisation, Person
from hansa.strategy.models import Priority
from hansa.strategy.queries import open_priorities


def limit(characters: int) -> str:
    return ngettext("at most %(n)d character", "at most %(n)d characters", characters) % {"n": characters}


class RequestForm(forms.Form):
    """What a broker writes; the public fields first, then what stays in the agency."""

    PRIVATE = ("client", "client_name", "private")
    FIRST = ("agency", "priority", "type", "language", "title", "summary", "description", "partner_sought")
    SECTIONS = (
        ("told", gettext_lazy("Advantages and specification"), ("advantages", "specification")),
        ("partner", gettext_lazy("Kinds of partner and cooperation"), ("partner_types", "cooperation")),
        ("stage", gettext_lazy("Stage and intellectual property"), ("stage", "stage_note", "ipr", "ipr_note")),
        (
            "filed",
            gettext_lazy("Domains, goals and call"),
            ("domains", "keywords", "goals", "programme", "call_closes"),
        ),
    )

    agency = forms.ModelChoiceField(label=gettext_lazy("Agency"), queryset=Organisation.objects.none())
    priority = forms.ModelChoiceField(
        label=gettext_lazy("Priority"), queryset=Priority.objects.none(), empty_label=gettext_lazy("choose one")
    )
    type = forms.ChoiceField(label=gettext_lazy("What it is"), choices=Request.Type.choices)
    language = forms.ChoiceField(
        label=gettext_lazy("Language of the text"),
        choices=LANGUAGES_OF_RECORDS,
        help_text=gettext_lazy("Write in your own language; partners are found across languages."),
    )
    title = forms.CharField(label=gettext_lazy("Title"), max_length=160)
    summary = forms.CharField(label=gettext_lazy("Summary"), max_length=500, widget=forms.Textarea(attrs={"rows": 4}))
    description = forms.CharField(
        label=gettext_lazy("Description"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 8})
    )
    partner_sought = forms.CharField(
        label=gettext_lazy("Partner sought"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    advantages = forms.CharField(
        label=gettext_lazy("Advantages and innovations"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    specification = forms.CharField(
        label=gettext_lazy("Technical specification"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    stage = forms.ChoiceField(
        label=gettext_lazy("Stage of development"), choices=[("", "–"), *Request.Stage.choices], required=False
    )
    stage_note = forms.CharField(label=gettext_lazy("On the stage"), max_length=300, required=False)
    ipr = forms.ChoiceField(
        label=gettext_lazy("Intellectual property"), choices=[("", "–"), *Request.Ipr.choices], required=False
    )
    ipr_note = forms.CharField(label=gettext_lazy("On the intellectual property"), max_length=300, required=False)
    cooperation = forms.MultipleChoiceField(
        label=gettext_lazy("Kinds of cooperation"),
        choices=Request.Cooperation.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    partner_types = forms.MultipleChoiceField(
        label=gettext_lazy("Kinds of partner"),
        choices=Request.Partner.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    domains = forms.CharField(
        label=gettext_lazy("Domains (NACE)"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("codes with blanks between them, such as 16.23 31"),
    )
    goals = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Sustainable development goals"),
        choices=[(n, f"{n}") for n in range(1, 18)],
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    keywords = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Keywords"), queryset=Keyword.objects.none(), required=False
    )
    programme = forms.CharField(label=gettext_lazy("Programme and call"), max_length=200, required=False)
    call_closes = forms.DateField(label=gettext_lazy("Call closes on"), widget=DayInput(), required=False)
    countries = forms.MultipleChoiceField(
        label=gettext_lazy("Target countries"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Tick none to look everywhere."),
    )
    client = forms.ModelChoiceField(
        label=gettext_lazy("Whom it is for, of your own"), queryset=Client.objects.none(), required=False
    )
    client_name = forms.CharField(label=gettext_lazy("Client"), max_length=200, required=False)
    private = forms.CharField(
        label=gettext_lazy("Private text"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, person: Person, held: Request | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agencies = [agency.pk for agency in agencies_of(person)]
        self._choose("agency", Organisation.objects.filter(pk__in=agencies))
        if held is not None or len(agencies) == 1:
            del self.fields["agency"]
        priorities = open_priorities()
        if held is not None:
            priorities = priorities | Priority.objects.filter(pk=held.priority_id)
        self._choose("priority", priorities)
        clients = self.clients_of(person)
        self._choose("client", clients)
        if not clients.exists():
            del self.fields["client"]
        self._choose("keywords", Keyword.objects.all())
        if not Keyword.objects.exists():
            del self.fields["keywords"]
        self.fields["countries"].choices = queries.countries()  # type: ignore[attr-defined]
        for name in (
            "title", "summary", "description", "advantages", "specification", "partner_sought", "private",
        ):  # fmt: skip
            field = self.fields[name]
            field.help_text = f"{self._advice(name)} {limit(field.max_length)}".strip()  # type: ignore[attr-defined]

    def _choose(self, name: str, rows: Any) -> None:
        self.fields[name].queryset = rows  # type: ignore[attr-defined]

    @staticmethod
    def _advice(name: str) -> str:
        return {
            "title": _("What is needed or offered, in a sentence:"),
            "summary": _(
                "What it is, what it is for, what is special about it. A sentence finds better than a slogan:"
            ),
            "private": _("Drawings, prices, names: read by your agency alone;"),
        }.get(name, "")

    @staticmethod
    def clients_of(person: Person) -> Any:
        """The clients that a request may be written for: those of the person's agencies that work goes on with."""
        going = (Client.State.INTAKE, Client.State.ADMITTED)
        return Client.objects.filter(agency__in=agencies_of(person), state__in=going)

    def clean_domains(self) -> list[str]:
        return self.cleaned_data["domains"].replace(",", " ").split()

    def sections(self) -> list[tuple[str, Any, list[forms.BoundField], bool]]:
        """What can be told besides, section by section, and whether a section stands open: it has something in it."""
        found = []
        for key, title, names in self.SECTIONS:
            fields = [self[name] for name in names if name in self.fields]
            found.append((key, title, fields, any(field.value() or field.errors for field in fields)))
        return found

    def first(self) -> list[forms.BoundField]:
        return [self[name] for name in self.FIRST if name in self.fields]

    def text(self) -> RequestText:
        given = self.cleaned_data
        lists = {name: tuple(given[name]) for name in PUBLIC_LISTS}
        client = given.get("client")
        return RequestText(
            **{name: given[name] for name in (*PUBLIC_FIELDS, "call_closes", "client_name", "private")},
            **lists,
            keywords=tuple(keyword.pk for keyword in given.get("keywords") or ()),
            client=client.pk if client is not None else None,
        )
