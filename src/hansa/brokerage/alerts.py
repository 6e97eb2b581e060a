"""What Hansa does by itself for saved searches: it compares them with what was published since, and tells each once.

The worker sees no private row by itself; it looks for every agency with a broker, and writes each alert for the agency
whose search it answers.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, Max, OuterRef, QuerySet

from hansa.brokerage import finding, matchmaking
from hansa.brokerage.catalogue import COMPUTING, Catalogue, catalogue, embed_first
from hansa.brokerage.finding import Wish
from hansa.brokerage.models import MatchText, Request, SavedSearch, SearchAlert
from hansa.network.middleware import acting_for_all

ORDER = ("possible", "likely", "strong")


def wish_of(search: SavedSearch) -> Wish:
    """A saved search as a need."""
    return Wish(
        text=search.text,
        agency_id=search.agency_id,
        region=search.agency.region,
        language=search.language,
        want=search.want,
        types=tuple(search.types),
        countries=tuple(search.countries),
        place=search.place,
        languages=tuple(search.languages),
        priority=search.priority,
        own_region=search.own_region,
    )


def tell_of_request(request_id: int) -> int:
    """Tell every active search that a request answers which was published after the search was saved or resumed, once;
    returns how many were told now.

    Called after each publication and change; twice does no harm. The number of queries does not grow with the number
    of searches; each costs the embedding of its text and one comparison.
    """
    row = MatchText.objects.filter(request=request_id, request__state__in=Request.OPEN)
    found = row.select_related("request__region").first()
    if found is None or found.request is None:
        return 0
    with acting_for_all(), COMPUTING:
        told = SearchAlert.objects.filter(search=OuterRef("pk"), request=request_id)
        later = _active().filter(since__lt=found.request.published_at).exclude(Exists(told))
        searches = [s for s in later if _may_answer(s, found.request)]
        if not searches:
            return 0
        embed_first([f"{found.pk}"])
        held = catalogue()
        held.refresh()
        return _written(_of_request(held, searches, found))


def tell_of_projects() -> int:
    """Tell every active search which organisations' projects, whose texts came since it was last compared, answer it.

    Called when the texts of newly loaded projects have their vectors. A constant number of queries per search.
    """
    newest = MatchText.objects.aggregate(newest=Max("pk"))["newest"] or 0
    with acting_for_all(), COMPUTING:
        searches = [s for s in _active().filter(newest_text__lt=newest) if wish_of(s).organisations]
        if not searches:
            return 0
        held = catalogue()
        held.refresh()
        told = sum(_written(_of_projects(held, search)) for search in searches)
        # written after the alerts: a fault in between tells again, and the constraint keeps that from being double
        SavedSearch.objects.filter(pk__in=[s.pk for s in searches]).update(newest_text=newest)
        return told


def _active() -> QuerySet[SavedSearch]:
    return (
        SavedSearch.objects.filter(state=SavedSearch.State.ACTIVE)
        .select_related("agency__region", "priority")
        .order_by("pk")
    )


def _may_answer(search: SavedSearch, request: Request) -> bool:
    """Whether a request can answer a search at all; asked before anything is computed."""
    wish = wish_of(search)
    return wish.priority_id in (None, request.priority_id) and request.type in wish.request_types


def _of_request(held: Catalogue, searches: list[SavedSearch], row: MatchText) -> list[SearchAlert]:
    try:
        hits = held.judge([wish_of(search).for_requests() for search in searches], f"{row.pk}")
    except KeyError:
        return []
    return [
        SearchAlert(
            search=search,
            agency_id=search.agency_id,
            request_id=row.request_id,
            score=hit.score,
            weights=held.weighing.version,
            reasons=matchmaking.told(hit, held),
        )
        for search, hit in zip(searches, hits, strict=True)
        if hit is not None and reaches(search, hit.score, of_request=True, scale=held.scale)
    ]


def _of_projects(held: Catalogue, search: SavedSearch) -> list[SearchAlert]:
    wish = wish_of(search)
    hits = [
        hit
        for hit in held.search(wish.for_projects(), limit=finding.MOST)
        if int(hit.id) > search.newest_text and reaches(search, hit.score, of_request=False, scale=held.scale)
    ]
    rows = {f"{row.pk}": row for row in MatchText.objects.filter(pk__in=[int(h.id) for h in hits])}
    took_part = finding.participants(row.project_id for row in rows.values() if row.project_id is not None)
    alerts = []
    for hit in hits:
        row = rows.get(hit.id)
        abroad = [o for o in took_part.get(row.project_id, []) if wish.admits(o)] if row is not None else []
        if row is not None and abroad:
            alerts.append(
                SearchAlert(
                    search=search,
                    agency_id=search.agency_id,
                    project_id=row.project_id,
                    organisation=abroad[0],
                    score=hit.score,
                    weights=held.weighing.version,
                    reasons=matchmaking.told(hit, held),
                )
            )
    return alerts


def reaches(search: SavedSearch, score: float, *, of_request: bool, scale: float = 1.0) -> bool:
    """Whether a score is as strong as the search asks; weaker than a possible one is never told. `scale` is that of the
    weights the score was made with."""
    lowest = finding.floor(matchmaking.LOWEST_REQUEST, wish_of(search)) if of_request else matchmaking.LOWEST
    word = matchmaking.strength(score, of_request=of_request, scale=scale)
    return score >= lowest * scale and ORDER.index(word) >= ORDER.index(search.threshold)


def _written(alerts: Iterable[SearchAlert]) -> int:
    """Store alerts; one that exists already, by another worker or an earlier run, is left as it is."""
    before = SearchAlert.objects.count()
    SearchAlert.objects.bulk_create([*alerts], ignore_conflicts=True)
    return SearchAlert.objects.count() - before
