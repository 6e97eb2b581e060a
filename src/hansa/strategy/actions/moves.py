"""The moves of a priority through the steps of Trans-S3. Each needs a reason and leaves a move and an audit note."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from hansa.strategy.models import Priority, PriorityFigure, PriorityMove, Step, StepResult
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


@dataclass(frozen=True)
class Part:
    """What a split gives to one of the new priorities; `members` are primary keys of regional priorities."""

    title: str
    domains: Sequence[str] = ()
    themes: Sequence[str] = ()
    members: Sequence[int] = ()


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
    held = _held(actor, priority, verb, reason, expected)
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
        _reopen(held, frozenset(Step.values))
        held.state, held.reopened = State.INITIAL, ""
    held.save()
    _write(
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


def _held(actor: Person | None, priority: Priority, verb: str, reason: str, expected: str = "") -> Priority:
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
    _reopen(held, reopened_by(step))
    held.state, held.reopened = State.RETURNED, step


def _reopen(held: Priority, steps: frozenset[str]) -> None:
    held.results.filter(step__in=steps, reopened_at__isnull=True).update(reopened_at=timezone.now())


@transaction.atomic
def merge(
    actor: Person | None, survivor: Priority, others: Sequence[Priority], *, reason: str, title: str = ""
) -> Priority:
    """Merge `others` into `survivor`, which keeps its identifier and gains their domains, themes, members and figures.

    What it had passed rested on fewer members, so it goes back to the first step; the others stay readable as merged.

    Raises:
        Forbidden, Refused: as `move`; or nothing to merge, a priority with itself, or priorities of different runs.
    """
    keys = sorted({other.pk for other in others})
    if not keys or survivor.pk in keys:
        raise Refused(_("Choose at least one other priority to merge with this one."))
    locked = {row.pk: row for row in Priority.objects.select_for_update().filter(pk__in=[*keys, survivor.pk])}
    held = _held(actor, locked[survivor.pk], Verb.MERGE, reason)
    merged = [_held(actor, locked[key], Verb.MERGE, reason) for key in keys]
    if len({each.run_id for each in [held, *merged]}) > 1:
        raise Refused(_("Only priorities of the same run can be merged."))
    before, old_title = snapshot(held), held.title
    for other in merged:
        _absorb(held, other)
    if title.strip() and title.strip() != held.title:
        held.title, held.titles, held.title_is_proposed = title.strip(), {}, False
        held.language = get_language() or held.language
    held.score = max((each.score for each in [held, *merged] if each.score is not None), default=None)
    held.kind = held.kind if {each.kind for each in merged} == {held.kind} else Priority.Kind.SHARED
    had_passed = held.results.filter(reopened_at__isnull=True).exists()
    _reopen(held, frozenset(Step.values))
    held.state, held.reopened = (State.RETURNED, Step.VERIFY) if had_passed else (State.INITIAL, "")
    held.save()
    made = _write(
        actor,
        held,
        Verb.MERGE,
        before,
        reason,
        old_title=old_title if held.title != old_title else "",
        new_title=held.title if held.title != old_title else "",
    )
    made.others.set(merged)
    for other in merged:
        earlier = snapshot(other)
        other.state, other.merged_into, other.reopened = State.MERGED, held, ""
        other.save()
        _write(actor, other, Verb.MERGE, earlier, reason).others.set([held])
    return held


def _absorb(held: Priority, other: Priority) -> None:
    held.domains = [*held.domains, *(d for d in other.domains if d not in held.domains)]
    held.themes = [*held.themes, *(t for t in other.themes if t not in held.themes)]
    held.members.add(*other.members.all())
    _copy_figures(other, held, other.domains)


def _copy_figures(source: Priority, target: Priority, domains: Sequence[str]) -> None:
    copies = list(source.figures.filter(domain__in=domains))
    for copy in copies:
        copy.pk, copy.priority = None, target
    PriorityFigure.objects.bulk_create(copies, ignore_conflicts=True)


@transaction.atomic
def split(actor: Person | None, priority: Priority, into: Sequence[Part], *, reason: str) -> list[Priority]:
    """Split a priority into new ones that begin at the first step; it stays readable as split.

    Raises:
        Forbidden, Refused: as `move`; or fewer than two parts, a part without a title or content, or content that the
            priority does not have.
    """
    held = _held(actor, priority, Verb.SPLIT, reason)
    members = set(held.members.values_list("pk", flat=True))
    if len(into) < 2:
        raise Refused(_("A split needs at least two parts."))
    for part in into:
        if not part.title.strip():
            raise Refused(_("Give every part a title."))
        if not (part.domains or part.themes or part.members):
            raise Refused(_("“%(title)s” has no domain, theme or regional priority.") % {"title": part.title})
        foreign = set(part.domains) - set(held.domains) or set(part.themes) - set(held.themes)
        if foreign or set(part.members) - members:
            raise Refused(_("“%(title)s” takes something that this priority does not have.") % {"title": part.title})
    before = snapshot(held)
    number = next_number()
    made = [_child(actor, held, part, number + offset, reason) for offset, part in enumerate(into)]
    held.state, held.reopened = State.SPLIT, ""
    held.save()
    _write(actor, held, Verb.SPLIT, before, reason).others.set(made)
    return made


def _child(actor: Person | None, parent: Priority, part: Part, number: int, reason: str) -> Priority:
    child = Priority.objects.create(
        number=number,
        run=parent.run,
        kind=parent.kind,
        origin=Priority.Origin.PEOPLE,
        title=part.title.strip(),
        language=get_language() or parent.language,
        title_is_proposed=False,
        domains=[d for d in parent.domains if d in set(part.domains)],
        themes=[t for t in parent.themes if t in set(part.themes)],
        classification=parent.classification,
        split_from=parent,
    )
    child.members.set(part.members)
    _copy_figures(parent, child, child.domains)
    _write(actor, child, Verb.PROPOSE, {}, reason)
    return child


@transaction.atomic
def undo(actor: Person | None, made: PriorityMove, *, reason: str) -> Priority:
    """Undo the latest move of a priority by a new move: state, title, content and results are as they were before.

    Raises:
        Forbidden: the actor's roles do not allow it.
        Refused: no reason, a later move stands in between, or a priority involved has moved on since.
    """
    held = _held(actor, made.priority, Verb.UNDO, reason)
    if made.verb in (Verb.PROPOSE, Verb.UNDO) or hasattr(made, "undone_by"):
        raise Refused(_("This move cannot be undone."))
    if latest_to_undo(held) != made:
        raise Refused(_("A later move stands in between; undo that one first."))
    involved = list(Priority.objects.select_for_update().filter(pk__in=made.others.values("pk")).order_by("pk"))
    if made.verb == Verb.MERGE and held.state == State.MERGED:
        raise Refused(_("Undo the merge on %(survivor)s.") % {"survivor": held.merged_into.identifier})  # type: ignore[union-attr]
    for other in involved:
        _undo_other(actor, made, other, reason)
    before = snapshot(held)
    _restore(held, made.before)
    _write(actor, held, Verb.UNDO, before, reason, undoes=made, step=made.step).others.set(involved)
    return held


def _undo_other(actor: Person | None, made: PriorityMove, other: Priority, reason: str) -> None:
    last = other.moves.first()
    moved_on = _("%(id)s has moved on since; undo its later moves first.") % {"id": other.identifier}
    before = snapshot(other)
    if made.verb == Verb.MERGE:
        if other.merged_into_id != made.priority_id or last is None or last.verb != Verb.MERGE:
            raise Refused(moved_on)
        _restore(other, last.before)
        _write(actor, other, Verb.UNDO, before, reason, undoes=last)
    elif made.verb == Verb.SPLIT:
        if last is None or last.verb != Verb.PROPOSE:
            raise Refused(moved_on)
        other.state = State.DROPPED
        other.save()
        _write(actor, other, Verb.DROP, before, reason)


def latest_to_undo(priority: Priority) -> PriorityMove | None:
    """The latest move that was neither undone nor an undoing itself; None when only the proposal is left."""
    found = (
        priority.moves.exclude(verb__in=[Verb.UNDO, Verb.PROPOSE]).filter(undone_by__isnull=True).order_by("-at", "-pk")
    )
    return found.first()


def snapshot(priority: Priority) -> dict[str, Any]:
    """What a move may change, as JSON: enough to undo it."""
    return {name: getattr(priority, name) for name in KEPT} | {
        "members": sorted(priority.members.values_list("pk", flat=True)),
        "results": sorted(priority.results.filter(reopened_at__isnull=True).values_list("pk", flat=True)),
    }


def _restore(held: Priority, earlier: Mapping[str, Any]) -> None:
    for name in KEPT:
        setattr(held, name, earlier[name])
    held.save()
    held.members.set(earlier["members"])
    held.figures.exclude(domain__in=held.domains).delete()
    standing = set(earlier["results"])
    held.results.filter(reopened_at__isnull=True).exclude(pk__in=standing).update(reopened_at=timezone.now())
    held.results.filter(pk__in=standing).update(reopened_at=None)


def _write(
    actor: Person | None, held: Priority, verb: str, before: Mapping[str, Any], reason: str, **fields: Any
) -> PriorityMove:
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
