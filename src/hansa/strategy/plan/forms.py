"""What people type about the plan; a form with a fault is shown again with all that was typed."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from hansa.network.models import LANGUAGES_OF_RECORDS, Organisation, Person, Region
from hansa.network.queries import people
from hansa.strategy.models import (
    Action,
    Body,
    BudgetLine,
    FundingSource,
    Indicator,
    IndicatorValue,
    Milestone,
    ReviewItem,
    Risk,
    Run,
    Seat,
)
from hansa.strategy.plan import catalogue
from hansa.strategy.queries import open_priorities


def day(label: Any = None, **more: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=date_input(), **more)


def date_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def reason_field() -> forms.CharField:
    return forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2}), max_length=2000)


class EntryForm(forms.ModelForm):
    """A new entry, or a change of one: then a reason is asked for, and the version the person saw goes along."""

    reason = reason_field()
    expected = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.own = [name for name in self.fields if name not in ("reason", "expected")]
        if self.instance.pk is None:
            del self.fields["reason"]
        else:
            self.fields["expected"].initial = self.instance.version
        for name, field in self.fields.items():
            if isinstance(field, forms.DateField):
                field.widget = date_input()
            if isinstance(field.widget, forms.Textarea):
                field.widget.attrs["rows"] = 3
            model = getattr(getattr(field, "queryset", None), "model", None)
            if model is Organisation:
                self._choose(name, Organisation.objects.filter(is_partner=True).order_by("name"))
            elif model is Person:
                self._choose(name, people().order_by("name"))

    def _choose(self, name: str, rows: Any) -> None:
        """Offer `rows`, and what is chosen already even where it is no longer among them."""
        field = cast(forms.ModelChoiceField, self.fields[name])
        chosen = getattr(self.instance, f"{name}_id", None)
        field.queryset = (
            rows if chosen is None else rows.model.objects.filter(pk__in=[*rows.values_list("pk", flat=True), chosen])
        )

    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.own}


class ActionForm(EntryForm):
    class Meta:
        model = Action
        fields: ClassVar = ["title", "description", "language", "priorities", "owner", "lead", "since", "until"]
        widgets: ClassVar = {"priorities": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(forms.ModelMultipleChoiceField, self.fields["priorities"])
        tied = list(self.instance.priorities.values_list("pk", flat=True)) if self.instance.pk else []
        keys = [*open_priorities().values_list("pk", flat=True), *tied]
        field.queryset = field.queryset.filter(pk__in=keys).order_by("number")  # type: ignore[union-attr]
        field.label_from_instance = str  # type: ignore[method-assign]


class MilestoneForm(EntryForm):
    class Meta:
        model = Milestone
        fields: ClassVar = ["title", "due", "done_on", "evidence"]


class BudgetForm(EntryForm):
    source = forms.CharField(label=_("Funding source"), max_length=120)

    class Meta:
        model = BudgetLine
        fields: ClassVar = ["year", "planned", "committed", "spent", "currency", "note"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["source"])
        if self.instance.pk:
            self.initial["source"] = self.instance.source.name
        self.fields["source"].widget.attrs["list"] = "funding-sources"
        self.suggested = list(FundingSource.objects.values_list("name", flat=True))

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).strip().upper()


class IndicatorForm(EntryForm):
    class Meta:
        model = Indicator
        fields: ClassVar = [
            "code",
            "name",
            "language",
            "unit",
            "programme",
            "baseline",
            "baseline_year",
            "baseline_source",
            "milestone",
            "milestone_year",
            "target",
            "target_year",
            "target_source",
            "silent_after",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs["list"] = "indicator-codes"
        self.fields["code"].help_text = _(
            "A code of the catalogue fills in name, unit and programme where they are empty."
        )
        for name in ("name", "unit"):
            self.fields[name].required = False
        self.catalogue = catalogue.entries()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        known = catalogue.by_code(given.get("code", ""))
        if known is not None:
            given["code"] = known.code
            for name in ("name", "unit", "programme"):
                given[name] = given.get(name) or known.told(name, given.get("language", "en"))
        for name in ("name", "unit"):
            if not given.get(name):
                self.add_error(name, ValidationError(_("Give it, or choose a code of the catalogue.")))
        return given


class ValueForm(EntryForm):
    class Meta:
        model = IndicatorValue
        fields: ClassVar = ["on", "value", "note"]


class RiskForm(EntryForm):
    class Meta:
        model = Risk
        fields: ClassVar = ["title", "language", "likelihood", "impact", "measure", "owner", "lead", "state"]


class BodyForm(EntryForm):
    class Meta:
        model = Body
        fields: ClassVar = ["name", "task", "language"]


class SeatForm(EntryForm):
    class Meta:
        model = Seat
        fields: ClassVar = ["role", "person", "organisation", "since", "until"]


class ReasonForm(forms.Form):
    reason = reason_field()


class StateForm(ReasonForm):
    expected = forms.ChoiceField(choices=Action.State.choices, widget=forms.HiddenInput)


class VisionForm(ReasonForm):
    """The text in one language; `expected` is the revision from which the person began."""

    language = forms.ChoiceField(choices=LANGUAGES_OF_RECORDS, widget=forms.HiddenInput)
    text = forms.CharField(label=_("Text"), widget=forms.Textarea(attrs={"rows": 14}), max_length=20_000)
    expected = forms.IntegerField(widget=forms.HiddenInput)
    field_order: ClassVar = ["text", "reason"]


class SignForm(forms.Form):
    organisation = forms.ModelChoiceField(
        label=_("Organisation"), queryset=Organisation.objects.filter(is_partner=True).order_by("name"), required=False
    )
    region = forms.ModelChoiceField(label=_("Region"), queryset=Region.objects.none(), required=False)
    signatory = forms.CharField(label=_("Signed by"), max_length=160)
    on = day(_("Date"))
    basis = forms.CharField(label=_("Basis: resolution, mandate or minutes"), max_length=300)
    expected = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, run: Run, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["region"]).queryset = run.regions.order_by("code")


class PlanReviewForm(forms.Form):
    run = forms.ModelChoiceField(label=_("Run"), queryset=Run.objects.all())
    planned_for = day(_("Planned for"))


class OpenReviewForm(forms.Form):
    strength_fall = forms.FloatField(
        label=_("Share of its strength whose loss asks for a second look"), min_value=0.01, max_value=1, initial=0.25
    )


class DecideForm(ReasonForm):
    decision = forms.ChoiceField(
        label=_("Decision"), choices=ReviewItem.Verdict.choices, widget=forms.RadioSelect, initial=None
    )
    field_order: ClassVar = ["decision", "reason"]


class CloseReviewForm(forms.Form):
    minutes = forms.CharField(label=_("Minutes"), widget=forms.Textarea(attrs={"rows": 8}), max_length=20_000)
    next_on = day(_("Next review"), required=False)
