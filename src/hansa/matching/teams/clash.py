"""Why no team can be found: the fewest rules that already clash among themselves."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from hansa.matching.teams.model import Model
from hansa.matching.teams.problem import Problem, Rule

_ROUNDS = 200


@dataclass(frozen=True)
class Clash:
    """`rules` cannot hold together, and without any one of them they could; `smallest` says that no fewer rules clash.
    Giving up all of `give_up`, the fewest possible, makes a team possible."""

    rules: tuple[Rule, ...]
    give_up: tuple[Rule, ...]
    smallest: bool


def clash_of(problem: Problem, node_limit: int, barred: Collection[str] = ()) -> Clash | None:
    """The smallest clash, by implicit hitting sets (Ignatiev and others 2015); None if the rules do not clash or the
    solver cannot decide within the limit.

    Every set of rules whose giving up helps must hit every clash. So the smallest set of rules that hits all such sets
    found so far is kept; if it clashes it is a smallest clash, and if not it yields another such set.
    """
    model = Model(problem, barred)
    sets: list[frozenset[Rule]] = []
    kept: frozenset[Rule] = frozenset()
    try:
        for _ in range(_ROUNDS):
            given_up = model.given_up(kept, node_limit)
            if given_up is None:
                return Clash(_ordered(problem, kept), _ordered(problem, sets[0]), smallest=True)
            if not given_up:
                return None
            sets.append(given_up)
            kept = _hitting(problem, sets)
        return Clash(_by_deletion(problem, model, node_limit), _ordered(problem, sets[0]), smallest=False)
    except TimeoutError:
        return None


def _by_deletion(problem: Problem, model: Model, node_limit: int) -> tuple[Rule, ...]:
    """A clash without any rule that it does not need, not always the smallest (Chinneck and Dravnieks 1991)."""
    kept = list(problem.rules)
    for rule in problem.rules:
        fewer = [other for other in kept if other != rule]
        if model.given_up(fewer, node_limit) is None:
            kept = fewer
    return tuple(kept)


def _hitting(problem: Problem, sets: list[frozenset[Rule]]) -> frozenset[Rule]:
    """The fewest rules of which every set has one."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    rules = problem.rules
    table = np.array([[float(rule in one) for rule in rules] for one in sets])
    result = milp(
        np.ones(len(rules)),
        integrality=np.ones(len(rules), dtype=np.int64),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(table, 1, np.inf),
        options={"mip_rel_gap": 0.0},
    )
    if result.x is None:
        raise TimeoutError("The solver stopped before it knew which rules clash.")
    return frozenset(rule for rule, taken in zip(rules, result.x, strict=True) if taken > 0.5)


def _ordered(problem: Problem, rules: frozenset[Rule]) -> tuple[Rule, ...]:
    return tuple(rule for rule in problem.rules if rule in rules)
