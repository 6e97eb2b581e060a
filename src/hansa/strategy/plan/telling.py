"""Reasons and alerts in the reader's words; what is stored are codes and figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hansa.strategy.plan.alerts import Alert, Standing


def reason(stored: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """One reason of a review in a sentence; `names` are regions by their codes."""
    code = stored["code"]
    region = names.get(stored.get("region", ""), stored.get("region", ""))
    given = {**stored, "region": region}
    if code == "weaker":
        given |= {"then": number_format(stored["then"], 2), "now": number_format(stored["now"], 2)}
    sentences = {
        "domain_lost": _("The figures no longer carry %(domain)s: %(held_then)s regions held it, %(held_now)s do now."),
        "domain_unknown": _("Whether the figures carry %(domain)s is unknown: %(unknown_now)s regions lack a figure."),
        "region_lost": _("%(region)s no longer holds %(domain)s."),
        "region_unknown": _("Whether %(region)s still holds %(domain)s is unknown."),
        "weaker": _("Its strength fell from %(then)s to %(now)s."),
        "indicator": _("Indicator: %(text)s"),
        "milestone": _("Overdue milestone: %(text)s"),
        "carried": _("The figures carry it as before."),
        "never_carried": _(
            "The figures did not carry its domains when it was made, so they say nothing against it now."
        ),
        "no_domains": _("It has no domain, so figures say nothing about it."),
    }
    return sentences[code] % given


def alert(standing: Standing) -> list[str]:
    """What an indicator's alerts say."""
    said = {
        Alert.BEHIND: _("behind its line"),
        Alert.SILENT: ngettext("no value for %(n)d day", "no value for %(n)d days", standing.days_silent)
        % {"n": standing.days_silent},
        Alert.NO_LINE: _("no baseline or target, so no line"),
    }
    return [said[each] for each in standing.alerts]


def act(verb: str) -> str:
    """The verb of an audit note of the plan (`add_milestone`) in a word."""
    said = {
        "add": _("added"),
        "change": _("changed"),
        "withdraw": _("withdrawn"),
        "put": _("put back"),
        "set": _("state changed"),
    }
    return said.get(verb.split("_", maxsplit=1)[0], verb)
