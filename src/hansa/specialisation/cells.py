"""How the cells of an activity table are kept: densely, or sparsely when most are zero; read in blocks of rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .results import Floats, read_only

SPARSE_BELOW = 0.25
"""A table with a smaller share of cells that are not zero takes less memory as positions and values."""
SMALL = 2_000_000
"""Tables of fewer cells are always kept densely: 16 MB are not worth a conversion."""
BLOCK = 1 << 15
"""Cells read at a time (256 kB): what is computed on a block stays in the processor's cache."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Values of shape (rows, columns), float64, NaN = unknown, `kept` as a matrix or as a CSR array.

    Every sum and every measure reads the same blocks of rows, so both ways of keeping them give the same bytes.
    """

    shape: tuple[int, int]
    kept: Floats | sparse.csr_array

    @classmethod
    def of(cls, values: Floats | sparse.csr_array) -> Cells:
        """Cells of a float64 matrix or a float64 CSR array, kept in whichever form takes less memory."""
        shape = (int(values.shape[0]), int(values.shape[1]))
        size = shape[0] * shape[1]
        if isinstance(values, np.ndarray):
            if size < SMALL or np.count_nonzero(values) >= SPARSE_BELOW * size:
                return cls(shape, read_only(values))
            return cls(shape, _packed(values))
        if size < SMALL or values.nnz >= SPARSE_BELOW * size:
            return cls(shape, read_only(np.asarray(values.toarray(), dtype=np.float64)))
        values.sort_indices()
        return cls(shape, values)

    @property
    def sparsely(self) -> bool:
        """Whether positions and values are kept instead of a matrix."""
        return not isinstance(self.kept, np.ndarray)

    @property
    def values(self) -> Floats:
        """All cells as one read-only matrix; made anew at each call where they are kept sparsely."""
        if isinstance(self.kept, np.ndarray):
            return self.kept
        return read_only(np.asarray(self.kept.toarray(), dtype=np.float64))

    @property
    def stored(self) -> Floats:
        """The kept numbers in no particular shape: all that are not zero, and perhaps zeros."""
        return self.kept if isinstance(self.kept, np.ndarray) else np.asarray(self.kept.data)

    def blocks(self) -> Iterator[tuple[slice, Floats]]:
        """Consecutive rows with their cells, as many at a time as make up a block."""
        rows, columns = self.shape
        step = max(1, BLOCK // max(columns, 1))
        for start in range(0, rows, step):
            part = slice(start, min(start + step, rows))
            yield part, self.rows(part)

    def rows(self, part: slice) -> Floats:
        """The cells of some consecutive rows."""
        if isinstance(self.kept, np.ndarray):
            return self.kept[part]
        data, indices, indptr = self.kept.data, self.kept.indices, self.kept.indptr
        first, last = indptr[part.start], indptr[part.stop]
        block = np.zeros((part.stop - part.start, self.shape[1]))
        counts = np.diff(indptr[part.start : part.stop + 1])
        block[np.repeat(np.arange(len(counts)), counts), indices[first:last]] = data[first:last]
        return block


def pattern_of(mask: NDArray[np.bool_]) -> sparse.csr_array:
    """The True cells of a mask as a CSR array of ones (float64)."""
    flat = np.flatnonzero(mask)
    rows, columns = mask.shape
    indices = (flat % columns if columns else flat).astype(np.int32)
    indptr = np.searchsorted(flat, np.arange(rows + 1) * columns).astype(np.int32)
    return sparse.csr_array((np.ones(len(flat)), indices, indptr), shape=mask.shape)


def _packed(values: Floats) -> sparse.csr_array:
    pattern = pattern_of(values != 0)
    pattern.data = values[values != 0]
    return pattern
