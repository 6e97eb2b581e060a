"""The form of the answer page: plain inputs, one set for each item of the round."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _

from hansa.strategy.consultations.actions.answering import LONGEST, Said
from hansa.strategy.consultations.plain import Plain, plain
from hansa.strategy.models import Answer, Round, RoundItem


@dataclass(frozen=True)
class Row:
    """An item with its inputs, the priority in plain words, and what the group said in the round before."""

    item: RoundItem
    value: BoundField
    text: BoundField
    plain: Plain | None
    before: Mapping[str, Any] | None


class AnswerForm(forms.Form):
    """Everything a voice can say in a round; nothing is required, so that a form in another language loses nothing."""

    def __init__(self, *args: Any, asked: Round, mine: Mapping[int | None, Answer], **kwargs: Any) -> None:
        self.labels: Mapping[str, str] = kwargs.pop("labels", {})
        super().__init__(*args, **kwargs)
        self.asked = asked
        if asked.kind == Round.Kind.OPEN:
            self.fields["text"] = words(_("Your answer"), mine.get(None), rows=8)
        for item in asked.items.all():
            self.fields[f"value-{item.pk}"] = self._value(item, mine.get(item.pk))
            self.fields[f"text-{item.pk}"] = words(_("Your comment"), mine.get(item.pk), rows=2)

    def _value(self, item: RoundItem, mine: Answer | None) -> forms.Field:
        said = "" if mine is None or mine.value is None else str(mine.value)
        if self.asked.kind == Round.Kind.BUDGET:
            return forms.IntegerField(
                label=_("Points"),
                min_value=0,
                max_value=100,
                required=False,
                initial=said or None,
                widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "points"}),
            )
        return forms.ChoiceField(
            label=str(item),
            choices=[*self._scale(), ("", _("no answer"))],
            widget=forms.RadioSelect,
            required=False,
            initial=said,
        )

    def _scale(self) -> list[tuple[str, str]]:
        if self.asked.kind == Round.Kind.VOTE:
            return [("1", _("for it")), ("0", _("neutral")), ("-1", _("against it"))]
        return [(str(n), str(n)) for n in range(1, 10)]

    def rows(self) -> Iterator[Row]:
        before = self._before()
        for item in self.asked.items.all():
            told = plain(item.priority, self.labels) if item.priority else None
            value, text = self[f"value-{item.pk}"], self[f"text-{item.pk}"]
            yield Row(item, value, text, told, before.get(same(item)))

    def _before(self) -> dict[tuple[int | None, str], Mapping[str, Any]]:
        """The group's summary in the round this one rests on, by what was asked about: items of their own."""
        earlier = self.asked.based_on
        if earlier is None:
            return {}
        kept = {each["item"]: each["all"] for each in (earlier.result or {}).get("items", [])}
        return {same(item): kept[item.pk] for item in earlier.items.all() if kept.get(item.pk)}

    def said(self) -> dict[int | None, Said]:
        given = self.cleaned_data
        if self.asked.kind == Round.Kind.OPEN:
            return {None: Said(text=given["text"])}
        return {item.pk: self._said(given[f"value-{item.pk}"], given[f"text-{item.pk}"]) for item in self._items()}

    def _items(self) -> list[RoundItem]:
        return list(self.asked.items.all())

    def _said(self, value: Any, text: str) -> Said:
        return Said(None if value in (None, "") else int(value), text)


def same(item: RoundItem) -> tuple[int | None, str]:
    """What makes items of two rounds the same."""
    return item.priority_id, item.text


def words(label: str, mine: Answer | None, rows: int) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=LONGEST,
        required=False,
        initial=mine.text if mine else "",
        widget=forms.Textarea(attrs={"rows": rows}),
    )
