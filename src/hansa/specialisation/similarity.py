"""Similarity: how often domains are held by the same regions, and relatedness normalised from such counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from .activity import Activity
from .advantage import Presence, presence
from .relatedness import Diagonal, checked_diagonal
from .results import ActivityError, Definition, Floats, RelatednessMatrix, read_only

Index = Literal["prob", "association", "cosine", "jaccard"]
Totals = Literal["co-occurrence", "occurrence"]

FORMULAS: dict[str, str] = {
    "prob": "C_ij / {[S_i/T * S_j/(T-S_i) + S_j/T * S_i/(T-S_j)] * T/2}",
    "association": "C_ij * T / (S_i * S_j)",
    "cosine": "C_ij / sqrt(S_i * S_j)",
    "jaccard": "C_ij / (S_i + S_j - C_ij)",
}
"""The normalisations; what S and T are is the choice of totals."""

TIE = 1e-12
"""Numbers closer than this, relative to their size, are equal but for rounding."""


@dataclass(frozen=True, eq=False)
class CoOccurrence:
    """How often two domains occur together, shape (domains, domains), counts; symmetric.

    The diagonal holds how often each domain occurs at all (its ubiquity); NaN where that is not known. `units` is
    the number of things that were counted over (regions, patents, firms ...), None where that is not known.
    A domain that nobody holds has no co-occurrence: its row and column are NaN.
    """

    domains: tuple[str, ...]
    values: Floats
    units: int | None
    definition: Definition

    @classmethod
    def from_matrix(cls, domains: Iterable[str], values: object, *, units: int | None = None) -> CoOccurrence:
        """Counts from elsewhere: patents classified in both domains, people who moved between them, and so on.

        Only what lies off the diagonal is used unless totals="occurrence" is asked for.
        Raises ActivityError for repeated labels, a wrong shape, negative, infinite or asymmetric counts.

        >>> CoOccurrence.from_matrix(["x", "y"], [[3, 2], [2, 5]], units=6).values.tolist()
        [[3.0, 2.0], [2.0, 5.0]]
        """
        labels = tuple(domains)
        counts = np.array(values, dtype=np.float64)
        if len(set(labels)) != len(labels) or counts.shape != (len(labels), len(labels)):
            raise ActivityError(
                f"The counts have shape {counts.shape} for {len(set(labels))} different domains in {len(labels)} "
                f"labels; give each domain once, with one row and one column."
            )
        wrong = np.isinf(counts) | (counts < 0) | ((counts != counts.T) & ~(np.isnan(counts) & np.isnan(counts.T)))
        if wrong.any():
            row, column = (int(index) for index in np.argwhere(wrong)[0])
            raise ActivityError(
                f"The count of domains {labels[row]!r} and {labels[column]!r} is {float(counts[row, column])!r} one "
                f"way and {float(counts[column, row])!r} the other; give finite counts of at least 0, equal both ways."
            )
        definition = Definition.of(measure="co-occurrence", counted="given counts", units=units)
        return cls(labels, read_only(counts), units, definition)


@dataclass(frozen=True, eq=False)
class Relatedness:
    """Relatedness between domains, shape (domains, domains), symmetric, >= 0, no unit; NaN where undefined.

    For "prob" and "association" 1 is what independence would give; cosine and Jaccard lie in 0..1.
    """

    domains: tuple[str, ...]
    values: Floats
    definition: Definition


def co_occurrence(activity: Activity, *, threshold: float = 1.0) -> CoOccurrence:
    """C_ij = number of regions holding both i and j; the diagonal is ubiquity.

    `units` is the number of regions with any known activity. Unknown cells are no presence, so counts are lower
    bounds where cells are unknown.

    >>> table = Activity.from_matrix(["A", "B", "C"], ["x", "y", "z"], [[5, 5, 0], [5, 0, 5], [0, 5, 5]])
    >>> co_occurrence(table).values.tolist()
    [[2.0, 1.0, 1.0], [1.0, 2.0, 1.0], [1.0, 1.0, 2.0]]
    """
    return co_occurrence_from(presence(activity, threshold))


def co_occurrence_from(held: Presence) -> CoOccurrence:
    """Co-occurrence of an already computed presence."""
    # Counts of up to 2**24 regions are exact in single precision, which BLAS multiplies twice as fast.
    present = held.present.astype(np.float32)
    counts = (present.T @ present).astype(np.float64)
    unheld = held.holder_counts == 0
    counts[unheld] = np.nan
    counts[:, unheld] = np.nan
    units = int(held.assessed.any(axis=1).sum())
    definition = held.definition.extended(measure="co-occurrence", counted="regions holding both", units=units)
    return CoOccurrence(held.domains, read_only(counts), units, definition)


def relatedness_index(
    activity: Activity, index: Index = "prob", *, totals: Totals = "co-occurrence", threshold: float = 1.0
) -> Relatedness:
    """Relatedness of domains from the regions that hold both (van Eck and Waltman 2009; "prob": Steijn 2021).

    prob        C_ij / {[S_i/T * S_j/(T-S_i) + S_j/T * S_i/(T-S_j)] * T/2}
    association C_ij * T / (S_i * S_j)
    cosine      C_ij / sqrt(S_i * S_j)
    jaccard     C_ij / (S_i + S_j - C_ij)

    What S and T are is a convention under which the same names give other numbers, so it is recorded:

    - totals="co-occurrence": S_i = sum of C_ij over j != i, T = sum of S (Boschma, Balland, Kogler 2015; EconGeo).
      A domain is not related to itself: the diagonal is NaN. The usual reading of "related" is prob > 1.
    - totals="occurrence": S_i = number of regions holding i, T = number of regions (econcomplex). The diagonal is
      defined. The "prob" of a domain that every region holds is undefined, hence NaN.

    NaN also where a domain is held by nobody or, for all but Jaccard, never occurs with another one.

    >>> table = Activity.from_matrix(["A", "B", "C"], ["x", "y", "z"], [[5, 5, 0], [5, 0, 5], [0, 5, 5]])
    >>> relatedness_index(table, "association").values[0].tolist()
    [nan, 1.5, 1.5]
    >>> relatedness_index(table, "cosine", totals="occurrence").values[0].tolist()
    [1.0, 0.5, 0.5]
    """
    return relatedness_index_from(co_occurrence(activity, threshold=threshold), index, totals=totals)


def relatedness_index_from(
    counts: CoOccurrence, index: Index = "prob", *, totals: Totals = "co-occurrence"
) -> Relatedness:
    """Relatedness of already known co-occurrence counts; see `relatedness_index`."""
    if index not in FORMULAS:
        raise ActivityError(f"The relatedness index is {index!r}; choose one of {', '.join(FORMULAS)}.")
    if totals not in get_args(Totals):
        raise ActivityError(f'The totals are {totals!r}; choose "co-occurrence" or "occurrence".')
    values = np.array(counts.values)
    if totals == "co-occurrence":
        np.fill_diagonal(values, np.nan)
        sums = np.asarray(np.nansum(values, axis=1))
        whole = float(sums.sum())
    else:
        sums, whole = np.diagonal(counts.values).copy(), _units(counts)
    with np.errstate(divide="ignore", invalid="ignore"):
        _normalise(values, index, sums, whole)
    definition = counts.definition.extended(
        measure="relatedness", index=index, totals=totals, formula=FORMULAS[index], diagonal=_diagonal(totals)
    )
    return Relatedness(counts.domains, read_only(values), definition)


def binary_relatedness(related: RelatednessMatrix, cut: float = 1.0) -> Relatedness:
    """1 where the relatedness is above `cut`, 0 where it is not, NaN where it is undefined.

    With "prob" or "association" and cut 1: related means more often together than chance would have it.

    >>> table = Activity.from_matrix(["A", "B", "C"], ["x", "y", "z"], [[5, 5, 0], [5, 5, 0], [0, 0, 5]])
    >>> binary_relatedness(relatedness_index(table, "association", totals="occurrence")).values[0].tolist()
    [1.0, 1.0, 0.0]
    """
    if not np.isfinite(cut):
        raise ActivityError(f"The cut is {cut!r}; give a finite number, usually 1.0.")
    values = (related.values > cut).astype(np.float64)
    values[np.isnan(related.values)] = np.nan
    definition = related.definition.extended(measure="binary relatedness", cut=float(cut), related="above the cut")
    return Relatedness(related.domains, read_only(values), definition)


def aligned_relatedness(related: RelatednessMatrix, domains: tuple[str, ...], diagonal: Diagonal) -> Floats:
    """A copy of the relatedness in the order of `domains`: 0 for undefined, and on the diagonal if that is excluded.

    Further domains of the relatedness are left out. Raises ActivityError for a domain it does not have, for negative
    or infinite relatedness, and for `diagonal="include"` where a domain's relatedness to itself is undefined.
    """
    values = np.array(_reordered(related, domains))
    if checked_diagonal(diagonal) == "exclude":
        np.fill_diagonal(values, 0.0)
    undefined = np.isnan(values)
    selfless = np.diagonal(undefined) & ~undefined.all(axis=1)
    if selfless.any():
        raise ActivityError(
            f"The relatedness of domain {domains[int(np.argmax(selfless))]!r} to itself is undefined; "
            f'use diagonal="exclude".'
        )
    values[undefined] = 0.0
    wrong = np.isinf(values) | (values < 0)
    if wrong.any():
        row, column = (int(index) for index in np.argwhere(wrong)[0])
        raise ActivityError(
            f"The relatedness of domains {domains[row]!r} and {domains[column]!r} is {float(values[row, column])!r}; "
            f"give finite numbers of at least 0, and NaN for undefined."
        )
    return values


def nearest_relatedness(weights: Floats, k: int) -> Floats:
    """Each row's k largest weights off the diagonal, and the diagonal; those tied at the k-th share what places remain.

    The result is not symmetric: i may be among the nearest of j and not the other way round.
    """
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise ActivityError(f"The number of nearest domains is {k!r}; give a whole number of at least 1.")
    count = weights.shape[0]
    if k >= count - 1:
        return weights
    others = np.array(weights)
    np.fill_diagonal(others, -1.0)
    last = np.partition(others, count - k, axis=1)[:, count - k, None]
    above = others > last * (1 + TIE)
    tied = (others >= last * (1 - TIE)) & ~above
    places = (k - above.sum(axis=1)) / tied.sum(axis=1)
    result: Floats = np.where(above, others, 0.0)
    np.multiply(others, places[:, None], out=result, where=tied)
    np.fill_diagonal(result, np.diagonal(weights))
    return result


def _reordered(related: RelatednessMatrix, domains: tuple[str, ...]) -> Floats:
    if related.domains == domains:
        return related.values
    places = {label: index for index, label in enumerate(related.domains)}
    missing = [label for label in domains if label not in places]
    if missing:
        raise ActivityError(
            f"The relatedness lacks {len(missing)} of the {len(domains)} domains, among them {missing[0]!r}; "
            f"use a relatedness that has every domain of the table."
        )
    order = [places[label] for label in domains]
    return np.asarray(related.values[np.ix_(order, order)])


def _normalise(values: Floats, index: Index, sums: Floats, whole: float) -> None:
    """Divides the counts in place, so that no second matrix of the same size outlives the call."""
    if index == "jaccard":
        values /= sums[:, None] + sums - values
    elif index == "cosine":
        values /= np.sqrt(sums[:, None] * sums)
    elif index == "association":
        values *= whole
        values /= sums[:, None] * sums
    else:
        values *= 2.0
        values /= sums[:, None] * sums
        rest = np.where(whole > sums, 1.0 / (whole - sums), np.nan)
        values /= rest[:, None] + rest
    values[np.isinf(values)] = np.nan


def _units(counts: CoOccurrence) -> float:
    if counts.units is None:
        raise ActivityError(
            "These co-occurrence counts do not say over how many units they were counted; give `units`, with each "
            'domain\'s occurrences on the diagonal, or use totals="co-occurrence".'
        )
    return float(counts.units)


def _diagonal(totals: Totals) -> str:
    return "left out" if totals == "co-occurrence" else "defined"
