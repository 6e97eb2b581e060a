from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hansa.brokerage.diagnosis.actions import Marks
from hansa.brokerage.diagnosis.components import COMPONENTS, MARKS, Component
from hansa.brokerage.models import DiagnosisAnswer

CHOICES = [("", _("not known")), *((str(n), str(n)) for n in range(6))]


class AnswersForm(forms.Form):
    """Marks and evidence of every component; each may be left open."""

    def __init__(self, *args: Any, answers: dict[str, DiagnosisAnswer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for component in COMPONENTS:
            held = answers.get(component.key)
            for mark, label, help_text in MARKS:
                self.fields[f"{component.key}_{mark}"] = forms.TypedChoiceField(
                    label=label, choices=CHOICES, coerce=int, empty_value=None, required=False, help_text=help_text,
                    initial=getattr(held, mark, None),
                )  # fmt: skip
            self.fields[f"{component.key}_evidence"] = forms.CharField(
                label=_("Evidence"), max_length=1000, required=False, initial=getattr(held, "evidence", ""),
                widget=forms.Textarea(attrs={"rows": 2}),
            )  # fmt: skip

    def components(self) -> list[tuple[Component, list[forms.BoundField], bool]]:
        """Each component with its fields, and whether something is said of it."""
        found = []
        for component in COMPONENTS:
            fields = [self[f"{component.key}_{name}"] for name in (*(m for m, _l, _h in MARKS), "evidence")]
            found.append((component, fields, any(field.value() not in (None, "") for field in fields)))
        return found

    def answers(self) -> dict[str, Marks]:
        given = self.cleaned_data
        return {
            c.key: Marks(
                **{mark: given[f"{c.key}_{mark}"] for mark, _l, _h in MARKS}, evidence=given[f"{c.key}_evidence"]
            )
            for c in COMPONENTS
        }
