"""Trans-S3 as it is stored."""

from hansa.strategy.models.documents import Adoption, Document, DocumentVersion, DocumentWriting
from hansa.strategy.models.priorities import Priority, PriorityFigure, PriorityMove, Step, StepResult
from hansa.strategy.models.regional import Facet, RegionalPriority, RegionalTag, StrategySource, Theme, ThemeDomain
from hansa.strategy.models.runs import EvidenceCopy, Run

__all__ = [
    "Adoption",
    "Document",
    "DocumentVersion",
    "DocumentWriting",
    "EvidenceCopy",
    "Facet",
    "Priority",
    "PriorityFigure",
    "PriorityMove",
    "RegionalPriority",
    "RegionalTag",
    "Run",
    "Step",
    "StepResult",
    "StrategySource",
    "Theme",
    "ThemeDomain",
]
