"""Trans-S3 as it is stored."""

from hansa.strategy.models.priorities import Priority, PriorityFigure, PriorityMove, Step, StepResult
from hansa.strategy.models.regional import Facet, RegionalPriority, RegionalTag, StrategySource, Theme, ThemeDomain
from hansa.strategy.models.runs import EvidenceCopy, Run
from hansa.strategy.models.stepwork import (
    Criterion,
    CriterionScore,
    Disagreement,
    DisagreementAnswer,
    RatingRound,
    StepRule,
    Trend,
    TrendRating,
)

__all__ = [
    "Criterion",
    "CriterionScore",
    "Disagreement",
    "DisagreementAnswer",
    "EvidenceCopy",
    "Facet",
    "Priority",
    "PriorityFigure",
    "PriorityMove",
    "RatingRound",
    "RegionalPriority",
    "RegionalTag",
    "Run",
    "Step",
    "StepResult",
    "StepRule",
    "StrategySource",
    "Theme",
    "ThemeDomain",
    "Trend",
    "TrendRating",
]
