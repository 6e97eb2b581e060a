"""What a broker does with a suggested partner: keep it in view, decline it, or propose an introduction."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.brokerage.actions.numbering import next_reference
from hansa.brokerage.introductions import consenting
from hansa.brokerage.models import Case, CaseEntry, Introduction, Match, Request
from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Organisation, Person, Role
from hansa.network.permissions import authorise
from hansa.network.queries import current

State = Match.State


@transaction.atomic
def shortlist_match(actor: Person, match: Match) -> Match:
    """Keep a suggested partner in view.

    Raises:
        Forbidden: the actor is no broker of the request's agency.
        Refused: the partner was declined, or the introduction is proposed already.
    """
    authorise(actor, "brokerage.shortlist_match", match)
    held = _locked(match)
    if held.state == State.SHORT_LISTED:
        return held
    if held.state != State.SUGGESTED:
        raise Refused(_("This partner is %(state)s already.") % {"state": held.get_state_display()})
    held.state = State.SHORT_LISTED
    held.save(update_fields=["state"])
    note(actor, "shortlist_match", held)
    return held


@transaction.atomic
def decline_match(actor: Person, match: Match, *, refusal: str, remark: str = "") -> Match:
    """Say that a suggested partner does not suit, with a coded reason; it is not suggested again for this request.

    Raises:
        Forbidden: the actor is no broker of the request's agency.
        Refused: there is no such reason, or the introduction is proposed already.
    """
    authorise(actor, "brokerage.decline_match", match)
    check_refusal(refusal)
    held = _locked(match)
    if held.state == State.INTRODUCED:
        raise Refused(_("The introduction is proposed already; decline the case instead."))
    held.state, held.refusal, held.refusal_note = State.DECLINED, refusal, remark.strip()[:300]
    held.save(update_fields=["state", "refusal", "refusal_note"])
    # the remark stays with the match, which the agency alone reads
    note(actor, "decline_match", held, refusal=refusal)
    return held


@transaction.atomic
def restore_match(actor: Person, match: Match) -> Match:
    """Take a declined or short-listed partner back among the suggestions.

    Raises:
        Forbidden: the actor is no broker of the request's agency.
        Refused: a case has grown from the match.
    """
    authorise(actor, "brokerage.restore_match", match)
    held = _locked(match)
    if Case.objects.filter(match=held).exists():
        raise Refused(_("A case has grown from this match; go on there."))
    if held.state != State.SUGGESTED:
        held.state, held.refusal, held.refusal_note = State.SUGGESTED, "", ""
        held.save(update_fields=["state", "refusal", "refusal_note"])
        note(actor, "restore_match", held)
    return held


@transaction.atomic
def look_again(actor: Person, request: Request) -> Request:
    """Compute the matches anew.

    Raises:
        Forbidden: the actor is no broker of the request's agency.
        Refused: the request is not published.
    """
    from hansa.brokerage.jobs import queue_find_matches

    authorise(actor, "brokerage.look_again", request)
    held = Request.objects.select_for_update().get(pk=request.pk)
    if held.state not in Request.OPEN:
        raise Refused(_("Publish the request first; then Hansa looks for partners."))
    held.matched_at = None
    held.save(update_fields=["matched_at"])
    note(actor, "look_again", held)
    queue_find_matches(held.pk)
    return held


def prepare_matching() -> None:
    """Begin to prepare what was loaded for matching; call it after projects were loaded. A second call does no harm."""
    from hansa.brokerage.jobs import queue_embed_projects

    queue_embed_projects()


@transaction.atomic
def propose_introduction(actor: Person, match: Match, *, message: str, next_step: str, next_due: date) -> Introduction:
    """Propose to bring the two sides together; a case opens with its next step and the day it is due.

    A second click, or a second broker at the same moment, gets the introduction that exists: a match never has two
    cases, and neither have the two requests of a match that each found the other.

    Raises:
        Forbidden: the actor is no broker of the request's agency.
        Refused: the partner was declined, one of the requests is not published, or the date has passed.
    """
    authorise(actor, "brokerage.propose_introduction", match)
    sides = [pk for pk in (match.request_id, match.other_request_id) if pk is not None]
    # both requests are locked in the order of their keys, so that two brokers who propose to each other cannot deadlock
    requests = {r.pk: r for r in Request.objects.select_for_update().filter(pk__in=sides).order_by("pk")}
    held = _locked(match)
    existing = _case_between(held)
    if existing is not None:
        return existing.introduction
    if held.state == State.DECLINED:
        raise Refused(_("This partner was declined; take it back among the suggestions first."))
    if any(request.state not in Request.OPEN for request in requests.values()):
        raise Refused(_("Both sides must be open: one of the requests is not published any more."))
    check_step(next_step, next_due)
    request = requests[held.request_id]
    case = Case.objects.create(
        reference=next_reference("C", timezone.localdate()),
        match=held,
        request=request,
        priority_id=request.priority_id,
        agency_id=request.agency_id,
        other_agency=agency_behind(held),
        broker=actor,
        title=f"{request.title} ↔ {held.title}"[:300],
        next_step=next_step.strip(),
        next_due=next_due,
    )
    introduction = Introduction.objects.create(case=case, message=message.strip(), proposed_by=actor)
    CaseEntry.objects.create(case=case, to_state=Case.State.PROPOSED, note=message.strip(), by=actor)
    consenting.begin(actor, case)
    held.state = State.INTRODUCED
    held.save(update_fields=["state"])
    note(actor, "propose_introduction", case, match=held.pk, next_due=next_due.isoformat())
    return introduction


def agency_behind(match: Match) -> Organisation | None:
    """Who answers for the other side: the other request's agency, or the agency with a broker in the organisation's
    region or in the region around it; None where the partnership has no broker there."""
    if match.other_request is not None:
        return match.other_request.agency
    if match.region is None:
        return None
    around = {match.region_id, match.region.parent_id}
    brokers = current(match.request.broker.memberships.model.objects.filter(role=Role.BROKER))
    found = Organisation.objects.filter(
        Q(region__in=around) | Q(region__parent=match.region), is_partner=True, memberships__in=brokers
    ).exclude(pk=match.request.agency_id)
    return found.distinct().order_by("pk").first()


def check_step(next_step: str, next_due: date) -> None:
    """Raises `Refused` without a next step or with a day that has passed."""
    if not next_step.strip():
        raise Refused(_("Say what happens next."))
    if next_due < timezone.localdate():
        raise Refused(_("The day of the next step has passed; choose today or later."))


def check_refusal(refusal: str) -> None:
    if refusal not in Match.Refusal.values:
        raise Refused(_("Choose one of the reasons; they show what the partnership lacks."))


def _case_between(match: Match) -> Case | None:
    same = Q(match=match)
    if match.other_request_id is not None:
        same |= Q(match__request=match.other_request_id, match__other_request=match.request_id, closed_at__isnull=True)
    return Case.objects.select_related("introduction").filter(same).order_by("pk").first()


def _locked(match: Match) -> Match:
    return (
        Match.objects.select_for_update(of=("self",))
        .select_related("request__broker", "other_request__agency", "region")
        .get(pk=match.pk)
    )
