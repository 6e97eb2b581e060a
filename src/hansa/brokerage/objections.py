"""Sentences for what speaks against a partner, and for what a broker's own verdicts changed; and names of signals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import get_language_info, gettext_lazy, ngettext, pgettext
from django.utils.translation import gettext as _

from hansa.network.countries import country_name
from hansa.network.models import LANGUAGES_OF_RECORDS, Organisation

Params = Mapping[str, Any]

SIGNALS: dict[str, Any] = {
    "meaning": gettext_lazy("meaning"),
    "concepts": gettext_lazy("shared subjects"),
    "spelling": gettext_lazy("spelling"),
    "domains": gettext_lazy("domains"),
    "fit": gettext_lazy("need and offer"),
    "variety": gettext_lazy("variety of words"),
    "wishes": gettext_lazy("where they look for partners"),
    "cooperation": gettext_lazy("ways to cooperate"),
    "priorities": gettext_lazy("shared priorities"),
    "complementarity": gettext_lazy("regions that complement each other"),
    "record": gettext_lazy("track record"),
    "freshness": gettext_lazy("freshness"),
    "quality": gettext_lazy("quality of the text"),
}
KINDS = {"firm": Organisation.Kind.COMPANY}
"""Names that `verdicts.KINDS` gave otherwise."""


def signal_name(signal: str) -> str:
    """A signal in words; one that is not known here by its code."""
    return str(SIGNALS.get(signal, signal.replace("_", " ")))


def language_name(code: str) -> str:
    """A language in the reader's words, also where no record may be written in it."""
    known = dict(LANGUAGES_OF_RECORDS)
    if code in known:
        return str(known[code])
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


def _far_meaning(p: Params) -> str:
    return _("only number {rank} of {among} in likeness of meaning").format(rank=p["rank"], among=p["among"])


def _no_shared_concept(p: Params) -> str:
    return _("no subject of the official classifications in common")


def _no_shared_words(p: Params) -> str:
    return _("the same language, and no words in common")


def _no_shared_domain(p: Params) -> str:
    return _("none of the domains asked for")


def _side_unclear(p: Params) -> str:
    return _("it is not said whether this side looks for something or offers it")


def _times(count: int) -> str:
    return ngettext("{n} time", "{n} times", count).format(n=count)


def _region_declined(p: Params) -> str:
    said = _("partners in {country} were refused here as too far ({times}), so this counts for less")
    return said.format(country=country_name(p["region"]), times=_times(p["times"]))


def _kind_declined(p: Params) -> str:
    kind = dict(Organisation.Kind.choices).get(KINDS.get(p["kind"], p["kind"]), p["kind"])
    said = _("partners of the kind “{kind}” were refused here ({times}), so this counts for less")
    return said.format(kind=kind, times=_times(p["times"]))


def _stance_declined(p: Params) -> str:
    side = pgettext("side", "offers") if p["stance"] == "offer" else pgettext("side", "requests")
    said = _("the side “{side}” was refused here ({times}), so this counts for less")
    return said.format(side=side, times=_times(p["times"]))


def _signal_share(p: Params) -> str:
    return signal_name(p["signal"])


TEMPLATES: dict[str, tuple[Any, Callable[[Params], str]]] = {
    "far_meaning": (gettext_lazy("Far in meaning"), _far_meaning),
    "no_shared_concept": (gettext_lazy("Other subject"), _no_shared_concept),
    "no_shared_words": (gettext_lazy("Other words"), _no_shared_words),
    "no_shared_domain": (gettext_lazy("Other domain"), _no_shared_domain),
    "side_unclear": (gettext_lazy("Side unclear"), _side_unclear),
    "region_declined": (gettext_lazy("Refused before"), _region_declined),
    "kind_declined": (gettext_lazy("Refused before"), _kind_declined),
    "stance_declined": (gettext_lazy("Refused before"), _stance_declined),
    "signal_share": (gettext_lazy("Another signal"), _signal_share),
}
