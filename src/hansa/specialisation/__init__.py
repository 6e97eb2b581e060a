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
from .economic_complexity import Complexity, complexity, complexity_by_component
from .opportunity import Opportunities, Opportunity, PartnerAddition, ScoreWeights
from .overview import Measures, measures, opportunities
from .partners import (
    AddedDensity,
    CarryingDomain,
    Complementarity,
    PairComplementarity,
    complementarity,
)
from .relatedness import (
    DensityContribution,
    DensityExplanation,
    Proximity,
    RelatednessDensity,
    explain_density,
    proximity,
    relatedness_density,
)
from .results import ActivityError, Definition
from .sign import SignEvidence

__all__ = [
    "Activity",
    "ActivityError",
    "AddedDensity",
    "CarryingDomain",
    "Complementarity",
    "Complexity",
    "Definition",
    "DensityContribution",
    "DensityExplanation",
    "Diversity",
    "LocationQuotient",
    "Measures",
    "Opportunities",
    "Opportunity",
    "PairComplementarity",
    "PartnerAddition",
    "Presence",
    "Proximity",
    "RelatednessDensity",
    "ScoreWeights",
    "SignEvidence",
    "Ubiquity",
    "complementarity",
    "complexity",
    "complexity_by_component",
    "diversity",
    "explain_density",
    "location_quotient",
    "measures",
    "opportunities",
    "presence",
    "proximity",
    "relatedness_density",
    "ubiquity",
]
