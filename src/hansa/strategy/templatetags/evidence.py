"""Words of the evidence templates."""

from __future__ import annotations

import re

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from hansa.strategy import about
from hansa.strategy.figures import short_label

register = template.Library()


@register.filter
def short(label: str | None) -> str:
    """A label cut at its first mark where it is long."""
    return short_label(label or "")


@register.filter
def told(text: str | None) -> str:
    """A unit, title or source of a table in the reader's language where it is a known one."""
    return about.told(text or "")


@register.filter
def formula(text: str) -> SafeString:
    """A formula with its indices (x_ri) and powers (D^−½) set as such."""
    told = re.sub(r"_([a-z]+)", r"<sub>\1</sub>", escape(str(text)))
    return mark_safe(re.sub(r"\^(−½)", r"<sup>\1</sup>", told))  # noqa: S308 - escaped above
