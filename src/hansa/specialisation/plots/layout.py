"""Where the nodes of a proximity network go: a deterministic layout in NumPy and SciPy."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_array
from scipy.sparse.csgraph import minimum_spanning_tree, shortest_path
from scipy.spatial.distance import pdist, squareform

from ..results import Floats

Pairs = NDArray[np.intp]

STEPS = 100
SETTLED = 1e-4
GOLDEN_ANGLE = np.pi * (3.0 - np.sqrt(5.0))


def backbone(values: Floats, extra: int) -> Pairs:
    """Pairs (i < j) of the maximum spanning forest, and of the `extra` strongest links besides.

    `values` is symmetric and >= 0; 0 and NaN are no link. Of equal links the one first in the order of the labels
    is taken. Shape (links, 2), sorted.
    """
    strength = np.nan_to_num(np.triu(values, 1))
    first, second = np.nonzero(strength)
    weights = strength[first, second]
    # Each link gets its own place in the order, so that ties cannot depend on the algorithm.
    order = np.lexsort((second, first, -weights))
    places = np.empty(len(order))
    places[order] = np.arange(1, len(order) + 1)
    size = len(values)
    tree = minimum_spanning_tree(csr_array(cast(Any, (places, (first, second))), shape=cast(Any, (size, size))))
    chosen = np.zeros(len(order), dtype=np.bool_)
    chosen[np.asarray(cast(Any, tree).data, dtype=np.intp) - 1] = True
    chosen[np.flatnonzero(~chosen)[:extra]] = True
    picked = order[chosen]
    pairs = np.column_stack([first[picked], second[picked]]).astype(np.intp)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def positions(size: int, pairs: Pairs) -> Floats:
    """Positions (size, 2) within -1..1, so that distances on paper follow the number of steps between nodes.

    Stress majorisation (Gansner, Koren, North 2005) with weights 1/d^2, from a fixed spiral; groups without a
    connection are kept apart. Same input, same bytes.
    """
    if size < 2:
        return np.zeros((size, 2))
    ones = np.ones(len(pairs))
    graph = csr_array(cast(Any, (ones, (pairs[:, 0], pairs[:, 1]))), shape=cast(Any, (size, size)))
    steps = np.asarray(shortest_path(graph, directed=False, unweighted=True))
    apart = np.isfinite(steps)
    steps[~apart] = steps[apart].max() + 2.0
    np.fill_diagonal(steps, 1.0)
    weights = steps**-2.0
    np.fill_diagonal(weights, 0.0)
    factor = cho_factor(np.diag(weights.sum(axis=1)) - weights + 1.0 / size)
    pull = weights * steps
    place = _spiral(steps)
    for _ in range(STEPS):
        length = squareform(pdist(place))
        ratio = np.divide(pull, length, out=np.zeros_like(length), where=length > 0)
        moved = cho_solve(factor, ratio.sum(axis=1)[:, None] * place - ratio @ place)
        change = float(np.linalg.norm(moved - place) / max(float(np.linalg.norm(moved)), 1e-300))
        place = moved
        if change < SETTLED:
            break
    place = place - (place.max(axis=0) + place.min(axis=0)) / 2.0
    return np.asarray(place / max(float(np.abs(place).max()), 1e-300))


def _spiral(steps: Floats) -> Floats:
    """A start on a spiral from the most central node outwards, which no two nodes share."""
    order = np.argsort(steps.sum(axis=1), kind="stable")
    rank = np.empty(len(steps))
    rank[order] = np.arange(len(steps))
    angle, radius = rank * GOLDEN_ANGLE, np.sqrt(rank + 0.5)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
