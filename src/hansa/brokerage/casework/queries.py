"""Reads about the work on cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber

from hansa.brokerage.actions.cases import PATH, TRANSITIONS
from hansa.brokerage.models import Case
from hansa.brokerage.queries import cases
from hansa.network.models import Person

SHOWN = 25
"""Cards in one column; the list of cases shows the rest."""


@dataclass(frozen=True)
class Column:
    """One state of the board: how many cases stand in it, and the cards that are due first."""

    state: str
    label: str
    count: int
    cards: Sequence[Case]
    moves: Sequence[tuple[str, str]]


def moves_from(state: str) -> list[tuple[str, str]]:
    """Where a card can go by one press: one step on. An unanswered proposal waits for the other side, and a case is
    declined on its own page, with a reason."""
    if state == Case.State.PROPOSED:
        return []
    return [(to, str(Case.State(to).label)) for to in TRANSITIONS[state] if to != Case.State.DECLINED]


def board(person: Person, *, everybody: bool = False) -> list[Column]:
    """The cases of the reader's agencies, or of all, by state along the path and then those declined.

    Two queries, however many cases there are.
    """
    found = cases(person, state="any", mine=not everybody)
    counts = dict(found.order_by().values_list("state").annotate(Count("pk")))
    place = Window(RowNumber(), partition_by=F("state"), order_by=[F("next_due").asc(), F("pk").asc()])
    cards = defaultdict(list)
    for card in found.annotate(place=place).filter(place__lte=SHOWN).order_by("next_due", "pk"):
        cards[card.state].append(card)
    return [
        Column(state, str(Case.State(state).label), counts.get(state, 0), cards[state], moves_from(state))
        for state in (*PATH, Case.State.DECLINED)
    ]
