"""Results and balance in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from hansa.strategy.consultations.queries import Group
from hansa.strategy.models import Round

CLOSE = 0.05
"""How far a share may be from the wanted one and still count as met."""


def told(group: Group) -> str:
    """How a group's share of the voices stands against the wanted one; empty where none is wanted."""
    if group.target is None:
        return ""
    values = {"wanted": percent(group.target), "share": percent(group.share) if group.share is not None else ""}
    if group.share is None:
        return _("%(wanted)s wanted, nobody has answered yet") % values
    if group.share < group.target - CLOSE:
        return _("%(share)s of the answers, fewer than the %(wanted)s wanted") % values
    if group.share > group.target + CLOSE:
        return _("%(share)s of the answers, more than the %(wanted)s wanted") % values
    return _("%(share)s of the answers, about the %(wanted)s wanted") % values


def percent(share: float) -> str:
    return number_format(share * 100, decimal_pos=0) + " %"


def summary(kind: str, found: Mapping[str, Any] | None) -> str:
    """A summary in one line; one that rests on too few answers says so."""
    if found is None:
        return _("too few answers to show")
    if kind == Round.Kind.VOTE:
        return _("%(for)d for, %(neutral)d neutral, %(against)d against") % found
    if kind == Round.Kind.BUDGET:
        return _("%(mean)s points of 100 on average (%(n)d answers)") % {
            **found,
            "mean": number_format(found["mean"], 1),
        }
    return _("median %(median)s, middle half from %(lower)s to %(upper)s on a scale of 1 to 9 (%(n)d answers)") % {
        "n": found["n"],
        **{name: number_format(found[name], 1) for name in ("median", "lower", "upper")},
    }
