"""The verbs of recommendations. Each but the collecting needs a reason and leaves a move and an audit note."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Person, Region
from hansa.network.permissions import authorise
from hansa.strategy.models import Priority, Recommendation, RecommendationMove, StrategySource, Uptake

State, Verb, Answer = Recommendation.State, RecommendationMove.Verb, Recommendation.Answer

# verb -> the states it may leave, and the one it leads to (a merge leaves the surviving one where it is)
SOURCES: dict[str, frozenset[str]] = {
    Verb.TAKE_UP: frozenset({State.COLLECTED, State.DECLINED}),
    Verb.CONSULT: frozenset({State.TAKEN_UP}),
    Verb.SUBMIT: frozenset({State.CONSULTED}),
    Verb.ANSWER: frozenset({State.SUBMITTED}),
    Verb.ADOPT: frozenset({State.ANSWERED}),
    Verb.USE: frozenset({State.ADOPTED, State.IN_USE}),
    Verb.MERGE: frozenset({State.TAKEN_UP, State.CONSULTED}),
    Verb.DECLINE: frozenset({State.COLLECTED, State.TAKEN_UP, State.CONSULTED, State.ANSWERED}),
}
TARGET: dict[str, str] = {
    Verb.TAKE_UP: State.TAKEN_UP,
    Verb.CONSULT: State.CONSULTED,
    Verb.SUBMIT: State.SUBMITTED,
    Verb.ANSWER: State.ANSWERED,
    Verb.ADOPT: State.ADOPTED,
    Verb.USE: State.IN_USE,
    Verb.DECLINE: State.DECLINED,
}
CAN_BE_MERGED = frozenset({State.COLLECTED, State.TAKEN_UP, State.CONSULTED})
PERMISSION = {verb: f"strategy.{verb}_recommendation" for verb in [*SOURCES, Verb.UNDO]}
KEPT = (
    "state",
    "public_since",
    "priority_id",
    "merged_into_id",
    "consultation",
    "consultation_note",
    "source_id",
    "section",
    "submitted_on",
    "answer",
    "answer_reason",
    "answered_by",
    "answered_on",
    "adopted_text",
    "adopted_document",
    "adopted_page",
)
MOST_IN_AN_HOUR = 100
LONGEST_TITLE, LONGEST_TEXT = 200, 5000


@transaction.atomic
def collect(
    *,
    title: str,
    text: str,
    language: str,
    region: Region,
    contact_name: str = "",
    contact_email: str = "",
    consent: str = "",
    priority: Priority | None = None,
) -> Recommendation:
    """Take in what anybody recommends to a region. It is not public until a person of the partnership takes it up.

    `consent` are the words the person agreed to; without them no name or address is kept.

    Raises:
        Refused: no title or text, one that is too long, contact without consent, or too many within an hour.
    """
    title, text = title.strip(), text.strip()
    if not title or not text or len(title) > LONGEST_TITLE or len(text) > LONGEST_TEXT:
        raise Refused(
            _("Give a title of at most %(title)d and a text of at most %(text)d characters.")
            % {"title": LONGEST_TITLE, "text": LONGEST_TEXT}
        )
    if (contact_name.strip() or contact_email.strip()) and not consent:
        raise Refused(_("Your name and address are kept only with your consent: agree, or leave both empty."))
    lately = timezone.now() - timedelta(hours=1)
    if Recommendation.objects.filter(state=State.COLLECTED, collected_at__gt=lately).count() >= MOST_IN_AN_HOUR:
        raise Refused(_("Very many recommendations came in within an hour; please send yours later."))
    made = Recommendation.objects.create(
        title=title,
        text=text,
        language=language,
        region=region,
        priority=priority,
        contact_name=contact_name.strip(),
        contact_email=contact_email.strip(),
        consent=consent if contact_name.strip() or contact_email.strip() else "",
    )
    RecommendationMove.objects.create(recommendation=made, verb=Verb.COLLECT, to_state=State.COLLECTED)
    note(None, "collect_recommendation", made)
    return made


def possible_verbs(recommendation: Recommendation) -> list[str]:
    """The verbs that may leave the present state; only what a region accepted at least partly can be adopted."""
    return [
        verb
        for verb, sources in SOURCES.items()
        if recommendation.state in sources and not (verb == Verb.ADOPT and recommendation.answer == Answer.NOT)
    ]


@transaction.atomic
def take_up(
    actor: Person, recommendation: Recommendation, *, reason: str, priority: Priority | None = None
) -> Recommendation:
    """Take a recommendation up: from now on it is public, without its author's name.

    Raises:
        Forbidden: neither analyst, coordinator nor lead partner.
        Refused: no reason, or the state does not allow it.
    """
    held = _held(actor, recommendation, Verb.TAKE_UP, reason)
    return _move(
        actor,
        held,
        Verb.TAKE_UP,
        reason,
        public_since=held.public_since or timezone.now(),
        priority=priority if priority is not None else held.priority,
    )


@transaction.atomic
def consult(
    actor: Person, recommendation: Recommendation, *, reason: str, consultation: int | None = None, said: str = ""
) -> Recommendation:
    """Record that it was consulted: the number of the consultation, or what was said, or both.

    Raises:
        Forbidden, Refused: as `take_up`; or neither number nor note.
    """
    held = _held(actor, recommendation, Verb.CONSULT, reason)
    if consultation is None and not said.strip():
        raise Refused(_("Name the consultation or say what came of it."))
    return _move(actor, held, Verb.CONSULT, reason, consultation=consultation, consultation_note=said.strip())


@transaction.atomic
def submit(
    actor: Person,
    recommendation: Recommendation,
    *,
    reason: str,
    section: str,
    on: date,
    source: StrategySource | None = None,
) -> Recommendation:
    """Record that it was submitted to a section of the strategy of its region.

    Raises:
        Forbidden, Refused: as `take_up`; or no section, a strategy of another region, or a day to come.
    """
    held = _held(actor, recommendation, Verb.SUBMIT, reason)
    if not section.strip():
        raise Refused(_("Name the section of the strategy."))
    if source is not None and source.region_id != held.region_id:
        raise Refused(_("That is the strategy of another region."))
    _past(on)
    return _move(actor, held, Verb.SUBMIT, reason, source=source, section=section.strip(), submitted_on=on)


@transaction.atomic
def answer(
    actor: Person, recommendation: Recommendation, *, verdict: str, reason: str, answered_by: str, on: date
) -> Recommendation:
    """Record the region's answer with its reason and the name of the person who gave it.

    Raises:
        Forbidden: neither analyst nor lead partner.
        Refused: as `take_up`; or no such answer, nobody named, or a day to come.
    """
    held = _held(actor, recommendation, Verb.ANSWER, reason)
    if verdict not in Answer.values:
        raise Refused(_("Choose: accepted, partly or not."))
    if not answered_by.strip():
        raise Refused(_("Name the person who answered."))
    _past(on)
    return _move(
        actor,
        held,
        Verb.ANSWER,
        reason,
        answer=verdict,
        answer_reason=reason.strip(),
        answered_by=answered_by.strip(),
        answered_on=on,
    )


@transaction.atomic
def adopt(
    actor: Person, recommendation: Recommendation, *, reason: str, text: str, document: str, page: int | None
) -> Recommendation:
    """Record the text that was adopted, word for word, with its document and page.

    Raises:
        Forbidden: neither analyst nor lead partner.
        Refused: as `take_up`; or no text or document, or the region had not accepted it.
    """
    held = _held(actor, recommendation, Verb.ADOPT, reason)
    if not text.strip() or not document.strip():
        raise Refused(_("Quote the adopted text and name its document."))
    return _move(
        actor,
        held,
        Verb.ADOPT,
        reason,
        adopted_text=text.strip(),
        adopted_document=document.strip(),
        adopted_page=page,
    )


@transaction.atomic
def use(actor: Person, recommendation: Recommendation, *, reason: str, on: date, evidence: str) -> Recommendation:
    """Add what became of an adopted recommendation (`reason` says what happened); the first entry puts it into use.

    Raises:
        Forbidden, Refused: as `take_up`; or no address of evidence, or a day to come.
    """
    held = _held(actor, recommendation, Verb.USE, reason)
    if not evidence.strip():
        raise Refused(_("Give the address of the evidence."))
    _past(on)
    _move(actor, held, Verb.USE, reason)
    Uptake.objects.create(
        recommendation=held, move=held.moves.first(), on=on, what=reason.strip(), evidence=evidence.strip(), by=actor
    )
    return held


@transaction.atomic
def decline(actor: Person, recommendation: Recommendation, *, reason: str) -> Recommendation:
    """Decline a recommendation; one that nobody had taken up stays unseen by the public.

    Raises:
        Forbidden: neither analyst nor lead partner.
        Refused: as `take_up`.
    """
    held = _held(actor, recommendation, Verb.DECLINE, reason)
    return _move(actor, held, Verb.DECLINE, reason)


@transaction.atomic
def merge(actor: Person, survivor: Recommendation, others: Sequence[Recommendation], *, reason: str) -> Recommendation:
    """Merge `others` into `survivor`; each keeps its own words.

    Raises:
        Forbidden, Refused: as `take_up`; or nothing to merge, one with itself, or one that has gone too far.
    """
    keys = sorted({other.pk for other in others})
    if not keys or survivor.pk in keys:
        raise Refused(_("Choose at least one other recommendation to merge with this one."))
    rows = Recommendation.objects.select_for_update().filter(pk__in=[*keys, survivor.pk]).order_by("pk")
    locked = {row.pk: row for row in rows}
    held = _held(actor, locked[survivor.pk], Verb.MERGE, reason)
    for key in keys:
        if locked[key].state not in CAN_BE_MERGED:
            raise Refused(_("%(id)s has gone too far to be merged.") % {"id": locked[key].identifier})
    _move(actor, held, Verb.MERGE, reason)
    made = held.moves.first()
    made.others.set(keys)
    for key in keys:
        _move(actor, locked[key], Verb.MERGE, reason, state=State.MERGED, merged_into=held)
        locked[key].moves.first().others.set([held])
    return held


@transaction.atomic
def undo(actor: Person, recommendation: Recommendation, *, reason: str) -> Recommendation:
    """Undo the last move by a new one; what it changed is as before, a merge gives the merged ones back.

    Raises:
        Forbidden: neither analyst nor lead partner.
        Refused: no reason, nothing to undo, or a merged one has moved on or is merged away itself.
    """
    held = _held(actor, recommendation, Verb.UNDO, reason)
    made = latest_to_undo(held)
    if made is None:
        raise Refused(_("There is no move to undo."))
    if held.state == State.MERGED:
        raise Refused(_("Undo the merge on %(id)s.") % {"id": held.merged_into.identifier})  # type: ignore[union-attr]
    if made.verb == Verb.MERGE:
        for other in Recommendation.objects.select_for_update().filter(pk__in=made.others.values("pk")).order_by("pk"):
            last = latest_to_undo(other)
            if other.merged_into_id != held.pk or last is None or last.verb != Verb.MERGE:
                raise Refused(_("%(id)s has moved on since; undo its later moves first.") % {"id": other.identifier})
            _restore(actor, other, last, reason)
    _restore(actor, held, made, reason)
    Uptake.objects.filter(move=made).update(withdrawn_at=timezone.now())
    return held


def latest_to_undo(recommendation: Recommendation) -> RecommendationMove | None:
    """The latest move that was neither undone nor an undoing; None when only the collecting is left."""
    moves = recommendation.moves.exclude(verb__in=[Verb.UNDO, Verb.COLLECT]).filter(undone_by__isnull=True)
    return moves.order_by("-at", "-pk").first()


@transaction.atomic
def erase_contact(actor: Person, recommendation: Recommendation, *, reason: str) -> Recommendation:
    """Erase the name and address of whoever sent it in; the recommendation stays.

    Raises:
        Forbidden: neither analyst nor lead partner.
        Refused: no reason, or nothing is kept.
    """
    authorise(actor, "strategy.erase_recommendation", recommendation)
    held = Recommendation.objects.select_for_update().get(pk=recommendation.pk)
    _needs(reason)
    if not (held.contact_name or held.contact_email):
        raise Refused(_("No name or address is kept with it."))
    held.contact_name = held.contact_email = held.consent = ""
    held.save()
    note(actor, "erase_recommendation_contact", held, reason=reason.strip())
    return held


def snapshot(recommendation: Recommendation) -> dict[str, Any]:
    """What a move may change, as JSON: enough to undo it."""
    found = {name: getattr(recommendation, name) for name in KEPT}
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in found.items()}


def _held(actor: Person, recommendation: Recommendation, verb: str, reason: str) -> Recommendation:
    authorise(actor, PERMISSION[Verb(verb)], recommendation)
    held = Recommendation.objects.select_for_update().get(pk=recommendation.pk)
    if verb != Verb.UNDO and verb not in possible_verbs(held):
        raise Refused(
            _("A recommendation that is “%(state)s” does not allow this.") % {"state": held.get_state_display()}
        )
    _needs(reason)
    return held


def _move(actor: Person, held: Recommendation, verb: str, reason: str, **changes: Any) -> Recommendation:
    before = snapshot(held)
    for name, value in {"state": TARGET.get(verb, held.state), **changes}.items():
        setattr(held, name, value)
    held.save()
    _write(actor, held, verb, before, reason)
    return held


def _restore(actor: Person, held: Recommendation, made: RecommendationMove, reason: str) -> None:
    before = snapshot(held)
    read = {"public_since": parse_datetime, "submitted_on": parse_date, "answered_on": parse_date}
    for name in KEPT:
        value = made.before[name]
        setattr(held, name, read[name](value) if name in read and value else value)
    held.save()
    _write(actor, held, Verb.UNDO, before, reason, undoes=made)


def _write(
    actor: Person, held: Recommendation, verb: str, before: Mapping[str, Any], reason: str, **fields: Any
) -> None:
    RecommendationMove.objects.create(
        recommendation=held,
        verb=verb,
        from_state=before["state"],
        to_state=held.state,
        before=before,
        reason=reason.strip(),
        by=actor,
        **fields,
    )
    note(actor, f"{verb}_recommendation", held, reason=reason.strip(), before=before["state"], after=held.state)


def _needs(reason: str) -> None:
    if not reason.strip():
        raise Refused(_("Say why: the reason stays in the history."))


def _past(on: date) -> None:
    if on > timezone.localdate():
        raise Refused(_("The day cannot be one to come."))
