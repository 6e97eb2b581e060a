"""A team question as a mixed-integer linear model, solved by HiGHS through SciPy (Huangfu and Hall 2018)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hansa.matching.teams.problem import Problem, Rule

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SCALE = 1000.0
"""The solver stops at an absolute gap of 1e-6, so the score is made larger for it."""


@dataclass(frozen=True)
class Solved:
    """`team` None if there is none or none was found in time (`decided` tells which); `bound`: no team scores more."""

    team: dict[str, str | None] | None
    bound: float
    decided: bool


class Model:
    """Variables: who holds which role, who is in the team, and helpers between 0 and 1 for places, domains and pairs.

    Every row that states a `Rule` can be given up at a price of 1, which is how clashes are found.
    """

    def __init__(self, problem: Problem, barred: Collection[str] = ()) -> None:
        self._problem = problem
        self._high: list[float] = []
        self._low: list[float] = []
        self._whole: list[int] = []
        self._gain: list[float] = []
        self._rows: list[tuple[list[int], list[float], float, float, Rule | None]] = []
        self._holds: dict[tuple[str, str], int] = {}
        self._in: dict[str, int] = {}
        self._variable(high=0.0)  # a model without variables is none to the solver
        self._members(frozenset(barred))
        self._score()
        for rule in problem.rules:
            self._state(rule)

    def solve(self, node_limit: int) -> Solved:
        """The best team that meets every rule."""
        result = self._run(np.array(self._gain) * -_SCALE, {}, node_limit)
        decided = result.status in (0, 2)
        if result.x is None:
            return Solved(None, float("-inf") if decided else self._ceiling(), decided)
        team = self._team(result.x)
        score = self._problem.score(team)
        bound = result.mip_dual_bound
        ceiling = self._ceiling() if bound is None or not np.isfinite(bound) else min(self._ceiling(), -bound / _SCALE)
        return Solved(team, max(score, ceiling), decided)

    def given_up(self, kept: Collection[Rule], node_limit: int) -> frozenset[Rule] | None:
        """The fewest rules to give up so that a team exists while all `kept` hold; None if there is no such team.
        Raises TimeoutError if that could not be decided within the limit."""
        costs = {rule: float(rule not in kept) for rule in self._problem.rules}
        result = self._run(np.zeros(len(self._gain)), costs, node_limit)
        if result.status == 2:
            return None
        if result.status != 0:
            raise TimeoutError("The solver stopped before it knew which rules clash.")
        start = len(self._gain)
        return frozenset(r for i, r in enumerate(self._problem.rules) if result.x[start + i] > 0.5)

    def _run(self, costs: NDArray[np.float64], slack: dict[Rule, float], node_limit: int) -> Any:
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import coo_array

        place = {rule: len(self._gain) + i for i, rule in enumerate(slack)}
        data: list[float] = []
        at: tuple[list[int], list[int]] = ([], [])
        for number, (columns, factors, low, high, rule) in enumerate(self._rows):
            data += factors
            at[1].extend(columns)
            if rule is not None and rule in place:
                most = sum(max(f, 0.0) for f in factors)
                least = sum(min(f, 0.0) for f in factors)
                data.append(low - least if np.isfinite(low) else high - most)
                at[1].append(place[rule])
            at[0].extend([number] * (len(data) - len(at[0])))
        width = len(self._gain) + len(slack)
        table = coo_array((data, at), shape=(len(self._rows), width)).tocsr()
        limits = np.array([(row[2], row[3]) for row in self._rows], dtype=np.float64).reshape(-1, 2)
        return milp(
            np.append(costs, list(slack.values())),
            integrality=np.array([*self._whole, *[1] * len(slack)]),
            bounds=Bounds(np.array([*self._low, *[0.0] * len(slack)]), np.array([*self._high, *slack.values()])),
            constraints=LinearConstraint(table, limits[:, 0], limits[:, 1]),
            options={"node_limit": node_limit, "mip_rel_gap": 0.0},
        )

    def _variable(self, *, low: float = 0.0, high: float = 1.0, whole: bool = False, gain: float = 0.0) -> int:
        self._low.append(low)
        self._high.append(high)
        self._whole.append(int(whole))
        self._gain.append(gain)
        return len(self._gain) - 1

    def _row(
        self, columns: Sequence[int], factors: Sequence[float], low: float, high: float, rule: Rule | None = None
    ) -> None:
        self._rows.append((list(columns), list(factors), low, high, rule))

    def _members(self, barred: frozenset[str]) -> None:
        problem, team = self._problem, self._problem.call.team
        for role in problem.roles:
            fixed = [m for m in sorted(team) if team[m] == role]
            for member in fixed:
                self._holds[member, role] = self._variable(low=1.0, gain=problem.fit_value(role, member))
            found: list[int] = []
            for member in (m for m in problem.candidates(role) if m not in barred):
                found.append(self._variable(whole=True, gain=problem.fit_value(role, member)))
                self._holds[member, role] = found[-1]
            if found:
                self._row(found, [1.0] * len(found), -np.inf, problem.room(role))
        held: dict[str, list[int]] = {}
        for (member, _), column in self._holds.items():
            held.setdefault(member, []).append(column)
        for member in sorted({*held, *team}):
            columns = held.get(member, [])
            there = self._in[member] = self._variable(low=float(member in team))
            loose = member in team and team[member] is None
            self._row([there, *columns], [1.0, *[-1.0] * len(columns)], 0.0, 1.0 if loose else 0.0)

    def _score(self) -> None:
        problem = self._problem
        for domain in problem.domains:
            covered = self._variable(gain=problem.coverage_value())
            self._any_of(covered, problem.covers[domain])
        for pair, tie in problem.ties.items():
            if pair[0] in self._in and pair[1] in self._in and problem.tie_value(tie):
                both = self._variable(gain=problem.tie_value(tie))
                for member in pair:
                    self._row([both, self._in[member]], [1.0, -1.0], -np.inf, 0.0)

    def _any_of(self, column: int, members: Iterable[str]) -> None:
        """A helper may only be 1 where one of the members is in the team."""
        there = [self._in[m] for m in sorted(members) if m in self._in]
        self._row([column, *there], [1.0, *[-1.0] * len(there)], -np.inf, 0.0)

    def _state(self, rule: Rule) -> None:
        problem, least = self._problem, rule.number
        people = {m: problem.members[m] for m in self._in}
        if rule.code == "role":
            self._count([c for (_, role), c in self._holds.items() if role == rule.subject], rule, low=least)
        elif rule.code in ("countries", "regions"):
            self._different(rule, {m: self._place(rule, m) for m in people})
        elif rule.code in ("at_least", "at_most"):
            there = [self._in[m] for m, one in people.items() if one.region.startswith(rule.subject)]
            self._between(there, rule, rule.code == "at_least")
        elif rule.code in ("fewest", "most"):
            self._between(list(self._in.values()), rule, rule.code == "fewest")
        elif rule.code in ("least_per_country", "most_per_country"):
            self._per_country(rule)
        elif rule.code == "sme_led":
            self._sme_led(rule)
        elif rule.code in ("include", "exclude"):
            there = [self._in[m] for m in (rule.subject,) if m in self._in]
            self._count(there, rule, low=1) if rule.code == "include" else self._count(there, rule, high=0)
        elif rule.code == "helix":
            self._count([self._in[m] for m, one in people.items() if one.helix == rule.subject], rule, low=1)
        elif rule.code == "domain":
            self._count([self._in[m] for m in self._in if m in problem.covers[rule.subject]], rule, low=1)
        else:
            self._owners(rule)

    def _count(self, columns: list[int], rule: Rule, low: float = -np.inf, high: float = np.inf) -> None:
        self._row(columns, [1.0] * len(columns), low, high, rule)

    def _between(self, columns: list[int], rule: Rule, least: bool) -> None:
        self._count(columns, rule, low=rule.number) if least else self._count(columns, rule, high=rule.number)

    def _place(self, rule: Rule, member: str) -> str | None:
        one = self._problem.members[member]
        return one.country if rule.code == "countries" else one.region_at(self._problem.call.rules.region_level)

    def _different(self, rule: Rule, places: dict[str, str | None]) -> None:
        flags = []
        for place in sorted({p for p in places.values() if p}):
            flags.append(self._variable())
            self._any_of(flags[-1], [m for m, p in places.items() if p == place])
        self._count(flags, rule, low=rule.number)

    def _per_country(self, rule: Rule) -> None:
        by_country: dict[str, list[int]] = {}
        for member, column in self._in.items():
            country = self._problem.members[member].country
            if country:
                by_country.setdefault(country, []).append(column)
        for columns in by_country.values():
            if rule.code == "most_per_country":
                self._count(columns, rule, high=rule.number)
                continue
            present = self._variable()
            for column in columns:
                self._row([present, column], [1.0, -1.0], 0.0, np.inf)
            self._row([*columns, present], [*[1.0] * len(columns), -float(rule.number)], 0.0, np.inf, rule)

    def _sme_led(self, rule: Rule) -> None:
        problem = self._problem
        leading = {role.id for role in problem.roles.values() if role.leads}
        if leading:
            columns = [c for (m, role), c in self._holds.items() if role in leading and problem.members[m].sme]
        else:
            columns = [c for m, c in self._in.items() if problem.members[m].sme]
        self._count(columns, rule, low=1)

    def _owners(self, rule: Rule) -> None:
        by_owner: dict[str, list[int]] = {}
        for member, column in self._in.items():
            owner = self._problem.members[member].owner
            if owner is not None:
                by_owner.setdefault(owner, []).append(column)
        for columns in by_owner.values():
            if len(columns) > 1:
                self._count(columns, rule, high=1)

    def _ceiling(self) -> float:
        w = self._problem.weights
        ties = w.ties if self._problem.ties else 0.0
        return w.fit + (w.coverage if self._problem.domains else 0.0) + ties

    def _team(self, values: NDArray[np.float64]) -> dict[str, str | None]:
        team: dict[str, str | None] = dict(self._problem.call.team)
        for (member, role), column in self._holds.items():
            if values[column] > 0.5:
                team[member] = role
        return team
