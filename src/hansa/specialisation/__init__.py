"""Specialisation: what regions are good at, what is near to it, and what partners add.

Pure arithmetic on region x domain tables: NumPy arrays in, read-only results out, no file and no database.

>>> from hansa.specialisation import Activity, measures
>>> table = Activity.from_long(
...     ["North", "North", "South", "South", "East", "East"],
...     ["ships", "wind", "ships", "food", "food", "wind"],
...     [40, 10, 30, 20, 25, 25],
... )
>>> found = measures(table)
>>> found.location_quotient.values[table.region_index("North"), table.domain_index("ships")].round(3).item()
1.714
>>> [(one.domain, round(one.density, 2)) for one in found.opportunities("North").ranked]
[('food', 0.5), ('wind', 0.0)]
"""

from .activity import Activity
from .advantage import (
    Diversity,
    LocationQuotient,
    Presence,
    Ubiquity,
    diversity,
    location_quotient,
    presence,
    ubiquity,
)
from .backtest import Backtest, Calibration, Figure, ScoreResult, backtest, naive_scores
from .change import (
    EntryExit,
    Growth,
    GrowthRates,
    QuotientChange,
    ShiftShare,
    ShiftShareParts,
    Turnover,
    entry_exit,
    growth,
    quotient_change,
    shift_share,
)
from .comparison import ComparedLabels
from .concentration import DomainConcentration, RegionConcentration, domain_concentration, region_concentration
from .cospecialisation import (
    CommonDomain,
    CommonDomains,
    CoSpecialisation,
    RegionPair,
    SharedDomain,
    common_domains,
    cospecialisation,
)
from .cross_space import (
    CrossProximity,
    cross_density,
    cross_proximity,
)
from .densities import (
    Density,
    DensityPart,
    DensityParts,
    RelativeDensity,
    RelativePart,
    RelativeParts,
    binary_density,
    nearest_density,
    portfolio_density,
    relative_density,
    weighted_density,
)
from .economic_complexity import Complexity, complexity, complexity_by_component
from .fitness import Fitness, fitness, stable_fitness
from .forecast import EntryModel, EntryScore, Forecast, entry_score, fit_entry_model, walk_forward
from .links import (
    LinkedComplementarity,
    LinkedPartner,
    Links,
    linked_complementarity,
)
from .long_table import LongTable, long_table
from .opportunity import Opportunities, Opportunity, PartnerAddition, ScoreWeights
from .outlook import ComplexityOutlook, complexity_outlook
from .overview import Measures, measures, opportunities
from .panel import Panel
from .partners import (
    AddedDensity,
    CarryingDomain,
    Complementarity,
    PairComplementarity,
    complementarity,
)
from .presets import Preset, Reproduced, preset, preset_measures, reproduce
from .quadrant import (
    Quadrant,
    QuadrantPoint,
    quadrant,
)
from .quotients import (
    LogQuotient,
    PopulationQuotient,
    SymmetricQuotient,
    log_quotient,
    population_quotient,
    symmetric_quotient,
)
from .ranking import ReliabilityBin, reliability
from .reflections import KnowledgeComplexity, Reflections, knowledge_complexity, reflections
from .relatedness import (
    DensityContribution,
    DensityExplanation,
    Proximity,
    RelatednessDensity,
    explain_density,
    proximity,
    relatedness_density,
)
from .reliable_core import Core, CoreScores, core_complexity, core_fitness, mapped_complexity, select_core
from .results import ActivityError, Definition, RelatednessMatrix
from .sign import SignEvidence
from .similarity import (
    CoOccurrence,
    Relatedness,
    binary_relatedness,
    co_occurrence,
    relatedness_index,
)
from .structural import (
    StructuralDistance,
    StructuralNeighbour,
    StructuralTable,
    VariableDistance,
    VariableTreatment,
    structural_distance,
)
from .suppression import SuppressionBounds, suppression_bounds
from .transitions import ENTRY, EXIT, TransitionRule, Transitions, transitions
from .uncertainty import Intervals, Perturbation, RandomRounding, SuppressedBetween, rank_intervals, resampled_intervals
from .validated import (
    ValidatedLink,
    ValidatedLinks,
    validated_links,
)
from .variety import GroupVariety, Variety, VarietyExplanation, explain_variety, related_variety

__all__ = [
    "ENTRY",
    "EXIT",
    "Activity",
    "ActivityError",
    "AddedDensity",
    "Backtest",
    "Calibration",
    "CarryingDomain",
    "CoOccurrence",
    "CoSpecialisation",
    "CommonDomain",
    "CommonDomains",
    "ComparedLabels",
    "Complementarity",
    "Complexity",
    "ComplexityOutlook",
    "Core",
    "CoreScores",
    "CrossProximity",
    "Definition",
    "Density",
    "DensityContribution",
    "DensityExplanation",
    "DensityPart",
    "DensityParts",
    "Diversity",
    "DomainConcentration",
    "EntryExit",
    "EntryModel",
    "EntryScore",
    "Figure",
    "Fitness",
    "Forecast",
    "GroupVariety",
    "Growth",
    "GrowthRates",
    "Intervals",
    "KnowledgeComplexity",
    "LinkedComplementarity",
    "LinkedPartner",
    "Links",
    "LocationQuotient",
    "LogQuotient",
    "LongTable",
    "Measures",
    "Opportunities",
    "Opportunity",
    "PairComplementarity",
    "Panel",
    "PartnerAddition",
    "Perturbation",
    "PopulationQuotient",
    "Presence",
    "Preset",
    "Proximity",
    "Quadrant",
    "QuadrantPoint",
    "QuotientChange",
    "RandomRounding",
    "Reflections",
    "RegionConcentration",
    "RegionPair",
    "Relatedness",
    "RelatednessDensity",
    "RelatednessMatrix",
    "RelativeDensity",
    "RelativePart",
    "RelativeParts",
    "ReliabilityBin",
    "Reproduced",
    "ScoreResult",
    "ScoreWeights",
    "SharedDomain",
    "ShiftShare",
    "ShiftShareParts",
    "SignEvidence",
    "StructuralDistance",
    "StructuralNeighbour",
    "StructuralTable",
    "SuppressedBetween",
    "SuppressionBounds",
    "SymmetricQuotient",
    "TransitionRule",
    "Transitions",
    "Turnover",
    "Ubiquity",
    "ValidatedLink",
    "ValidatedLinks",
    "VariableDistance",
    "VariableTreatment",
    "Variety",
    "VarietyExplanation",
    "backtest",
    "binary_density",
    "binary_relatedness",
    "co_occurrence",
    "common_domains",
    "complementarity",
    "complexity",
    "complexity_by_component",
    "complexity_outlook",
    "core_complexity",
    "core_fitness",
    "cospecialisation",
    "cross_density",
    "cross_proximity",
    "diversity",
    "domain_concentration",
    "entry_exit",
    "entry_score",
    "explain_density",
    "explain_variety",
    "fit_entry_model",
    "fitness",
    "growth",
    "knowledge_complexity",
    "linked_complementarity",
    "location_quotient",
    "log_quotient",
    "long_table",
    "mapped_complexity",
    "measures",
    "naive_scores",
    "nearest_density",
    "opportunities",
    "population_quotient",
    "portfolio_density",
    "presence",
    "preset",
    "preset_measures",
    "proximity",
    "quadrant",
    "quotient_change",
    "rank_intervals",
    "reflections",
    "region_concentration",
    "related_variety",
    "relatedness_density",
    "relatedness_index",
    "relative_density",
    "reliability",
    "reproduce",
    "resampled_intervals",
    "select_core",
    "shift_share",
    "stable_fitness",
    "structural_distance",
    "suppression_bounds",
    "symmetric_quotient",
    "transitions",
    "ubiquity",
    "validated_links",
    "walk_forward",
    "weighted_density",
]
