"""Trans-S3 as it is stored."""

from hansa.strategy.models.consultations import (
    Answer,
    Consultation,
    FocusSession,
    Invitation,
    Point,
    Round,
    RoundItem,
)
from hansa.strategy.models.documents import Adoption, Document, DocumentVersion, DocumentWriting
from hansa.strategy.models.indicators import Indicator, IndicatorValue, Risk
from hansa.strategy.models.plan import (
    Action,
    Body,
    BudgetLine,
    Entry,
    FundingSource,
    Milestone,
    Seat,
    Signature,
    Vision,
    VisionEdit,
)
from hansa.strategy.models.priorities import Priority, PriorityFigure, PriorityMove, Step, StepResult
from hansa.strategy.models.recommendations import Recommendation, RecommendationMove, Uptake
from hansa.strategy.models.regional import Facet, RegionalPriority, RegionalTag, StrategySource, Theme, ThemeDomain
from hansa.strategy.models.reviews import Review, ReviewItem
from hansa.strategy.models.runs import EvidenceCopy, Run
from hansa.strategy.models.sets import CommonSet, SetComputation, SetMember
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
    "Action",
    "Adoption",
    "Answer",
    "Body",
    "BudgetLine",
    "CommonSet",
    "Consultation",
    "Criterion",
    "CriterionScore",
    "Disagreement",
    "DisagreementAnswer",
    "Document",
    "DocumentVersion",
    "DocumentWriting",
    "Entry",
    "EvidenceCopy",
    "Facet",
    "FocusSession",
    "FundingSource",
    "Indicator",
    "IndicatorValue",
    "Invitation",
    "Milestone",
    "Point",
    "Priority",
    "PriorityFigure",
    "PriorityMove",
    "RatingRound",
    "Recommendation",
    "RecommendationMove",
    "RegionalPriority",
    "RegionalTag",
    "Review",
    "ReviewItem",
    "Risk",
    "Round",
    "RoundItem",
    "Run",
    "Seat",
    "SetComputation",
    "SetMember",
    "Signature",
    "Step",
    "StepResult",
    "StepRule",
    "StrategySource",
    "Theme",
    "ThemeDomain",
    "Trend",
    "TrendRating",
    "Uptake",
    "Vision",
    "VisionEdit",
]
