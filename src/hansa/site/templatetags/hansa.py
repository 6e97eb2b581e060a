"""Small words of the templates: numbers as people read them, bars, links that keep the list's state."""

from __future__ import annotations

import math
from typing import Any

from django import template
from django.template.defaultfilters import floatformat
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from hansa.network.countries import country_name
from hansa.site.starter.accounts import demonstration_accounts

register = template.Library()


def is_unknown(value: Any) -> bool:
    return value is None or (isinstance(value, float) and not math.isfinite(value))


@register.filter
def figure(value: Any, decimals: int = 2) -> str | SafeString:
    """A number with its decimals and thousands marks; an unknown one says so and is never a zero."""
    if is_unknown(value):
        return format_html('<span class="unknown">{}</span>', _("unknown"))
    return str(floatformat(value, f"{int(decimals)}g"))


@register.filter
def count(value: Any) -> str | SafeString:
    return figure(value, 0)


@register.filter
def signed(value: Any, decimals: int = 2) -> str | SafeString:
    if is_unknown(value):
        return figure(value)
    return ("+" if value > 0 else "−" if value < 0 else "±") + number_format(
        abs(value), decimal_pos=int(decimals), force_grouping=True
    )


@register.filter
def percent(value: Any, decimals: int = 0) -> str | SafeString:
    if is_unknown(value):
        return figure(value)
    return number_format(value * 100, decimal_pos=int(decimals)) + " %"


@register.filter
def bar_width(value: Any) -> int:
    """A share between 0 and 1 as twentieths, for a class that draws a bar."""
    if is_unknown(value):
        return 0
    return round(min(max(float(value), 0.0), 1.0) * 20)


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """The present query string with some parameters changed, or dropped where the new value is empty."""
    params = context["request"].GET.copy()
    for key, value in changes.items():
        if value in (None, ""):
            params.pop(key, None)
        else:
            params[key] = str(value)
    return "?" + params.urlencode()


@register.inclusion_tag("hansa_site/_sort.html", takes_context=True)
def sort(context: template.Context, key: str, label: str, number: bool = False) -> dict[str, Any]:
    """A table heading that sorts by `key`, and the other way round when it does so already."""
    current = context["request"].GET.get("sort", context.get("default_sort", ""))
    turned = f"-{key}" if current == key else key
    direction = "ascending" if current == key else "descending" if current == f"-{key}" else ""
    return {"label": label, "url": query(context, sort=turned, page=""), "direction": direction, "number": number}


@register.filter
def country(code: str) -> str:
    return country_name(code)


@register.simple_tag
def demonstration() -> list[dict[str, Any]]:
    """The accounts made with the starter partnership, for the page on which they sign in."""
    return demonstration_accounts()


@register.filter
def get(mapping: Any, key: Any) -> Any:
    return mapping.get(key) if hasattr(mapping, "get") else None
