"""From a published request to its matches: other requests, and organisations known by their projects."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from hansa.brokerage import fairness, verdicts
from hansa.brokerage.catalogue import COMPUTING, PROJECT, Catalogue, catalogue, embed_first, write_request_text
from hansa.brokerage.models import Match, MatchText, Request
from hansa.brokerage.shelving import domains_of
from hansa.network.models import Organisation, Participation, Project, Region

if TYPE_CHECKING:
    from hansa.matching import Hit, Kept

MOST_MATCHES = 30
MOST_REQUESTS = 10
"""Other requests that are shown even where organisations score higher: somebody there waits for an answer."""
PER_PROJECT = 3
LOWEST = 0.145
"""Below this score nothing ties the texts that a broker would call a reason."""
LOWEST_PENDING = 0.02
"""The same while most texts are compared without their meaning, which is what gives a score its height."""
SHOWN_ANYWAY = 4
"""Projects that are shown however low they score: a broker rather judges a few weak ones than an empty page."""
LOWEST_REQUEST = 0.18
"""For requests. With the third weights a Finnish offer that plainly answers a Polish need scored 0.219 among all texts
of a new installation, and one on another subject 0.150: one case, no measurement."""
STRONG, LIKELY = 0.32, 0.24
STRONG_REQUEST, LIKELY_REQUEST = 0.44, 0.33
"""Where scores are called strong and likely. Judged with the first weights on ten queries in eight languages against
605 real projects and three requests, and carried over to the second weights, which score higher, so that the same share
of the development offers of tests/matching/data passes each line. To be replaced by what brokers accept and decline."""
EMBEDDED_FIRST = 24
PENDING = "meaning_pending"
COORDINATOR = "coordinator"


@dataclass(frozen=True)
class Candidate:
    """A possible partner with the hit that speaks for it; exactly one of `request` and `organisation` is set. `text` is
    the id of the hit, `signals` what it was scored by."""

    score: float
    reasons: list[dict[str, Any]]
    request: Request | None = None
    organisation: Organisation | None = None
    project: Project | None = None
    language: str = ""
    text: str = ""
    signals: dict[str, Any] = field(default_factory=dict)


def strength(score: float, *, of_request: bool = False, scale: float = 1.0) -> str:
    """`strong`, `likely` or `possible`; never a percentage, which the score is not. Between two requests a need that
    meets an offer raises the score, so more is asked for. `scale` is that of the weights the score was made with."""
    strong, likely = (STRONG_REQUEST, LIKELY_REQUEST) if of_request else (STRONG, LIKELY)
    score /= scale
    return "strong" if score >= strong else "likely" if score >= likely else "possible"


def find(request: Request) -> list[int]:
    """Compute and store the matches of a published request.

    Suggestions are replaced; what a broker has short-listed, declined or introduced stays as it is. Nothing is stored
    when the request was changed or withdrawn meanwhile, since another search is queued then. Returns the keys of found
    requests that were matched before this one got its present text, and so cannot know it yet.
    """
    with COMPUTING:
        row = write_request_text(request)
        held = catalogue()
        embed_first([f"{row.pk}"])
        held.refresh()
        candidates = best(request, row, held)
    missing = [*held.index.missing]
    if held.without_vector:
        missing.append(PENDING)
    if not store(request, candidates, held.method, missing):
        return []
    told_at = MatchText.objects.values_list("updated_at", flat=True).get(pk=row.pk)
    found = [c.request for c in candidates if c.request is not None]
    return [other.pk for other in found if other.matched_at is not None and other.matched_at < told_at]


def unmatched() -> list[int]:
    """Published requests without a search since they were last published."""
    found = Request.objects.filter(state__in=Request.OPEN)
    missed = found.filter(Q(matched_at__isnull=True) | Q(matched_at__lt=F("published_at")))
    return list(missed.values_list("pk", flat=True))


def best(request: Request, row: MatchText, held: Catalogue) -> list[Candidate]:
    """The candidates for a request, best first: the best other requests, then by score, at most `MOST_MATCHES`."""
    from hansa.matching import Query

    common: dict[str, Any] = {
        "id": request.reference,
        "text": row.text,
        "lang": request.language,
        "want": "request" if request.is_offer else "offer",
        "owner": f"{request.agency_id}",
        "exclude_ids": (f"{row.pk}",),
        "exclude_regions": (request.region.code,),
        "region": request.region.code,
        "domains": domains_of(request.priority),
        "priorities": (request.priority.identifier,),
        "today": timezone.localdate(),
        **_examples(request),
    }
    asks = Query(**common, kinds=tuple(Request.Type.values), regions=tuple(request.countries))
    asks = verdicts.without_declined(request, asks)
    # a project has no region of its own: who took part is filtered afterwards
    works = Query(**common, kinds=(PROJECT,))
    if held.without_vector:
        nearest = [*held.search(asks, limit=MOST_REQUESTS), *held.search(works, limit=EMBEDDED_FIRST)]
        embed_first(hit.id for hit in nearest)
        held.refresh()
    lowest, lowest_request = (LOWEST_PENDING,) * 2 if held.without_vector else (LOWEST, LOWEST_REQUEST)
    near = held.search_kept(asks, limit=MOST_MATCHES)
    done = held.search_kept(works, limit=MOST_MATCHES * (4 if request.countries else 1))
    lowest, lowest_request = lowest * held.scale, lowest_request * held.scale
    requests = _requests([hit for hit, _kept in near if hit.score >= lowest_request], held)
    organisations = _organisations(
        request, [hit for hit, _kept in done if hit.score >= lowest or hit.rank <= SHOWN_ANYWAY], held
    )
    requests, organisations = _with_signals(requests, near), _with_signals(organisations, done)
    requests = verdicts.after_declined(request, requests)
    organisations = verdicts.after_declined(request, organisations)
    first, rest = requests[:MOST_REQUESTS], requests[MOST_REQUESTS:]
    others = sorted([*rest, *organisations], key=lambda c: -c.score)
    ordered = fairness.lifted_for_partnership(sorted([*first, *others], key=lambda c: -c.score))
    return _cut(ordered, first)


def _with_signals(candidates: list[Candidate], found: list[tuple[Hit, Kept]]) -> list[Candidate]:
    """The candidates with the signals of the hits that speak for them, as they are stored."""
    kept = {hit.id: one for hit, one in found}
    return [
        replace(
            candidate,
            signals={"signals": dict(one.signals), "factor": one.factor, "context": dict(one.context)},
        )
        for candidate in candidates
        if (one := kept[candidate.text])
    ]


def _cut(ordered: list[Candidate], first: list[Candidate]) -> list[Candidate]:
    """The places of a list that are kept: those of `first` always, of the others as many as fit."""
    kept = {candidate.request.pk for candidate in first if candidate.request is not None}
    room = MOST_MATCHES - len(kept)
    chosen: list[Candidate] = []
    for candidate in ordered:
        if candidate.request is not None and candidate.request.pk in kept:
            chosen.append(candidate)
        elif room > 0:
            chosen.append(candidate)
            room -= 1
    return chosen


def _examples(request: Request) -> dict[str, tuple[str, ...]]:
    """The texts that the broker took to, and those that work in another field: they move the query."""
    liked = Q(state__in=[Match.State.SHORT_LISTED, Match.State.INTRODUCED])
    disliked = Q(state=Match.State.DECLINED, refusal=Match.Refusal.OTHER_FIELD)
    found: dict[str, list[str]] = {"liked_ids": [], "disliked_ids": []}
    for match in Match.objects.filter(liked | disliked, request=request).select_related(
        "other_request__match_text", "project__match_text"
    ):
        record = match.other_request or match.project
        text = getattr(record, "match_text", None)
        if text is not None:
            found["disliked_ids" if match.state == Match.State.DECLINED else "liked_ids"].append(f"{text.pk}")
    return {name: tuple(ids) for name, ids in found.items()}


def _requests(hits: list[Hit], held: Catalogue) -> list[Candidate]:
    found = {
        f"{row.pk}": row.request
        for row in MatchText.objects.filter(
            pk__in=[int(hit.id) for hit in hits], request__state__in=Request.OPEN
        ).select_related("request__region")
    }
    return [
        Candidate(hit.score, told(hit, held), request=found[hit.id], language=found[hit.id].language, text=hit.id)
        for hit in hits
        if found.get(hit.id) is not None
    ]


def _organisations(request: Request, hits: list[Hit], held: Catalogue) -> list[Candidate]:
    """Each organisation once, with the best project it took part in; the coordinator of a project goes first."""
    rows = {
        f"{row.pk}": row
        for row in MatchText.objects.filter(pk__in=[int(hit.id) for hit in hits]).select_related("project")
    }
    by_project: dict[int, list[Participation]] = {}
    projects = [row.project_id for row in rows.values()]
    for part in (
        Participation.objects.filter(project__in=projects).select_related("organisation__region").order_by("pk")
    ):
        by_project.setdefault(part.project_id, []).append(part)
    taken: set[int] = set()
    candidates: list[Candidate] = []
    for hit in hits:
        row = rows.get(hit.id)
        if row is None or row.project is None:
            continue
        free = [
            part
            for part in sorted(by_project.get(row.project.pk, []), key=lambda p: p.role != COORDINATOR)
            if part.organisation_id not in taken and abroad(part.organisation, request)
        ][:PER_PROJECT]
        for part in free:
            taken.add(part.organisation_id)
            candidates.append(
                Candidate(
                    hit.score,
                    [*told(hit, held), record(row.project)],
                    organisation=part.organisation,
                    project=row.project,
                    language=row.language,
                    text=hit.id,
                )
            )
        if len(candidates) >= MOST_MATCHES:
            break
    return candidates


def abroad(organisation: Organisation, request: Request) -> bool:
    """Whether an organisation is certainly outside the request's region, and in a target country where some are set.

    One of which only the country is known may sit in the region itself, so the request's own country does not do then.
    """
    own, region = request.region, organisation.region
    country = organisation.country or (region.country if region is not None else "")
    if not country or (request.countries and country not in request.countries):
        return False
    if region is None:
        return country != own.country
    return not (_holds(own, region) or _holds(region, own))


def _holds(outer: Region, inner: Region) -> bool:
    return inner.code.startswith(outer.code) or inner.parent_id == outer.pk


def told(hit: Hit, held: Catalogue) -> list[dict[str, Any]]:
    """The reasons as JSON; shared concepts carry their official labels in every language of the pages."""
    reasons = [reason.as_json() for reason in hit.reasons]
    for reason in reasons:
        codes = reason["params"].get("label_codes")
        if codes and held.bridge is not None:
            reason["params"]["labels"] = {
                lang: [label for code in codes if (label := held.bridge.label(code, lang))]
                for lang, _name in settings.LANGUAGES
            }
    return reasons


def record(project: Project) -> dict[str, Any]:
    params = {"project": project.acronym or project.title, "year": project.year}
    return {"signal": "record", "contribution": 0.0, "code": "track_record", "params": params}


@transaction.atomic
def store(request: Request, candidates: Iterable[Candidate], method: str, missing: list[str]) -> bool:
    """Write the matches in the place of the earlier suggestions; False when the request has changed since."""
    held = Request.objects.select_for_update().get(pk=request.pk)
    if held.state not in Request.OPEN or held.public_text != request.public_text:
        return False
    known = {(m.other_request_id, m.organisation_id): m for m in Match.objects.select_for_update().filter(request=held)}
    now, kept = timezone.now(), set()
    for rank, candidate in enumerate(candidates, start=1):
        key = (
            candidate.request.pk if candidate.request else None,
            candidate.organisation and candidate.organisation.pk,
        )
        match = known.get(key) or Match(request=held, other_request_id=key[0], organisation_id=key[1])
        kept.add(key)
        if match.state != Match.State.SUGGESTED:
            continue
        _describe(match, candidate)
        match.rank, match.score, match.reasons = rank, candidate.score, candidate.reasons
        match.signals = candidate.signals
        match.method, match.computed_at = method, now
        match.save()
    stale = [m.pk for key, m in known.items() if key not in kept and m.state == Match.State.SUGGESTED]
    Match.objects.filter(pk__in=stale).delete()
    held.matched_at, held.missing_signals = now, missing
    held.save(update_fields=["matched_at", "missing_signals"])
    return True


def _describe(match: Match, candidate: Candidate) -> None:
    match.language = candidate.language
    if candidate.request is not None:
        match.region = candidate.request.region
        match.country = candidate.request.region.country
        match.title, match.text = candidate.request.title, candidate.request.summary
    elif candidate.organisation is not None and candidate.project is not None:
        match.region, match.country = candidate.organisation.region, candidate.organisation.country
        match.project = candidate.project
        match.title, match.text = candidate.organisation.name, candidate.project.title
