"""The six presets: what each package does, switch by switch."""

from __future__ import annotations

from typing import Final

from ..results import ActivityError
from .switches import Preset, Switch

_COMMON = (
    Switch("unknown", "zero", "It has no unknown cells: a row that is dropped becomes a zero."),
    Switch("presence", "LQ >= 1", "A region holds what it has at least its share of."),
)
_PROXIMITY = Switch(
    "proximity",
    "co-occurrence / larger ubiquity",
    "The smaller of the two conditional probabilities, as Hidalgo et al. (2007) have it.",
)
_EIGENVECTOR = Switch(
    "complexity_method", "eigenvector", "ECI and PCI are the second eigenvectors, as Hausmann et al. (2014) have them."
)
_POPULATION = Switch(
    "complexity_scale", "population standard deviation", "Standardised with the number of regions or domains itself."
)
_SAMPLE = "Standardised with one less than the number of regions or domains."
_OWN = Switch("pci_moments", "own", "PCI is standardised by its own mean and deviation.")
_BY_DIVERSITY = Switch(
    "eci_sign", "rises with diversity", "ECI is turned so that its plain correlation with diversity is positive."
)
_SHARES = Switch("density_scale", 1, "Density is printed as a share.")
_NOT_TURNED = "Reflections start from diversity and are not turned afterwards."
_COUNTED_FROM_START = Switch(
    "reflections_orders",
    "18 and 19",
    "Of 20 steps the start is the first; regions are read at the last even order, domains at the last odd one.",
)
_OUTLOOK_OF_PCI = (
    Switch("outlook_complexity", "pci", "The outlook adds up PCI.", "statement"),
    Switch("outlook_diagonal", "exclude", "The outlook uses the proximity of density, diagonal 0.", "statement"),
    Switch("outlook_zero", "mean", "The outlook uses PCI as it is printed.", "statement"),
    Switch("gain_divide_by", "gaining", "Contributions are divided by the gained domain's proximities.", "statement"),
)
_CONTRIBUTING = "Each contribution is divided by the proximities of the domain it is to."
_OWN_TERM_KEPT = "What the domain itself added to the outlook is not taken off."
_HELD_ARE_ZERO = "A domain that is held already is printed as a gain of 0."
_QUOTIENTS = ("lq", "presence")

ECOMPLEXITY: Final = Preset(
    "ecomplexity",
    "0.5.3",
    (
        *_COMMON,
        _PROXIMITY,
        Switch("density_relatedness", "proximity", "Density adds up proximity."),
        Switch(
            "density_diagonal", "include", "The diagonal of the proximity matrix stays 1, so a domain supports itself."
        ),
        _SHARES,
        _EIGENVECTOR,
        _POPULATION,
        Switch(
            "pci_moments", "eci", "PCI is moved and scaled by ECI's moments, so that ECI is the mean PCI of a basket."
        ),
        _BY_DIVERSITY,
        Switch("pci_sign", "with ECI", "PCI is turned together with ECI."),
        Switch("outlook_complexity", "pci", "The outlook adds up PCI."),
        Switch("outlook_diagonal", "include", "The outlook uses the same proximity as density, diagonal 1."),
        Switch("outlook_zero", "holdings", "The outlook uses PCI before it is standardised, whose mean holding is 0."),
        Switch("outlook_standardised", True, "COI is given mean 0 and population standard deviation 1."),
        Switch("gain_divide_by", "contributing", _CONTRIBUTING),
        Switch("gain_own_term", False, _OWN_TERM_KEPT),
        Switch("gain_of_held", "zero", _HELD_ARE_ZERO),
    ),
    ("diversity", "eci", "coi"),
    ("ubiquity", "pci"),
    (*_QUOTIENTS, "density", "cog"),
    ("proximity",),
)

ECONCOMPLEX: Final = Preset(
    "econcomplex",
    "1.0.1",
    (
        *_COMMON,
        _PROXIMITY,
        Switch(
            "relatedness_totals",
            "occurrence",
            "S is the number of regions that hold a domain and T the number of regions, diagonal and all.",
            "statement",
        ),
        Switch("density_relatedness", "proximity", "Density adds up proximity."),
        Switch("density_diagonal", "exclude", "The diagonal of the proximity matrix is set to 0."),
        _SHARES,
        _EIGENVECTOR,
        _POPULATION,
        _OWN,
        _BY_DIVERSITY,
        Switch("pci_sign", "falls with ubiquity", "PCI is turned on its own, so it may point against its own ECI."),
        Switch("reflections_orders", "20 and 20", "Both sides are read after the same number of steps."),
        Switch("reflections_scale", "population standard deviation", "Levels are standardised like ECI."),
        Switch(
            "reflections_domain_sign",
            "falls with ubiquity",
            "The even order on domains follows ubiquity and is turned round.",
        ),
        Switch("fitness_iterations", 20, "Fitness stops after 20 steps unless more are asked for."),
        Switch("fitness_update", "new", "Complexity uses the fitness of the same step."),
        Switch("fitness_limit", True, "With 2,000 steps it comes to its limit wherever its numbers do not overflow."),
        *_OUTLOOK_OF_PCI,
        Switch("gain_own_term", False, _OWN_TERM_KEPT, "statement"),
        Switch("gain_of_held", "zero", _HELD_ARE_ZERO, "statement"),
        Switch("entropy_offset", 0, "A share of zero adds nothing to entropy."),
    ),
    (
        "diversity", "eci", "eci_reflections", "fitness", "fitness_limit", "herfindahl", "herfindahl_normalised",
        "entropy", "krugman", "hoover", "hachman", "mean_lq",
    ),
    ("ubiquity", "pci", "pci_reflections", "complexity", "complexity_limit", "gini", "locational_gini"),
    (*_QUOTIENTS, "density", "cog"),
    ("proximity", "prob", "association", "cosine", "jaccard"),
)  # fmt: skip

ECONOMIC_COMPLEXITY: Final = Preset(
    "economic-complexity",
    "0.3.0",
    (
        *_COMMON,
        _PROXIMITY,
        Switch("density_relatedness", "proximity", "Density adds up proximity."),
        Switch("density_diagonal", "exclude", "The diagonal of the proximity matrix is set to 0."),
        _SHARES,
        Switch("complexity_method", "reflections", "ECI and PCI are reflections, not their limit."),
        Switch("complexity_scale", "sample standard deviation", _SAMPLE),
        Switch("eci_sign", "not turned", _NOT_TURNED),
        Switch("pci_sign", "not turned", _NOT_TURNED),
        _COUNTED_FROM_START,
        *_OUTLOOK_OF_PCI,
        Switch("gain_own_term", True, "The domain's own density times its PCI is taken off.", "statement"),
        Switch("gain_of_held", "scored", "Domains that are held already are scored too.", "statement"),
    ),
    ("diversity", "eci"),
    ("ubiquity", "pci"),
    (*_QUOTIENTS, "density", "cog"),
    ("proximity",),
)  # fmt: skip

FERMI_CREF: Final = Preset(
    "fermi-cref",
    "0.2.0",
    (
        *_COMMON,
        _PROXIMITY,
        Switch("density_relatedness", "proximity", "Density adds up proximity."),
        Switch("density_diagonal", "include", "The diagonal of the proximity matrix stays 1.", "statement"),
        _SHARES,
        _EIGENVECTOR,
        _POPULATION,
        _OWN,
        _BY_DIVERSITY,
        Switch(
            "pci_sign", "rises with ubiquity", "PCI is turned to rise with ubiquity, the reverse of the convention."
        ),
        Switch("fitness_iterations", None, "Fitness is iterated until it settles, up to 2,000 steps."),
    ),
    ("diversity", "eci", "fitness"),
    ("ubiquity", "pci", "complexity"),
    (*_QUOTIENTS, "density"),
    ("proximity",),
)

ECONGEO: Final = Preset(
    "EconGeo",
    "1.3",
    (
        *_COMMON,
        Switch(
            "quotient_decimals", 2, "The location quotient is rounded to 2 decimals where it is printed.", "statement"
        ),
        Switch(
            "relatedness_totals",
            "co-occurrence",
            "S is the sum of a domain's co-occurrences and T the sum of all, without the diagonal.",
        ),
        Switch("density_relatedness", "prob", "Density adds up the relatedness called prob, not proximity."),
        Switch("density_diagonal", "exclude", "A domain is not related to itself."),
        Switch("density_scale", 100, "Density is printed in percent."),
        Switch("density_decimals", 2, "Density is rounded to 2 decimals of a percent."),
        Switch("complexity_method", "eigenvector", "KCI and TCI are second eigenvectors, as Balland and Rigby (2017)."),
        Switch("complexity_scale", "sum of 1 or -1", "KCI and TCI are divided by their sum and not standardised."),
        Switch("matrix_decimals", 4, "The transition matrix is rounded to 4 decimals before it is solved."),
        Switch("eci_sign", "as its reflections", "KCI is turned to correlate with the reflections of regions."),
        Switch("pci_sign", "falls with ubiquity", "TCI is turned on its own, so it may point against its own KCI."),
        Switch("reflections_orders", "20 and 20", "Both sides are read after the same number of steps."),
        Switch("reflections_scale", "0 to 100", "The lowest level becomes 0 and the highest 100."),
        Switch(
            "reflections_domain_sign",
            "rises with ubiquity",
            "The even order on domains follows ubiquity and is left so: the most ubiquitous come first.",
        ),
        Switch("entropy_decimals", 3, "Entropy is rounded to 3 decimals."),
        Switch("entropy_offset", 1e-9, "1e-9 is added inside the logarithm, so that zeros need no case of their own."),
        Switch("gini_decimals", 3, "The Gini coefficient is rounded to 3 decimals; the locational one is not."),
    ),
    ("diversity", "eci", "eci_reflections", "herfindahl", "entropy", "krugman", "hoover", "hachman", "mean_lq"),
    ("ubiquity", "pci", "pci_reflections", "gini", "locational_gini"),
    (*_QUOTIENTS, "density", "density_binary"),
    ("co_occurrence", "prob", "association", "cosine", "jaccard"),
)

ECONOMICCOMPLEXITY: Final = Preset(
    "economiccomplexity",
    "2.0.0",
    (
        *_COMMON,
        _PROXIMITY,
        Switch("density_relatedness", "proximity", "Density adds up proximity."),
        Switch("density_diagonal", "include", "The diagonal of the proximity matrix stays 1."),
        _SHARES,
        _EIGENVECTOR,
        Switch("complexity_scale", "sample standard deviation", _SAMPLE),
        _OWN,
        Switch("eci_sign", "as its reflections", "ECI is turned to correlate with the reflections of regions."),
        Switch("pci_sign", "as its reflections", "PCI is turned to correlate with the reflections of domains."),
        _COUNTED_FROM_START,
        Switch("reflections_scale", "sample standard deviation", _SAMPLE),
        Switch("reflections_domain_sign", "falls with ubiquity", "The odd order on domains goes back to diversity."),
        Switch("fitness_iterations", 19, "Of 20 steps the start counts as the first."),
        Switch("fitness_update", "old", "Complexity uses the fitness of the step before."),
        Switch("outlook_complexity", "complexity", "The outlook adds up what its method gives, fitness complexity."),
        Switch("outlook_diagonal", "include", "The outlook uses the same proximity as density, diagonal 1."),
        Switch("outlook_zero", "mean", "The outlook uses complexity as it is printed, which is never negative."),
        Switch("outlook_standardised", False, "COI stays in the unit of complexity.", "statement"),
        Switch(
            "gain_divide_by", "contributing", _CONTRIBUTING,
            "statement",
        ),
        Switch("gain_own_term", False, _OWN_TERM_KEPT, "statement"),
        Switch("gain_of_held", "zero", _HELD_ARE_ZERO, "statement"),
    ),
    ("diversity", "eci", "eci_reflections", "fitness", "coi"),
    ("ubiquity", "pci", "pci_reflections", "complexity"),
    (*_QUOTIENTS, "density", "cog"),
    ("proximity",),
)  # fmt: skip

PRESETS: Final[tuple[Preset, ...]] = (
    ECOMPLEXITY,
    ECONCOMPLEX,
    ECONOMIC_COMPLEXITY,
    FERMI_CREF,
    ECONGEO,
    ECONOMICCOMPLEXITY,
)
"""All presets. "economic-complexity" (Python, Datawheel) and "economiccomplexity" (R) are two packages."""


def preset(name: str) -> Preset:
    """The preset of that name; raises ActivityError for any other.

    >>> preset("EconGeo").definition["density_decimals"], preset("EconGeo").why("matrix_decimals")
    (2, 'The transition matrix is rounded to 4 decimals before it is solved.')
    """
    for one in PRESETS:
        if one.name == name:
            return one
    raise ActivityError(f"There is no preset {name!r}; choose one of {', '.join(one.name for one in PRESETS)}.")
