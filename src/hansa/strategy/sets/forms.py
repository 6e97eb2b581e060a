"""What people type in step 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from hansa.network.models import LANGUAGES_OF_RECORDS, Region
from hansa.network.queries import partner_regions
from hansa.strategy.models import Facet, Priority, StrategySource, Theme
from hansa.strategy.sets.passages import Passage
from hansa.strategy.sets.rule import SetRule

LANGUAGES = [("", _("detect from the text")), *LANGUAGES_OF_RECORDS]


def _regions(field: forms.Field, also: Region | None = None) -> None:
    """The partnership's regions, or all where none takes part yet."""
    choice = cast(forms.ModelChoiceField, field)
    found = partner_regions()
    choice.queryset = found if found.exists() and (also is None or found.filter(pk=also.pk).exists()) else (
        Region.objects.order_by("code")
    )  # fmt: skip
    choice.label_from_instance = lambda region: f"{region.local_name} ({region.code})"  # type: ignore[method-assign]


class PriorityForm(forms.Form):
    region = forms.ModelChoiceField(label=_("Region"), queryset=Region.objects.none())
    title = forms.CharField(label=_("Title, in the strategy's own words"), max_length=300)
    text = forms.CharField(
        label=_("Text, as it stands in the strategy"), required=False, max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )  # fmt: skip
    language = forms.ChoiceField(label=_("Language of the text"), choices=LANGUAGES, required=False)
    source = forms.ModelChoiceField(label=_("Document"), queryset=StrategySource.objects.none(), required=False)
    page = forms.IntegerField(label=_("Page"), min_value=1, max_value=100_000, required=False)

    def __init__(self, *args: Any, region: Region | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _regions(self.fields["region"], region)
        field = cast(forms.ModelChoiceField, self.fields["source"])
        field.queryset = StrategySource.objects.select_related("region").order_by("region__code", "title")
        field.label_from_instance = lambda each: f"{each.region.code}: {each.title}"  # type: ignore[method-assign]


class CsvForm(forms.Form):
    file = forms.FileField(label=_("CSV file"), widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}))


class SourceForm(forms.Form):
    region = forms.ModelChoiceField(label=_("Region"), queryset=Region.objects.none())
    title = forms.CharField(label=_("Title of the document"), max_length=300)
    file = forms.FileField(label=_("PDF or DOCX"), required=False)
    text = forms.CharField(
        label=_("or its text, pasted"), required=False, widget=forms.Textarea(attrs={"rows": 10}), max_length=2_000_000
    )
    language = forms.ChoiceField(label=_("Language of the text"), choices=LANGUAGES, required=False)
    year = forms.IntegerField(label=_("Year"), min_value=1990, max_value=2100, required=False)
    url = forms.URLField(label=_("Address"), max_length=400, required=False, assume_scheme="https")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _regions(self.fields["region"])

    def clean(self) -> dict[str, Any]:
        given = cast(dict[str, Any], super().clean())
        if bool(given.get("file")) == bool(str(given.get("text") or "").strip()):
            raise ValidationError(_t("Give either a file or a text."))
        return given


class PassageForm(forms.Form):
    """One candidate: ticked or not, and what is kept of it when it is."""

    keep = forms.BooleanField(label=_("Keep"), required=False)
    title = forms.CharField(label=_("Title"), max_length=300)
    text = forms.CharField(label=_("Text"), required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=20_000)
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES_OF_RECORDS)

    def __init__(self, *args: Any, passage: Passage, language: str, known: bool = False, **kwargs: Any) -> None:
        initial = {"title": passage.title[:300], "text": passage.text, "language": language}
        super().__init__(*args, prefix=f"p{passage.key}", initial=initial, **kwargs)
        self.passage, self.known = passage, known

    def full_clean(self) -> None:
        """A passage that is not ticked is not judged."""
        if self.is_bound and self.add_prefix("keep") not in self.data:
            self._errors = forms.utils.ErrorDict()
            self.cleaned_data = {"keep": False}
            return
        super().full_clean()


class TagForm(forms.Form):
    facet = forms.ChoiceField(label=_("Facet"), choices=Facet.choices)
    written = forms.CharField(label=_("Code or name"), max_length=120)


class WhyForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)


class RuleForm(forms.Form):
    """The numbers of the rule, each with what it does."""

    LABELS = {
        "meaning_weight": _("Weight of meaning against tags"),
        "sector_weight": _("Weight of the facet sector"),
        "technology_weight": _("Weight of the facet technology"),
        "theme_weight": _("Weight of the facet theme"),
        "knowledge_weight": _("Weight of the facet knowledge domain"),
        "min_confidence": _("Confidence from which a proposed tag counts"),
        "min_similarity": _("Similarity from which priorities make one set"),
        "min_proximity": _("Proximity from which domains are near"),
        "min_theme": _("Strength from which a theme makes a chain"),
        "min_relation": _("Relation from which units make a complementary set"),
        "max_domain_overlap": _("Overlap of domains up to which units are different"),
    }
    min_regions = forms.IntegerField(label=_("Regions that must carry a set"), min_value=2, max_value=50)

    def __init__(self, *args: Any, rule: SetRule, **kwargs: Any) -> None:
        super().__init__(*args, initial=rule.as_json(), **kwargs)
        for name, label in self.LABELS.items():
            self.fields[name] = forms.FloatField(label=label, min_value=0.0, max_value=1.0)
        self.order_fields([*self.LABELS, "min_regions"])

    def rule(self) -> SetRule:
        return SetRule(**self.cleaned_data)


class TakeForm(forms.Form):
    """Title, domains and themes of the priority that a set becomes; what is ticked is what Hansa proposes."""

    title = forms.CharField(label=_("Title"), max_length=200)
    domains = forms.MultipleChoiceField(label=_("Domains"), required=False, widget=forms.CheckboxSelectMultiple)
    more = forms.CharField(label=_("Further domains, by their codes"), required=False, max_length=200)
    themes = forms.MultipleChoiceField(label=_("Themes"), required=False, widget=forms.CheckboxSelectMultiple)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)

    def __init__(self, *args: Any, domains: Sequence[tuple[str, str]], known: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.MultipleChoiceField, self.fields["domains"]).choices = list(domains)
        listed = Theme.objects.filter(withdrawn_at__isnull=True)
        cast(forms.MultipleChoiceField, self.fields["themes"]).choices = [(each.code, str(each)) for each in listed]
        self.known = known
        if not domains:
            self.fields["domains"].widget = forms.MultipleHiddenInput()

    def clean_more(self) -> list[str]:
        codes = str(self.cleaned_data["more"]).replace(",", " ").replace(";", " ").split()
        for code in codes:
            if self.known and code not in self.known:
                raise ValidationError(_t("“%(code)s” is no domain of the loaded table.") % {"code": code})
        return codes

    def chosen_domains(self) -> list[str]:
        return list(dict.fromkeys([*self.cleaned_data["domains"], *self.cleaned_data["more"]]))


class AttachForm(forms.Form):
    priority = forms.ModelChoiceField(label=_("Priority"), queryset=Priority.objects.none())
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)

    def __init__(self, *args: Any, overlaps: Mapping[int, float], among: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(forms.ModelChoiceField, self.fields["priority"])
        field.queryset = among
        field.label_from_instance = lambda each: (  # type: ignore[method-assign]
            f"{each} ({round(100 * overlaps[each.pk])} %)" if each.pk in overlaps else str(each)
        )


class ThemeForm(forms.Form):
    code = forms.SlugField(label=_("Code"), max_length=40)
    name = forms.CharField(label=_("Name in English"), max_length=120)
    name_pl = forms.CharField(label=_("Name in Polish"), max_length=120, required=False)
    description = forms.CharField(
        label=_("What belongs to it"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    source = forms.CharField(label=_("Source"), required=False, max_length=400)

    def __init__(self, *args: Any, theme: Theme | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if theme is not None:
            self.fields["code"].disabled = True


class LineForm(forms.Form):
    domain = forms.CharField(label=_("Domain (NACE Rev. 2 code)"), max_length=24)
    weight = forms.FloatField(label=_("Weight, 0 to 1"), min_value=0.0, max_value=1.0, initial=1.0)
    why = forms.CharField(label=_("Why"), max_length=400)

    def __init__(self, *args: Any, known: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = known

    def clean_domain(self) -> str:
        code = str(self.cleaned_data["domain"]).strip()
        if self.known and code not in self.known:
            raise ValidationError(_t("“%(code)s” is no domain that has a label.") % {"code": code})
        return code
