"""Why a request or an organisation is not among the partners found, in plain sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from hansa.brokerage import finding, matchmaking, queries, verdicts, weighing
from hansa.brokerage.catalogue import COMPUTING, catalogue
from hansa.brokerage.finding import Wish
from hansa.brokerage.models import MatchText, Request
from hansa.brokerage.objections import signal_name
from hansa.network.models import Organisation, Person
from hansa.network.queries import search_organisations

if TYPE_CHECKING:
    from hansa.matching.why_not import WhyNot

MOST_NAMED = 6
TRIED = 3
"""Projects of an organisation that are looked at one by one where none is among the nearest."""
NOTICED = 0.0005
"""A part that lacks less than this is not worth a sentence."""


@dataclass(frozen=True)
class Named:
    """A request or an organisation that carries the words somebody looked for."""

    key: str
    title: str
    detail: str
    language: str = ""


@dataclass(frozen=True)
class Absence:
    """Why somebody is not shown: `sentences` in the order in which they decide, what each signal lacks to the last one
    shown, and the reasons for and against as the hits have them."""

    title: str
    language: str
    sentences: list[str]
    behind: list[tuple[str, float]] = field(default_factory=list)
    reasons: list[dict[str, Any]] = field(default_factory=list)
    against: list[dict[str, Any]] = field(default_factory=list)


def named(words: str, person: Person | None) -> list[Named]:
    """Published requests and organisations whose names carry `words`, a few of each; nothing for fewer than two
    characters."""
    words = words.strip()
    if len(words) < 2:
        return []
    found = queries.search(words, person).filter(state__in=Request.OPEN)
    requests = [
        Named(verdicts.key_of_request(r.pk), r.title, f"{r.reference} · {r.region.local_name}", r.language)
        for r in found[:MOST_NAMED]
    ]
    organisations = [
        Named(verdicts.key_of_organisation(o.pk), o.name, " · ".join(filter(None, (o.city, o.country))))
        for o in search_organisations(words)[:MOST_NAMED]
    ]
    return [*requests, *organisations]


def why_not(wish: Wish, key: str, places: Mapping[str, int], refused: Mapping[str, Any]) -> Absence | None:
    """Why the partner of this key is not shown; None where there is no such partner.

    `places` are the places of those shown, `refused` the keys that the broker refused.
    """
    said: list[str] = []
    if key in places:
        said.append(_("It is in the list, at place {place}.").format(place=places[key]))
    if key in refused:
        said.append(_("You refused it for this search; take that back to see it again."))
    number = int(key[1:]) if key[1:].isdecimal() and len(key) < 18 else 0
    if key.startswith("r"):
        request = Request.objects.filter(pk=number, state__in=Request.OPEN).select_related("region").first()
        return None if request is None else _of_request(wish, request, said, key in places)
    organisation = Organisation.objects.filter(pk=number).select_related("region").first()
    return None if organisation is None else _of_organisation(wish, organisation, said, key in places)


def _of_request(wish: Wish, request: Request, said: list[str], shown: bool) -> Absence:
    row = MatchText.objects.filter(request=request).first()
    if not wish.request_types:
        said.append(_("Requests are left out: only organisations are looked for."))
    why = None if row is None else _asked(wish.for_requests(), f"{row.pk}", finding.MOST)
    return _told(request.title, request.language, said, why, wish, of_request=True, shown=shown)


def _of_organisation(wish: Wish, organisation: Organisation, said: list[str], shown: bool) -> Absence:
    if not wish.organisations:
        left_out = _("Organisations are left out: a type of request or a priority is chosen, and they carry neither.")
        said.append(left_out)
    if not wish.admits(organisation):
        said.append(
            _("Its place does not pass the filters: it is or may be in your own region, or outside the places chosen.")
        )
    texts = MatchText.objects.filter(project__participations__organisation=organisation)
    keys = [f"{pk}" for pk in texts.order_by("-project__year", "-pk").values_list("pk", flat=True)]
    if not keys:
        said.append(_("None of its projects says enough of itself to be compared."))
    why = _best_of(wish, keys)
    return _told(organisation.name, "", said, why, wish, of_request=False, shown=shown)


def _best_of(wish: Wish, keys: list[str]) -> WhyNot | None:
    """The answer for the project that speaks best for an organisation."""
    if not keys:
        return None
    with COMPUTING:
        held = catalogue()
        held.refresh()
        nearest = [h.id for h in held.search(wish.for_projects(), limit=finding.MOST_FILTERED) if h.id in {*keys}]
    answers = [_asked(wish.for_projects(), key, finding.MOST) for key in (nearest or keys[:TRIED])[:TRIED]]
    return max((a for a in answers if a is not None), key=lambda a: a.score, default=None)


def _asked(query: Any, key: str, limit: int) -> WhyNot | None:
    with COMPUTING:
        held = catalogue()
        held.refresh()
        try:
            return held.why_not(query, key, limit)
        except KeyError:
            return None


def _told(
    title: str, language: str, said: list[str], why: WhyNot | None, wish: Wish, *, of_request: bool, shown: bool
) -> Absence:
    if why is None:
        return Absence(title, language, [*said, _("Its text is not among those that are compared now.")])
    filters = filters_failed()
    said += [filters.get(code, code) for code in why.excluded]
    said += _standing(why, wish, of_request=of_request, shown=shown)
    behind = [] if why.shown else [(signal_name(s), gap) for s, gap in why.behind.items() if abs(gap) >= NOTICED]
    held = catalogue()
    return Absence(
        title,
        language,
        said,
        behind,
        reasons=matchmaking.told(why, held),
        against=finding.worth_saying(reason.as_json() for reason in why.against),
    )


def _place(exact: bool, *, of_request: bool) -> str:
    """A place past the first is counted among the candidates that were proposed, so it is the best it can be."""
    if of_request and exact:
        return _("It has place {rank} among the requests that pass the filters; the first {limit} are looked at.")
    if of_request:
        return _("It has at best place {rank} of the requests that pass the filters; the first {limit} are looked at.")
    if exact:
        return _("It has place {rank} among the projects that pass the filters; the first {limit} are looked at.")
    return _("It has at best place {rank} of the projects that pass the filters; the first {limit} are looked at.")


def _standing(why: WhyNot, wish: Wish, *, of_request: bool, shown: bool) -> list[str]:
    if why.rank is None:
        return [_("Nothing ties its text to the need.")]
    said = [_place(why.rank <= why.limit, of_request=of_request).format(rank=why.rank, limit=why.limit)]
    scale = weighing.in_use().scale
    lowest = scale * (finding.floor(matchmaking.LOWEST_REQUEST, wish) if of_request else matchmaking.LOWEST)
    weak = why.score < lowest and (of_request or why.rank > matchmaking.SHOWN_ANYWAY)
    if weak and not shown:
        told = _("Its score is {score}; below {lowest} nothing is shown, since no broker would call that a reason.")
        said.append(told.format(score=number_format(why.score, 2), lowest=number_format(lowest, 3)))
    elif not shown and not why.excluded and not of_request:
        said.append(
            _("At most {n} organisations of one project are shown, the coordinator first.").format(
                n=matchmaking.PER_PROJECT
            )
        )
    return said


def filters_failed() -> dict[str, str]:
    """A sentence per filter of a query that a text does not pass."""
    return {
        "exclude_ids": _("It was left out of this search."),
        "owner": _("It is your own agency’s."),
        "kinds": _("Its type is not among those chosen."),
        "regions": _("It is not in the countries or the region chosen."),
        "exclude_regions": _("It is in your own region, which is left out."),
        "languages": _("It is not written in the languages chosen."),
        "only_priorities": _("It is tied to another priority than the one chosen."),
        "only_domains": _("It has none of the domains chosen."),
    }
