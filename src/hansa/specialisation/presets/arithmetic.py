"""Rounding to decimals, and complexity from a matrix that was rounded: what only a preset needs."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from scipy.linalg import eig
from scipy.sparse.linalg import ArpackError, eigs

from ..results import Floats

FULL_LIMIT = 200
"""Up to this many rows a full solver is as fast as iteration."""
REAL = 1e-9
"""An eigenvalue whose imaginary part is larger does not rank anything."""
NO_SUM = 1e-12
"""A vector whose sum is a smaller share of its size cannot be divided by it."""


def nearest_decimal(values: Floats, decimals: int) -> Floats:
    """The numbers with so many decimals that lie nearest to the floating-point values themselves.

    Of the two decimals around a value the nearer one as stored; the even digit where both are equally far. That is how
    R describes its rounding since version 4; multiplying, rounding and dividing goes wrong where the product lands on
    a half that the value itself misses.

    >>> nearest_decimal(np.array([0.15, 2.5, 1.00125]), 1).tolist(), np.round(0.15, 1).item()
    ([0.1, 2.5, 1.0], 0.2)
    """
    power = 10.0**decimals
    below = np.floor(values * power)
    low, high = below / power, np.ceil(values * power) / power
    under, over = values - low, high - values
    even = np.where(below % 2 == 0, low, high)
    return cast(Floats, np.where(under < over, low, np.where(over < under, high, even)))


def rounded_eigenvector(part: Floats, decimals: int) -> Floats:
    """The second eigenvector of D^-1 M U^-1 M', rounded to so many decimals, for the rows of M; divided by its sum.

    NaN where the rounded matrix has no real second eigenvalue or the vector no sum. Unsigned: its sum is 1.
    """
    shares = part / part.sum(axis=1)[:, None]
    transition = nearest_decimal(shares @ (part / part.sum(axis=0)).T, decimals)
    values, vectors = _largest(transition)
    order = np.argsort(-np.abs(values), kind="stable")
    if len(order) < 2 or abs(values[order[1]].imag) > REAL:
        return np.full(len(part), np.nan)
    vector: Floats = np.real(vectors[:, order[1]])
    total = float(vector.sum())
    if abs(total) <= NO_SUM * float(np.abs(vector).sum()):
        return np.full(len(part), np.nan)
    return vector / total


def _largest(matrix: Floats) -> tuple[Any, Any]:
    """Eigenvalues (the largest at least) and right eigenvectors of a general matrix."""
    if len(matrix) > FULL_LIMIT:
        start = np.random.default_rng(0).standard_normal(len(matrix))  # fixed start: same input, same bytes
        try:
            return cast("tuple[Any, Any]", eigs(matrix, k=3, which="LM", v0=start, tol=0))
        except ArpackError:
            pass
    return cast("tuple[Any, Any]", cast(Any, eig)(matrix))
