from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from hansa.brokerage import queries
from hansa.brokerage.actions.cases import TRANSITIONS
from hansa.brokerage.models import Case, Match, Request
from hansa.brokerage.permissions import agencies_of
from hansa.brokerage.texts import RequestText
from hansa.network.models import LANGUAGES_OF_RECORDS, Organisation, Person
from hansa.strategy.models import Priority
from hansa.strategy.queries import open_priorities

NEXT_STEP_IN = timedelta(days=7)


def limit(characters: int) -> str:
    return ngettext("at most %(n)d character", "at most %(n)d characters", characters) % {"n": characters}


def in_a_week() -> date:
    return timezone.localdate() + NEXT_STEP_IN


class DayInput(forms.DateInput):
    """The browser's own calendar, which always speaks ISO 8601."""

    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


class RequestForm(forms.Form):
    """What a broker writes; the public fields first, then what stays in the agency."""

    PRIVATE = ("client_name", "private")

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
        label=gettext_lazy("Partner sought"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    countries = forms.MultipleChoiceField(
        label=gettext_lazy("Target countries"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Tick none to look everywhere."),
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
        self.fields["countries"].choices = queries.countries()  # type: ignore[attr-defined]
        for name in ("title", "summary", "description", "partner_sought", "private"):
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

    def text(self) -> RequestText:
        given = self.cleaned_data
        names = ("type", "language", "title", "summary", "description", "partner_sought", *self.PRIVATE)
        return RequestText(**{name: given[name] for name in names}, countries=tuple(given["countries"]))


class ProposalForm(forms.Form):
    message = forms.CharField(
        label=gettext_lazy("Message to the other side"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    next_step = forms.CharField(label=gettext_lazy("Next step"), max_length=200)
    next_due = forms.DateField(label=gettext_lazy("By"), widget=DayInput())


class ScheduleForm(forms.Form):
    next_step = forms.CharField(label=gettext_lazy("Next step"), max_length=200)
    next_due = forms.DateField(label=gettext_lazy("By"), widget=DayInput())


class NoteForm(forms.Form):
    text = forms.CharField(label=gettext_lazy("Note"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))


def refusals() -> list[tuple[str, Any]]:
    return [("", gettext_lazy("choose a reason")), *Match.Refusal.choices]


class DeclineForm(forms.Form):
    refusal = forms.ChoiceField(label=gettext_lazy("Reason"), choices=refusals)
    remark = forms.CharField(label=gettext_lazy("Remark"), max_length=300, required=False)


class AnswerForm(forms.Form):
    """The answer to a proposed introduction; a no needs its reason."""

    answer = forms.ChoiceField(choices=[("accept", gettext_lazy("accept")), ("decline", gettext_lazy("decline"))])
    refusal = forms.ChoiceField(label=gettext_lazy("Reason"), choices=refusals, required=False)
    remark = forms.CharField(label=gettext_lazy("Remark"), max_length=300, required=False)


class MoveForm(forms.Form):
    """One step along the path of a case; which steps there are depends on where it stands."""

    to_state = forms.ChoiceField(label=gettext_lazy("It is now"), choices=Case.State.choices)
    remark = forms.CharField(
        label=gettext_lazy("What happened"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    next_step = forms.CharField(label=gettext_lazy("Next step"), max_length=200, required=False)
    next_due = forms.DateField(label=gettext_lazy("By"), widget=DayInput(), required=False)
    refusal = forms.ChoiceField(
        label=gettext_lazy("Reason"), choices=refusals, required=False, help_text=gettext_lazy("only when it ends here")
    )
    expected = forms.ChoiceField(choices=Case.State.choices, widget=forms.HiddenInput)

    def __init__(self, *args: Any, held: Case, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {}).setdefault("expected", held.state)
        super().__init__(*args, **kwargs)
        labels = dict(Case.State.choices)
        steps = [s for s in TRANSITIONS[held.state] if (held.state, s) != (Case.State.PROPOSED, Case.State.INTRODUCED)]
        self.fields["to_state"].choices = [(state, labels[state]) for state in steps]  # type: ignore[attr-defined]
