"""The moves of a priority through the steps of Trans-S3. Each needs a reason and leaves a move and an audit note."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Person
from hansa.network.permissions import authorise
from hansa.strategy.models import Priority, PriorityMove, Step, StepResult
from hansa.strategy.parts import Finding, parts

State, Verb = Priority.State, PriorityMove.Verb

OPEN = frozenset(State.values) - Priority.CLOSED
PASSED = frozenset({State.VERIFIED, State.REFINED, State.ASSESSED, State.FINAL})
AFTER_STEP = {
    Step.VERIFY: State.VERIFIED,
    Step.REFINE: State.REFINED,
    Step.ASSESS: State.ASSESSED,
    Step.FINALISE: State.FINAL,
}
# a step's result rests on the results of these: returning to one reopens what rests on it, and nothing else
RESTS_ON = {
    Step.VERIFY: frozenset[str](),
    Step.REFINE: frozenset({Step.VERIFY}),
    Step.ASSESS: frozenset({Step.VERIFY}),
    Step.FINALISE: frozenset({Step.REFINE, Step.ASSESS}),
}
# verb -> the states it may leave; from `returned` only the step that was reopened goes on
SOURCES: dict[str, frozenset[str]] = {
    Verb.VERIFY: frozenset({State.INITIAL, State.RETURNED}),
    Verb.REFINE: frozenset({State.VERIFIED, State.RETURNED}),
    Verb.ASSESS: frozenset({State.REFINED, State.RETURNED}),
    Verb.FINALISE: frozenset({State.ASSESSED, State.RETURNED}),
    Verb.RENAME: OPEN,
    Verb.RETURN: PASSED,
    Verb.MERGE: OPEN,
    Verb.SPLIT: OPEN,
    Verb.DROP: OPEN,
    Verb.RESTORE: frozenset({State.DROPPED}),
}
STEP_VERBS = frozenset(Step.values)
PERMISSION = {verb: f"strategy.{verb}_priority" for verb in [*SOURCES, Verb.UNDO]}
NUMBERING_LOCK = 0x48414E5341
KEPT = (
    "state",
    "title",
    "titles",
    "title_is_proposed",
    "language",
    "kind",
    "domains",
    "themes",
    "score",
    "reopened",
    "merged_into_id",
)


def possible_verbs(priority: Priority) -> list[str]:
    """The verbs that may leave the priority's present state; a returned one repeats the step that was reopened."""
    return [
        verb
        for verb, sources in SOURCES.items()
        if priority.state in sources
        and not (verb in STEP_VERBS and priority.state == State.RETURNED and verb != priority.reopened)
    ]


def next_step(priority: Priority) -> str:
    """The step that comes next, by the state; empty once final or closed."""
    if priority.state == State.RETURNED:
        return priority.reopened
    order = [State.INITIAL, *AFTER_STEP.values()]
    at = order.index(State(priority.state)) if priority.state in order else len(AFTER_STEP)
    return Step.values[at] if at < len(AFTER_STEP) else ""


def reopened_by(step: str) -> frozenset[str]:
    """The steps that a return to `step` reopens: itself and all that rest on it, directly or through another."""
    found = {step}
    for each in Step.values:
        if RESTS_ON[Step(each)] & found:
            found.add(each)
    return frozenset(found)


def steps_to_return_to(priority: Priority) -> list[str]:
    """The steps that have a standing result."""
    standing = set(priority.results.filter(reopened_at__isnull=True).values_list("step", flat=True))
    return [step for step in Step.values if step in standing]


@transaction.atomic
def move(
    actor: Person | None,
    priority: Priority,
    verb: str,
    *,
    reason: str,
    title: str = "",
    step: str = "",
    expected: str = "",
) -> Priority:
    """Take a priority through a step, or rename, return, drop or restore it. Identifier and history stay.

    A step keeps what its part of the room found (`StepResult`), with what still stood against it. A return needs the
    `step` to go back to; what does not rest on that step stands. `expected` is the state the actor saw; when the
    priority has moved on since, the act is refused, so that two people never move it past each other.

    Raises:
        Forbidden: the actor's roles do not allow the verb.
        Refused: the state does not allow it, a reason, title or step is missing, or somebody else moved first.
    """
    held = held_for(actor, priority, verb, reason, expected)
    before = snapshot(held)
    old_title, title = held.title, title.strip()
    if verb in STEP_VERBS:
        _pass_step(actor, held, Step(verb))
    elif verb == Verb.RENAME:
        if not title or title == held.title:
            raise Refused(_("Give a new title."))
        held.title, held.titles, held.title_is_proposed = title, {}, False
        held.language = get_language() or held.language
    elif verb == Verb.RETURN:
        _return(held, step)
    elif verb == Verb.DROP:
        held.state, held.reopened = State.DROPPED, ""
    else:
        reopen(held, frozenset(Step.values))
        held.state, held.reopened = State.INITIAL, ""
    held.save()
    record(
        actor,
        held,
        verb,
        before,
        reason,
        step=step if verb == Verb.RETURN else verb if verb in STEP_VERBS else "",
        old_title=old_title if verb == Verb.RENAME else "",
        new_title=held.title if verb == Verb.RENAME else "",
    )
    return held


def held_for(actor: Person | None, priority: Priority, verb: str, reason: str, expected: str = "") -> Priority:
    """The locked row, after the checks that every verb shares."""
    if actor is not None:
        authorise(actor, PERMISSION[Verb(verb)], priority)
    held = Priority.objects.select_for_update().get(pk=priority.pk)
    if expected and held.state != expected:
        raise Refused(
            _("Somebody else has moved this priority meanwhile: it is %(state)s now.")
            % {"state": held.get_state_display()}
        )
    if verb != Verb.UNDO and verb not in possible_verbs(held):
        raise Refused(
            _("A priority that is %(state)s cannot be %(verb)s.")
            % {"state": held.get_state_display(), "verb": Verb(verb).label}
        )
    if not reason.strip():
        raise Refused(_("Say why: the reason stays in the priority's history."))
    return held


def _pass_step(actor: Person | None, held: Priority, step: Step) -> None:
    """Keep what the step found; the state follows from all steps that stand."""
    provide = parts.findings.get(step)
    found = provide(held) if provide is not None else Finding({})
    content = {"data": found.data, "parameters": found.parameters, "evidence": found.evidence_version}
    StepResult.objects.filter(priority=held, step=step, reopened_at__isnull=True).update(reopened_at=timezone.now())
    StepResult.objects.create(
        priority=held,
        step=step,
        data=found.data,
        parameters=found.parameters,
        evidence_version=found.evidence_version,
        digest=hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest(),
        open_points=[str(each.sentence) for each in parts.obstacles_of([held])[held.pk] if each.step == step],
        by=actor,
    )
    held.state, held.reopened = _state_of(held), ""


def _state_of(held: Priority) -> str:
    """The furthest state whose steps all stand."""
    standing = set(steps_to_return_to(held))
    state = State.INITIAL
    for step, after in AFTER_STEP.items():
        if step not in standing:
            break
        state = after
    return state


def _return(held: Priority, step: str) -> None:
    if step not in steps_to_return_to(held):
        raise Refused(_("Choose the step to go back to: one that this priority has passed."))
    reopen(held, reopened_by(step))
    held.state, held.reopened = State.RETURNED, step


def reopen(held: Priority, steps: frozenset[str]) -> None:
    """Let the standing results of `steps` stand no longer."""
    held.results.filter(step__in=steps, reopened_at__isnull=True).update(reopened_at=timezone.now())


def snapshot(priority: Priority) -> dict[str, Any]:
    """What a move may change, as JSON: enough to undo it."""
    return {name: getattr(priority, name) for name in KEPT} | {
        "members": sorted(priority.members.values_list("pk", flat=True)),
        "results": sorted(priority.results.filter(reopened_at__isnull=True).values_list("pk", flat=True)),
    }


def record(
    actor: Person | None, held: Priority, verb: str, before: Mapping[str, Any], reason: str, **fields: Any
) -> PriorityMove:
    """Write the move and the audit note; part of the transaction of the verb that calls it."""
    made = PriorityMove.objects.create(
        priority=held,
        verb=verb,
        from_state=before.get("state", ""),
        to_state=held.state,
        before=before,
        reason=reason.strip(),
        by=actor,
        **fields,
    )
    note(actor, f"{verb}_priority", held, reason=reason.strip(), before=before.get("state", ""), after=held.state)
    return made


def next_number() -> int:
    """The next free identifier; the lock holds until the end of the transaction, so that none is given twice."""
    lock_numbering()
    return int(Priority.objects.aggregate(last=Max("number"))["last"] or 0) + 1


def lock_numbering() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NUMBERING_LOCK])
