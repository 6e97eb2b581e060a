"""Small activity tables for property tests: whole numbers, empty rows and columns, unknown cells."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from hansa.specialisation import Activity


def labels(prefix: str, count: int) -> list[str]:
    return [f"{prefix}{index:02d}" for index in range(count)]


@st.composite
def activities(draw: st.DrawFn, unknown: bool = True, smallest: int = 1, largest: int = 7) -> Activity:
    """Tables of smallest..largest regions and domains; zeros are frequent so that presences vary."""
    regions, domains = draw(st.integers(smallest, largest)), draw(st.integers(smallest, largest))
    cell: st.SearchStrategy[float] = st.one_of(st.just(0.0), st.integers(0, 60).map(float))
    if unknown:
        cell = st.one_of(cell, cell, st.just(float("nan")))
    cells = draw(st.lists(cell, min_size=regions * domains, max_size=regions * domains))
    return Activity.from_matrix(
        labels("R", regions), labels("D", domains), np.array(cells).reshape(regions, domains), year=2024
    )
