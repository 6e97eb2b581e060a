"""A review asked for, given, taken back; a request renewed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.brokerage.actions.requests import a_year_after, publish_request
from hansa.brokerage.models import CRITERIA, Request, RequestReview
from hansa.brokerage.permissions import agency_ids
from hansa.brokerage.review import passing
from hansa.brokerage.review.queries import reviewers
from hansa.network.actions import tell
from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Person
from hansa.network.permissions import authorise

State = Request.State
Outcome = RequestReview.Outcome


@transaction.atomic
def ask_review(actor: Person, request: Request) -> RequestReview:
    """Ask the brokers of the other agencies to review a draft; the first who does settles it. Asking twice changes
    nothing. Only the public text is shown to them.

    Raises:
        Forbidden: the actor is no broker of the request's agency.
        Refused: it is no draft, or no other agency has a broker.
    """
    authorise(actor, "brokerage.ask_review", request)
    held = Request.objects.select_for_update().get(pk=request.pk)
    waiting = held.reviews.filter(outcome=Outcome.ASKED).first()
    if waiting is not None:
        return waiting
    if held.state != State.DRAFT:
        raise Refused(_("Only a draft is reviewed; this request is %(state)s.") % {"state": held.get_state_display()})
    others = list(reviewers(held))
    if not others:
        raise Refused(_("No other agency has a broker yet who could review it."))
    held.state = State.IN_REVIEW
    held.save(update_fields=["state"])
    review = RequestReview.objects.create(request=held, asked_by=actor)
    note(actor, "ask_review", held)
    for person in others:
        tell(
            person,
            "brokerage.review_asked",
            url=reverse("brokerage:review", args=[held.reference]),
            key=f"{review.pk}",
            reference=held.reference,
            agency=held.agency.name,
        )
    return review


@transaction.atomic
def review_request(actor: Person, request: Request, *, scores: Sequence[int], comment: str) -> RequestReview:
    """Review a request of another agency: four scores from 0 to 5 in the order of `CRITERIA`, and a comment.

    A text that passes is published at once, for its broker asked for that; any other goes back to its broker as a
    draft, with the comment. Of two reviewers at once the first settles it.

    Raises:
        Forbidden: the actor brokers for no other agency.
        Refused: nobody waits for a review, a score is out of bounds, or a text that does not pass gets no comment.
    """
    authorise(actor, "brokerage.review_request", request)
    held = Request.objects.select_for_update().get(pk=request.pk)
    review = held.reviews.select_for_update().filter(outcome=Outcome.ASKED).first()
    if review is None or held.state != State.IN_REVIEW:
        raise Refused(_("This request was reviewed or taken back meanwhile."))
    if len(scores) != len(CRITERIA) or any(not 0 <= score <= 5 for score in scores):
        raise Refused(_("Give each of the four criteria a score from 0 to 5."))
    review.outcome = passing.outcome_now(scores)
    if review.outcome != Outcome.PASSED and not comment.strip():
        raise Refused(_("Say what has to be improved; the author reads it."))
    review.scores, review.comment = [*scores], comment.strip()[:2000]
    review.reviewer, review.agency_id = actor, min(agency_ids(actor))
    review.text_digest, review.answered_at = passing.digest_of(held), timezone.now()
    review.save()
    note(actor, "review_request", held, outcome=review.outcome, total=review.total)
    if review.outcome == Outcome.PASSED:
        publish_request(review.asked_by, held)
    else:
        held.state = State.DRAFT
        held.save(update_fields=["state"])
    tell(
        review.asked_by,
        "brokerage.review_passed" if review.outcome == Outcome.PASSED else "brokerage.review_came_back",
        url=held.get_absolute_url(),
        key=f"{review.pk}",
        reference=held.reference,
    )
    return review


@transaction.atomic
def take_back_review(actor: Person, request: Request) -> Request:
    """Take a request back from review to go on writing; a second click changes nothing.

    Raises:
        Forbidden: the actor is no broker of the request's agency.
        Refused: it is not in review.
    """
    authorise(actor, "brokerage.take_back_review", request)
    held = Request.objects.select_for_update().get(pk=request.pk)
    if held.state == State.DRAFT:
        return held
    if held.state != State.IN_REVIEW:
        raise Refused(_("This request is not in review."))
    passing.take_back_open(held)
    held.state = State.DRAFT
    held.save(update_fields=["state"])
    note(actor, "take_back_review", held)
    return held


@transaction.atomic
def renew_request(actor: Person, request: Request, *, valid_until: date | None = None) -> Request:
    """Say that an open request still holds, for another twelve months from today unless told.

    Raises:
        Forbidden: the actor is no broker of the request's agency.
        Refused: the request is not open, or the day does not lie after today.
    """
    authorise(actor, "brokerage.renew_request", request)
    held = Request.objects.select_for_update().get(pk=request.pk)
    if held.state not in Request.OPEN:
        raise Refused(_("Only an open request is renewed; publish this one again instead."))
    until = valid_until or a_year_after(timezone.localdate())
    if until <= timezone.localdate():
        raise Refused(_("“Valid until” must lie in the future."))
    held.valid_until = until
    held.save(update_fields=["valid_until"])
    note(actor, "renew_request", held, valid_until=until.isoformat())
    return held


def mark_answered(request_id: int) -> bool:
    """A published request that brought its first partner is answered; it stays open. Called inside the transaction
    that moved the case."""
    return bool(Request.objects.filter(pk=request_id, state=State.PUBLISHED).update(state=State.ANSWERED))
