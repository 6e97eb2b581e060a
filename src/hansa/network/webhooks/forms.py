from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hansa.network.registry import registry


class WebhookForm(forms.Form):
    name = forms.CharField(label=_("What is it for?"), max_length=80)
    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_("It begins with https:// and leads to a machine on the public internet."),
        widget=forms.URLInput(),
    )
    events = forms.MultipleChoiceField(label=_("Events"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["events"].choices = event_choices()  # type: ignore[attr-defined]


def event_choices() -> list[tuple[str, Any]]:
    return [(key, f"{event.title} ({key})") for key, event in sorted(registry.events.items())]
