"""Entries and exits: which cells of an activity table could change between two years, and which did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .activity import Activity
from .advantage import presence
from .results import ActivityError, Bools, Definition, Floats, checked_threshold, read_only_mask

Positions = NDArray[np.intp]


@dataclass(frozen=True)
class TransitionRule:
    """What counts as an entry or an exit; LQ0 and LQ1 are the location quotients of the two years.

    entry: candidates have LQ0 < `before`, and enter when LQ1 >= `after`.
    exit: candidates have LQ0 >= `before`, and leave when LQ1 < `after`.
    A gap between the two numbers (0.5 and 1 for entries) leaves out cells that only cross the line by chance.
    """

    kind: Literal["entry", "exit"] = "entry"
    before: float = 1.0
    after: float = 1.0

    def __post_init__(self) -> None:
        if self.kind not in ("entry", "exit"):
            raise ActivityError(f'The kind of transition is {self.kind!r}; choose "entry" or "exit".')
        checked_threshold(self.before)
        checked_threshold(self.after)


ENTRY = TransitionRule("entry")
EXIT = TransitionRule("exit")


@dataclass(frozen=True, eq=False)
class Transitions:
    """Which cells could change, and which did; masks of shape (regions, domains) over what both years have,
    in the order of the alphabet.

    A cell whose value is unknown in either year, or whose region or domain is empty in either, is no candidate.
    `earlier_rows` and `earlier_columns` place the axes in the earlier table; the `left_out` labels stand in one year.
    """

    regions: tuple[str, ...]
    domains: tuple[str, ...]
    candidates: Bools
    happened: Bools
    earlier_rows: Positions
    earlier_columns: Positions
    regions_left_out: tuple[str, ...]
    domains_left_out: tuple[str, ...]
    definition: Definition


def transitions(earlier: Activity, later: Activity, rule: TransitionRule = ENTRY) -> Transitions:
    """Candidates and outcomes between two years, aligned by label.

    Raises ActivityError when the years are in the wrong order or share no region or no domain.
    """
    if earlier.year is not None and later.year is not None and earlier.year >= later.year:
        raise ActivityError(
            f"The earlier table is of {earlier.year}, the later of {later.year}; give the earlier first."
        )
    regions, row0, row1 = _shared(earlier.regions, later.regions, "region")
    domains, column0, column1 = _shared(earlier.domains, later.domains, "domain")
    first, last = presence(earlier, rule.before), presence(later, rule.after)
    start, end = np.ix_(row0, column0), np.ix_(row1, column1)
    if rule.kind == "entry":
        candidates, happened = first.lacked[start], last.present[end]
    else:
        candidates, happened = first.present[start], last.lacked[end]
    candidates = candidates & last.assessed[end]
    return Transitions(
        regions,
        domains,
        read_only_mask(candidates),
        read_only_mask(happened & candidates),
        row0,
        column0,
        tuple(sorted(set(earlier.regions) ^ set(later.regions))),
        tuple(sorted(set(earlier.domains) ^ set(later.domains))),
        Definition.of(
            kind=rule.kind,
            before=rule.before,
            after=rule.after,
            year=earlier.year,
            later_year=later.year,
            candidates="known and assessable in both years",
        ),
    )


def on_axes_of(wanted: Activity, values: Floats, table: Activity) -> Floats:
    """Values on the axes of one table, moved to the axes of the wanted one; NaN for labels that the first lacks."""
    rows = {label: at for at, label in enumerate(table.regions)}
    columns = {label: at for at, label in enumerate(table.domains)}
    row = np.array([rows.get(label, -1) for label in wanted.regions], dtype=np.intp)
    column = np.array([columns.get(label, -1) for label in wanted.domains], dtype=np.intp)
    moved: Floats = values[np.ix_(row, column)]
    moved[row < 0] = np.nan
    moved[:, column < 0] = np.nan
    return moved


def _shared(first: tuple[str, ...], second: tuple[str, ...], axis: str) -> tuple[tuple[str, ...], Positions, Positions]:
    places = {label: at for at, label in enumerate(second)}
    # In the order of the alphabet, so that the order of rows in a table decides nothing, not even a random draw.
    own = sorted(range(len(first)), key=first.__getitem__)
    pairs = [(at, places[first[at]]) for at in own if first[at] in places]
    if not pairs:
        raise ActivityError(f"The two tables have no {axis} in common; use the same {axis} codes in both years.")
    rows = np.array(pairs, dtype=np.intp)
    return tuple(first[at] for at in rows[:, 0]), rows[:, 0], rows[:, 1]
