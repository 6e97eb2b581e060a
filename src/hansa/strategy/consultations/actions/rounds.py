"""Rounds: what is asked, in which order, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Person
from hansa.strategy.consultations import results
from hansa.strategy.consultations.actions.common import State, held, needs
from hansa.strategy.models import Consultation, Priority, Round, RoundItem

MOST_ITEMS = 30


@dataclass(frozen=True)
class Asked:
    """One item to ask about: a priority, or a text in the consultation's language and others."""

    priority: Priority | None = None
    text: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)


@transaction.atomic
def add_round(
    actor: Person,
    consultation: Consultation,
    *,
    kind: str,
    question: str,
    questions: Mapping[str, str] | None = None,
    items: Sequence[Asked] = (),
    reason: str,
) -> Round:
    """Add a round that waits until it is opened.

    Raises:
        Forbidden: the actor's roles do not hold consultations.
        Refused: closed, no reason or question, no item where the kind needs some, or a priority of another run.
    """
    kept = held(actor, consultation)
    because = needs(reason)
    _check(kept, kind, question, items)
    made = _made(kept, kind, question, questions or {}, items)
    note(actor, "add_round", made, reason=because, kind=kind, items=len(items))
    return made


@transaction.atomic
def edit_round(
    actor: Person,
    asked: Round,
    *,
    question: str,
    questions: Mapping[str, str] | None = None,
    items: Sequence[Asked] = (),
    reason: str,
) -> Round:
    """Change a round that nobody has answered yet because it waits.

    Raises:
        Forbidden, Refused: as `add_round`; also when it has been opened.
    """
    kept = held(actor, asked.consultation)
    because = needs(reason)
    waiting = _waiting(asked)
    _check(kept, waiting.kind, question, items)
    waiting.question, waiting.questions = question.strip(), dict(questions or {})
    waiting.save()
    waiting.items.all().delete()
    _add_items(waiting, items)
    note(actor, "edit_round", waiting, reason=because, items=len(items))
    return waiting


@transaction.atomic
def remove_round(actor: Person, asked: Round, *, reason: str) -> None:
    """Take out a round that waits; one that was opened stays.

    Raises:
        Forbidden: the actor's roles do not hold consultations.
        Refused: no reason, or it has been opened.
    """
    kept = held(actor, asked.consultation)
    because = needs(reason)
    waiting = _waiting(asked)
    note(actor, "remove_round", kept, reason=because, number=waiting.number, question=waiting.question)
    waiting.delete()


@transaction.atomic
def open_round(actor: Person, asked: Round, *, reason: str) -> Round:
    """Open a waiting round of an open consultation; one is open at a time.

    Raises:
        Forbidden: the actor's roles do not hold consultations.
        Refused: no reason, the consultation is not open, or another round is.
    """
    kept = held(actor, asked.consultation)
    because = needs(reason)
    waiting = _waiting(asked)
    if kept.state != State.OPEN:
        raise Refused(_("Open the consultation first."))
    if kept.rounds.filter(state=Round.State.OPEN).exists():
        raise Refused(_("Another round is open: close it first."))
    open_held(waiting)
    note(actor, "open_round", waiting, reason=because)
    return waiting


@transaction.atomic
def close_round(actor: Person, asked: Round, *, reason: str) -> Round:
    """Close a round, keep its result and split what was said into points. No answer comes in afterwards.

    Raises:
        Forbidden: the actor's roles do not hold consultations.
        Refused: no reason, or the round is not open.
    """
    held(actor, asked.consultation)
    because = needs(reason)
    under_way = Round.objects.select_for_update().get(pk=asked.pk)
    if under_way.state != Round.State.OPEN:
        raise Refused(_("This round is not open."))
    close_held(under_way, because)
    note(actor, "close_round", under_way, reason=because, result=under_way.result)
    return under_way


@transaction.atomic
def next_delphi_round(actor: Person, asked: Round, *, reason: str) -> Round:
    """Ask the same again after a closed Delphi round; its answers show the group's median and quartiles before.

    Raises:
        Forbidden: the actor's roles do not hold consultations.
        Refused: no reason, no Delphi round, not closed yet, too few answers, or a next one is there already.
    """
    kept = held(actor, asked.consultation)
    because = needs(reason)
    before = Round.objects.prefetch_related("items").get(pk=asked.pk)
    if before.kind != Round.Kind.DELPHI or before.state != Round.State.CLOSED:
        raise Refused(_("Only a closed Delphi round has a next one."))
    if before.followers.exists():
        raise Refused(_("This round has a next one already."))
    if not (before.result or {}).get("shown"):
        raise Refused(_("Too few people answered this round, so there is nothing to show in the next one."))
    items = [Asked(each.priority, each.text, each.texts) for each in before.items.all()]
    _check(kept, before.kind, before.question, items)
    made = _made(kept, before.kind, before.question, before.questions, items, based_on=before)
    note(actor, "next_delphi_round", made, reason=because, based_on=before.number)
    return made


def open_held(waiting: Round) -> None:
    """Open a round of a locked consultation."""
    waiting.state, waiting.opened_at = Round.State.OPEN, timezone.now()
    waiting.save()


def close_held(under_way: Round, reason: str) -> None:
    """Close a locked round; part of the transaction of the verb that calls it."""
    under_way.result = results.computed(under_way)
    under_way.state, under_way.closed_at, under_way.closed_because = Round.State.CLOSED, timezone.now(), reason
    under_way.save()
    results.write_points(under_way)


def _waiting(asked: Round) -> Round:
    found = Round.objects.select_for_update().filter(pk=asked.pk).first()
    if found is None or found.state != Round.State.WAITING:
        raise Refused(_("This round has been opened, so it stays as it is."))
    return found


def _check(consultation: Consultation, kind: str, question: str, items: Sequence[Asked]) -> None:
    if consultation.state == State.CLOSED:
        raise Refused(_("This consultation is closed. Open it again to change it."))
    if kind not in Round.Kind.values:
        raise Refused(_("Choose what kind of round it is."))
    if not question.strip():
        raise Refused(_("Write the question."))
    if kind == Round.Kind.OPEN and items:
        raise Refused(_("An open question is answered in words and has no items."))
    least = 2 if kind == Round.Kind.BUDGET else 1
    if kind != Round.Kind.OPEN and not least <= len(items) <= MOST_ITEMS:
        raise Refused(_("This kind of round needs %(least)d to %(most)d items.") % {"least": least, "most": MOST_ITEMS})
    priorities = [item.priority for item in items if item.priority]
    if len({p.pk for p in priorities}) < len(priorities):
        raise Refused(_("A priority is asked about once in a round."))
    if any(p.run_id != consultation.run_id or not p.is_open for p in priorities):
        raise Refused(_("Ask about open priorities of the consultation's own run."))
    if any(item.priority is None and not item.text.strip() for item in items):
        raise Refused(_("An item is a priority or has a text."))


def _made(
    consultation: Consultation,
    kind: str,
    question: str,
    questions: Mapping[str, str],
    items: Sequence[Asked],
    **more: Any,
) -> Round:
    last = consultation.rounds.aggregate(last=Max("number"))["last"] or 0
    made = Round.objects.create(
        consultation=consultation,
        number=last + 1,
        kind=kind,
        question=question.strip(),
        questions=dict(questions),
        **more,
    )
    _add_items(made, items)
    return made


def _add_items(asked: Round, items: Sequence[Asked]) -> None:
    RoundItem.objects.bulk_create(
        RoundItem(round=asked, position=at, priority=each.priority, text=each.text.strip(), texts=dict(each.texts))
        for at, each in enumerate(items, start=1)
    )
