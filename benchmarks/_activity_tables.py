"""Invented activity tables of a wanted size and presence, the same on every machine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LATENT = 8
"""Hidden abilities that make some domains go together, as in real tables."""


@dataclass(frozen=True)
class Size:
    """Regions x domains, and the share of cells in which a region should hold the domain."""

    regions: int
    domains: int
    presence: float

    @property
    def name(self) -> str:
        return f"{self.regions:,} x {self.domains:,}"


SIZES = (Size(250, 800, 0.23), Size(1_500, 700, 0.12), Size(1_500, 5_000, 0.07), Size(5_000, 5_000, 0.05))


def invented(size: Size, seed: int = 0) -> NDArray[np.float64]:
    """Whole numbers, regions x domains; small cells are cut to zero until the share of presences is as wanted."""
    random = np.random.default_rng([seed, size.regions, size.domains])
    regions, domains = size.regions, size.domains
    affinity = random.normal(size=(regions, LATENT)) @ random.normal(size=(LATENT, domains)) / np.sqrt(LATENT)
    affinity += random.normal(size=(regions, domains))
    np.exp(affinity, out=affinity)
    affinity *= random.lognormal(0, 1.2, regions)[:, None]
    affinity *= random.lognormal(0, 1.2, domains)
    low, high = 0.0, 1.0
    for _ in range(12):
        zeros = (low + high) / 2
        low, high = (zeros, high) if _presence(_cut(affinity, zeros)) > size.presence else (low, zeros)
    return _cut(affinity, (low + high) / 2)


def _cut(cells: NDArray[np.float64], zeros: float) -> NDArray[np.float64]:
    smallest = np.quantile(cells[: min(len(cells), 400)], zeros)
    cut = np.where(cells >= smallest, np.round(cells * (5 / smallest)), 0.0)
    # every region does something and every domain is somewhere, as in a table ready to be measured
    cut[np.arange(len(cells)), cells.argmax(axis=1)] += 1.0
    cut[cells.argmax(axis=0), np.arange(cells.shape[1])] += 1.0
    return cut


def _presence(cells: NDArray[np.float64]) -> float:
    expected = cells.sum(axis=1)[:, None] * cells.sum(axis=0)
    return float(((cells * cells.sum() >= expected) & (cells > 0)).mean())
