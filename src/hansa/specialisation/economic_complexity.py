"""Economic complexity of regions (ECI) and domains (PCI), with the evidence for its sign."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .activity import Activity
from .advantage import Presence, presence
from .results import ActivityError, Definition, Floats, read_only
from .sign import RULE_DIVERSITY, SignEvidence, oriented
from .spectrum import TIE, Block, SecondPair, blocks_of, second_pair

PciMoments = Literal["own", "eci"]
Split = Literal["largest", "refuse"]


@dataclass(frozen=True, eq=False)
class Complexity:
    """ECI (regions,) and PCI (domains,), standardised; higher = more complex; NaN where undefined.

    `lambda2` and `lambda3` are the second and third eigenvalues of D^-1 M U^-1 M^T, in 0..1 (NaN without any
    ranking; `lambda3` is 0 with only two regions or domains): the closer they are, the less the ranking is
    determined. `components` counts the separate blocks of the region-domain graph; `regions_left_out` and
    `domains_left_out` name what lies outside the largest one.
    `note` is empty, or one sentence that says why values are missing.
    """

    regions: tuple[str, ...]
    domains: tuple[str, ...]
    eci: Floats
    pci: Floats
    lambda2: float
    lambda3: float
    components: int
    regions_left_out: tuple[str, ...]
    domains_left_out: tuple[str, ...]
    sign: SignEvidence | None
    note: str
    definition: Definition


def complexity(
    activity: Activity, *, threshold: float = 1.0, pci_moments: PciMoments = "own", split: Split = "largest"
) -> Complexity:
    """Economic complexity index of regions and product complexity index of domains.

    With S = D^-1/2 M U^-1/2 and its second singular pair (a, b): ECI = D^-1/2 a, PCI = U^-1/2 b, which equals the
    second eigenvectors of Hausmann, Hidalgo et al. (2014) and is solved on the smaller side (the equality with
    spectral clustering: Mealy, Farmer, Teytelboym 2019). Both are standardised to mean 0 and population standard
    deviation 1 over the regions and domains answered; with `pci_moments="eci"` PCI is moved and scaled by ECI's
    moments instead, so that a region's ECI is exactly the mean PCI of the domains it holds.

    One sign orients both: the diversity-weighted covariance of ECI with diversity is positive, the limit of the
    method of reflections (Hidalgo and Hausmann 2009). See `SignEvidence`.

    A graph that falls apart is answered for its largest component (regions plus domains); the rest is NaN and
    named. With `split="refuse"` it raises ActivityError instead; `complexity_by_component` answers every part by
    itself. Never noise: where no second direction exists, all is NaN and `note` says why.

    >>> table = Activity.from_matrix("ABCD", "wxyz", [[3, 2, 2, 2], [2, 3, 3, 0], [2, 3, 0, 0], [4, 0, 0, 0]])
    >>> result = complexity(table)
    >>> result.eci.round(3).tolist(), result.components, result.regions_left_out
    ([1.309, -0.191, -1.118, nan], 2, ('D',))
    """
    if split not in ("largest", "refuse"):
        raise ActivityError(f'The treatment of a split graph is {split!r}; choose "largest" or "refuse".')
    found = complexity_from(presence(activity, threshold), pci_moments)
    if split == "refuse" and found.components > 1:
        raise ActivityError(
            f"The regions fall into {found.components} groups that share no domain, so one ranking of all does not "
            f"exist; measure the groups by themselves or leave out the smaller ones "
            f"({', '.join(found.regions_left_out[:5])} ...)."
        )
    return found


def complexity_from(held: Presence, pci_moments: PciMoments = "own") -> Complexity:
    """Complexity of an already computed presence."""
    blocks = blocks_of(held)
    return _answered(held, blocks[0] if blocks else None, len(blocks), pci_moments)


def complexity_by_component(
    activity: Activity, *, threshold: float = 1.0, pci_moments: PciMoments = "own"
) -> tuple[Complexity, ...]:
    """One answer for each connected component, largest first; values of different answers cannot be compared.

    >>> apart = Activity.from_matrix("ABCDEF", "uvwxyz", np.kron(np.eye(2), [[3, 2, 2], [2, 3, 0], [2, 0, 0]]))
    >>> [one.regions_left_out for one in complexity_by_component(apart)]
    [('D', 'E', 'F'), ('A', 'B', 'C')]
    """
    held = presence(activity, threshold)
    blocks = blocks_of(held)
    return tuple(_answered(held, block, len(blocks), pci_moments) for block in blocks)


def _answered(held: Presence, block: Block | None, components: int, pci_moments: PciMoments) -> Complexity:
    if pci_moments not in ("own", "eci"):
        raise ActivityError(f'The moments of PCI are {pci_moments!r}; choose "own" or "eci".')
    eci, pci = np.full(len(held.regions), np.nan), np.full(len(held.domains), np.nan)
    pair: SecondPair | None = None
    sign = None
    if block is None or block.too_small:
        sizes = (0, 0) if block is None else (len(block.rows), len(block.columns))
        note = (
            f"The largest connected group has {sizes[0]} regions and {sizes[1]} domains; "
            "complexity needs at least two of each."
        )
    else:
        pair = second_pair(block)
        note = _undetermined(pair)
        if not note:
            direction, sign = oriented(pair.eci, pair.pci, block, [held.regions[row] for row in block.rows])
            raw_eci, raw_pci = pair.eci * direction, pair.pci * direction
            moments = (block.part @ raw_pci) / block.held_counts if pci_moments == "eci" else raw_pci
            eci[block.rows] = (raw_eci - raw_eci.mean()) / raw_eci.std()
            pci[block.columns] = (raw_pci - moments.mean()) / moments.std()
            note = _split_note(block, components)
    return Complexity(
        regions=held.regions,
        domains=held.domains,
        eci=read_only(eci),
        pci=read_only(pci),
        lambda2=pair.lambda2 if pair else float("nan"),
        lambda3=pair.lambda3 if pair else float("nan"),
        components=components,
        regions_left_out=_left_out(held.regions, held.held_counts, block.rows if block else ()),
        domains_left_out=_left_out(held.domains, held.holder_counts, block.columns if block else ()),
        sign=sign,
        note=note,
        definition=held.definition.extended(
            measure="complexity",
            method="second singular pair",
            standardised="mean 0, population standard deviation 1",
            pci_moments=pci_moments,
            sign=RULE_DIVERSITY,
        ),
    )


def _undetermined(pair: SecondPair) -> str:
    if pair.lambda2 <= TIE:
        return "Every connected region holds the same mix of domains, so there is no second direction to rank along."
    if pair.lambda2 - pair.lambda3 <= TIE:
        return f"The second and third eigenvalues coincide ({pair.lambda2:.6g}), so no single ranking exists."
    return ""


def _split_note(block: Block, components: int) -> str:
    if components < 2:
        return ""
    return (
        f"The regions fall into {components} groups that share no domain; only one of them "
        f"({len(block.rows)} regions, {len(block.columns)} domains) is ranked here, the others are left empty."
    )


def _left_out(labels: tuple[str, ...], counts: Floats, inside: Iterable[int]) -> tuple[str, ...]:
    outside = counts > 0
    outside[list(inside)] = False
    return tuple(labels[index] for index in np.flatnonzero(outside))
