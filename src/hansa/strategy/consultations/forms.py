"""What organisers type: a consultation, a round, invitations, replies, sessions and minutes."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hansa.network.models import LANGUAGES_OF_RECORDS
from hansa.network.queries import partner_regions
from hansa.strategy.consultations.actions import Asked
from hansa.strategy.models import Consultation, FocusSession, Point, Priority, Round, Run
from hansa.strategy.models.consultations import HELIX_CHOICES, SMALLEST_THRESHOLD

TRANSLATED = ("en", "pl")


def reason_field() -> forms.CharField:
    return forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2}), max_length=2000)


def moment(label: Any, required: bool = True) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        required=required,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


class ReasonForm(forms.Form):
    reason = reason_field()


class ReopenForm(forms.Form):
    deadline = moment(_("Answers until"))
    reason = reason_field()


class ConsultationForm(forms.Form):
    run = forms.ModelChoiceField(label=_("Run"), queryset=Run.objects.order_by("-created_at"))
    title = forms.CharField(label=_("Title"), max_length=200)
    intro = forms.CharField(
        label=_("Introduction, in words everyone understands"),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=6000,
        required=False,
    )
    language = forms.ChoiceField(label=_("Language of title and introduction"), choices=LANGUAGES_OF_RECORDS)
    title_en = forms.CharField(label=_("Title in English"), max_length=200, required=False)
    intro_en = forms.CharField(
        label=_("Introduction in English"), widget=forms.Textarea(attrs={"rows": 4}), max_length=6000, required=False
    )
    title_pl = forms.CharField(label=_("Title in Polish"), max_length=200, required=False)
    intro_pl = forms.CharField(
        label=_("Introduction in Polish"), widget=forms.Textarea(attrs={"rows": 4}), max_length=6000, required=False
    )
    opens_at = moment(_("Answers from (empty: as soon as it is opened)"), required=False)
    deadline = moment(_("Answers until"))
    threshold = forms.IntegerField(
        label=_("Smallest number of answers that a result is shown from"),
        min_value=SMALLEST_THRESHOLD,
        max_value=100,
        initial=5,
    )
    reason = reason_field()

    def __init__(self, *args: Any, consultation: Consultation | None = None, **kwargs: Any) -> None:
        if consultation is not None:
            kwargs["initial"] = self._kept(consultation) | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        if consultation is not None:
            del self.fields["run"]
        reason = self.fields.pop("reason")
        for helix, label in HELIX_CHOICES:
            self.fields[f"target_{helix}"] = forms.IntegerField(
                label=_("Wanted share of answers in percent: %(group)s") % {"group": label},
                min_value=0,
                max_value=100,
                required=False,
                initial=self._share(consultation, helix),
            )
        self.fields["reason"] = reason

    @staticmethod
    def _share(consultation: Consultation | None, helix: str) -> int | None:
        share = consultation.targets.get(helix) if consultation else 0.25
        return None if share is None else round(share * 100)

    @staticmethod
    def _kept(consultation: Consultation) -> dict[str, Any]:
        names = ("title", "intro", "language", "opens_at", "deadline", "threshold")
        kept = {name: getattr(consultation, name) for name in names}
        for code in TRANSLATED:
            for name in ("title", "intro"):
                kept[f"{name}_{code}"] = consultation.texts.get(code, {}).get(name, "")
        return kept

    def values(self) -> dict[str, Any]:
        given = self.cleaned_data
        texts = {
            code: {name: given[f"{name}_{code}"] for name in ("title", "intro") if given[f"{name}_{code}"]}
            for code in TRANSLATED
        }
        shares = {helix: given[f"target_{helix}"] for helix, _label in HELIX_CHOICES}
        names = ("title", "intro", "language", "opens_at", "deadline", "threshold", "reason")
        return {
            **{name: given[name] for name in names},
            "texts": {code: found for code, found in texts.items() if found},
            "targets": {helix: share / 100 for helix, share in shares.items() if share is not None},
        }


class RoundForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), choices=Round.Kind.choices)
    question = forms.CharField(label=_("Question"), max_length=500)
    question_en = forms.CharField(label=_("Question in English"), max_length=500, required=False)
    question_pl = forms.CharField(label=_("Question in Polish"), max_length=500, required=False)
    priorities = forms.ModelMultipleChoiceField(
        label=_("Priorities to ask about"),
        queryset=Priority.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    texts = forms.CharField(
        label=_("Other things to ask about, one a line"),
        help_text=_(
            "For a second language write it after a vertical bar: “Shared laboratories | pl: Wspólne laboratoria”."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=16000,
        required=False,
    )
    reason = reason_field()

    def __init__(self, *args: Any, consultation: Consultation, asked: Round | None = None, **kwargs: Any) -> None:
        if asked is not None:
            kwargs["initial"] = self._kept(asked)
        super().__init__(*args, **kwargs)
        field = cast(forms.ModelMultipleChoiceField, self.fields["priorities"])
        field.queryset = Priority.objects.filter(run=consultation.run_id).exclude(state__in=Priority.CLOSED)
        if asked is not None:
            del self.fields["kind"]

    @staticmethod
    def _kept(asked: Round) -> dict[str, Any]:
        items = list(asked.items.all())
        return {
            "question": asked.question,
            **{f"question_{code}": asked.questions.get(code, "") for code in TRANSLATED},
            "priorities": [each.priority_id for each in items if each.priority_id],
            "texts": "\n".join(
                " | ".join([each.text, *(f"{code}: {text}" for code, text in each.texts.items())])
                for each in items
                if not each.priority_id
            ),
        }

    def clean_texts(self) -> list[Asked]:
        return [_asked(line) for line in self.cleaned_data["texts"].splitlines() if line.strip()]

    def values(self) -> dict[str, Any]:
        given = self.cleaned_data
        questions = {code: given[f"question_{code}"] for code in TRANSLATED if given[f"question_{code}"]}
        items = [Asked(priority=each) for each in given["priorities"]] + given["texts"]
        kept = {"question": given["question"], "questions": questions, "items": items, "reason": given["reason"]}
        return kept | ({"kind": given["kind"]} if "kind" in given else {})


def _asked(line: str) -> Asked:
    text, *more = [part.strip() for part in line.split("|")]
    texts = {}
    for part in more:
        code, colon, translated = part.partition(":")
        if not colon or code.strip() not in TRANSLATED or not translated.strip():
            raise forms.ValidationError(
                _("After the vertical bar write a language and the text, as in “pl: Wspólne laboratoria”: %(part)s"),
                params={"part": part},
            )
        texts[code.strip()] = translated.strip()
    if not text or max(map(len, [text, *texts.values()])) > 500:
        raise forms.ValidationError(
            _("Each line has a text of at most 500 characters: %(line)s"), params={"line": line}
        )
    return Asked(text=text, texts=texts)


class InviteForm(forms.Form):
    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=160, required=False)
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        help_text=_("Without an address the link is shown to you once, to be handed over."),
    )
    helix = forms.ChoiceField(label=_("Group"), choices=HELIX_CHOICES)
    region = forms.ModelChoiceField(label=_("Region"), queryset=None, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES_OF_RECORDS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(forms.ModelChoiceField, self.fields["region"])
        field.queryset = partner_regions()
        field.label_from_instance = lambda region: f"{region.local_name} ({region.code})"  # type: ignore[method-assign]


class InviteManyForm(forms.Form):
    file = forms.FileField(
        label=_("CSV file"),
        help_text=_(
            "With the columns name, email, helix, region, language; helix is business, academia, government or civil."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
    )


class ReplyForm(forms.Form):
    verdict = forms.ChoiceField(label=_("Reply"), choices=Point.Verdict.choices, widget=forms.RadioSelect)
    priority = forms.ModelChoiceField(label=_("Priority"), queryset=Priority.objects.none(), required=False)
    reason = reason_field()

    def __init__(self, *args: Any, point: Point, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        run = point.answer.round.consultation.run_id
        cast(forms.ModelChoiceField, self.fields["priority"]).queryset = Priority.objects.filter(run=run)


class SplitForm(forms.Form):
    texts = forms.CharField(
        label=_("The points, with an empty line between them"), widget=forms.Textarea(attrs={"rows": 8})
    )
    reason = reason_field()


class SessionForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=200)
    starts_at = moment(_("Begins"))
    place = forms.CharField(label=_("Place"), max_length=300, required=False)
    agenda = forms.CharField(
        label=_("Agenda"), widget=forms.Textarea(attrs={"rows": 4}), max_length=6000, required=False
    )
    notes = forms.CharField(
        label=_("Notes"), widget=forms.Textarea(attrs={"rows": 5}), max_length=20000, required=False
    )
    results = forms.CharField(
        label=_("Results"), widget=forms.Textarea(attrs={"rows": 5}), max_length=20000, required=False
    )
    reason = reason_field()

    def __init__(self, *args: Any, session: FocusSession | None = None, **kwargs: Any) -> None:
        if session is not None:
            names = ("title", "starts_at", "place", "agenda", "notes", "results")
            came = {f"came_{helix}": n for helix, n in session.came.items()}
            kwargs["initial"] = {name: getattr(session, name) for name in names} | came
        super().__init__(*args, **kwargs)
        reason = self.fields.pop("reason")
        for helix, label in HELIX_CHOICES:
            self.fields[f"came_{helix}"] = forms.IntegerField(
                label=_("Participants: %(group)s") % {"group": label}, min_value=0, max_value=10_000, required=False
            )
        self.fields["reason"] = reason

    def values(self) -> dict[str, Any]:
        given = self.cleaned_data
        came = {helix: given[f"came_{helix}"] for helix, _label in HELIX_CHOICES}
        names = ("title", "starts_at", "place", "agenda", "notes", "results", "reason")
        counted = {helix: n for helix, n in came.items() if n is not None}
        return {**{name: given[name] for name in names}, "participants": counted}


class MinutesForm(forms.Form):
    text = forms.CharField(label=_("Minutes"), widget=forms.Textarea(attrs={"rows": 24}))
    reason = reason_field()
