"""Two years' tables on one grid by label: what every comparison between years stands on.

The grid has the earlier year's labels in their order, then those only the later year has. A region or domain that a
year's table does not have is unknown in that year, never zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from .activity import Activity
from .advantage import Presence
from .results import ActivityError, Bools, Floats, Setting

_Number = TypeVar("_Number", np.float64, np.bool_)


@dataclass(frozen=True)
class ComparedLabels:
    """The grid two years are compared on, and the labels that only one of them has."""

    regions: tuple[str, ...]
    domains: tuple[str, ...]
    regions_gone: tuple[str, ...]
    regions_new: tuple[str, ...]
    domains_gone: tuple[str, ...]
    domains_new: tuple[str, ...]


class Grid:
    """Both years' labels on one grid."""

    def __init__(self, earlier: Activity | Presence, later: Activity | Presence) -> None:
        self.years = (earlier, later)
        regions = tuple(dict.fromkeys((*earlier.regions, *later.regions)))
        domains = tuple(dict.fromkeys((*earlier.domains, *later.domains)))
        self.labels = ComparedLabels(
            regions,
            domains,
            _only(earlier.regions, later.regions),
            _only(later.regions, earlier.regions),
            _only(earlier.domains, later.domains),
            _only(later.domains, earlier.domains),
        )
        self._rows = {label: at for at, label in enumerate(regions)}
        self._columns = {label: at for at, label in enumerate(domains)}

    def place(self, values: NDArray[_Number], year: int, fill: float) -> NDArray[_Number]:
        """One year's (0 earlier, 1 later) array on the common grid, `fill` where the year has no such label."""
        own = self.years[year]
        if (own.regions, own.domains) == (self.labels.regions, self.labels.domains):
            return values
        placed = np.full((len(self._rows), len(self._columns)), fill, dtype=values.dtype)
        rows = [self._rows[label] for label in own.regions]
        placed[np.ix_(rows, [self._columns[label] for label in own.domains])] = values
        return placed

    def known_twice(self, earlier: Activity, later: Activity) -> tuple[Floats, Floats, Bools]:
        """Both years' values on the grid, 0 where not known in both, and where they are."""
        before, after = self.place(earlier.values, 0, np.nan), self.place(later.values, 1, np.nan)
        used = ~(np.isnan(before) | np.isnan(after))
        return np.where(used, before, 0.0), np.where(used, after, 0.0), used


def _only(these: tuple[str, ...], those: Iterable[str]) -> tuple[str, ...]:
    others = set(those)
    return tuple(label for label in these if label not in others)


def years_in_order(earlier: Setting, later: Setting) -> tuple[Setting, Setting]:
    """Both years; refuses them when both are known and the later is not later."""
    if isinstance(earlier, int) and isinstance(later, int) and later <= earlier:
        raise ActivityError(f"The later table is of {later} and the earlier of {earlier}; give the earlier year first.")
    return earlier, later
