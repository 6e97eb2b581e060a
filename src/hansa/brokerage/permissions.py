"""Who may do what in the brokerage room: brokers and lead partners act for the agencies where they hold that role."""

from __future__ import annotations

from typing import Any

import rules
from django.db.models import Q

from hansa.brokerage.models import Case, Likeness, Match, Request, RequestPrivate, SavedSearch, Team
from hansa.network.models import Organisation, Person, Role
from hansa.network.permissions import is_analyst, is_broker, is_lead_partner, organisations_of

PUBLIC_STATES = (*Request.OPEN, Request.State.CLOSED, Request.State.EXPIRED)


def agencies_of(person: Person | None) -> list[Organisation]:
    """The organisations for which the person may act in this room."""
    return organisations_of(person, Role.BROKER, Role.LEAD_PARTNER)


def agency_ids(person: Person | None) -> set[int]:
    return {agency.pk for agency in agencies_of(person)}


@rules.predicate
def acts_for_agency(person: Person | None, agency: Organisation | None) -> bool:
    """For the agency named; for any one, when none is."""
    mine = agency_ids(person)
    return bool(mine) if agency is None else agency.pk in mine


@rules.predicate
def is_public(person: Person | None, record: Request | None) -> bool:
    return record is not None and record.state in PUBLIC_STATES


@rules.predicate
def acts_for_request(person: Person | None, record: Request | Match | Likeness | None) -> bool:
    if record is None:
        return False
    request = record.request if isinstance(record, Match | Likeness) else record
    return request.agency_id in agency_ids(person)


@rules.predicate
def is_partner_of_case(person: Person | None, record: Request | None) -> bool:
    """The other side of a case keeps reading the request that the case grew from."""
    if record is None or record.pk is None:
        return False
    mine = agency_ids(person)
    return bool(mine) and record.cases.filter(other_agency__in=mine).exists()


@rules.predicate
def may_review(person: Person | None, record: Request | None) -> bool:
    """Every broker of the partnership reads the public text of a request that waits for a review."""
    return record is not None and record.state == Request.State.IN_REVIEW and bool(agency_ids(person))


def has_living_case(record: RequestPrivate, agencies: set[int]) -> bool:
    """Whether one of `agencies` is the other side of a case on the request, from either end, that was introduced and
    not declined since."""
    theirs = Q(request_id=record.request_id, other_agency__in=agencies)
    ours = Q(match__other_request_id=record.request_id, agency__in=agencies)
    cases = Case.objects.filter(theirs | ours)
    return cases.exclude(state__in=[Case.State.PROPOSED, Case.State.DECLINED]).exists()


@rules.predicate
def may_read_private(person: Person | None, record: RequestPrivate | None) -> bool:
    if record is None:
        return False
    mine = agency_ids(person)
    if record.agency_id in mine:
        return True
    opened = mine & {*record.opened_to}
    return bool(opened) and has_living_case(record, opened)


@rules.predicate
def owns_case(person: Person | None, record: Case | None) -> bool:
    return record is not None and record.agency_id in agency_ids(person)


@rules.predicate
def owns_team(person: Person | None, record: Team | None) -> bool:
    return record is not None and record.agency_id in agency_ids(person)


@rules.predicate
def is_on_a_side(person: Person | None, record: Case | None) -> bool:
    return record is not None and bool(agency_ids(person) & {record.agency_id, record.other_agency_id})


@rules.predicate
def may_answer(person: Person | None, record: Case | None) -> bool:
    """The other agency answers; where no agency stands behind the other side, the proposer writes its answer down."""
    if record is None:
        return False
    return (record.other_agency_id or record.agency_id) in agency_ids(person)


@rules.predicate
def acts_for_search(person: Person | None, record: SavedSearch | None) -> bool:
    return record is not None and record.agency_id in agency_ids(person)


PERMISSIONS: dict[str, Any] = {
    "brokerage.create_request": (is_broker | is_lead_partner) & acts_for_agency,
    "brokerage.view_request": is_public | acts_for_request | is_partner_of_case | may_review,
    "brokerage.edit_request": acts_for_request,
    "brokerage.publish_request": acts_for_request,
    "brokerage.withdraw_request": acts_for_request,
    "brokerage.close_request": acts_for_request,
    "brokerage.reopen_request": acts_for_request,
    "brokerage.read_private": may_read_private,
    "brokerage.view_likenesses": acts_for_request,
    "brokerage.compare_request": acts_for_request,
    "brokerage.dismiss_likeness": acts_for_request,
    "brokerage.restore_likeness": acts_for_request,
    "brokerage.view_matches": acts_for_request,
    "brokerage.look_again": acts_for_request,
    "brokerage.shortlist_match": acts_for_request,
    "brokerage.decline_match": acts_for_request,
    "brokerage.restore_match": acts_for_request,
    "brokerage.propose_introduction": acts_for_request,
    "brokerage.answer_introduction": may_answer,
    "brokerage.view_case": is_on_a_side | is_lead_partner,
    "brokerage.move_case": is_on_a_side,
    "brokerage.add_note": is_on_a_side,
    "brokerage.reschedule": is_on_a_side,
    "brokerage.open_private": owns_case,
    "brokerage.find_partners": (is_broker | is_lead_partner) & acts_for_agency,
    "brokerage.save_search": (is_broker | is_lead_partner) & acts_for_agency,
    "brokerage.view_search": acts_for_search,
    "brokerage.edit_search": acts_for_search,
    "brokerage.pause_search": acts_for_search,
    "brokerage.resume_search": acts_for_search,
    "brokerage.delete_search": acts_for_search,
    "brokerage.mark_alerts": acts_for_search,
    "brokerage.translate_request": acts_for_request,
    "brokerage.view_exposure": is_broker | is_analyst | is_lead_partner,
    "brokerage.set_lift": is_lead_partner,
    "brokerage.view_weights": is_broker | is_analyst | is_lead_partner,
    "brokerage.learn_weights": is_lead_partner,
    "brokerage.choose_weights": is_lead_partner,
    "brokerage.list_teams": is_broker | is_lead_partner,
    "brokerage.create_team": (is_broker | is_lead_partner) & acts_for_agency,
    "brokerage.view_team": owns_team | is_lead_partner,
    "brokerage.edit_team": owns_team,
    "brokerage.decide_member": owns_team,
    "brokerage.compute_team": owns_team,
    "brokerage.close_team": owns_team,
}
for _name, _rule in PERMISSIONS.items():
    rules.add_perm(_name, _rule)
