"""From a call to its gaps, the ranked candidates per role and the best whole team, each member with its reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from hansa.matching.explain import Reason
from hansa.matching.teams.checks import Gap, gaps_of, shortfall
from hansa.matching.teams.clash import Clash, clash_of
from hansa.matching.teams.model import Model, Solved
from hansa.matching.teams.problem import Assignment, Problem, Rule
from hansa.matching.teams.records import Call, Member, TeamWeights
from hansa.matching.teams.small import best_by_trying, teams_to_try

_FEW = 20_000
METHODS = ("auto", "trying", "model")


@dataclass(frozen=True)
class Candidate:
    """One who could take an open role. `score` is what joining the present team adds, the sum of `reasons`; `meets` and
    `breaks` are rules that joining would newly meet or break."""

    role: str
    rank: int
    member: str
    score: float
    reasons: tuple[Reason, ...]
    meets: tuple[Rule, ...]
    breaks: tuple[Rule, ...]


@dataclass(frozen=True)
class Without:
    """The best team if one member is left out: its `score` and the `loss` against the best, who comes in and who goes
    as (role, member). All empty with a `clash` if there is no team without the member; `clash` None beside a score of
    None means that this could not be decided within the limit."""

    score: float | None
    loss: float | None
    comes: tuple[tuple[str | None, str], ...] = ()
    goes: tuple[tuple[str | None, str], ...] = ()
    clash: Clash | None = None


@dataclass(frozen=True)
class Place:
    """A member of the best team. `reasons` are the parts of the score it has a share in, `only` the domains of the call
    nobody else covers, `holds_up` the rules that fail if it simply leaves. `without` is None for members who
    were in the team before, or if it was not asked for."""

    member: str
    role: str | None
    reasons: tuple[Reason, ...]
    only: tuple[str, ...]
    holds_up: tuple[Rule, ...]
    without: Without | None


@dataclass(frozen=True)
class TeamAnswer:
    """What a call lacks and the best team for it.

    `status`: `optimal` (no team scores more), `bounded` (none scores more than `bound`), `impossible` (see `clash`) or
    `undecided` (none found within the limit). `gaps` and `candidates` speak of the team as it is. The contributions
    of `reasons` add up to `score`. `coordinator` holds the leading role; where no role leads but an SME must, it is the
    SME that suits its role best. `version` is that of the weights.
    """

    status: str
    gaps: tuple[Gap, ...]
    candidates: Mapping[str, tuple[Candidate, ...]]
    score: float | None
    bound: float | None
    reasons: tuple[Reason, ...]
    places: tuple[Place, ...]
    coordinator: str | None
    clash: Clash | None
    method: str
    version: str

    @property
    def team(self) -> dict[str, str | None]:
        """Member id to role id of the best team, empty if there is none."""
        return {place.member: place.role for place in self.places}

    @property
    def gap(self) -> float | None:
        """How much a better team could gain at most: 0 if the team is optimal."""
        return None if self.score is None or self.bound is None else max(0.0, self.bound - self.score)


def best_team(
    call: Call,
    members: Iterable[Member],
    scores: Mapping[str, Mapping[str, float]],
    *,
    ties: Mapping[tuple[str, str], float] | None = None,
    weights: TeamWeights | None = None,
    shown: int = 10,
    leave_out: bool = True,
    method: str = "auto",
    node_limit: int = 2_000,
) -> TeamAnswer:
    """The best team for a call, with proof or bound, and what is missing without it.

    `scores` gives each role's candidates a score in 0 to 1 from any ranker; nobody without a score above 0 is
    considered for a role. A member holds one role at most; members of `call.team` stay. `ties` are pairs that
    worked together, 0 to 1. `shown` candidates per role are listed; `leave_out` solves again without each new member.
    `method`: `trying` tries every team, `model` asks HiGHS, `auto` tries where there are at most 20,000 ways to fill
    the roles. `node_limit` bounds the solver's work in search nodes, not seconds, so that the same input gives the
    same answer. Raises ValueError for scores outside 0 to 1, ids without a record, repeated ids and unknown roles.

    >>> from hansa.matching.teams import Role, Rules
    >>> call = Call((Role("lead", leads=True), Role("lab")), Rules(countries=2, sme_led=True))
    >>> members = [Member("a", "PL84", sme=True), Member("b", "PL84"), Member("c", "LT02")]
    >>> answer = best_team(call, members, {"lead": {"a": 0.5, "b": 0.9}, "lab": {"b": 0.8, "c": 0.6}})
    >>> answer.status, answer.team, round(answer.score, 3)
    ('optimal', {'a': 'lead', 'c': 'lab'}, 0.55)
    """
    if method not in METHODS:
        raise ValueError(f"The method is {method!r}: it must be one of {', '.join(METHODS)}.")
    if shown < 0 or node_limit < 1:
        raise ValueError("`shown` must be 0 or more and `node_limit` at least 1.")
    problem = Problem(call, members, scores, ties, weights)
    if method == "auto":
        method = "trying" if teams_to_try(problem) <= _FEW else "model"
    solved = _solved(problem, method, node_limit)
    clash = clash_of(problem, node_limit) if solved.team is None and solved.decided else None
    if solved.team is None:
        status, score, bound = ("impossible" if solved.decided else "undecided"), None, None
    else:
        score = problem.score(solved.team)
        status, bound = ("optimal", score) if solved.decided else ("bounded", solved.bound)
    team = solved.team or {}
    return TeamAnswer(
        status=status,
        gaps=gaps_of(problem, call.team),
        candidates={role: _candidates(problem, role)[:shown] for role in problem.roles if problem.room(role)},
        score=score,
        bound=bound,
        reasons=problem.reasons(team) if score is not None else (),
        places=tuple(_place(problem, member, team, method, node_limit if leave_out else 0) for member in sorted(team)),
        coordinator=_coordinator(problem, team),
        clash=clash,
        method=method,
        version=problem.weights.version,
    )


def gaps(call: Call, members: Iterable[Member]) -> tuple[Gap, ...]:
    """What the team of a call lacks as it is: open roles and rules not met. Raises ValueError as `best_team` does."""
    problem = Problem(call, members, {})
    return gaps_of(problem, call.team)


def _solved(problem: Problem, method: str, node_limit: int, barred: Collection[str] = ()) -> Solved:
    if method == "trying":
        team = best_by_trying(problem, barred)
        return Solved(team, 0.0 if team is None else problem.score(team), decided=True)
    solved = Model(problem, barred).solve(node_limit)
    if solved.team is not None:
        wrong = gaps_of(problem, solved.team)
        if wrong:
            raise RuntimeError(f"The solver's team breaks the rule {wrong[0].rule}.")
    return solved


def _candidates(problem: Problem, role: str) -> tuple[Candidate, ...]:
    team = problem.call.team
    before = {_key(reason) for reason in problem.reasons(team)}
    unmet = {gap.rule for gap in gaps_of(problem, team)}
    found: list[tuple[float, str, tuple[Reason, ...], tuple[Rule, ...], tuple[Rule, ...]]] = []
    for member in problem.candidates(role):
        joined = {**team, member: role}
        added = tuple(reason for reason in problem.reasons(joined) if _key(reason) not in before)
        failing = [rule for rule in problem.rules if shortfall(problem, rule, joined) is not None]
        meets = tuple(r for r in problem.rules if r in unmet and r not in failing and r.code != "role")
        breaks = tuple(r for r in failing if r not in unmet)
        found.append((sum(reason.contribution for reason in added), member, added, meets, breaks))
    found.sort(key=lambda one: (-one[0], one[1]))
    return tuple(
        Candidate(role, rank, member, score, reasons, meets, breaks)
        for rank, (score, member, reasons, meets, breaks) in enumerate(found, start=1)
    )


def _key(reason: Reason) -> tuple[str, str]:
    params = reason.params
    return reason.code, str(params["domain"] if reason.code == "covers_domain" else sorted(params.items()))


def _place(problem: Problem, member: str, team: Assignment, method: str, node_limit: int) -> Place:
    rest = {other: role for other, role in team.items() if other != member}
    asked = node_limit > 0 and member not in problem.call.team
    mine = [r for r in problem.reasons(team) if member in (r.params.get("member"), *r.params.get("members", ()))]
    return Place(
        member=member,
        role=team[member],
        reasons=tuple(mine),
        only=tuple(d for d in problem.domains if problem.covers[d] & team.keys() == {member}),
        holds_up=tuple(gap.rule for gap in gaps_of(problem, rest)),
        without=_without(problem, member, team, method, node_limit) if asked else None,
    )


def _without(problem: Problem, member: str, team: Assignment, method: str, node_limit: int) -> Without:
    other = _solved(problem, method, node_limit, (member,))
    if other.team is None:
        return Without(None, None, clash=clash_of(problem, node_limit, (member,)) if other.decided else None)
    score = problem.score(other.team)
    then, now = {(role, m) for m, role in other.team.items()}, {(role, m) for m, role in team.items()}
    return Without(score, problem.score(team) - score, _sorted(then - now), _sorted(now - then))


def _sorted(pairs: set[tuple[str | None, str]]) -> tuple[tuple[str | None, str], ...]:
    return tuple(sorted(pairs, key=lambda pair: (pair[0] or "", pair[1])))


def _coordinator(problem: Problem, team: Assignment) -> str | None:
    leading = [m for m, role in team.items() if role is not None and problem.roles[role].leads]
    if leading or not problem.call.rules.sme_led:
        return leading[0] if leading else None
    firms = [m for m in sorted(team) if problem.members[m].sme]
    values = {m: 0.0 if (role := team[m]) is None else problem.fit_value(role, m) for m in firms}
    return min(firms, key=lambda m: (-values[m], m)) if firms else None
