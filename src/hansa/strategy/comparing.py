"""Two runs compared: what differs in rule and evidence, and which priorities they share, gained and lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hansa.strategy.models import Priority, PriorityFigure, Run


@dataclass(frozen=True)
class Difference:
    """One part of the rule or evidence that is not the same; None stands for none."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Pair:
    """A priority of each run on overlapping domains; `overlap` is the Jaccard index of their domain sets (0..1].

    `joined` and `left` are the regions that hold its domains in the second run only, or in the first only.
    """

    before: Priority
    after: Priority
    overlap: float
    joined: tuple[str, ...]
    left: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    differences: tuple[Difference, ...]
    pairs: tuple[Pair, ...]
    gained: tuple[Priority, ...]
    lost: tuple[Priority, ...]
    regions_joined: tuple[str, ...]
    regions_left: tuple[str, ...]


def compare(a: Run, b: Run) -> Comparison:
    """What `b` changed against `a`, as they were proposed, whatever happened to the priorities since."""
    before, after = _proposed(a), _proposed(b)
    holders = _holders(a), _holders(b)
    ranked = sorted(
        (
            (overlap, first, second)
            for first in before
            for second in after
            if first.kind == second.kind and (overlap := jaccard(first.domains, second.domains)) > 0
        ),
        key=lambda found: (-found[0], found[1].number, found[2].number),
    )
    pairs: list[Pair] = []
    taken: set[int] = set()
    for overlap, first, second in ranked:
        if first.pk in taken or second.pk in taken:
            continue
        taken |= {first.pk, second.pk}
        held, holds = holders[0].get(first.pk, set()), holders[1].get(second.pk, set())
        pairs.append(Pair(first, second, overlap, tuple(sorted(holds - held)), tuple(sorted(held - holds))))
    regions = {r.code for r in a.regions.all()}, {r.code for r in b.regions.all()}
    return Comparison(
        differences=tuple(_differences(a, b)),
        pairs=tuple(sorted(pairs, key=lambda pair: pair.before.number)),
        gained=tuple(each for each in after if each.pk not in taken),
        lost=tuple(each for each in before if each.pk not in taken),
        regions_joined=tuple(sorted(regions[1] - regions[0])),
        regions_left=tuple(sorted(regions[0] - regions[1])),
    )


def jaccard(first: list[str], second: list[str]) -> float:
    """Shared codes as a share of all codes of both; 0 where both are empty."""
    union = set(first) | set(second)
    return len(set(first) & set(second)) / len(union) if union else 0.0


def _proposed(run: Run) -> list[Priority]:
    return list(run.priorities.filter(origin=Priority.Origin.FIGURES).order_by("number"))


def _holders(run: Run) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    rows = PriorityFigure.objects.filter(priority__run=run, role="holds").values_list("priority_id", "region__code")
    for key, code in rows:
        found.setdefault(key, set()).add(code)
    return found


def _differences(a: Run, b: Run) -> list[Difference]:
    kept = [("table", a.table, b.table), ("year", a.year, b.year), ("evidence", a.evidence_version, b.evidence_version)]
    kept.append(("reference", " ".join(a.reference) or None, " ".join(b.reference) or None))
    names = sorted(a.parameters.keys() | b.parameters.keys())
    kept += [(name, a.parameters.get(name), b.parameters.get(name)) for name in names]
    return [Difference(name, before, after) for name, before, after in kept if before != after]
