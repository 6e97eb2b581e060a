"""How a common set is named and what binds it is told, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hansa.strategy.figures import short_label
from hansa.strategy.models import Facet, RegionalPriority
from hansa.strategy.sets import concordance
from hansa.strategy.sets.rule import Found

FACETS_IN_TITLES = (Facet.THEME, Facet.SECTOR, Facet.TECHNOLOGY, Facet.KNOWLEDGE)


def title_of(found: Found, members: Sequence[RegionalPriority], language: str) -> tuple[str, str]:
    """A working title and its language: the tags or themes that bind the set, else the words of its middle member."""
    labels = labels_of(members)
    if found.kind == "complementary":
        themes = [tie["theme"] for tie in found.ties if "theme" in tie]
        names = concordance.labels()
        parts = [names.get(code, code) for code in dict.fromkeys(themes)][:2]
        parts = parts or [labels.get((Facet.SECTOR, code), code) for code in _domains(found)][:2]
        return " · ".join(parts) or members[0].title, language
    bound = [(tie["facet"], tie["code"], tie["regions"]) for tie in found.ties]
    for facet in FACETS_IN_TITLES:
        chosen = sorted((-held, code) for each, code, held in bound if each == facet)[:2]
        if chosen:
            return " · ".join(short_label(labels.get((facet, code), code)) for _held, code in chosen), language
    by_key = {each.pk: each for each in members}
    middle = max(found.members, key=lambda each: (each[1] or 0.0, -each[0]))[0]
    return by_key[middle].title, by_key[middle].language


def _domains(found: Found) -> list[str]:
    return list(dict.fromkeys(code for tie in found.ties for side in tie.get("domains", []) for code in side))


def labels_of(members: Sequence[RegionalPriority]) -> dict[tuple[str, str], str]:
    """Facet and code -> the label of the tag in the reader's language."""
    return {(tag.facet, tag.code): tag.local_label for each in members for tag in each.tags.all()}


def told(tie: Mapping[str, Any], labels: Mapping[tuple[str, str], str], themes: Mapping[str, str]) -> str:
    """One thing that binds a set, in words."""
    if "facet" in tie:
        label = themes.get(tie["code"]) if tie["facet"] == Facet.THEME else labels.get((tie["facet"], tie["code"]))
        held = ngettext("%(n)d region", "%(n)d regions", tie["regions"]) % {"n": tie["regions"]}
        code = f"{tie['code']} " if tie["facet"] == Facet.SECTOR else ""
        return f"{Facet(tie['facet']).label}: {code}{label or tie['code']} ({held})"
    if "theme" in tie:
        strength = number_format(tie["strength"], decimal_pos=2)
        return _("one chain by the theme “%(theme)s”, %(strength)s") % {
            "theme": themes.get(tie["theme"], tie["theme"]),
            "strength": strength,
        }
    return _("near in the figures: %(a)s and %(b)s, mean proximity %(near)s") % {
        "a": ", ".join(tie["domains"][0]),
        "b": ", ".join(tie["domains"][1]),
        "near": number_format(tie["proximity"], decimal_pos=2),
    }
