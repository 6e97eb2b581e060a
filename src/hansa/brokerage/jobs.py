"""What the worker does for the brokerage room. Every job may run twice without harm."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from hansa.brokerage import actions, alerts, catalogue, likeness, matchmaking, outcomes, translation, wording
from hansa.brokerage.actions.likenesses import COMPARED
from hansa.brokerage.introductions import jobs as _introduction_jobs  # noqa: F401
from hansa.brokerage.models import LearntWeights, Request, RequestTranslation, Team
from hansa.brokerage.review import jobs as _review_jobs  # noqa: F401  (its jobs register themselves)
from hansa.brokerage.teams import compute as teams
from hansa.network.middleware import acting_for_all

# one worker at a time builds vectors: two would compute the same ones
EMBEDDING_LOCK = "brokerage.embedding"
# one text at a time, so that a slow engine takes one worker and leaves the others to matching
TRANSLATING_LOCK = "brokerage.translating"
BATCH = 16
SOONER = 10


@app.task(name="brokerage.find_matches", retry=3)
def find_matches(request_id: int) -> None:
    """Compute the matches of a published request, then of those requests that have not seen it yet."""
    request = Request.objects.select_related("region").filter(pk=request_id, state__in=Request.OPEN).first()
    if request is None:
        return
    if request.matched_at is None:
        # published, changed or looked at again; a request that only learns of a later one is no news to anybody
        queue_tell_searches(request_id)
    for other in matchmaking.find(request):
        queue_find_matches(other)


@app.task(name="brokerage.tell_searches", retry=3)
def tell_searches(request_id: int) -> None:
    """Tell the saved searches that a published request answers; a job of its own, so that a fault here leaves the
    matches alone."""
    alerts.tell_of_request(request_id)


@app.task(name="brokerage.find_likenesses", retry=3)
def find_likenesses(request_id: int) -> None:
    """Compare a draft or published request with the others of its own side."""
    request = Request.objects.filter(pk=request_id).first()
    if request is not None and request.state in COMPARED:
        likeness.find(request)


@app.task(name="brokerage.compute_team")
def compute_team(team_id: int) -> None:
    """Find the candidates and the best consortium of a team; a fault is written down with it and raised."""
    with acting_for_all():
        team = Team.objects.filter(pk=team_id, closed_at__isnull=True).first()
        if team is None or not team.computing:
            return
        try:
            teams.compute(team)
        except Exception:
            teams.failed(team)
            raise


@app.task(name="brokerage.learn_weights")
def learn_weights(learnt_id: int) -> None:
    """Learn weights that the lead partner asked for; a fault is written down with them and raised."""
    row = LearntWeights.objects.filter(pk=learnt_id, status=LearntWeights.Status.WAITING).first()
    if row is None:
        return
    try:
        outcomes.learn(row)
    except Exception:
        outcomes.failed(row)
        raise


@app.task(name="brokerage.translate", lock=TRANSLATING_LOCK)
def translate(translation_id: int) -> None:
    """Have a waiting translation made; one whose original has changed meanwhile is made again."""
    row = RequestTranslation.objects.filter(pk=translation_id, status=RequestTranslation.Status.WAITING).first()
    if row is not None and not translation.translate(row):
        queue_translate(translation_id)


@app.task(name="brokerage.embed_projects", lock=EMBEDDING_LOCK, retry=3)
def embed_projects(write_texts: bool = True) -> None:
    """Give one batch of texts their vectors, commit, and queue the next batch: stopped anywhere, it goes on there.

    When the last vector is there, the requests whose matches were computed without it are matched again.
    """
    if write_texts:
        catalogue.write_project_texts()
        catalogue.warm()
    if catalogue.embed_batch(BATCH):
        queue_embed_projects(write_texts=False)
        return
    catalogue.settle()
    waiting = Request.objects.filter(state__in=Request.OPEN, missing_signals__contains=[matchmaking.PENDING])
    for pk in waiting.values_list("pk", flat=True):
        queue_find_matches(pk)
        # what was compared before all meanings were there may answer a search after all
        queue_tell_searches(pk)
    alerts.tell_of_projects()


@app.periodic(cron="5 3 * * *")
@app.task(name="brokerage.expire_requests", queueing_lock="brokerage.expire_requests")
def expire_requests(timestamp: int = 0) -> None:
    """Close the requests whose validity has ended."""
    actions.expire_requests(timezone.localdate())


@app.periodic(cron="25 2 * * *")
@app.task(name="brokerage.tend_catalogue", queueing_lock="brokerage.tend_catalogue", lock=EMBEDDING_LOCK)
def tend_catalogue(timestamp: int = 0) -> None:
    """Renew the language means where they have drifted, and forget changes that nobody will ask for."""
    catalogue.settle()
    wording.forget_changes()


@app.periodic(cron="*/5 * * * *")
@app.task(name="brokerage.catch_up", queueing_lock="brokerage.catch_up")
def catch_up(timestamp: int = 0) -> None:
    """Take up again what a fault left undone: texts without a vector, published requests that nobody has matched."""
    queue_embed_projects()
    for pk in matchmaking.unmatched():
        queue_find_matches(pk)


def queue_find_matches(request_id: int) -> None:
    """Queue the search inside the caller's transaction; one that waits already is enough."""
    _queue(find_matches.configure(queueing_lock=f"find_matches:{request_id}", priority=SOONER), request_id=request_id)


def queue_tell_searches(request_id: int) -> None:
    """Queue the look at saved searches; one that waits already is enough."""
    lock = f"tell_searches:{request_id}"
    _queue(tell_searches.configure(queueing_lock=lock, priority=SOONER - 1), request_id=request_id)


def queue_find_likenesses(request_id: int) -> None:
    """Queue the comparison inside the caller's transaction; one that waits already is enough."""
    lock = f"find_likenesses:{request_id}"
    _queue(find_likenesses.configure(queueing_lock=lock, priority=SOONER), request_id=request_id)


def queue_compute_team(team_id: int) -> None:
    """Queue the computing inside the caller's transaction; one that waits already is enough."""
    _queue(compute_team.configure(queueing_lock=f"compute_team:{team_id}", priority=SOONER), team_id=team_id)


def queue_learn_weights(learnt_id: int) -> None:
    """Queue the learning inside the caller's transaction; one that waits already is enough."""
    _queue(learn_weights.configure(queueing_lock=f"learn_weights:{learnt_id}"), learnt_id=learnt_id)


def queue_translate(translation_id: int) -> None:
    """Queue the translation inside the caller's transaction; one that waits already is enough."""
    _queue(translate.configure(queueing_lock=f"translate:{translation_id}"), translation_id=translation_id)


def queue_embed_projects(write_texts: bool = True) -> None:
    """Queue the next batch of vectors; one that waits already is enough."""
    _queue(embed_projects.configure(queueing_lock="brokerage.embed_projects"), write_texts=write_texts)


def _queue(deferrer: Any, **arguments: Any) -> None:
    # the savepoint keeps the caller's transaction usable when the queueing lock refuses the job
    with suppress(AlreadyEnqueued), transaction.atomic():
        deferrer.defer(**arguments)
