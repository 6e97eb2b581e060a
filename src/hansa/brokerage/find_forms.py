"""The forms of a need: what is looked for, by which weights, and under which name it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from hansa.brokerage import finding, queries, reweighing
from hansa.brokerage.finding import Wish
from hansa.brokerage.models import Match, Request, SavedSearch
from hansa.brokerage.models.searches import LONGEST_NEED
from hansa.brokerage.objections import language_name, signal_name
from hansa.brokerage.permissions import agencies_of
from hansa.network.models import LANGUAGES_OF_RECORDS, Organisation, Person
from hansa.strategy.models import Priority
from hansa.strategy.queries import open_priorities

MOST_SAID = 200
"""Verdicts that one form carries; what is said beyond them is not kept."""
LIKED = "liked"
REFUSALS: dict[str, Any] = {
    "wrong_topic": Match.Refusal.OTHER_FIELD.label,
    "wrong_side": gettext_lazy("looks for the same, or offers the same"),
    "wrong_kind": Match.Refusal.WRONG_PARTNER.label,
    "wrong_region": Match.Refusal.TOO_FAR.label,
    "already_partner": Match.Refusal.KNOWN.label,
    "no_capacity": Match.Refusal.NO_CAPACITY.label,
    "not_credible": gettext_lazy("not credible"),
    "conflict_of_interest": gettext_lazy("conflict of interest"),
    "other": Match.Refusal.OTHER.label,
}
ONLY_OF = {"wrong_side": "request", "wrong_kind": "organisation"}
"""Refusals that only say something about one kind of partner."""


class NeedField(forms.CharField):
    """A long text, whose line ends count as one character, as they do in the browser."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.replace("\r\n", "\n") if isinstance(value, str) else value)


class PriorityField(forms.ModelChoiceField):
    """Priorities by their identifiers and the beginnings of their titles, as the filters of the lists name them."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.identifier} {Truncator(obj.local_title).chars(32)}"


class FindForm(forms.Form):
    """A need and its filters. An own region is left out until somebody ticks it."""

    agency = forms.ModelChoiceField(label=gettext_lazy("Agency"), queryset=Organisation.objects.none())
    text = NeedField(
        label=gettext_lazy("What is needed"),
        max_length=LONGEST_NEED,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy(
            "Paste it in any language, one sentence or many pages; the first 200 words weigh most. It is compared and "
            "not kept."
        ),
        error_messages={"required": gettext_lazy("Write what is needed; a sentence finds better than a slogan.")},
    )
    want = forms.ChoiceField(
        label=gettext_lazy("Looked for"),
        required=False,
        choices=[
            ("offer", gettext_lazy("an offer")),
            ("request", gettext_lazy("a request")),
            ("", gettext_lazy("either")),
        ],
        initial="offer",
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of the text"), required=False)
    types = forms.MultipleChoiceField(
        label=gettext_lazy("Types"), required=False, widget=forms.CheckboxSelectMultiple, help_text=""
    )
    place = forms.ChoiceField(label=gettext_lazy("Region"), required=False)
    priority = PriorityField(
        label=gettext_lazy("Priority"),
        queryset=Priority.objects.none(),
        required=False,
        empty_label=pgettext_lazy("priority", "any"),
    )
    countries = forms.MultipleChoiceField(
        label=gettext_lazy("Countries"), required=False, widget=forms.CheckboxSelectMultiple
    )
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Languages of the texts found"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=LANGUAGES_OF_RECORDS,
    )
    own_region = forms.BooleanField(label=gettext_lazy("also my own region"), required=False)

    GROUPS = ("types", "countries", "languages")
    """Fields of many boxes, which a page folds away until one is ticked."""

    def __init__(self, *args: Any, person: Person, held: SavedSearch | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agencies = [held.agency] if held is not None else agencies_of(person)
        self._choose("agency", Organisation.objects.filter(pk__in=[agency.pk for agency in self.agencies]))
        self.fields["agency"].initial = self.agencies[0].pk if self.agencies else None
        if len(self.agencies) == 1:
            del self.fields["agency"]
        priorities = open_priorities()
        if held is not None and held.priority_id is not None:
            priorities = priorities | Priority.objects.filter(pk=held.priority_id)
        self._choose("priority", priorities)
        self._offer("countries", queries.countries())
        self._offer(
            "place",
            [("", pgettext("region", "any")), *((r.code, f"{r.local_name} ({r.code})") for r in queries.places())],
        )
        self._offer("types", [*Request.Type.choices, (finding.ORGANISATION, _("organisation, by its projects"))])
        self._offer("language", [("", _("recognise it")), *languages()])

    def _choose(self, name: str, rows: Any) -> None:
        self.fields[name].queryset = rows  # type: ignore[attr-defined]

    def _offer(self, name: str, choices: Any) -> None:
        self.fields[name].choices = list(choices)  # type: ignore[attr-defined]

    def groups(self) -> list[Any]:
        return [self[name] for name in self.GROUPS]

    def acting_agency(self) -> Organisation:
        found: Organisation = self.cleaned_data.get("agency") or self.agencies[0]
        return found

    def wish(self, hint: str) -> Wish:
        """The need as it was typed; `hint` is the reader's language, which decides for a few words."""
        from hansa.matching import detect

        given, agency = self.cleaned_data, self.acting_agency()
        return Wish(
            text=given["text"],
            agency_id=agency.pk,
            region=agency.region,
            language=detect(given["text"], hint=given["language"] or hint) or "",
            want=given["want"],
            types=tuple(given["types"]),
            countries=tuple(given["countries"]),
            place=given["place"],
            languages=tuple(given["languages"]),
            priority=given["priority"],
            own_region=given["own_region"],
        )


class SearchForm(FindForm):
    """A saved search: a need with a name, and from which strength on its broker is told."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    threshold = forms.ChoiceField(label=gettext_lazy("Tell me of"), choices=SavedSearch.Threshold.choices)
    field_order = ["name", "threshold"]


def languages() -> list[tuple[str, str]]:
    """The languages that are told apart, those of the records first."""
    from hansa.matching import LANGUAGES

    known = [code for code, _name in LANGUAGES_OF_RECORDS]
    return [(code, language_name(code)) for code in [*known, *(c for c in LANGUAGES if c not in known)]]


def filters_of(search: SavedSearch) -> dict[str, Any]:
    """A saved search as the first values of its form."""
    names = ("text", "want", "language", "types", "place", "countries", "languages", "own_region", "name", "threshold")
    return {name: getattr(search, name) for name in names} | {"priority": search.priority_id}


def verdicts_in(data: Any) -> list[tuple[str, str | None]]:
    """What was said about partners, as the form carries it: the earlier verdicts, and the button that was pressed.

    The last word on a partner counts; what is no verdict is passed over.
    """
    said: dict[str, str] = {}
    for value in [*data.getlist("said")[:MOST_SAID], data.get("judge", "")]:
        key, _colon, code = value.partition(":")
        if key[:1] in ("r", "o") and key[1:].isdecimal() and len(key) < 18 and (code in REFUSALS or code == LIKED):
            said.pop(key, None)
            said[key] = code
    said.pop(data.get("unjudge", ""), None)
    return [(key, None if code == LIKED else code) for key, code in said.items()]


def carried(said: list[tuple[str, str | None]]) -> list[str]:
    """The same as the values that the form takes along."""
    return [f"{key}:{code or LIKED}" for key, code in said]


class Weights:
    """The weights that a reader tries, from parameters named after the signals; those in use where none is given.

    `tried` is None while nothing differs; `fault` is the sentence to show for what cannot be weighed with.
    """

    PREFIX = "w-"

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.usual = dict(reweighing.weights_in_use().signal_weights())
        self.given = {signal: str(data.get(self.PREFIX + signal, "")).strip() for signal in self.usual}
        self.fault = ""
        self.tried: dict[str, float] | None = None
        if data.get("act") == "usual":
            self.given = dict.fromkeys(self.usual, "")
        self._read()

    def _read(self) -> None:
        tried = {signal: self._number(signal) for signal in self.usual}
        if self.fault:
            return
        if tried != self.usual:
            if any(tried.values()):
                self.tried = tried
            else:
                self.fault = _("All weights are 0: give one of them more than that.")

    def _number(self, signal: str) -> float:
        text = self.given[signal].replace(",", ".")
        if not text:
            return self.usual[signal]
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not 0 <= value <= reweighing.HEAVIEST:
            said = _("The weight of “%(signal)s” must be a number from 0 to %(most)d.")
            self.fault = said % {"signal": signal_name(signal), "most": reweighing.HEAVIEST}
            return 0.0
        return value

    def rows(self) -> list[dict[str, Any]]:
        """One row per signal: its parameter, its name, what was given, and the weight in use."""
        return [
            {
                "parameter": self.PREFIX + signal,
                "name": signal_name(signal),
                "value": self.given[signal] or f"{weight:g}",
                "usual": weight,
            }
            for signal, weight in self.usual.items()
        ]
