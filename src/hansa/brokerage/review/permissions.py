"""Who asks for a review, who reviews, who renews."""

from __future__ import annotations

from typing import Any

import rules

from hansa.brokerage.models import Request
from hansa.brokerage.permissions import acts_for_request, agency_ids
from hansa.network.models import Person
from hansa.network.permissions import is_broker, is_lead_partner


@rules.predicate
def brokers_elsewhere(person: Person | None, record: Request | None) -> bool:
    """A broker who acts for another agency, and not for the request's own besides."""
    mine = agency_ids(person)
    return record is not None and bool(mine) and record.agency_id not in mine


@rules.predicate
def is_in_review(person: Person | None, record: Request | None) -> bool:
    return record is not None and record.state == Request.State.IN_REVIEW


PERMISSIONS: dict[str, Any] = {
    "brokerage.ask_review": acts_for_request,
    "brokerage.take_back_review": acts_for_request,
    "brokerage.list_reviews": is_broker | is_lead_partner,
    "brokerage.review_request": brokers_elsewhere & is_in_review,
    "brokerage.view_reviews": acts_for_request | (brokers_elsewhere & is_in_review),
    "brokerage.renew_request": acts_for_request,
}
for _name, _rule in PERMISSIONS.items():
    rules.add_perm(_name, _rule)
