"""The parameters of the three steps: Hansa's own defaults, editable, kept per run. None of them is an official one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from hansa.strategy.models import Priority, Run, StepRule


@dataclass(frozen=True)
class Rule:
    """What a run counts as known, level and firm.

    `min_known`: share of the weight of a priority's domains that must be known before a region is said not to hold
    them · `change_years`: years over which change is measured, where the table goes back so far · `min_assessors`: how
    many must have rated · `disagreement_from`: interquartile range of ratings from which assessors disagree ·
    `normalisation`, `top_k`, `draws`, `seed`, `concentration`: see `robustness`.
    """

    min_known: float = 0.5
    change_years: int = 5
    min_assessors: int = 2
    disagreement_from: float = 1.0
    normalisation: str = "minmax"
    top_k: int = 3
    draws: int = 10_000
    seed: int = 1
    concentration: float = 50.0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def rule_of(run: Run) -> Rule:
    """The run's own rule, else the defaults; what an older rule does not name yet takes its default."""
    kept = StepRule.objects.filter(run=run).first()
    return from_json(kept.parameters) if kept else Rule()


def by_run(priorities: Sequence[Priority]) -> list[tuple[Run, list[Priority]]]:
    """The priorities of each run together; each gets its run from here, so that none asks the database for its own."""
    found: dict[int, Run] = {}
    for each in priorities:
        if each.run_id not in found and Priority.run.is_cached(each):
            found[each.run_id] = each.run
    missing = {each.run_id for each in priorities} - set(found)
    if missing:
        found |= Run.objects.prefetch_related("regions").in_bulk(missing)
    for each in priorities:
        each.run = found[each.run_id]
    return [(run, [each for each in priorities if each.run_id == key]) for key, run in found.items()]


def from_json(parameters: Mapping[str, Any]) -> Rule:
    names = {each.name for each in fields(Rule)}
    return Rule(**{name: value for name, value in parameters.items() if name in names})
