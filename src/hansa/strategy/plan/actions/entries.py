"""Entries of the plan: written, changed, withdrawn and put back; and the state of an action."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Person
from hansa.network.permissions import authorise
from hansa.strategy.models import (
    Action,
    Body,
    BudgetLine,
    Entry,
    FundingSource,
    Indicator,
    IndicatorValue,
    Milestone,
    Risk,
    Seat,
)

E = TypeVar("E", bound=Entry)
State = Action.State

PERMISSION: dict[type[Entry], str] = {
    Action: "strategy.plan",
    Body: "strategy.plan",
    Seat: "strategy.plan",
    Indicator: "strategy.plan",
    Risk: "strategy.report_action",
    Milestone: "strategy.report_action",
    BudgetLine: "strategy.report_action",
    IndicatorValue: "strategy.report_action",
}
# state -> the states that may follow
CHANGES: dict[str, frozenset[str]] = {
    State.PLANNED: frozenset({State.RUNNING, State.STOPPED}),
    State.RUNNING: frozenset({State.PLANNED, State.DONE, State.STOPPED}),
    State.DONE: frozenset({State.RUNNING}),
    State.STOPPED: frozenset({State.PLANNED, State.RUNNING}),
}


class Stale(Refused):
    """Somebody else has changed the entry since the person opened it."""

    def __init__(self) -> None:
        super().__init__(
            _("Somebody else has changed this meanwhile. What you typed is kept; compare, then save again.")
        )


@transaction.atomic
def keep(actor: Person, entry: E, values: Mapping[str, Any], *, reason: str = "", expected: int | None = None) -> E:
    """Write a new entry of the plan, or change one; a change needs a reason and the version the person saw.

    `values` are fields; a funding source may be given by its name. What was before stays in the audit note.

    Raises:
        Forbidden: neither analyst nor lead partner nor, for reports on an action, of the organisation it belongs to.
        Stale: somebody else changed the entry meanwhile.
        Refused: no reason, a field that does not hold, or such an entry is there already.
    """
    new = entry.pk is None
    held = entry if new else _locked(entry, expected)
    if not new:
        authorise(actor, PERMISSION[type(held)], held)
        _needs(reason)
    plain, many = _apart(held, values)
    before = {} if new else {name: _told(getattr(held, name)) for name in plain}
    before |= {} if new else {name: _told(getattr(held, name).all()) for name in many}
    for name, value in plain.items():
        setattr(held, name, value)
    authorise(actor, PERMISSION[type(held)], held)
    if "priorities" in many and not many["priorities"]:
        raise Refused(_("Tie the action to at least one priority."))
    _store(held, new)
    for name, value in many.items():
        getattr(held, name).set(value)
    after = {name: _told(getattr(held, name)) for name in plain} | {name: _told(value) for name, value in many.items()}
    changed = {name: [before.get(name), after[name]] for name in after if new or before.get(name) != after[name]}
    verb = f"{'add' if new else 'change'}_{type(held).__name__.lower()}"
    note(actor, verb, held, reason=reason.strip(), changed=changed)
    return held


def _apart(held: Entry, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    many = {field.name for field in held._meta.many_to_many} & values.keys()
    plain = {name: value for name, value in values.items() if name not in many}
    if isinstance(plain.get("source"), str):
        plain["source"] = _source(plain["source"])
    return plain, {name: list(values[name]) for name in many}


def _source(name: str) -> FundingSource:
    """The source of that name whatever the capitals, named now where there was none."""
    name = " ".join(name.split())
    if not name:
        raise Refused(_("Name the funding source."))
    return FundingSource.objects.filter(name__iexact=name).first() or FundingSource.objects.create(name=name[:120])


def _store(held: Entry, new: bool) -> None:
    held.version = 1 if new else held.version + 1
    try:
        held.full_clean(validate_unique=False)
        with transaction.atomic():
            held.save()
    except ValidationError as fault:
        raise Refused(" ".join(fault.messages)) from None
    except IntegrityError:
        raise Refused(_("There is such an entry already; change that one.")) from None


@transaction.atomic
def withdraw(actor: Person, entry: Entry, *, reason: str) -> Entry:
    """Take an entry out of lists and totals; it can be put back.

    Raises:
        Forbidden, Refused: as `keep`; or it is withdrawn already.
    """
    return _take(actor, entry, reason, out=True)


@transaction.atomic
def put_back(actor: Person, entry: Entry, *, reason: str) -> Entry:
    """Put a withdrawn entry back where it was.

    Raises:
        Forbidden, Refused: as `keep`; or it is not withdrawn.
    """
    return _take(actor, entry, reason, out=False)


def _take(actor: Person, entry: Entry, reason: str, *, out: bool) -> Entry:
    held = _locked(entry, None)
    authorise(actor, PERMISSION[type(held)], held)
    _needs(reason)
    if (held.withdrawn_at is None) != out:
        raise Refused(_("Somebody else has done that already."))
    held.withdrawn_at = timezone.now() if out else None
    _store(held, new=False)
    note(actor, f"{'withdraw' if out else 'put_back'}_{type(held).__name__.lower()}", held, reason=reason.strip())
    return held


def possible_states(action: Action) -> list[str]:
    """The states that an action may go to from its own, in the order of the list."""
    return [state for state in State.values if state in CHANGES[action.state]]


@transaction.atomic
def set_state(actor: Person, action: Action, state: str, *, reason: str, expected: str = "") -> Action:
    """Say that an action runs, is done, is stopped or is planned again; `expected` is the state the person saw.

    Raises:
        Forbidden: neither analyst nor lead partner nor of the organisation that answers for it.
        Refused: no reason, the present state does not allow it, or somebody else was first.
    """
    held = Action.objects.select_for_update().get(pk=action.pk)
    authorise(actor, "strategy.report_action", held)
    _needs(reason)
    if expected and held.state != expected:
        raise Refused(
            _("Somebody else has changed this action meanwhile: it is %(state)s now.")
            % {"state": held.get_state_display()}
        )
    if state not in CHANGES[held.state]:
        raise Refused(_("An action that is %(state)s cannot become that.") % {"state": held.get_state_display()})
    before, held.state, held.state_reason = held.state, state, reason.strip()
    held.version += 1
    held.save()
    note(actor, "set_action_state", held, reason=reason.strip(), before=before, after=state)
    return held


def _locked(entry: E, expected: int | None) -> E:
    held = type(entry).objects.select_for_update().get(pk=entry.pk)
    if expected is not None and held.version != expected:
        raise Stale
    return held  # type: ignore[no-any-return]


def _needs(reason: str) -> None:
    if not reason.strip():
        raise Refused(_("Say why: the reason stays in the history."))


def _told(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if hasattr(value, "__iter__"):
        return [str(each) for each in value]
    return str(value)
