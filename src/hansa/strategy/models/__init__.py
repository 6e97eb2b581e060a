"""Trans-S3 as it is stored."""

from hansa.strategy.models.priorities import Priority, PriorityFigure, PriorityMove, Step, StepResult
from hansa.strategy.models.regional import Facet, RegionalPriority, RegionalTag, StrategySource, Theme, ThemeDomain
from hansa.strategy.models.runs import EvidenceCopy, Run
from hansa.strategy.models.sets import CommonSet, SetComputation, SetMember

__all__ = [
    "CommonSet",
    "EvidenceCopy",
    "Facet",
    "Priority",
    "PriorityFigure",
    "PriorityMove",
    "RegionalPriority",
    "RegionalTag",
    "Run",
    "SetComputation",
    "SetMember",
    "Step",
    "StepResult",
    "StrategySource",
    "Theme",
    "ThemeDomain",
]
