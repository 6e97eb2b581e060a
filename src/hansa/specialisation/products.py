"""The two products that relatedness costs, done sparsely where presences are few and densely where they are not."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .advantage import Presence
from .results import ActivityError, Floats

Precision = Literal["auto", "double", "single"]

SPARSE_PAIRS = 600
"""A sparse multiplication takes about as long as this many dense ones (measured with OpenBLAS and SciPy)."""
SPARSE_ROWS = 32
"""The same for a sparse matrix times a dense one, where whole rows are added at a time."""
ROWS = 256
"""Rows multiplied at a time: enough for the product to run at full speed, few enough to need no second copy."""

LARGE = 2e10
"""From this many multiplications (regions x domains x domains) on, "auto" computes in single precision."""


def dtype_of(precision: str, shape: tuple[int, ...]) -> type[np.float64] | type[np.float32]:
    """float64 for "double", float32 for "single", and for "auto" what suits a presence of this shape."""
    if precision not in ("auto", "double", "single"):
        raise ActivityError(f'The precision is {precision!r}; choose "auto", "double" or "single".')
    if precision == "auto":
        return np.float32 if float(shape[0]) * shape[1] ** 2 >= LARGE else np.float64
    return np.float64 if precision == "double" else np.float32


def name_of(dtype: np.dtype[np.generic] | type[np.generic]) -> str:
    """The precision of an array's numbers, as definitions record it."""
    return "single" if dtype == np.float32 else "double"


def holders_in_common(held: Presence) -> NDArray[np.float32]:
    """Number of regions that hold both domains, shape (domains, domains).

    Exact: single precision counts whole numbers up to 2**24, and there are fewer regions than that.
    """
    regions, domains = held.present.shape
    steps = float(held.held_counts @ held.held_counts)
    if steps * SPARSE_PAIRS < regions * float(domains) ** 2:
        pattern = held.pattern.astype(np.float32)
        return np.asarray((pattern.T @ pattern).toarray(), dtype=np.float32)
    dense = held.present.astype(np.float32)
    return np.asarray(dense.T @ dense)


def added_over_held(held: Presence, related: Floats) -> Floats:
    """Sum of a domains x domains matrix over the domains each region holds: presence times matrix, in its precision."""
    regions, domains = held.present.shape
    result = np.empty((regions, related.shape[1]), dtype=related.dtype)
    if held.pattern.nnz * SPARSE_ROWS < regions * domains:
        pattern = held.pattern.astype(related.dtype)
        for start in range(0, related.shape[1], ROWS):
            result[:, start : start + ROWS] = pattern @ np.ascontiguousarray(related[:, start : start + ROWS])
        return result
    for start in range(0, regions, ROWS):
        rows = slice(start, min(start + ROWS, regions))
        np.matmul(held.present[rows].astype(related.dtype), related, out=result[rows])
    return result
