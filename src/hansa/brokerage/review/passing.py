"""Whether a request has passed its review, by the rules of the network. Knows no act, so that acts may ask it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from django.utils import timezone

from hansa.brokerage.models import CRITERIA, Request, RequestReview
from hansa.network.registry import rule

PUBLISH_FROM, HOLD_FROM = "brokerage.review_publish_from", "brokerage.review_hold_from"
Outcome = RequestReview.Outcome


def digest_of(request: Request) -> str:
    """SHA-256 of the public text as it stands."""
    return hashlib.sha256(f"{request.type}\n{request.language}\n{request.public_text}".encode()).hexdigest()


def outcome_of(scores: Sequence[int], publish_from: int, hold_from: int) -> str:
    """What four scores of 0 to 5 come to: any zero keeps a text from being published, whatever the sum; from
    `publish_from` of 20 on it may be published, from `hold_from` on it is to be improved, below it is rejected."""
    if len(scores) != len(CRITERIA) or any(not 0 <= score <= 5 for score in scores):
        raise ValueError("four scores from 0 to 5")
    total = sum(scores)
    if total < hold_from:
        return Outcome.REJECTED
    return Outcome.PASSED if total >= publish_from and 0 not in scores else Outcome.HELD


def outcome_now(scores: Sequence[int]) -> str:
    """What scores come to under the rules that hold now."""
    return outcome_of(scores, rule(PUBLISH_FROM), rule(HOLD_FROM))


def has_passed(request: Request) -> bool:
    """Whether the text as it stands now has passed a review; one changed since has not."""
    return request.reviews.filter(outcome=Outcome.PASSED, text_digest=digest_of(request)).exists()


def take_back_open(request: Request) -> int:
    """A review that nobody needs any more waits for nobody."""
    waiting = RequestReview.objects.filter(request=request, outcome=Outcome.ASKED)
    return waiting.update(outcome=Outcome.TAKEN_BACK, answered_at=timezone.now())
