"""Reads of the brokerage room. Every list of requests and cases comes from here, as far as the reader may see it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from django.db.models import Count, Exists, F, Max, OuterRef, Prefetch, Q, QuerySet

from hansa.brokerage.models import (
    Case,
    CaseEntry,
    Likeness,
    Match,
    Request,
    RequestPrivate,
    RequestTranslation,
    SavedSearch,
    SearchAlert,
)
from hansa.brokerage.permissions import PUBLIC_STATES, agency_ids
from hansa.network.countries import country_name, in_order
from hansa.network.models import Organisation, Person, Region, Role
from hansa.network.permissions import holds, may
from hansa.strategy.models import Priority

ANY = "any"
OPEN = "open"
NAMED = ("reference", "title", "created_at")
REQUEST_ORDERS = {
    "published": ("published_at", "pk"),
    "title": ("title", "pk"),
    "type": ("type", "pk"),
    "region": ("region__name", "pk"),
    "priority": ("priority__number", "pk"),
    "valid": ("valid_until", "pk"),
}
CASE_ORDERS = {
    "due": ("next_due", "pk"),
    "reference": ("pk",),
    "state": ("state", "pk"),
    "priority": ("priority__number", "pk"),
    "opened": ("opened_at", "pk"),
}


def visible_requests(person: Person | None) -> QuerySet[Request]:
    """What the reader may read: the public part of published and closed requests, and everything of the own agency."""
    return Request.objects.filter(Q(state__in=PUBLIC_STATES) | Q(agency__in=agency_ids(person)))


def requests(
    person: Person | None,
    *,
    words: str = "",
    type_: str = "",
    region: str = "",
    priority: int | None = None,
    state: str = "",
    language: str = "",
) -> QuerySet[Request]:
    """Requests that answer the filters. Without a state: what is published, and the reader's own drafts."""
    found = visible_requests(person).select_related("region", "priority", "agency")
    if state == "":
        found = found.filter(state__in=[*Request.OPEN, Request.State.DRAFT, Request.State.IN_REVIEW])
    elif state == OPEN:
        found = found.filter(state__in=Request.OPEN)
    elif state != ANY:
        found = found.filter(state=state)
    if type_:
        found = found.filter(type=type_)
    if region:
        found = found.filter(region__code=region)
    if priority is not None:
        found = found.filter(priority__number=priority)
    if language:
        found = found.filter(language=language)
    if words.strip():
        found = found.filter(_carries(words.strip()))
    return found


def _carries(words: str) -> Q:
    return Q(title__icontains=words) | Q(summary__icontains=words) | Q(reference__istartswith=words)


def ordered_requests(found: QuerySet[Request], sort: str) -> QuerySet[Request]:
    fields = REQUEST_ORDERS.get(sort.removeprefix("-"))
    if fields is None:
        return found.order_by("-published_at", "-pk")
    sign = "-" if sort.startswith("-") else ""
    return found.order_by(*(sign + name for name in fields))


def regions_with_requests() -> QuerySet[Region]:
    return Region.objects.filter(Exists(Request.objects.filter(region=OuterRef("pk"), state__in=PUBLIC_STATES)))


def request(reference: str) -> Request:
    """One request with all that its page names; raises `Request.DoesNotExist`."""
    return Request.objects.select_related("region", "priority", "agency__region", "broker").get(reference=reference)


def private_of(person: Person | None, shown: Request) -> RequestPrivate | None:
    """The private part, if it is open to the reader. The database hides it from all others a second time."""
    found = RequestPrivate.objects.filter(request=shown).first()
    return found if may(person, "brokerage.read_private", found) else None


def matches_of(shown: Request) -> list[Match]:
    """The matches of a request in the order of their rank, with what the page names of each; one query."""
    return list(
        Match.objects.filter(request=shown)
        .select_related("region", "organisation__region", "project", "other_request__region", "case")
        .order_by("rank", "pk")
    )


def likenesses_of(shown: Request) -> list[Likeness]:
    """What says nearly the same as a request and may be read by its agency: published, or a draft of its own."""
    readable = Q(other__state__in=Request.OPEN) | Q(other__state=Request.State.DRAFT, other__agency=shown.agency)
    found = Likeness.objects.filter(readable, request=shown)
    return list(found.select_related("other__region", "dismissed_by"))


def translations_of(shown: Request) -> list[RequestTranslation]:
    """The request in other languages than the one its original is in now."""
    found = RequestTranslation.objects.filter(request=shown).exclude(language=shown.language)
    return list(found.select_related("by"))


def cases_of(shown: Request) -> QuerySet[Case]:
    return Case.objects.filter(request=shown).select_related("match")


def cases(
    person: Person | None,
    *,
    words: str = "",
    state: str = "",
    priority: int | None = None,
    introduction: str = "",
    mine: bool = False,
) -> QuerySet[Case]:
    """Cases that answer the filters. Without a state: those that are open.

    Everybody may see that a case exists; `words` look only into those whose content the reader may see.
    """
    found = Case.objects.select_related(
        "priority", "agency__region", "other_agency__region", "request", "match__region", "introduction"
    )
    if state == "":
        found = found.filter(closed_at__isnull=True)
    elif state != ANY:
        found = found.filter(state=state)
    if priority is not None:
        found = found.filter(priority__number=priority)
    if introduction:
        found = found.filter(introduction__accepted={"accepted": True, "declined": False}.get(introduction))
    if mine:
        found = found.filter(of_agencies(agency_ids(person)))
    if words.strip():
        inside = Q() if holds(person, Role.LEAD_PARTNER) else of_agencies(agency_ids(person))
        text = Q(title__icontains=words.strip()) | Q(next_step__icontains=words.strip())
        found = found.filter((text & inside) | Q(reference__istartswith=words.strip()))
    return found


def of_agencies(agencies: set[int]) -> Q:
    return Q(agency__in=agencies) | Q(other_agency__in=agencies)


def ordered_cases(found: QuerySet[Case], sort: str) -> QuerySet[Case]:
    fields = CASE_ORDERS.get(sort.removeprefix("-"), CASE_ORDERS["due"])
    sign = "-" if sort.startswith("-") else ""
    return found.order_by(*(sign + name for name in fields))


def case(reference: str) -> Case:
    """One case with both sides and its diary; raises `Case.DoesNotExist`."""
    entries = CaseEntry.objects.select_related("by")
    return (
        Case.objects.select_related(
            "priority",
            "request__region",
            "agency__region",
            "other_agency__region",
            "broker",
            "introduction__proposed_by",
            "match__region",
            "match__organisation",
            "match__project",
            "match__other_request__region",
        )
        .prefetch_related(Prefetch("entries", queryset=entries))
        .get(reference=reference)
    )


def drafts(agencies: set[int]) -> QuerySet[Request]:
    """The agencies' drafts; what names them, without their texts."""
    return Request.objects.filter(agency__in=agencies, state=Request.State.DRAFT).only(*NAMED)


def unread(agencies: set[int]) -> QuerySet[Request]:
    """Published requests whose suggestions nobody has decided about yet; what names them, without their texts."""
    of_request = Match.objects.filter(request=OuterRef("pk"))
    return Request.objects.filter(
        Exists(of_request),
        ~Exists(of_request.exclude(state=Match.State.SUGGESTED)),
        agency__in=agencies,
        state__in=Request.OPEN,
        matched_at__isnull=False,
    ).only(*NAMED)


def to_answer(agencies: set[int]) -> QuerySet[Case]:
    """Introductions that somebody else proposed and that wait for one of these agencies."""
    waiting = Case.objects.filter(
        other_agency__in=agencies, state=Case.State.PROPOSED, introduction__answered_at__isnull=True
    )
    return waiting.select_related("agency__region", "introduction")


def accepted(agencies: set[int]) -> QuerySet[Case]:
    """Accepted introductions that these agencies proposed and have not followed up yet."""
    return Case.objects.filter(agency__in=agencies, state=Case.State.INTRODUCED).order_by("next_due", "pk")


def due(agencies: set[int], until: date) -> QuerySet[Case]:
    """Open cases of these agencies whose next step is due by a day; what waits for the other side's answer is only
    the proposer's."""
    waiting = Q(state=Case.State.PROPOSED, agency__in=agencies)
    running = ~Q(state=Case.State.PROPOSED) & of_agencies(agencies)
    return Case.objects.filter(waiting | running, closed_at__isnull=True, next_due__lte=until).order_by(
        "next_due", "pk"
    )


def count_open(agencies: set[int]) -> int:
    """Requests and cases of these agencies that are not at an end."""
    if not agencies:
        return 0
    open_states = [Request.State.DRAFT, Request.State.IN_REVIEW, *Request.OPEN]
    return (
        Request.objects.filter(agency__in=agencies, state__in=open_states).count()
        + Case.objects.filter(of_agencies(agencies), closed_at__isnull=True).count()
    )


def search(words: str, person: Person | None) -> QuerySet[Request]:
    return requests(person, words=words).order_by("-published_at", "-pk")


def standing(matches: list[Match]) -> Counter[str]:
    """How many matches stand in each state."""
    return Counter(match.state for match in matches)


def countries() -> list[tuple[str, str]]:
    """Country codes and names, as far as regions are recorded, in the order of their names."""
    codes = Region.objects.order_by().values_list("country", flat=True).distinct()
    return sorted(((code, country_name(code)) for code in codes if code), key=lambda pair: in_order(pair[1]))


SEARCH_ORDERS = {
    "name": ("name", "pk"),
    "saved": ("created_at", "pk"),
    "new": ("new", "pk"),
    "latest": ("latest", "pk"),
}
TOLD = Q(alerts__request__isnull=True) | Q(alerts__request__state__in=Request.OPEN)
"""Alerts whose text can still be read: a request that was taken back is its own agency's again."""


def places() -> QuerySet[Region]:
    """The regions in which somebody can be looked for: with an organisation or a public request."""
    return Region.objects.filter(
        Exists(Organisation.objects.filter(region=OuterRef("pk")))
        | Exists(Request.objects.filter(region=OuterRef("pk"), state__in=PUBLIC_STATES))
    ).order_by("country", "code")


def searches(person: Person | None, *, words: str = "", state: str = "") -> QuerySet[SavedSearch]:
    """The saved searches of the reader's agencies, with how many alerts are new and when the last one came."""
    found = SavedSearch.objects.filter(agency__in=agency_ids(person)).select_related("agency", "broker", "priority")
    if words.strip():
        found = found.filter(Q(name__icontains=words.strip()) | Q(text__icontains=words.strip()))
    if state:
        found = found.filter(state=state)
    return found.annotate(
        new=Count("alerts", filter=TOLD & Q(alerts__seen_at__isnull=True)),
        latest=Max("alerts__created_at", filter=TOLD),
    )


def ordered_searches(found: QuerySet[SavedSearch], sort: str) -> QuerySet[SavedSearch]:
    fields = SEARCH_ORDERS.get(sort.removeprefix("-"))
    if fields is None:
        return found.order_by("-new", "-created_at", "-pk")
    if sort.startswith("-"):
        return found.order_by(*(F(name).desc(nulls_last=True) for name in fields))
    return found.order_by(*(F(name).asc(nulls_last=True) for name in fields))


def alerts_of(search: SavedSearch) -> QuerySet[SearchAlert]:
    """What came for a search, the new first, with all that a page names of each."""
    visible = Q(request__isnull=True) | Q(request__state__in=Request.OPEN)
    related = ("request__region", "request__match_text", "project__match_text", "organisation__region")
    found = SearchAlert.objects.filter(visible, search=search).select_related(*related)
    return found.order_by(F("seen_at").desc(nulls_first=True), "-created_at", "-pk")


def searches_with_news(agencies: set[int]) -> QuerySet[SavedSearch]:
    """Searches for which something came that nobody has looked at; what names them, without their texts."""
    found = SavedSearch.objects.filter(agency__in=agencies).annotate(
        new=Count("alerts", filter=TOLD & Q(alerts__seen_at__isnull=True))
    )
    return found.filter(new__gt=0).order_by("-pk").only("name", "created_at")


def demand(priorities: Sequence[Priority]) -> dict[int, int]:
    """How many requests each priority has that brokers published, open or closed since, by primary key."""
    found = Request.objects.filter(priority__in=priorities, state__in=PUBLIC_STATES).order_by()
    return {row["priority"]: row["n"] for row in found.values("priority").annotate(n=Count("pk"))}
