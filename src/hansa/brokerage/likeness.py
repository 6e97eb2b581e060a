"""Which requests say nearly the same as a request, on its own side, in whatever language.

A warning, never a wall: a broker reads it and decides whether it is the same thing.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from hansa.brokerage import weighing
from hansa.brokerage.actions.likenesses import COMPARED
from hansa.brokerage.catalogue import COMPUTING, Catalogue, catalogue, document, embed_first, lacking, stamp
from hansa.brokerage.matchmaking import told
from hansa.brokerage.models import Likeness, LikenessSearch, MatchText, Request

if TYPE_CHECKING:
    from hansa.matching import Hit, Query

NEARLY_SAME = 0.40
"""Scores from here on are told. Chosen on the development half of tests/matching/data with `benchmarks/likenesses.py`,
which prints what it finds and what it raises in vain, on both halves."""
MOST = 3
BACKGROUND = 100
"""Published texts beside which drafts are compared, so that a handful of drafts has the language means of many."""
ALIKE = "alike_side"


def same_side(request: Request) -> tuple[str, ...]:
    """The types of requests that need what a need needs, or offer what an offer offers."""
    offers = {Request.Type.BUSINESS_OFFER, Request.Type.TECHNOLOGY_OFFER}
    return tuple(kind for kind in Request.Type.values if (kind in offers) == request.is_offer)


def find(request: Request) -> bool:
    """Compare a draft or published request and store what says nearly the same.

    Dismissed pairs stay as they are. False, with nothing stored, when the request was changed or withdrawn meanwhile.
    """
    with COMPUTING:
        # the line was chosen with the default weights, and outcomes teach how needs meet offers, not what is alike
        held = catalogue().weighed(weighing.by_default())
        _embed_requests(held)
        held.refresh()
        missing = [*held.index.missing]
        # without meaning a score has another height, and a warning by common words alone would cry wolf
        hits = [] if "meaning" in missing else [*_published(request, held), *_drafts(request, held)]
    near = [(other, hit) for other, hit in hits if hit.score >= NEARLY_SAME]
    near.sort(key=lambda pair: (-pair[1].score, pair[0].pk))
    told_of = [(other, hit.score, _reasons(hit, held)) for other, hit in near[:MOST]]
    return _store(request, told_of, held.method, missing)


def _embed_requests(held: Catalogue) -> None:
    """Requests published a moment ago go before the projects that may still wait for their vectors."""
    if held.embedder is not None:
        waiting = lacking().filter(request__isnull=False).order_by("-updated_at")
        embed_first(f"{pk}" for pk in waiting.values_list("pk", flat=True)[:BACKGROUND])


def _query(request: Request, **filters: Any) -> Query:
    from hansa.matching import Query

    side = "offer" if request.is_offer else "request"
    return Query(request.reference, request.public_text, request.language, want=side, **filters)


def _published(request: Request, held: Catalogue) -> list[tuple[Request, Hit]]:
    own = MatchText.objects.filter(request=request).values_list("pk", flat=True)
    hits = held.search(_query(request, kinds=same_side(request), exclude_ids=tuple(map(str, own))), limit=MOST)
    rows = MatchText.objects.filter(pk__in=[int(hit.id) for hit in hits], request__state__in=Request.OPEN)
    found = {f"{row.pk}": row.request for row in rows.select_related("request")}
    return [(other, hit) for hit in hits if (other := found.get(hit.id)) is not None]


def _drafts(request: Request, held: Catalogue) -> list[tuple[Request, Hit]]:
    """The other drafts of the same agency. They are in no catalogue that others search, so they get a passing one."""
    from hansa.matching import Document, Index, LabelMeans

    drafts = {
        f"draft-{one.pk}": one
        for one in Request.objects.filter(
            agency=request.agency_id, state=Request.State.DRAFT, type__in=same_side(request)
        ).exclude(pk=request.pk)
    }
    if not drafts or held.embedder is None:
        return []
    means = None
    if held.bridge is not None:
        means = LabelMeans(held.embedder, held.bridge, Path(settings.HANSA_HOME) / "matching" / "means.npz")
    passing: Index = Index(held.embedder, held.bridge, means)
    beside = MatchText.objects.filter(request__isnull=False, vector__isnull=False, model=stamp(held.embedder))
    rows = list(beside.select_related("request__region").order_by("-updated_at")[:BACKGROUND])
    passing.add([document(row) for row in rows], [np.asarray(row.vector, dtype=np.float32) for row in rows])
    passing.add(Document(key, f"own_{one.type}", "", one.public_text, one.language) for key, one in drafts.items())
    kinds = tuple(f"own_{kind}" for kind in same_side(request))
    return [(drafts[hit.id], hit) for hit in passing.search(_query(request, kinds=kinds), limit=MOST)]


def _reasons(hit: Hit, held: Catalogue) -> list[dict[str, Any]]:
    """The reasons as stored; that both stand on one side is no need that meets an offer."""
    reasons = told(hit, held)
    for reason in reasons:
        if reason["code"] == "need_meets_offer":
            reason["code"] = ALIKE
    return reasons


@transaction.atomic
def _store(
    request: Request, near: Iterable[tuple[Request, float, list[dict[str, Any]]]], method: str, missing: list[str]
) -> bool:
    held = Request.objects.select_for_update().get(pk=request.pk)
    if held.public_text != request.public_text or held.state not in COMPARED:
        return False
    known = {one.other_id: one for one in Likeness.objects.select_for_update().filter(request=held)}
    now, kept = timezone.now(), set()
    for other, score, reasons in near:
        kept.add(other.pk)
        one = known.get(other.pk) or Likeness(request=held, other=other)
        one.score, one.reasons, one.method, one.found_at = score, reasons, method, now
        one.save()
    gone = [one.pk for pk, one in known.items() if pk not in kept and one.dismissed_at is None]
    Likeness.objects.filter(pk__in=gone).delete()
    LikenessSearch.objects.update_or_create(
        request=held, defaults={"done_at": now, "missing_signals": [m for m in missing if m == "meaning"]}
    )
    return True
