"""Which end of a complexity ranking is the complex one, and how far that can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .results import Floats
from .spectrum import TIE, Block

RULE_DIVERSITY = "ECI rises with diversity (weighted by diversity)"
RULE_UBIQUITY = "PCI falls with ubiquity (weighted by ubiquity)"
RULE_LABEL = "first region label is positive"


@dataclass(frozen=True)
class SignEvidence:
    """Why ECI and PCI point the way they do, and how far that can be trusted.

    Correlations are those after orientation: `diversity_weighted` (the rule; weights = diversity) and `diversity`
    between ECI and diversity, `ubiquity_weighted` and `ubiquity` between PCI and ubiquity (expected negative).
    `noise` = 2/sqrt(regions): smaller correlations are indistinguishable from none. `rules_agree` counts how many of
    the four point the expected way (0..4). `firm` is True when the rule's correlation is at least `noise`, the
    unweighted correlation agrees, and PCI falls with ubiquity; when it is False, a single region more or less may turn
    the whole ranking around, or the two ends are two kinds of profile, and `explanation` says so.
    """

    rule: str
    diversity_weighted: float
    diversity: float
    ubiquity_weighted: float
    ubiquity: float
    noise: float
    rules_agree: int
    firm: bool
    explanation: str


def oriented(eci: Floats, pci: Floats, block: Block, regions: Sequence[str]) -> tuple[float, SignEvidence]:
    """The sign (+1 or -1) for ECI and PCI of one block, and its evidence; `regions` are the block's labels."""
    held_counts, holder_counts = block.held_counts, block.holder_counts
    figures = np.array(
        [
            _correlation(eci, held_counts, held_counts),
            _correlation(eci, held_counts, np.ones_like(held_counts)),
            _correlation(pci, holder_counts, holder_counts),
            _correlation(pci, holder_counts, np.ones_like(holder_counts)),
        ]
    )
    rule, direction = RULE_LABEL, float(np.sign(eci[regions.index(min(regions))])) or 1.0
    if abs(figures[0]) > TIE:
        rule, direction = RULE_DIVERSITY, float(np.sign(figures[0]))
    elif abs(figures[2]) > TIE:
        rule, direction = RULE_UBIQUITY, -float(np.sign(figures[2]))
    weighted, plain, falling, falling_plain = (float(one) for one in figures * direction)
    noise = 2.0 / float(np.sqrt(len(eci)))
    firm = rule == RULE_DIVERSITY and weighted >= noise and plain > 0 and falling < 0
    return direction, SignEvidence(
        rule=rule,
        diversity_weighted=weighted,
        diversity=plain,
        ubiquity_weighted=falling,
        ubiquity=falling_plain,
        noise=noise,
        rules_agree=sum((weighted > 0, plain > 0, falling < 0, falling_plain < 0)),
        firm=firm,
        explanation=_explanation(firm, plain > 0, falling < 0, weighted, noise),
    )


def _explanation(firm: bool, agrees: bool, falls: bool, weighted: float, noise: float) -> str:
    if firm:
        return f"ECI rises with diversity: weighted correlation {weighted:.3f}, noise level {noise:.3f}."
    doubts = "" if agrees else " and the unweighted correlation points the other way"
    doubts += "" if falls else " and PCI rises with ubiquity"
    return (
        f"The direction is uncertain: the weighted correlation of ECI with diversity is {weighted:.3f} against a noise "
        f"level of {noise:.3f}{doubts}; read the order as two poles before calling one of them complex."
    )


def _correlation(one: Floats, other: Floats, weights: Floats) -> float:
    """Weighted Pearson correlation; NaN-free: 0 where one of the two does not vary."""
    weights = weights / weights.sum()
    one, other = one - weights @ one, other - weights @ other
    spread = float(np.sqrt((weights @ one**2) * (weights @ other**2)))
    return float((weights * one) @ other) / spread if spread > 0 else 0.0
