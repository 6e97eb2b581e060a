"""The best team by trying them all, with bounds: exact, for few candidates."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from itertools import combinations

from hansa.matching.teams.checks import gaps_of, shortfall
from hansa.matching.teams.problem import Problem

_EQUAL = 1e-12


def teams_to_try(problem: Problem) -> int:
    """How many ways there are to fill the roles, rules aside (an upper bound on the work)."""
    ways = 1
    for role in problem.roles.values():
        free, room = len(problem.candidates(role.id)), problem.room(role.id)
        ways *= math.comb(free, room) if role.required else sum(math.comb(free, k) for k in range(room + 1))
    return ways


def best_by_trying(problem: Problem, barred: Collection[str] = ()) -> dict[str, str | None] | None:
    """The best team without the `barred`, None if no team meets the rules. Of equal scores the smaller team wins, then
    the one whose members come first in order of id."""
    search = _Search(problem, frozenset(barred))
    search.fill(0, dict(problem.call.team))
    return search.best


class _Search:
    def __init__(self, problem: Problem, barred: frozenset[str]) -> None:
        self.best: dict[str, str | None] | None = None
        self._score = -math.inf
        self._problem = problem
        self._upper = [rule for rule in problem.rules if rule.upper]
        free = {role: [m for m in problem.candidates(role) if m not in barred] for role in problem.roles}
        self._free = free
        self._roles = sorted(problem.roles, key=lambda role: (len(free[role]), role))
        extras = problem.weights.ties if problem.ties else 0.0
        self._hope = [extras + (problem.weights.coverage if problem.domains else 0.0)]
        for role in reversed(self._roles):
            top = free[role][: problem.room(role)]
            self._hope.append(self._hope[-1] + sum(problem.fit_value(role, m) for m in top))
        self._hope.reverse()

    def fill(self, depth: int, team: dict[str, str | None]) -> None:
        problem = self._problem
        if any(shortfall(problem, rule, team) is not None for rule in self._upper):
            return
        had = math.fsum(problem.fit_value(role, m) for m, role in team.items() if role is not None)
        if had + self._hope[depth] < self._score - _EQUAL:
            return
        if depth == len(self._roles):
            self._consider(team)
            return
        for chosen in self._choices(self._roles[depth], team):
            self.fill(depth + 1, team | dict.fromkeys(chosen, self._roles[depth]))

    def _choices(self, role: str, team: dict[str, str | None]) -> Iterator[tuple[str, ...]]:
        room = self._problem.room(role)
        free = [m for m in self._free[role] if team.get(m) is None]
        for number in range(room, room - 1 if self._problem.roles[role].required else -1, -1):
            yield from combinations(free, number)

    def _consider(self, team: dict[str, str | None]) -> None:
        score = self._problem.score(team)
        if score < self._score - _EQUAL or gaps_of(self._problem, team):
            return
        if self.best is None or score > self._score + _EQUAL or _order(team) < _order(self.best):
            self.best, self._score = dict(team), max(score, self._score)


def _order(team: dict[str, str | None]) -> tuple[int, list[tuple[str, str]]]:
    return len(team), sorted((member, role or "") for member, role in team.items())
