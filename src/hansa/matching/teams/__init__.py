"""Teams for a call: gaps, candidates per role, and the best whole consortium with its proof and its reasons."""

from __future__ import annotations

from hansa.matching.teams.answer import Candidate, Place, TeamAnswer, Without, best_team, gaps
from hansa.matching.teams.checks import Gap, say
from hansa.matching.teams.clash import Clash
from hansa.matching.teams.problem import Rule
from hansa.matching.teams.records import HELICES, Call, Member, Role, Rules, TeamWeights, scores_from_hits

__all__ = [
    "HELICES", "Call", "Candidate", "Clash", "Gap", "Member", "Place", "Role", "Rule", "Rules", "TeamAnswer",
    "TeamWeights", "Without", "best_team", "gaps", "say", "scores_from_hits",
]  # fmt: skip
