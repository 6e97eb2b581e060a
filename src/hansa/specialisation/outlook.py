"""Complexity outlook: how much complexity lies near a region, and how much nearer one more domain would bring it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from .activity import Activity
from .advantage import Presence, presence
from .economic_complexity import Complexity, complexity_from
from .relatedness import Diagonal, Proximity, RelatednessDensity, density_from, proximity_from, proximity_totals
from .results import ActivityError, Definition, Floats, read_only

DivideBy = Literal["contributing", "gaining"]
Scored = Literal["lacked", "all"]
PciZero = Literal["mean", "holdings"]


@dataclass(frozen=True, eq=False)
class ComplexityOutlook:
    """Complexity outlook index `coi` (regions,) and outlook gain `cog` (regions, domains), in the unit of PCI.

    NaN for regions and domains without activity, for domains without PCI, and for pairs that are not scored.
    """

    regions: tuple[str, ...]
    domains: tuple[str, ...]
    coi: Floats
    cog: Floats
    definition: Definition


def complexity_outlook(
    activity: Activity,
    *,
    diagonal: Diagonal = "exclude",
    divide_by: DivideBy = "contributing",
    own_term: bool = True,
    scored: Scored = "lacked",
    pci_zero: PciZero = "mean",
    standardise_coi: bool = False,
    threshold: float = 1.0,
) -> ComplexityOutlook:
    """COI_r = sum_i omega_ri L_ri PCI_i and COG_ri = sum_j L_rj phi_ij PCI_j / sum_k phi_jk - omega_ri PCI_i.

    Hausmann, Hidalgo et al. (2014). L_ri = 1 where the region is known to lack i, omega is the relatedness density.
    With the defaults COG is exactly the change of COI when r takes up i, proximity and PCI staying as they are: the
    density of each lacked j grows by phi_ij / sum_k phi_jk, and i itself is no outlook any more. The switches give
    the variants in use: `diagonal` (j = i in the sums, see `relatedness_density`); `divide_by="gaining"` divides by
    the sum of i instead of j's; `own_term=False` leaves out the last term; `scored="all"` answers for held domains
    too. `pci_zero` says which PCI counts nothing: that of the mean domain, or ("holdings") of the mean holding, each
    domain counted once per holder; COI and COG depend on it. `standardise_coi` gives COI mean 0 and population
    standard deviation 1 over the regions. Unknown cells are neither held nor lacked: no outlook, no gain.

    >>> table = Activity.from_matrix(
    ...     "ABCD", "vwxyz", [[4, 0, 0, 2, 1], [4, 3, 2, 2, 2], [4, 0, 2, 3, 2], [4, 4, 4, 2, 4]]
    ... )
    >>> found = complexity_outlook(table)
    >>> found.coi.round(3).tolist()
    [-0.015, -0.48, -1.105, 0.747]
    >>> found.cog[2].round(3).tolist()
    [nan, 0.159, nan, nan, -0.159]
    """
    held = presence(activity, threshold)
    return outlook_from(
        held,
        proximity_from(held),
        complexity_from(held),
        diagonal=diagonal,
        divide_by=divide_by,
        own_term=own_term,
        scored=scored,
        pci_zero=pci_zero,
        standardise_coi=standardise_coi,
    )


def outlook_from(
    held: Presence,
    phi: Proximity,
    found: Complexity,
    *,
    diagonal: Diagonal = "exclude",
    divide_by: DivideBy = "contributing",
    own_term: bool = True,
    scored: Scored = "lacked",
    pci_zero: PciZero = "mean",
    standardise_coi: bool = False,
    density: RelatednessDensity | None = None,
) -> ComplexityOutlook:
    """Outlook of an already computed presence, proximity and complexity (and density with the same diagonal).

    PCI keeps the moments of `found`; COG has the precision of `phi`.
    """
    _check(divide_by, scored, pci_zero)
    near = density or density_from(held, phi, diagonal)
    if near.definition["diagonal"] != diagonal:
        raise ActivityError(
            f"The density was computed with the diagonal rule {near.definition['diagonal']!r}, the outlook asks for "
            f"{diagonal!r}; use one rule for both."
        )
    totals = proximity_totals(phi, diagonal).astype(np.float64)
    per_total = np.divide(1.0, totals, out=np.zeros_like(totals), where=totals > 0)
    ranked = np.isfinite(found.pci)
    pci = np.where(ranked, found.pci, 0.0)
    if pci_zero == "holdings" and ranked.any():
        counts = held.holder_counts * ranked
        pci = np.where(ranked, pci - counts @ pci / counts.sum(), 0.0)
    reached = np.nan_to_num(near.values, nan=0.0)
    coi = np.where(held.lacked, reached, 0.0) @ pci
    cog = _gains(held, phi, pci, per_total, diagonal, divide_by)
    if own_term:
        cog -= (reached * pci).astype(cog.dtype)
    answered = held.lacked if scored == "lacked" else held.assessed
    cog[~(answered & (ranked & (totals > 0)))] = np.nan
    coi[~held.assessed_regions | (not ranked.any())] = np.nan
    if standardise_coi:
        spread = float(np.nanstd(coi)) if np.isfinite(coi).any() else 0.0
        coi = (coi - np.nanmean(coi)) / spread if spread > 0 else np.full_like(coi, np.nan)
    definition = held.definition.extended(
        measure="complexity outlook",
        diagonal=diagonal,
        divide_by=divide_by,
        own_term=own_term,
        scored=scored,
        pci_zero=pci_zero,
        pci_moments=found.definition.get("pci_moments"),
        coi_standardised=standardise_coi,
        precision=phi.definition.get("precision"),
    )
    return ComplexityOutlook(held.regions, held.domains, read_only(coi), read_only(cog), definition)


def _gains(
    held: Presence, phi: Proximity, pci: Floats, per_total: Floats, diagonal: Diagonal, divide_by: DivideBy
) -> Floats:
    """sum_j L_rj phi_ij PCI_j, over j's sum of proximities or i's; one product, in the precision of `phi`."""
    weights = np.nan_to_num(phi.values, nan=0.0)
    if diagonal == "exclude":
        np.fill_diagonal(weights, 0.0)
    contributing = divide_by == "contributing"
    offered = (pci * per_total if contributing else pci).astype(weights.dtype)
    gains: Floats = np.where(held.lacked, offered, weights.dtype.type(0)) @ weights
    if not contributing:
        gains *= per_total.astype(weights.dtype)
    return gains


def _check(divide_by: str, scored: str, pci_zero: str) -> None:
    if divide_by not in ("contributing", "gaining"):
        raise ActivityError(f'The outlook gain cannot divide by {divide_by!r}; choose "contributing" or "gaining".')
    if scored not in ("lacked", "all"):
        raise ActivityError(f'The outlook gain cannot score {scored!r}; choose "lacked" or "all".')
    if pci_zero not in ("mean", "holdings"):
        raise ActivityError(f'The zero of PCI cannot be {pci_zero!r}; choose "mean" or "holdings".')
