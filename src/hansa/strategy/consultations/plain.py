"""A priority in two plain sentences, made from the figures it was proposed from: for a reader who knows no quotient."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hansa.strategy.models import Priority, PriorityFigure


@dataclass(frozen=True)
class Plain:
    """What the answer page says about a priority; `regions` are the names of those it is strong in."""

    regions: tuple[str, ...]
    sentences: tuple[str, ...]


def plain(priority: Priority, labels: Mapping[str, str]) -> Plain:
    """Two sentences: where it is strong, and how many people work in it. Reads what is prefetched, asks for nothing.

    `labels` names the domains in the reader's language; one without a label is shown by its code.
    """
    holding: dict[Any, list[PriorityFigure]] = defaultdict(list)
    for figure in priority.figures.all():
        if figure.role == "holds":
            holding[figure.region].append(figure)
    if not holding:
        return _from_strategies(priority)
    names = tuple(region.local_name for region in holding)
    return Plain(names, (_strong(holding, labels), _people(priority, holding)))


def _from_strategies(priority: Priority) -> Plain:
    names = tuple(dict.fromkeys(member.region.local_name for member in priority.members.all()))
    if not names:
        return Plain((), (_("No figures were recorded when it was proposed."),))
    return Plain(
        names,
        (
            ngettext(
                "%(n)d region wrote it into its own strategy.", "%(n)d regions wrote it into their own strategies.",
                len(names),
            )
            % {"n": len(names)},
            _("No figures were recorded when it was proposed."),
        ),
    )  # fmt: skip


def _strong(holding: dict[Any, list[PriorityFigure]], labels: Mapping[str, str]) -> str:
    known = [f for figures in holding.values() for f in figures if f.location_quotient is not None]
    if not known:
        return ngettext(
            "It is strong in %(n)d region; by how much is not known.",
            "It is strong in %(n)d regions; by how much is not known.",
            len(holding),
        ) % {"n": len(holding)}
    best = max(known, key=lambda f: f.location_quotient or 0.0)
    return _(
        "The clearest case is %(region)s, in the field “%(domain)s”: the share of people who work in it is %(times)s "
        "times as large there as on average."
    ) % {
        "region": best.region.local_name,
        "domain": labels.get(best.domain) or best.domain,
        "times": number_format(best.location_quotient, decimal_pos=1),
    }


def _people(priority: Priority, holding: dict[Any, list[PriorityFigure]]) -> str:
    values = [f.value for figures in holding.values() for f in figures]
    known = [value for value in values if value is not None]
    said = {
        "year": priority.run.year or _("year unknown"),
        "source": priority.run.table,
        "value": number_format(round(sum(known)), force_grouping=True),
    }
    if not known:
        return _("How many people work in it is not known (%(source)s, %(year)s).") % said
    if len(known) < len(values):
        return (
            _("At least %(value)s people work in it there; some figures are missing (%(source)s, %(year)s).") % said
        )  # fmt: skip
    return _("Together, %(value)s people work in it there (%(source)s, %(year)s).") % said
