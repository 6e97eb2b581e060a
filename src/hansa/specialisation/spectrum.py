"""The connected parts of a presence matrix and the second singular pair of one part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import eigh
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import ArpackError, LinearOperator, eigsh

from .advantage import Presence
from .results import Floats

FULL_LIMIT = 100
"""Up to this many rows a full symmetric solver is faster than Lanczos iteration."""
SPARSE_STEP = 25
"""One multiplication of a sparse product takes about as long as this many dense ones."""
TIE = 1e-10
"""Eigenvalues closer than this do not single out a direction."""
BASIS = 30
"""Lanczos vectors kept: the second pair of activity tables converges within one such basis."""


@dataclass(frozen=True, eq=False)
class Block:
    """Rows and columns of one connected component, and its presences as a CSR array of ones."""

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    part: sparse.csr_array
    held_counts: Floats
    holder_counts: Floats

    @property
    def too_small(self) -> bool:
        """Whether there is nothing to rank: fewer than two regions or two domains."""
        return min(len(self.rows), len(self.columns)) < 2


@dataclass(frozen=True, eq=False)
class SecondPair:
    """Second and third eigenvalue, and the second singular vectors divided by sqrt(d) and sqrt(u)."""

    lambda2: float
    lambda3: float
    eci: Floats
    pci: Floats


def blocks_of(held: Presence) -> list[Block]:
    """The connected components of the region-domain graph, largest first; the alphabet breaks ties.

    Regions and domains without any presence belong to none.
    """
    pattern = held.pattern
    rows, columns = np.flatnonzero(held.held_counts), np.flatnonzero(held.holder_counts)
    if not len(rows):
        return []
    if _connected(pattern, len(rows), len(columns)):
        if (len(rows), len(columns)) != pattern.shape:
            pattern = pattern[rows][:, columns]
        return [Block(rows, columns, pattern, held.held_counts[rows], held.holder_counts[columns])]
    regions, domains = pattern.shape
    graph = sparse.csr_array(
        (pattern.data, pattern.indices + regions, np.append(pattern.indptr, [pattern.indptr[-1]] * domains)),
        shape=(regions + domains, regions + domains),
    )
    members = cast("NDArray[np.int32]", connected_components(graph, directed=False)[1])
    of_row, of_column = members[:regions], members[regions:]
    found = []
    for component in np.unique(of_row[rows]):
        inside, across = np.flatnonzero(of_row == component), np.flatnonzero(of_column == component)
        part = pattern[inside][:, across]
        found.append(Block(inside, across, part, held.held_counts[inside], held.holder_counts[across]))
    return sorted(
        found,
        key=lambda one: (-len(one.rows) - len(one.columns), min(held.regions[row] for row in one.rows)),
    )


def _connected(pattern: sparse.csr_array, regions: int, domains: int) -> bool:
    """Whether one region's domains lead, over the regions that hold them, to everything (usually in two steps)."""
    held_counts = np.diff(pattern.indptr)
    reached = np.zeros(pattern.shape[0])
    reached[int(np.argmax(held_counts))] = 1.0
    count, earlier = 1, 0
    across = reached @ pattern > 0
    while count > earlier:
        earlier, across = count, across.astype(np.float64)
        reached = (pattern @ across > 0).astype(np.float64)
        count = int(reached.sum())
        across = reached @ pattern > 0
        if count == regions and int(across.sum()) == domains:
            return True
    return False


def second_pair(block: Block) -> SecondPair:
    """Second singular pair (a, b) of S = D^-1/2 M U^-1/2, solved on the smaller side of the matrix.

    The first pair is known in closed form (sqrt of the counts, eigenvalue 1) and taken out, which leaves the wanted one
    on top. `eci` = D^-1/2 a and `pci` = U^-1/2 b, unsigned and unscaled.
    """
    scaled = block.part.copy()
    scaled.data = np.repeat(1.0 / np.sqrt(block.held_counts), np.diff(scaled.indptr))
    scaled.data *= (1.0 / np.sqrt(block.holder_counts))[scaled.indices]
    by_region = len(block.rows) <= len(block.columns)
    counts = block.held_counts if by_region else block.holder_counts
    first = np.sqrt(counts / counts.sum())
    side = scaled if by_region else scaled.T.tocsr()
    values, vector = _top_two(side, first)
    left, right = (vector, vector @ scaled) if by_region else (scaled @ vector, vector)
    norms = np.linalg.norm(left), np.linalg.norm(right)
    left, right = (one / norm if norm > 0 else one for one, norm in zip((left, right), norms, strict=True))
    return SecondPair(
        float(values[0]), float(values[1]), left / np.sqrt(block.held_counts), right / np.sqrt(block.holder_counts)
    )


def _top_two(side: sparse.csr_array, first: Floats) -> tuple[Floats, Floats]:
    """The two largest eigenvalues of side @ side.T without the first pair, in 0..1, and the vector of the larger."""
    size, length = side.shape
    pays = 2 * BASIS * side.nnz * SPARSE_STEP < size * size * (length / 2 + BASIS)
    gram = None
    if size <= FULL_LIMIT or not pays:
        dense = side.toarray()
        gram = dense @ dense.T
        gram -= np.outer(first, first)
    if size > FULL_LIMIT:
        found = _by_iteration(_sparse_product(side, first) if gram is None else gram.dot, size)
        if found is not None:
            return found
    if gram is None:
        gram = (side @ side.T).toarray() - np.outer(first, first)
    values, vectors = cast("tuple[Floats, Floats]", cast(Any, eigh)(gram, subset_by_index=[size - 2, size - 1]))
    return np.clip(values[::-1], 0.0, 1.0), vectors[:, 1]


Product = Callable[[Floats], Floats]


def _sparse_product(side: sparse.csr_array, first: Floats) -> Product:
    across = side.T.tocsr()
    return lambda vector: side @ (across @ vector) - first * float(first @ vector)


def _by_iteration(product: Product, size: int) -> tuple[Floats, Floats] | None:
    """The two largest eigenvalues and the first vector by Lanczos iteration; None where it does not settle them."""
    start = np.random.default_rng(0).standard_normal(size)  # fixed start: same input, same bytes
    operator = LinearOperator((size, size), matvec=lambda vector: product(vector.ravel()), dtype=np.float64)
    try:
        # Two pairs to the last digit: a repeated eigenvalue then comes up twice and is seen to be no single direction.
        solved = eigsh(operator, k=2, which="LA", v0=start, tol=0, ncv=min(BASIS, size))
    except ArpackError:
        return None
    values, vectors = cast("tuple[Floats, Floats]", solved)
    order = np.argsort(values)[::-1]
    return np.clip(values[order], 0.0, 1.0), vectors[:, order[0]]
