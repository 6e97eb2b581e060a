"""How well a score ranks what happened before what did not: AUC, average precision, precision at k, by group or pooled.

Scores that tie share their place everywhere: an AUC counts a tied pair half, a precision at k takes from a tie that
straddles place k its average share. No result depends on the order of the cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .results import Bools, Floats

Positions = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Ranked:
    """Scored cells with their outcome, each belonging to one group (region); arrays of shape (cells,).

    `scores` is free of NaN, higher = expected sooner; `groups` numbers the groups from 0.
    """

    scores: Floats
    outcomes: Bools
    groups: Positions
    group_count: int

    @cached_property
    def _order(self) -> Positions:
        return np.argsort(-self.scores, kind="stable")

    @cached_property
    def _tie_starts(self) -> Positions:
        """Where each run of equal scores begins, best score first."""
        ordered = self.scores[self._order]
        return np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])

    def resampled(self, weights: Floats) -> tuple[Floats, Floats]:
        """AUC and average precision with each cell counted as often as its group, per row of `weights`.

        `weights` has shape (draws, groups). Per draw this is one pass over the cells in the order of the scores, so
        nothing larger than the cells is kept.
        """
        groups, happened = self.groups[self._order], self.outcomes[self._order]
        areas, precisions = np.full(len(weights), np.nan), np.full(len(weights), np.nan)
        for draw, weight in enumerate(weights):
            each = weight[groups]
            hits = np.add.reduceat(each * happened, self._tie_starts)
            misses = np.add.reduceat(each * ~happened, self._tie_starts)
            areas[draw], precisions[draw] = _area(hits, misses), _average_precision(hits, misses)
        return areas, precisions

    @property
    def auc(self) -> float:
        """Chance that a cell where it happened scores above one where it did not (ties half); NaN with one outcome."""
        return float(self._whole[0][0])

    @property
    def average_precision(self) -> float:
        """Precision averaged over the cells where it happened; without any skill it is the base rate."""
        return float(self._whole[1][0])

    @cached_property
    def _whole(self) -> tuple[Floats, Floats]:
        return self.resampled(np.ones((1, self.group_count)))

    @cached_property
    def group_auc(self) -> Floats:
        """AUC within each group, shape (groups,); NaN for a group where all or nothing happened."""
        from scipy.stats import rankdata

        order = np.lexsort((self.scores, self.groups))
        groups, happened = self.groups[order], self.outcomes[order]
        counts = np.bincount(groups, minlength=self.group_count)
        # One ranking of all cells by group and score gives ranks within the group once its first place is taken off.
        new = _run_starts(groups, self.scores[order])
        ranks = rankdata(np.cumsum(new)) - (np.cumsum(counts) - counts)[groups]
        hits = np.bincount(groups, weights=happened, minlength=self.group_count)
        rank_sums = np.bincount(groups, weights=ranks * happened, minlength=self.group_count)
        return _ratio(
            np.asarray(rank_sums - hits * (hits + 1) / 2), np.asarray(hits * (counts - hits), dtype=np.float64)
        )

    def precision_at(self, k: int) -> float:
        """Share of the k best-scored cells where it happened (of all cells, when there are fewer)."""
        everything = Ranked(self.scores, self.outcomes, np.zeros(len(self.scores), dtype=np.intp), 1)
        return float(everything.group_precision_at(k)[0])

    def group_precision_at(self, k: int) -> Floats:
        """The same within each group, shape (groups,); NaN for a group without cells."""
        order = np.lexsort((-self.scores, self.groups))
        groups, happened = self.groups[order], self.outcomes[order]
        counts = np.bincount(groups, minlength=self.group_count)
        starts = np.flatnonzero(_run_starts(groups, self.scores[order]))
        sizes = np.diff(np.r_[starts, len(order)])
        before = starts - (np.cumsum(counts) - counts)[groups[starts]]
        taken = np.clip(np.minimum(k, counts[groups[starts]]) - before, 0, sizes)
        hits = np.add.reduceat(happened.astype(np.float64), starts) * taken / sizes
        found = np.bincount(groups[starts], weights=hits, minlength=self.group_count).astype(np.float64)
        return _ratio(found, np.minimum(k, counts).astype(np.float64))


@dataclass(frozen=True)
class ReliabilityBin:
    """Cells with similar predicted probability: what was predicted on average, and the share where it happened."""

    cells: int
    predicted: float
    observed: float


def reliability(probabilities: Floats, outcomes: Bools, bins: int = 10) -> tuple[ReliabilityBin, ...]:
    """Reliability of predicted probabilities in at most `bins` bins of about equal size, lowest first.

    Equal probabilities always share a bin, so the bins depend on nothing but the predictions.

    >>> [(one.cells, one.predicted, one.observed)
    ...  for one in reliability(np.array([0.1, 0.1, 0.6, 0.6]), np.array([False, False, True, False]), 2)]
    [(2, 0.1, 0.0), (2, 0.6, 0.5)]
    """
    from scipy.stats import rankdata

    if not len(probabilities):
        return ()
    middle = (rankdata(probabilities) - 0.5) / len(probabilities)
    places = np.minimum((middle * bins).astype(np.intp), bins - 1)
    counts = np.bincount(places, minlength=bins)
    predicted = np.bincount(places, weights=probabilities, minlength=bins)
    observed = np.bincount(places, weights=outcomes, minlength=bins)
    return tuple(
        ReliabilityBin(int(counts[at]), float(predicted[at] / counts[at]), float(observed[at] / counts[at]))
        for at in np.flatnonzero(counts)
    )


def _run_starts(groups: Positions, scores: Floats) -> Bools:
    """True where a run of equal scores of one group begins."""
    starts = np.ones(len(groups), dtype=np.bool_)
    starts[1:] = (groups[1:] != groups[:-1]) | (scores[1:] != scores[:-1])
    return starts


def _ratio(parts: Floats, totals: Floats) -> Floats:
    result = np.full(len(parts), np.nan)
    np.divide(parts, totals, out=result, where=totals > 0)
    return result


def _area(hits: Floats, misses: Floats) -> float:
    pairs = hits.sum() * misses.sum()
    below = misses.sum() - np.cumsum(misses)
    return float(hits @ (below + misses / 2) / pairs) if pairs > 0 else float("nan")


def _average_precision(hits: Floats, misses: Floats) -> float:
    found, seen = np.cumsum(hits), np.cumsum(hits + misses)
    if not found[-1] > 0:
        return float("nan")
    return float((hits * np.divide(found, seen, out=np.zeros_like(found), where=seen > 0)).sum() / found[-1])
