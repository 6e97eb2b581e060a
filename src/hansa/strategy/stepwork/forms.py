"""What people type in steps 2 to 4. A form that is refused keeps what was typed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from hansa.network.models import LANGUAGES_OF_RECORDS, Region
from hansa.strategy.models import Criterion, CriterionScore, DisagreementAnswer, Trend
from hansa.strategy.models.stepwork import HIGHEST_RATING, HIGHEST_SCORE, LOWEST_RATING, LOWEST_SCORE
from hansa.strategy.stepwork.actions import Given
from hansa.strategy.stepwork.refining import Own
from hansa.strategy.stepwork.rule import Rule

MOST_DRAWS = 50_000


def reason_field() -> forms.CharField:
    return forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2}), max_length=2000)


class ReasonForm(forms.Form):
    """A verb that asks for nothing but its reason."""

    reason = reason_field()


class AnswerForm(forms.Form):
    answer = forms.ChoiceField(label=_("Answer"), choices=DisagreementAnswer.Answer.choices, widget=forms.RadioSelect)
    reason = reason_field()


class TrendForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), choices=Trend.Kind.choices)
    title = forms.CharField(label=_("Title"), max_length=200)
    title_pl = forms.CharField(label=_("Title in Polish"), max_length=200, required=False)
    title_en = forms.CharField(label=_("Title in English"), max_length=200, required=False)
    language = forms.ChoiceField(label=_("Language of title and description"), choices=LANGUAGES_OF_RECORDS)
    description = forms.CharField(
        label=_("Description"), widget=forms.Textarea(attrs={"rows": 4}), max_length=4000, required=False
    )
    source = forms.CharField(label=_("Source: the report or study"), max_length=400)
    url = forms.URLField(label=_("Address"), max_length=400, required=False, assume_scheme="https")
    year = forms.IntegerField(label=_("Year"), min_value=1900, max_value=2100, required=False)
    reason = reason_field()

    def __init__(self, *args: Any, new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if new:
            del self.fields["reason"]

    def fields_of_trend(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        given.pop("reason", None)
        titles = {code: given.pop(f"title_{code}") for code in ("pl", "en")}
        return {**given, "titles": {code: title for code, title in titles.items() if title}}

    @staticmethod
    def first_values(trend: Trend) -> dict[str, Any]:
        names = ("kind", "title", "description", "language", "source", "url", "year")
        titles = {f"title_{code}": trend.titles.get(code, "") for code in ("pl", "en")}
        return {name: getattr(trend, name) for name in names} | titles


class RatingForm(forms.Form):
    """All trends for one priority: a rating from −2 to +2 or none, and a comment, per trend."""

    def __init__(self, *args: Any, owns: Sequence[Own], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owns = owns
        scale = [(str(n), f"{n:+d}".replace("-", "−") if n else "0") for n in range(LOWEST_RATING, HIGHEST_RATING + 1)]
        for own in owns:
            start = own.now or own.before
            self.fields[f"rating-{own.trend.pk}"] = forms.ChoiceField(
                label=str(own.trend),
                choices=[*scale, ("", _t("no rating"))],
                widget=forms.RadioSelect,
                required=False,
                initial=str(start.rating) if start else "",
            )
            self.fields[f"comment-{own.trend.pk}"] = forms.CharField(
                label=_t("Comment"), max_length=500, required=False, initial=start.comment if start else ""
            )

    def rows(self) -> Iterator[tuple[Own, BoundField, BoundField]]:
        for own in self.owns:
            yield own, self[f"rating-{own.trend.pk}"], self[f"comment-{own.trend.pk}"]

    def given(self) -> dict[int, Given]:
        found = {}
        for own in self.owns:
            rating = self.cleaned_data[f"rating-{own.trend.pk}"]
            comment = self.cleaned_data[f"comment-{own.trend.pk}"]
            found[own.trend.pk] = Given(int(rating) if rating else None, comment)
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for own in self.owns:
            if cleaned.get(f"comment-{own.trend.pk}") and not cleaned.get(f"rating-{own.trend.pk}"):
                self.add_error(f"rating-{own.trend.pk}", _t("A comment needs a rating beside it."))
        return cleaned


class WeightsForm(forms.Form):
    """Weight and direction of every criterion of a run."""

    def __init__(self, *args: Any, criteria: Sequence[Criterion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.criteria = criteria
        for each in criteria:
            self.fields[f"weight-{each.pk}"] = forms.FloatField(
                label=_t("Weight: %(criterion)s") % {"criterion": each},
                min_value=0,
                max_value=1000,
                initial=each.weight,
            )
            self.fields[f"direction-{each.pk}"] = forms.TypedChoiceField(
                label=_t("Direction: %(criterion)s") % {"criterion": each},
                choices=Criterion.Direction.choices,
                coerce=int,
                initial=each.direction,
            )
        self.fields["reason"] = reason_field()

    def rows(self) -> Iterator[tuple[Criterion, BoundField, BoundField]]:
        for each in self.criteria:
            yield each, self[f"weight-{each.pk}"], self[f"direction-{each.pk}"]

    def weights(self) -> dict[int, float]:
        return {each.pk: self.cleaned_data[f"weight-{each.pk}"] for each in self.criteria}

    def directions(self) -> dict[int, int]:
        return {each.pk: self.cleaned_data[f"direction-{each.pk}"] for each in self.criteria}


class CriterionForm(forms.Form):
    """A criterion in English and Polish."""

    title_en = forms.CharField(label=_("Title in English"), max_length=160)
    title_pl = forms.CharField(label=_("Title in Polish"), max_length=160, required=False)
    description_en = forms.CharField(
        label=_("Description in English"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000, required=False
    )
    description_pl = forms.CharField(
        label=_("Description in Polish"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000, required=False
    )
    weight = forms.FloatField(label=_("Weight"), min_value=0, max_value=1000, initial=1)
    direction = forms.TypedChoiceField(label=_("Direction"), choices=Criterion.Direction.choices, coerce=int, initial=1)
    reason = reason_field()

    def fields_of_criterion(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {
            "title": given["title_en"],
            "titles": {"pl": given["title_pl"]} if given["title_pl"] else {},
            "description": given["description_en"],
            "descriptions": {"pl": given["description_pl"]} if given["description_pl"] else {},
            "weight": given["weight"],
            "direction": given["direction"],
        }

    @staticmethod
    def first_values(criterion: Criterion) -> dict[str, Any]:
        return {
            "title_en": criterion.title,
            "title_pl": criterion.titles.get("pl", ""),
            "description_en": criterion.description,
            "description_pl": criterion.descriptions.get("pl", ""),
            "weight": criterion.weight,
            "direction": criterion.direction,
        }


class RuleForm(forms.Form):
    min_known = forms.FloatField(
        label=_("Share of the weight of a theme's domains that must be known"), min_value=0, max_value=1
    )
    change_years = forms.IntegerField(label=_("Years over which change is measured"), min_value=1, max_value=50)
    min_assessors = forms.IntegerField(label=_("Assessors needed"), min_value=2, max_value=100)
    disagreement_from = forms.FloatField(
        label=_("Interquartile range from which assessors disagree"), min_value=0.1, max_value=4
    )
    normalisation = forms.ChoiceField(
        label=_("Normalisation over the priorities"),
        choices=[("minmax", _("smallest to largest (min–max)")), ("rank", _("by rank"))],
    )
    top_k = forms.IntegerField(label=_("Priorities that count as the first"), min_value=1, max_value=100)
    draws = forms.IntegerField(label=_("Drawn rankings"), min_value=100, max_value=MOST_DRAWS)
    seed = forms.IntegerField(label=_("Seed of the draws"), min_value=0, max_value=2**31 - 1)
    concentration = forms.FloatField(
        label=_("How closely drawn weights keep to the chosen ones"), min_value=1, max_value=10_000
    )
    reason = reason_field()

    def rule(self) -> Rule:
        return Rule(**{name: value for name, value in self.cleaned_data.items() if name != "reason"})


class JudgeForm(forms.Form):
    """One judge's scores of a priority under every judged criterion, each with its evidence."""

    def __init__(
        self, *args: Any, criteria: Sequence[Criterion], mine: dict[int, CriterionScore], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.criteria = criteria
        scale = [(str(n), str(n)) for n in range(LOWEST_SCORE, HIGHEST_SCORE + 1)]
        for each in criteria:
            start = mine.get(each.pk)
            self.fields[f"score-{each.pk}"] = forms.ChoiceField(
                label=str(each),
                choices=[*scale, ("", _t("no score"))],
                widget=forms.RadioSelect,
                required=False,
                initial=str(start.score) if start else "",
            )
            self.fields[f"evidence-{each.pk}"] = forms.CharField(
                label=_t("Evidence"),
                widget=forms.Textarea(attrs={"rows": 2}),
                max_length=2000,
                required=False,
                initial=start.evidence if start else "",
            )
            self.fields[f"source-{each.pk}"] = forms.CharField(
                label=_t("Source"), max_length=400, required=False, initial=start.source if start else ""
            )

    def rows(self) -> Iterator[tuple[Criterion, BoundField, BoundField, BoundField]]:
        for each in self.criteria:
            yield each, self[f"score-{each.pk}"], self[f"evidence-{each.pk}"], self[f"source-{each.pk}"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for each in self.criteria:
            if cleaned.get(f"score-{each.pk}") and not cleaned.get(f"evidence-{each.pk}"):
                self.add_error(f"evidence-{each.pk}", _t("Say what the score rests on."))
            if cleaned.get(f"evidence-{each.pk}") and not cleaned.get(f"score-{each.pk}"):
                self.add_error(f"score-{each.pk}", _t("Evidence needs a score beside it."))
        return cleaned

    def given(self) -> list[tuple[Criterion, dict[str, Any]]]:
        found = []
        for each in self.criteria:
            score = self.cleaned_data[f"score-{each.pk}"]
            told = {name: self.cleaned_data[f"{name}-{each.pk}"] for name in ("evidence", "source")}
            found.append((each, {"score": int(score) if score else None, **told}))
        return found


class RegionForm(forms.Form):
    """For which region the scores hold; none is all of them together."""

    region = forms.ModelChoiceField(
        label=_("Scores for"), queryset=Region.objects.none(), required=False, to_field_name="code"
    )

    def __init__(self, *args: Any, regions: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(forms.ModelChoiceField, self.fields["region"])
        field.queryset, field.empty_label = regions, _t("all regions together")

    def chosen(self) -> Region | None:
        """The region; raises ValidationError for a code that the run does not have."""
        if not self.is_valid():
            raise ValidationError(self.errors["region"])
        return cast("Region | None", self.cleaned_data["region"])
