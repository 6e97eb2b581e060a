"""A call with its candidates made ready: who may hold which role, the rules one by one, the additive score."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hansa.matching.explain import Reason
from hansa.matching.records import nests
from hansa.matching.teams.records import Call, Member, Role, TeamWeights

Assignment = Mapping[str, str | None]
"""Member id to the id of the role held, None for a member without one."""
_UPPER = ("at_most", "most_per_country", "exclude", "most", "one_per_owner")


@dataclass(frozen=True, order=True)
class Rule:
    """One rule that can be met or not, and named in a clash: `code`, what it is about, the number it asks for."""

    code: str
    subject: str = ""
    number: int = 1

    @property
    def upper(self) -> bool:
        """Whether adding members can only break it."""
        return self.code in _UPPER


class Problem:
    """Checked input of one team question. `fit` holds the score per role of all that may hold it."""

    def __init__(
        self,
        call: Call,
        members: Iterable[Member],
        scores: Mapping[str, Mapping[str, float]],
        ties: Mapping[tuple[str, str], float] | None = None,
        weights: TeamWeights | None = None,
    ) -> None:
        self.call = call
        self.weights = weights or TeamWeights()
        self.members = _by_id(members)
        for member in [*call.team, *call.rules.include]:
            if member not in self.members:
                raise ValueError(f"{member} is in the team or must be, but not among the members: add a record.")
        self.roles: dict[str, Role] = {role.id: role for role in call.roles}
        self.fit = self._checked_scores(scores)
        self.ties = self._checked_ties(ties or {})
        self.rules = _rules(call)
        self.slots = max(1, sum(role.count for role in call.roles))
        heads = self.slots + sum(role is None for role in call.team.values())
        self._pairs = max(1, heads * (heads - 1) // 2)
        self.covers: dict[str, frozenset[str]] = {
            domain: frozenset(m.id for m in self.members.values() if any(nests(domain, c) for c in m.domains))
            for domain in dict.fromkeys((*call.domains, *call.rules.domains))
        }
        self.domains = tuple(dict.fromkeys(call.domains))

    def fit_value(self, role: str, member: str) -> float:
        """What a member adds by holding a role; 0 for one without a score, who can be there only from the start."""
        return self.weights.fit * self.fit[role].get(member, 0.0) / self.slots

    def coverage_value(self) -> float:
        """What one more covered domain adds."""
        return self.weights.coverage / len(self.domains) if self.domains else 0.0

    def tie_value(self, tie: float) -> float:
        """What a pair adds that worked together before."""
        return self.weights.ties * tie / self._pairs

    def reasons(self, team: Assignment) -> tuple[Reason, ...]:
        """The parts of a team's score, which is their sum."""
        parts = [
            Reason("fit", self.fit_value(role, member), "fits_role", {"member": member, "role": role})
            for member, role in sorted(team.items())
            if role is not None
        ]
        for domain in self.domains:
            having = sorted(self.covers[domain] & team.keys())
            if having:
                parts.append(Reason("coverage", self.coverage_value(), "covers_domain", _covered(domain, having)))
        for pair, tie in self.ties.items():
            if pair[0] in team and pair[1] in team:
                parts.append(Reason("ties", self.tie_value(tie), "worked_together", {"members": list(pair)}))
        return tuple(parts)

    def score(self, team: Assignment) -> float:
        """The additive score of a team, 0 to the sum of the weights."""
        return math.fsum(reason.contribution for reason in self.reasons(team))

    def room(self, role: str) -> int:
        """Members that may still be found for a role."""
        return max(0, self.roles[role].count - list(self.call.team.values()).count(role))

    def candidates(self, role: str) -> list[str]:
        """Who may be given a role: all with a score who hold none yet, the best first, equal scores in order of id."""
        free = [m for m in self.fit[role] if self.call.team.get(m) is None]
        return sorted(free, key=lambda m: (-self.fit[role][m], m))

    def _checked_scores(self, scores: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
        unknown = sorted(set(scores) - set(self.roles))
        if unknown:
            raise ValueError(f"There are scores for the role {unknown[0]!r}, which the call does not have.")
        fit: dict[str, dict[str, float]] = {}
        for role in self.roles.values():
            row: dict[str, float] = {}
            for member, score in scores.get(role.id, {}).items():
                if not 0 <= score <= 1:
                    raise ValueError(f"The score of {member} for role {role.id} is {score}: it must lie in 0 to 1.")
                if member not in self.members:
                    raise ValueError(f"{member} has a score for role {role.id} but no record: add it to the members.")
                if score > 0 and (not role.kinds or self.members[member].kind in role.kinds):
                    row[member] = float(score)
            fit[role.id] = row
        return fit

    def _checked_ties(self, ties: Mapping[tuple[str, str], float]) -> dict[tuple[str, str], float]:
        made: dict[tuple[str, str], float] = {}
        for (one, other), tie in ties.items():
            if not 0 <= tie <= 1 or one == other:
                raise ValueError(f"The tie of {one} and {other} is {tie}: it must join two and lie in 0 to 1.")
            if tie > 0 and one in self.members and other in self.members:
                pair = (min(one, other), max(one, other))
                made[pair] = max(made.get(pair, 0.0), float(tie))
        return dict(sorted(made.items()))


def _covered(domain: str, members: list[str]) -> dict[str, object]:
    return {"domain": domain, "members": members}


def _by_id(members: Iterable[Member]) -> dict[str, Member]:
    found: dict[str, Member] = {}
    for member in members:
        if member.id in found:
            raise ValueError(f"The member id {member.id} is used twice: give each its own.")
        found[member.id] = member
    return dict(sorted(found.items()))


def _rules(call: Call) -> tuple[Rule, ...]:
    """Every rule of a call that can fail, roles first."""
    asked = call.rules
    made = [Rule("role", role.id, role.count) for role in call.roles if role.required]
    made += [Rule("countries", number=asked.countries)] if asked.countries else []
    made += [Rule("regions", number=asked.regions)] if asked.regions else []
    made += [Rule("at_least", place, number) for place, number in sorted(asked.at_least.items()) if number]
    made += [Rule("at_most", place, number) for place, number in sorted(asked.at_most.items())]
    for code in ("least_per_country", "most_per_country", "fewest", "most"):
        number = getattr(asked, code)
        made += [Rule(code, number=number)] if number is not None else []
    made += [Rule("sme_led")] if asked.sme_led else []
    made += [Rule("include", member) for member in sorted(set(asked.include))]
    made += [Rule("exclude", member) for member in sorted(set(asked.exclude))]
    made += [Rule("helix", helix) for helix in dict.fromkeys(asked.helix)]
    made += [Rule("domain", domain) for domain in dict.fromkeys(asked.domains)]
    made += [Rule("one_per_owner")] if asked.one_per_owner else []
    return tuple(made)
