"""What happens to a request: written, changed, published, closed, withdrawn, taken up again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.brokerage.actions.likenesses import compare
from hansa.brokerage.actions.numbering import next_reference
from hansa.brokerage.models import TRANSLATED, Client, Match, MatchText, Request, RequestPrivate, RequestTranslation
from hansa.brokerage.review.passing import has_passed, take_back_open
from hansa.brokerage.texts import PUBLIC_FIELDS, PUBLIC_LISTS, RequestText
from hansa.network.actions import emit
from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import AuditNote, Organisation, Person
from hansa.network.permissions import authorise
from hansa.network.registry import rule
from hansa.strategy.models import Priority

State = Request.State

# verb -> the states it may leave, and where it leads
TRANSITIONS: dict[str, tuple[frozenset[str], str]] = {
    "publish": (frozenset({State.DRAFT, State.IN_REVIEW}), State.PUBLISHED),
    "withdraw": (frozenset({State.DRAFT, State.IN_REVIEW, *Request.OPEN}), State.WITHDRAWN),
    "close": (frozenset(Request.OPEN), State.CLOSED),
    "expire": (frozenset(Request.OPEN), State.EXPIRED),
    "reopen": (frozenset({State.CLOSED, State.EXPIRED, State.WITHDRAWN}), State.PUBLISHED),
}
# what somebody reviews stands still until they have answered or it is taken back
EDITABLE = frozenset({State.DRAFT, *Request.OPEN})
REVIEW_FIRST = "brokerage.review_required"
LOOKS_APART = timedelta(hours=1)
CLICKED_TWICE = timedelta(seconds=10)


def possible_verbs(request: Request) -> list[str]:
    """What a person may do with a request as it stands; that it expires is nobody's act."""
    return [verb for verb, (from_, _target) in TRANSITIONS.items() if request.state in from_ and verb != "expire"]


@transaction.atomic
def create_request(actor: Person, *, agency: Organisation, priority: Priority, text: RequestText) -> Request:
    """Write a draft that only the agency sees. It gets its lasting reference from the agency's region and the year.

    The same text sent twice within seconds is one request: a second click changes nothing.

    Raises:
        Forbidden: the actor is no broker of the agency.
        Refused: the agency has no region, the priority was dropped, or title or summary is empty.
    """
    authorise(actor, "brokerage.create_request", agency)
    if agency.region is None:
        raise Refused(_("%(agency)s has no region yet; ask the lead partner to set it.") % {"agency": agency})
    _check(priority, text)
    twin = _twin(actor, agency, priority, text)
    if twin is not None:
        return twin
    request = Request(agency=agency, region=agency.region, broker=actor, priority=priority)
    _write(request, text)
    request.reference = next_reference(agency.region.code, timezone.localdate())
    request.save()
    request.keywords.set(text.keywords)
    client = _client(agency.pk, text)
    name = text.client_name.strip() or (client.name if client is not None else "")
    RequestPrivate.objects.create(
        request=request, agency=agency, client=client, client_name=name, text=text.private.strip()
    )
    note(actor, "create_request", request, priority=priority.identifier)
    compare(request)
    return request


def _twin(actor: Person, agency: Organisation, priority: Priority, text: RequestText) -> Request | None:
    """The request that the same click has made already; the agency's row is locked so that two cannot look at once."""
    Organisation.objects.select_for_update().get(pk=agency.pk)
    same = {name: getattr(text, name).strip() for name in PUBLIC_FIELDS}
    just_now = timezone.now() - CLICKED_TWICE
    return Request.objects.filter(
        agency=agency,
        broker=actor,
        priority=priority,
        created_at__gt=just_now,
        private__client_name=text.client_name.strip(),
        private__text=text.private.strip(),
        **same,
    ).first()


@transaction.atomic
def edit_request(actor: Person, request: Request, *, priority: Priority, text: RequestText) -> Request:
    """Change a draft or a published request; what is published is matched again.

    Raises:
        Forbidden: the actor is no broker of the request's agency.
        Refused: the request is closed or withdrawn, the priority was dropped, or title or summary is empty.
    """
    authorise(actor, "brokerage.edit_request", request)
    held = Request.objects.select_for_update().get(pk=request.pk)
    if held.state not in EDITABLE:
        raise Refused(
            _("A request that is %(state)s cannot be changed; take it up again first.")
            % {"state": held.get_state_display()}
        )
    _check(priority, text, before=held.priority_id)
    changed = _write(held, text)
    if {*held.keywords.values_list("pk", flat=True)} != {*text.keywords}:
        changed.append("keywords")
        held.keywords.set(text.keywords)
    held.priority = priority
    again = held.state in Request.OPEN and bool(changed)
    if again:
        held.matched_at = None
    held.save()
    client = _client(held.agency_id, text)
    name = text.client_name.strip() or (client.name if client is not None else "")
    private = {"client": client, "client_name": name, "text": text.private.strip()}
    RequestPrivate.objects.filter(request=held).update(**private)
    note(actor, "edit_request", held, changed=changed, priority=priority.identifier)
    if {*changed} & {"language", "type", *TRANSLATED}:
        compare(held)
    if {*changed} & {"language", *TRANSLATED}:
        RequestTranslation.objects.filter(request=held).update(stale=True)
    if again:
        Match.objects.filter(other_request=held).update(
            title=held.title, text=held.summary, language=held.language, region=held.region
        )
        _match(held)
    return held


def _write(held: Request, text: RequestText) -> list[str]:
    """Put the public part of a text into a request; the names of what changed."""
    said: dict[str, Any] = {name: getattr(text, name).strip() for name in PUBLIC_FIELDS}
    said |= {name: sorted(set(getattr(text, name))) for name in PUBLIC_LISTS} | {"call_closes": text.call_closes}
    changed = [name for name, value in said.items() if getattr(held, name) != value]
    for name in changed:
        setattr(held, name, said[name])
    return changed


def _client(agency: int, text: RequestText) -> Client | None:
    """The client a request is for, of the request's own agency and no other.

    Raises:
        Refused: the agency has no such client.
    """
    if text.client is None:
        return None
    client = Client.objects.filter(pk=text.client, agency=agency).first()
    if client is None:
        raise Refused(_("Choose a client of the agency that the request is written for."))
    return client


def _check(priority: Priority, text: RequestText, before: int | None = None) -> None:
    if not priority.is_open and priority.pk != before:
        raise Refused(_("%(id)s was dropped; choose a priority that is open.") % {"id": priority.identifier})
    if not text.title.strip() or not text.summary.strip():
        raise Refused(_("Give a title and a summary; the others read these first."))


@transaction.atomic
def publish_request(actor: Person, request: Request, *, valid_until: date | None = None) -> Request:
    """Make a draft public and start looking for partners in the same transaction. Valid for 12 months unless told.

    Publishing what is published already changes nothing: a second click does no harm.

    Raises:
        Forbidden: the actor is no broker of the request's agency.
        Refused: the request is closed or withdrawn, `valid_until` is not in the future, or the partnership wants a
            review first and this text has passed none.
    """
    authorise(actor, "brokerage.publish_request", request)
    return _publish(actor, request, "publish", valid_until)


@transaction.atomic
def reopen_request(actor: Person, request: Request, *, valid_until: date | None = None) -> Request:
    """Publish a closed or withdrawn request again under its old reference, for another 12 months unless told.

    Raises:
        Forbidden: the actor is no broker of the request's agency.
        Refused: the request is a draft, or `valid_until` is not in the future.
    """
    authorise(actor, "brokerage.reopen_request", request)
    return _publish(actor, request, "reopen", valid_until)


def _publish(actor: Person, request: Request, verb: str, valid_until: date | None) -> Request:
    held = Request.objects.select_for_update().get(pk=request.pk)
    if held.state in Request.OPEN:
        return held
    if rule(REVIEW_FIRST) and not has_passed(held):
        raise Refused(_("A broker of another agency reviews it first; ask for the review."))
    if held.state == State.IN_REVIEW:
        take_back_open(held)
    today = timezone.localdate()
    if valid_until is not None and valid_until <= today:
        raise Refused(_("“Valid until” must lie in the future."))
    _leave(held, verb)
    held.published_at = timezone.now()
    held.valid_until = valid_until or a_year_after(today)
    held.matched_at = None
    held.save(update_fields=["state", "published_at", "valid_until", "matched_at"])
    note(actor, f"{verb}_request", held, valid_until=held.valid_until.isoformat())
    _tell_others(held)
    _match(held)
    compare(held)
    return held


@transaction.atomic
def withdraw_request(actor: Person, request: Request, *, reason: str = "") -> Request:
    """Take a request back: it is read by its agency alone again, and nobody finds it as a match.

    Raises:
        Forbidden: the actor is no broker of the request's agency.
        Refused: the request is closed.
    """
    authorise(actor, "brokerage.withdraw_request", request)
    return _end(actor, request, "withdraw", reason)


@transaction.atomic
def close_request(actor: Person, request: Request, *, reason: str = "") -> Request:
    """End a request that has served its purpose; it stays readable and nobody finds it as a match.

    Raises:
        Forbidden: the actor is no broker of the request's agency.
        Refused: the request is not published.
    """
    authorise(actor, "brokerage.close_request", request)
    return _end(actor, request, "close", reason)


def _end(actor: Person | None, request: Request, verb: str, reason: str) -> Request:
    held = Request.objects.select_for_update().get(pk=request.pk)
    if held.state == TRANSITIONS[verb][1]:
        return held
    if held.state == State.IN_REVIEW:
        take_back_open(held)
    was_public = held.state in Request.OPEN
    _leave(held, verb)
    held.save(update_fields=["state"])
    if was_public:
        _tell_others(held)
    MatchText.objects.filter(request=held).delete()
    note(actor, f"{verb}_request", held, reason=reason.strip())
    return held


def _tell_others(held: Request) -> None:
    """Tell other systems of the new state of what is, or was, public."""
    emit(
        f"request.{held.state}",
        reference=held.reference,
        state=held.state,
        type=held.type,
        region=held.region.code,
        priority=held.priority.identifier,
        language=held.language,
        published_at=held.published_at.isoformat() if held.published_at else None,
        valid_until=held.valid_until.isoformat() if held.valid_until else None,
    )


def _leave(held: Request, verb: str) -> None:
    sources, target = TRANSITIONS[verb]
    if held.state not in sources:
        raise Refused(_("This is not possible: the request is %(state)s now.") % {"state": held.get_state_display()})
    held.state = target


def expire_requests(today: date) -> int:
    """End the requests whose validity is over; returns how many. Hansa does it by itself each day, and `renew_request`
    or `reopen_request` takes one up again."""
    closed = 0
    for pk in Request.objects.filter(state__in=Request.OPEN, valid_until__lt=today).values_list("pk", flat=True):
        with transaction.atomic():
            held = Request.objects.select_for_update().get(pk=pk)
            if held.state not in Request.OPEN or held.valid_until is None or held.valid_until >= today:
                continue
            _end(None, held, "expire", _("The validity ended on %(day)s.") % {"day": held.valid_until.isoformat()})
            closed += 1
    return closed


@transaction.atomic
def note_look_at_private(actor: Person, private: RequestPrivate) -> None:
    """Write down that somebody read a private part; looks within an hour count as one.

    Raises:
        Forbidden: the private part is not open to the actor.
    """
    authorise(actor, "brokerage.read_private", private)
    verb, kind = "look_at_private", private._meta.label_lower
    recent = AuditNote.objects.filter(record_type=kind, record_id=str(private.pk), person=actor, verb=verb)
    if not recent.filter(at__gt=timezone.now() - LOOKS_APART).exists():
        note(actor, verb, private)


def a_year_after(day: date) -> date:
    """The same day of the next year; for 29 February the 28th."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def _match(request: Request) -> None:
    from hansa.brokerage.jobs import queue_find_matches
    from hansa.brokerage.shelving import write_request_text

    write_request_text(request, again=True)
    queue_find_matches(request.pk)
