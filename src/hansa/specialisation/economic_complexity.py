"""Economic complexity of regions (ECI) and domains (PCI), with the evidence for its sign."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import ArpackNoConvergence, eigsh

from .activity import Activity
from .advantage import Presence, presence
from .results import ActivityError, Definition, Floats, read_only

PciMoments = Literal["own", "eci"]

DENSE_LIMIT = 600
"""Up to this many rows a full symmetric solver is faster than Lanczos iteration."""
TIE = 1e-10
"""Eigenvalues closer than this do not single out a direction."""

RULE_DIVERSITY = "ECI rises with diversity (weighted by diversity)"
RULE_UBIQUITY = "PCI falls with ubiquity (weighted by ubiquity)"
RULE_LABEL = "first region label is positive"


@dataclass(frozen=True)
class SignEvidence:
    """Why ECI and PCI point the way they do, and how far that can be trusted.

    Correlations are those after orientation: `diversity_weighted` (the rule; weights = diversity) and `diversity`
    between ECI and diversity, `ubiquity_weighted` and `ubiquity` between PCI and ubiquity (expected negative).
    `noise` = 2/sqrt(regions): smaller correlations are indistinguishable from none. `firm` is True when the rule's
    correlation is at least `noise` and the unweighted correlation agrees; when it is False, a single region more
    or less may turn the whole ranking around, and `explanation` says so.
    """

    rule: str
    diversity_weighted: float
    diversity: float
    ubiquity_weighted: float
    ubiquity: float
    noise: float
    firm: bool
    explanation: str


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


@dataclass(frozen=True, eq=False)
class _Block:
    """Rows and columns of the largest component."""

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    components: int


def complexity(activity: Activity, *, threshold: float = 1.0, pci_moments: PciMoments = "own") -> Complexity:
    """Economic complexity index of regions and product complexity index of domains.

    With S = D^-1/2 M U^-1/2 and its second singular pair (a, b): ECI = D^-1/2 a, PCI = U^-1/2 b, which equals the
    second eigenvectors of Hausmann, Hidalgo et al. (2014) and is solved on the smaller side (the equality with
    spectral clustering: Mealy, Farmer, Teytelboym 2019). Both are standardised to mean 0 and population standard
    deviation 1 over the regions and domains answered; with `pci_moments="eci"` PCI is moved and scaled by ECI's
    moments instead, so that a region's ECI is exactly the mean PCI of the domains it holds.

    One sign orients both: the diversity-weighted covariance of ECI with diversity is positive, the limit of the
    method of reflections (Hidalgo and Hausmann 2009). See `SignEvidence`.

    A graph that falls apart is answered for its largest component (regions plus domains); the rest is NaN and
    named. Never noise: where no second direction exists, all is NaN and `note` says why.

    >>> table = Activity.from_matrix("ABCD", "wxyz", [[3, 2, 2, 2], [2, 3, 3, 0], [2, 3, 0, 0], [4, 0, 0, 0]])
    >>> result = complexity(table)
    >>> result.eci.round(3).tolist(), result.components, result.regions_left_out
    ([1.309, -0.191, -1.118, nan], 2, ('D',))
    """
    return complexity_from(presence(activity, threshold), pci_moments)


def complexity_from(held: Presence, pci_moments: PciMoments = "own") -> Complexity:
    """Complexity of an already computed presence."""
    if pci_moments not in ("own", "eci"):
        raise ActivityError(f'The moments of PCI are {pci_moments!r}; choose "own" or "eci".')
    block = _largest_block(held)
    eci, pci = np.full(len(held.regions), np.nan), np.full(len(held.domains), np.nan)
    values = np.array([np.nan, np.nan])
    sign = None
    if min(len(block.rows), len(block.columns)) < 2:
        note = (
            f"The largest connected group has {len(block.rows)} regions and {len(block.columns)} domains; "
            "complexity needs at least two of each."
        )
    else:
        part = held.present[np.ix_(block.rows, block.columns)].astype(np.float64)
        values, vector = _second_pair(part)
        note = _undetermined(values)
        if not note:
            raw_eci, raw_pci = _sides(part, vector)
            labels = [held.regions[row] for row in block.rows]
            direction, sign = _orient(raw_eci, raw_pci, part, labels)
            raw_eci, raw_pci = raw_eci * direction, raw_pci * direction
            moments = (part @ raw_pci) / part.sum(axis=1) if pci_moments == "eci" else raw_pci
            eci[block.rows] = (raw_eci - raw_eci.mean()) / raw_eci.std()
            pci[block.columns] = (raw_pci - moments.mean()) / moments.std()
            note = _split_note(block)
    return Complexity(
        regions=held.regions,
        domains=held.domains,
        eci=read_only(eci),
        pci=read_only(pci),
        lambda2=float(values[0]),
        lambda3=float(values[1]),
        components=block.components,
        regions_left_out=_left_out(held.regions, held.held_counts, block.rows),
        domains_left_out=_left_out(held.domains, held.holder_counts, block.columns),
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


def _largest_block(held: Presence) -> _Block:
    rows, columns = np.flatnonzero(held.held_counts), np.flatnonzero(held.holder_counts)
    if not len(rows):
        return _Block(rows, columns, 0)
    size = len(rows) + len(columns)
    at_row, at_column = np.nonzero(held.present[np.ix_(rows, columns)])
    links = np.ones(len(at_row), dtype=np.int8)
    graph = csr_array((links, (at_row, at_column + len(rows))), shape=(size, size))
    count, found = connected_components(graph, directed=False)
    members = cast("NDArray[np.int32]", found)
    sizes = np.bincount(members)
    largest = set(np.flatnonzero(sizes == sizes.max()).tolist())
    # Among equally large components the alphabet decides, so that the order of rows never does.
    candidates = [(held.regions[row], int(member)) for row, member in zip(rows, members, strict=False)]
    chosen = min(pair for pair in candidates if pair[1] in largest)[1]
    return _Block(rows[members[: len(rows)] == chosen], columns[members[len(rows) :] == chosen], int(count))


def _second_pair(part: Floats) -> tuple[Floats, Floats]:
    """Second and third eigenvalue, and the second eigenvector on the smaller side of the scaled matrix."""
    scaled = _scaled(part)
    by_region = part.shape[0] <= part.shape[1]
    gram = scaled @ scaled.T if by_region else scaled.T @ scaled
    # The first pair is known in closed form; taking it out leaves the wanted one on top.
    first = np.sqrt(part.sum(axis=1 if by_region else 0) / part.sum())
    gram -= np.outer(first, first)
    values, vectors = _top_two(gram)
    return np.clip(values, 0.0, 1.0), vectors[:, 0]


def _top_two(gram: Floats) -> tuple[Floats, Floats]:
    size = len(gram)
    if size > DENSE_LIMIT:
        start = np.random.default_rng(0).standard_normal(size)  # fixed start: same input, same bytes
        try:
            values, vectors = cast("tuple[Floats, Floats]", eigsh(gram, k=2, which="LA", v0=start, tol=0))
            order = np.argsort(values)[::-1]
            return values[order], vectors[:, order]
        except ArpackNoConvergence:
            pass
    values, vectors = cast("tuple[Floats, Floats]", cast(Any, eigh)(gram, subset_by_index=[size - 2, size - 1]))
    return values[::-1], vectors[:, ::-1]


def _undetermined(values: Floats) -> str:
    second, third = float(values[0]), float(values[1])
    if second <= TIE:
        return "Every connected region holds the same mix of domains, so there is no second direction to rank along."
    if second - third <= TIE:
        return f"The second and third eigenvalues coincide ({second:.6g}), so no single ranking exists."
    return ""


def _scaled(part: Floats) -> Floats:
    scaled: Floats = part / np.sqrt(part.sum(axis=1))[:, None] / np.sqrt(part.sum(axis=0))
    return scaled


def _sides(part: Floats, vector: Floats) -> tuple[Floats, Floats]:
    """Unscaled ECI and PCI from the eigenvector of the smaller side."""
    scaled = _scaled(part)
    if part.shape[0] <= part.shape[1]:
        left, right = vector, vector @ scaled
    else:
        left, right = scaled @ vector, vector
    left, right = left / np.linalg.norm(left), right / np.linalg.norm(right)
    return left / np.sqrt(part.sum(axis=1)), right / np.sqrt(part.sum(axis=0))


def _orient(eci: Floats, pci: Floats, part: Floats, labels: list[str]) -> tuple[float, SignEvidence]:
    held_counts, holder_counts = part.sum(axis=1), part.sum(axis=0)
    figures = np.array(
        [
            _correlation(eci, held_counts, held_counts),
            _correlation(eci, held_counts, np.ones_like(held_counts)),
            _correlation(pci, holder_counts, holder_counts),
            _correlation(pci, holder_counts, np.ones_like(holder_counts)),
        ]
    )
    rule, direction = RULE_LABEL, float(np.sign(eci[labels.index(min(labels))])) or 1.0
    if abs(figures[0]) > TIE:
        rule, direction = RULE_DIVERSITY, float(np.sign(figures[0]))
    elif abs(figures[2]) > TIE:
        rule, direction = RULE_UBIQUITY, -float(np.sign(figures[2]))
    figures = figures * direction
    noise = 2.0 / float(np.sqrt(len(eci)))
    agree = bool(figures[1] > 0)
    firm = rule == RULE_DIVERSITY and bool(figures[0] >= noise) and agree
    return direction, SignEvidence(
        rule=rule,
        diversity_weighted=float(figures[0]),
        diversity=float(figures[1]),
        ubiquity_weighted=float(figures[2]),
        ubiquity=float(figures[3]),
        noise=noise,
        firm=firm,
        explanation=_explanation(firm, agree, float(figures[0]), noise),
    )


def _explanation(firm: bool, agree: bool, weighted: float, noise: float) -> str:
    if firm:
        return f"ECI rises with diversity: weighted correlation {weighted:.3f}, noise level {noise:.3f}."
    doubt = "" if agree else " and the unweighted correlation points the other way"
    return (
        f"The direction is uncertain: the weighted correlation of ECI with diversity is {weighted:.3f} against a noise "
        f"level of {noise:.3f}{doubt}; read the order as two poles before calling one of them complex."
    )


def _correlation(one: Floats, other: Floats, weights: Floats) -> float:
    """Weighted Pearson correlation; NaN-free: 0 where one of the two does not vary."""
    weights = weights / weights.sum()
    one, other = one - weights @ one, other - weights @ other
    spread = float(np.sqrt((weights @ one**2) * (weights @ other**2)))
    return float((weights * one) @ other) / spread if spread > 0 else 0.0


def _split_note(block: _Block) -> str:
    if block.components < 2:
        return ""
    return (
        f"The regions fall into {block.components} groups that share no domain; only the largest "
        f"({len(block.rows)} regions, {len(block.columns)} domains) is ranked, the others are left empty."
    )


def _left_out(labels: tuple[str, ...], counts: Floats, inside: NDArray[np.intp]) -> tuple[str, ...]:
    kept = set(inside.tolist())
    return tuple(label for index, label in enumerate(labels) if counts[index] > 0 and index not in kept)
