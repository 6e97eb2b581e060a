from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hansa.brokerage.forms import DayInput
from hansa.brokerage.models import Client
from hansa.brokerage.permissions import agencies_of
from hansa.network.models import Membership, Person, Role
from hansa.network.queries import current


def brokers() -> Any:
    """The memberships by which somebody brokers today."""
    held = current(Membership.objects.filter(role__in=(Role.BROKER, Role.LEAD_PARTNER)))
    return held.select_related("person", "organisation").order_by("organisation__name", "person__name")


class SeatChoice(forms.ModelChoiceField):
    """A broker at an agency."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.person.name}, {obj.organisation.name}"


class AbsenceForm(forms.Form):
    seat = SeatChoice(label=_("Who is away"), queryset=Membership.objects.none())
    cover = SeatChoice(label=_("Who stands in"), queryset=Membership.objects.none(), help_text=_(
        "They act for your agency on these days and see what it sees, its clients included."
    ))  # fmt: skip
    since = forms.DateField(label=_("First day"), widget=DayInput())
    until = forms.DateField(label=pgettext_lazy("absence", "Last day"), widget=DayInput())
    remark = forms.CharField(label=_("Note"), max_length=300, required=False)

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = brokers().filter(organisation__in=agencies_of(person))
        self.fields["seat"].queryset = own  # type: ignore[attr-defined]
        self.fields["cover"].queryset = brokers()  # type: ignore[attr-defined]
        mine = own.filter(person=person).first()
        self.initial.setdefault("seat", mine.pk if mine is not None else None)


class HandoverForm(forms.Form):
    seat = SeatChoice(label=_("To which broker"), queryset=Membership.objects.none())
    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}), help_text=_(
            "Do not name the client here: the other agency reads this before it agrees."
        ),
    )  # fmt: skip

    def __init__(self, *args: Any, held: Client, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = brokers().exclude(person=held.broker_id, organisation=held.agency_id)
        self.fields["seat"].queryset = others  # type: ignore[attr-defined]


class AnswerForm(forms.Form):
    accept = forms.ChoiceField(choices=[("yes", _("take over")), ("no", _("decline"))])
    answer = forms.CharField(label=_("Answer"), max_length=500, required=False)
