from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hansa.network.models import Way
from hansa.network.notices.choosing import group_choices


class ChoicesForm(forms.Form):
    """One choice per group of news; "" is the quiet default."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ways = [("", _("once a day by e-mail, what is urgent at once (as proposed)")), *Way.choices]
        for key, title in group_choices():
            self.fields[key] = forms.ChoiceField(label=title, choices=ways, required=False)
