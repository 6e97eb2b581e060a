from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hansa.brokerage.models import RequestReview

ANCHORS = {
    RequestReview.Criterion.ADVANTAGES: _("0: no advantage is named · 3: named · 5: named, and compared with others"),
    RequestReview.Criterion.CLARITY: _("0: not understood · 3: understood by the trade · 5: understood by anybody"),
    RequestReview.Criterion.COOPERATION: _("0: not said · 3: kind of partner · 5: kind, role and task of the partner"),
    RequestReview.Criterion.GUIDELINES: _("0: names or secrets, or not readable · 3: some slips · 5: ready to publish"),
}
SCORES = [(str(score), str(score)) for score in range(6)]


class ReviewForm(forms.Form):
    """Four scores with their anchors, and the comment that the author reads."""

    comment = forms.CharField(
        label=_("Comment for the author"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 5})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        marks = {
            criterion.value: forms.TypedChoiceField(
                label=criterion.label, choices=[("", "–"), *SCORES], coerce=int, help_text=ANCHORS[criterion]
            )
            for criterion in RequestReview.Criterion
        }
        self.fields = {**marks, **self.fields}

    def scores(self) -> list[int]:
        return [self.cleaned_data[criterion.value] for criterion in RequestReview.Criterion]
