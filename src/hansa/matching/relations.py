"""Relatedness of domains and complementarity of regions, from the arrays that `hansa.specialisation` makes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hansa.matching.records import nests

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Numbers = NDArray[np.float64]


class TableContext:
    """A `Context` over plain arrays.

    `domains` label both axes of `proximity` (n, n), in the codes of the documents (`NACE:24`); `regions` (NUTS codes)
    and `domains` label `held` (regions, n), which is 1 where a region is specialised, 0 where not, NaN where that is
    not known. A code below a domain of the table counts as that domain, a region below one of the table as that region.
    Raises ValueError for shapes that do not fit, a proximity that is negative or infinite, or a label given twice.
    """

    def __init__(
        self,
        domains: Sequence[str],
        proximity: ArrayLike,
        regions: Sequence[str] = (),
        held: ArrayLike | None = None,
    ) -> None:
        self._domain = _numbered(domains, "domain")
        self._region = _numbered(regions, "region")
        near = np.nan_to_num(np.array(proximity, dtype=np.float64), nan=0.0, posinf=np.inf)
        size = len(self._domain)
        if near.shape != (size, size) or not np.isfinite(near).all() or (near < 0).any():
            raise ValueError(f"The proximity must be {size} x {size} finite numbers of 0 or more, one per domain.")
        has = np.zeros((len(self._region), size)) if held is None else np.array(held, dtype=np.float64)
        if has.shape != (len(self._region), size):
            raise ValueError(f"`held` must have {len(self._region)} rows of regions and {size} columns of domains.")
        self._held = has
        self._near = near.copy()
        np.fill_diagonal(self._near, 0.0)
        others = near[~np.eye(size, dtype=bool)]
        self._usual = float(np.median(others)) if others.size else 0.0
        self._most = float(others.max()) if others.size else 0.0
        self._column: dict[str, int | None] = {}

    def relatedness(self, one: str, other: str) -> float | None:
        """Proximity above that of half of all pairs, as a share of the largest: 0 for pairs no closer than usual, 1 for
        the closest and for a domain and itself. None for a code that the table does not have."""
        left, right = self._column_of(one), self._column_of(other)
        if left is None or right is None:
            return None
        if left == right:
            return 1.0
        spread = self._most - self._usual
        return max(0.0, float(self._near[left, right]) - self._usual) / spread if spread > 0 else 0.0

    def complementarity(self, region: str, partner: str, domains: Sequence[str]) -> float | None:
        """The share of what is related to a domain that the partner holds and the region is known to lack, 0 to 1.

        sum over j of phi_jd held_partner,j (1 - held_region,j) / sum over j of phi_jd, averaged over the `domains` that
        the table has, or over all that the region lacks if none is named (added relatedness density, Balland and
        Boschma 2021, for one partner and without links). None where a region or every domain is unknown.
        """
        left, right = self._row_of(region), self._row_of(partner)
        if left is None or right is None:
            return None
        lacks = self._held[left] == 0
        if domains:
            columns = sorted({column for code in domains if (column := self._column_of(code)) is not None})
        else:
            columns = np.flatnonzero(lacks).tolist()
        if not columns or np.isnan(self._held[left]).all() or np.isnan(self._held[right]).all():
            return None
        brought = (lacks & (self._held[right] > 0)).astype(np.float64)
        total = self._near[:, columns].sum(axis=0)
        known = total > 0
        if not known.any():
            return None
        return float(np.mean((brought @ self._near[:, columns])[known] / total[known]))

    def _column_of(self, code: str) -> int | None:
        if code not in self._column:
            above = [label for label in self._domain if label == code or nests(label, code)]
            self._column[code] = (
                self._domain[max(above, key=lambda label: (label == code, len(label)))] if above else None
            )
        return self._column[code]

    def _row_of(self, region: str) -> int | None:
        above = [label for label in self._region if label and region.startswith(label)]
        return self._region.get(max(above, key=len, default=""))


def _numbered(labels: Sequence[str], what: str) -> dict[str, int]:
    numbered = {label: place for place, label in enumerate(labels)}
    if len(numbered) != len(labels):
        raise ValueError(f"A {what} is named twice: give each label once.")
    return numbered
