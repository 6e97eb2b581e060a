"""When an indicator asks for attention: arithmetic on figures and days, no database.

The expected figure on a day lies on the straight lines from the baseline over the milestone (where there is one) to
the target; a year stands for its last day. Before the baseline it is the baseline, after the target the target. The
rule is Hansa's own, no programme's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from itertools import pairwise


class Alert(Enum):
    BEHIND = "behind"
    SILENT = "silent"
    NO_LINE = "no_line"


@dataclass(frozen=True)
class Point:
    """A figure at the end of a year."""

    year: int
    value: Decimal

    @property
    def day(self) -> date:
        return date(self.year, 12, 31)


@dataclass(frozen=True)
class Standing:
    """What is asked of an indicator today. `expected` is None without a baseline and a target; `latest` without values.

    `alerts` has BEHIND where the latest figure is on the wrong side of the line, SILENT where none came for too long,
    NO_LINE where baseline or target are missing, so that nothing can be said.
    """

    expected: Decimal | None
    latest: Decimal | None
    latest_on: date | None
    days_silent: int
    alerts: tuple[Alert, ...]

    @property
    def urgent(self) -> bool:
        return Alert.BEHIND in self.alerts or Alert.SILENT in self.alerts


def expected_on(line: Sequence[Point], today: date) -> Decimal:
    """The figure that the line has on a day; `line` has at least one point, in the order of the years."""
    if today <= line[0].day:
        return line[0].value
    for a, b in pairwise(line):
        if today <= b.day:
            share = Decimal((today - a.day).days) / Decimal((b.day - a.day).days)
            return a.value + (b.value - a.value) * share
    return line[-1].value


def is_behind(latest: Decimal, expected: Decimal, baseline: Decimal, target: Decimal) -> bool:
    """Whether a figure is on the wrong side of the line: below it where it is to grow, above where it is to fall."""
    return latest < expected if target >= baseline else latest > expected


def standing(
    baseline: Point | None,
    milestone: Point | None,
    target: Point | None,
    values: Sequence[tuple[date, Decimal]],
    *,
    today: date,
    since: date,
    silent_after: int,
) -> Standing:
    """How an indicator stands on a day. Values after that day do not count; `since` starts the clock without values."""
    known = sorted(value for value in values if value[0] <= today)
    latest_on, latest = known[-1] if known else (None, None)
    silent = max((today - (latest_on or since)).days, 0)
    alerts: list[Alert] = []
    expected: Decimal | None = None
    if baseline is None or target is None:
        alerts.append(Alert.NO_LINE)
    else:
        expected = expected_on([p for p in (baseline, milestone, target) if p is not None], today)
        if latest is not None and is_behind(latest, expected, baseline.value, target.value):
            alerts.append(Alert.BEHIND)
    if silent > silent_after:
        alerts.append(Alert.SILENT)
    return Standing(expected, latest, latest_on, silent, tuple(alerts))
