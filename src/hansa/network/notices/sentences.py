"""The sentence of a piece of news, from its kind and its parameters, in the language that is active."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from hansa.network.models import Notice
from hansa.network.registry import registry

PLACE = re.compile(r"%(?:\((\w+)\)[a-z]|%)")
MISSING = "…"


def sentence(kind: str, parameters: Mapping[str, Any]) -> str:
    """What the news says. A kind that is not declared any more says so; a parameter that is missing stays visibly
    empty: neither hides the other news of the page."""
    declared = registry.notices.get(kind)
    if declared is None:
        return _("News of a kind that Hansa no longer has; open it to see what it is about.")
    held = parameters if isinstance(parameters, Mapping) else {}

    def fill(found: re.Match[str]) -> str:
        name = found.group(1)
        if name is None:
            return "%"
        value = held.get(name)
        return MISSING if value is None or value == "" else str(value)

    return PLACE.sub(fill, str(declared.sentence))


def sentence_of(notice: Notice) -> str:
    return sentence(notice.kind, notice.parameters)
