from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy

from hansa.brokerage.actions.cases import TRANSITIONS
from hansa.brokerage.models import Case, Match

NEXT_STEP_IN = timedelta(days=7)


def in_a_week() -> date:
    return timezone.localdate() + NEXT_STEP_IN


class DayInput(forms.DateInput):
    """The browser's own calendar, which always speaks ISO 8601."""

    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


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
    """What can be said before two sides have talked."""
    return [("", gettext_lazy("choose a reason")), *((reason.value, reason.label) for reason in Match.FIRST_LOOK)]


def failures() -> list[tuple[str, Any]]:
    """Why a case can end: what can be said at first, and what shows later."""
    return [*refusals()[:-1], *((reason.value, reason.label) for reason in (*Match.LATER, Match.Refusal.OTHER))]


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
        label=gettext_lazy("Reason"), choices=failures, required=False, help_text=gettext_lazy("only when it ends here")
    )
    expected = forms.ChoiceField(choices=Case.State.choices, widget=forms.HiddenInput)

    def __init__(self, *args: Any, held: Case, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {}).setdefault("expected", held.state)
        super().__init__(*args, **kwargs)
        labels = dict(Case.State.choices)
        steps = [s for s in TRANSITIONS[held.state] if (held.state, s) != (Case.State.PROPOSED, Case.State.INTRODUCED)]
        self.fields["to_state"].choices = [(state, labels[state]) for state in steps]  # type: ignore[attr-defined]
