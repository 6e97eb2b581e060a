"""How unevenly activity is spread: over domains within a region, and over regions within a domain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import special

from .activity import Activity
from .results import ActivityError, Bools, Definition, Floats, Setting, read_only

# Cells worked on at once: bounds the memory, and keeps the working set near the processor.
_BLOCK_CELLS = 1 << 19


@dataclass(frozen=True, eq=False)
class RegionConcentration:
    """Specialisation of each region; every array has shape (regions,), NaN for a region without activity.

    `counted`: number of domains compared (known in the region, with activity somewhere).
    `herfindahl`: 1/counted..1; `herfindahl_normalised`: 0..1. `entropy`, `theil`, `relative_theil`: in units of
    `definition["log_base"]` (2 = bits); `entropy_normalised`: 0..1. `krugman`: 0..2; `hoover`: 0..1.
    `hachman`: 0..1, 1 = the mix of all regions; `mean_location_quotient`: >= 1, its reciprocal.
    The normalised ones are NaN where only one domain is counted.
    """

    regions: tuple[str, ...]
    counted: Floats
    herfindahl: Floats
    herfindahl_normalised: Floats
    entropy: Floats
    entropy_normalised: Floats
    theil: Floats
    relative_theil: Floats
    krugman: Floats
    hoover: Floats
    hachman: Floats
    mean_location_quotient: Floats
    definition: Definition


@dataclass(frozen=True, eq=False)
class DomainConcentration:
    """Geographical concentration of each domain; every array has shape (domains,), NaN for an empty domain.

    `counted`: number of regions compared (known in the domain, with activity somewhere).
    `gini`: 0..1 − 1/counted (0..1 with the correction); `locational_gini`: 0..½; `hoover_gini`: twice that, 0..1.
    `herfindahl`, `entropy`, `theil`, `relative_theil` and the normalised ones as in `RegionConcentration`.
    """

    domains: tuple[str, ...]
    counted: Floats
    gini: Floats
    locational_gini: Floats
    hoover_gini: Floats
    herfindahl: Floats
    herfindahl_normalised: Floats
    entropy: Floats
    entropy_normalised: Floats
    theil: Floats
    relative_theil: Floats
    definition: Definition


def region_concentration(activity: Activity, *, log_base: float = 2.0) -> RegionConcentration:
    """All measures of how specialised each region is, in one pass over the table.

    With s_i = x_ri / X_r and the mix of all regions S_i = X_i / X, over the n counted domains:
    Herfindahl Σ s² (Herfindahl 1950), normalised (Σ s² − 1/n) / (1 − 1/n); entropy −Σ s log s (Shannon 1948),
    normalised by log n; Theil log n − entropy (Theil 1967) and relative Theil Σ s log(s/S);
    Krugman Σ |s − S| (Krugman 1991), Hoover half of it (Hoover 1936); mean location quotient Σ s·s/S and
    Hachman index, its reciprocal (F. Hachman, University of Utah).

    Where a region has unknown cells, s and S are both taken over its known domains: the figures describe the known
    part of the region, keep their bounds, and say nothing about what is suppressed; show `activity.region_coverage`.
    Raises ActivityError for a log base that is not above 1.

    >>> table = Activity.from_matrix(["A", "B"], ["x", "y"], [[4, 0], [2, 2]])
    >>> found = region_concentration(table)
    >>> found.herfindahl.tolist(), found.entropy.tolist(), found.krugman.tolist()
    ([1.0, 0.5], [0.0, 1.0], [0.5, 0.5])
    """
    base = checked_log_base(log_base)
    values, known, totals = activity.known_values, activity.known, activity.domain_totals
    parts = [
        _specialisation(values[rows], known[rows] & (totals > 0), totals, base)
        for rows in _blocks(len(activity.regions), len(activity.domains))
    ]
    found = np.concatenate(parts, axis=1) if parts else np.zeros((11, 0))
    definition = _definition(
        activity, "region concentration", base, counted="known domains with activity", mix="all regions, same domains"
    )
    counted, herfindahl, herfindahl_normalised, *others = read_only(found)
    entropy, entropy_normalised, theil, relative_theil, krugman, hoover, hachman, mean_quotient = others
    return RegionConcentration(
        regions=activity.regions,
        counted=counted,
        herfindahl=herfindahl,
        herfindahl_normalised=herfindahl_normalised,
        entropy=entropy,
        entropy_normalised=entropy_normalised,
        theil=theil,
        relative_theil=relative_theil,
        krugman=krugman,
        hoover=hoover,
        hachman=hachman,
        mean_location_quotient=mean_quotient,
        definition=definition,
    )


def domain_concentration(
    activity: Activity, *, log_base: float = 2.0, gini_correction: bool = False
) -> DomainConcentration:
    """All measures of how unevenly each domain is spread over regions, in one pass over the table.

    With y_r = x_ri / X_i and region weights p_r = X_r / X, over the n counted regions:
    Gini Σ_k (2k − n − 1) x_(k) / (n Σ x) with values in ascending order, zeros included (Gini 1914), times n / (n − 1)
    with `gini_correction`; locational Gini ½ − area under the Lorenz curve of y on p, regions sorted by y/p
    (Krugman 1991), and Hoover-Gini, twice it; Herfindahl Σ y², entropy −Σ y log y, Theil log n − entropy,
    relative Theil Σ y log(y/p).

    Where a domain has unknown cells, y and p are both taken over the regions known in it.
    Raises ActivityError for a log base that is not above 1.

    >>> table = Activity.from_matrix(["A", "B"], ["x", "y"], [[4, 2], [0, 2]])
    >>> found = domain_concentration(table)
    >>> found.gini.tolist(), found.locational_gini.round(3).tolist()
    ([0.5, 0.0], [0.125, 0.125])
    """
    base = checked_log_base(log_base)
    values, known, totals = activity.known_values.T, activity.known.T, activity.region_totals
    parts = [
        _localisation(
            np.ascontiguousarray(values[rows]),
            np.ascontiguousarray(known[rows]) & (totals > 0),
            totals,
            base,
            gini_correction,
        )
        for rows in _blocks(len(activity.domains), len(activity.regions))
    ]
    found = np.concatenate(parts, axis=1) if parts else np.zeros((10, 0))
    definition = _definition(
        activity,
        "domain concentration",
        base,
        counted="known regions with activity",
        weights="region totals over all domains",
        gini_correction="n/(n-1)" if gini_correction else "none",
    )
    counted, gini, locational_gini, hoover_gini, *others = read_only(found)
    herfindahl, herfindahl_normalised, entropy, entropy_normalised, theil, relative_theil = others
    return DomainConcentration(
        domains=activity.domains,
        counted=counted,
        gini=gini,
        locational_gini=locational_gini,
        hoover_gini=hoover_gini,
        herfindahl=herfindahl,
        herfindahl_normalised=herfindahl_normalised,
        entropy=entropy,
        entropy_normalised=entropy_normalised,
        theil=theil,
        relative_theil=relative_theil,
        definition=definition,
    )


def checked_log_base(log_base: float) -> float:
    """The base of logarithms as a float; refuses what is not finite and above 1."""
    if not (np.isfinite(log_base) and log_base > 1):
        raise ActivityError(f"The log base is {log_base!r}; give a number above 1, usually 2 (bits) or math.e (nats).")
    return float(log_base)


def _specialisation(values: Floats, known: Bools, totals: Floats, base: float) -> Floats:
    shares, mix = _row_shares(values), _mix(known, totals)
    spread = _spread(shares, known, base)
    with np.errstate(divide="ignore", invalid="ignore"):
        krugman = np.minimum(np.abs(shares - mix).sum(axis=1), 2.0)
        quotients = np.divide(shares * shares, mix, out=np.zeros_like(shares), where=mix > 0)
    mean = np.maximum(quotients.sum(axis=1), 1.0)
    relative = _relative_theil(shares, mix, base)
    found: Floats = np.stack([*spread, relative, krugman, krugman / 2.0, 1.0 / mean, mean])
    found[:, ~values.any(axis=1)] = np.nan
    return found


def _localisation(values: Floats, known: Bools, totals: Floats, base: float, corrected: bool) -> Floats:
    shares, weights = _row_shares(values), _mix(known, totals)
    counted, *spread = _spread(shares, known, base)
    gini = _gini(shares, counted, corrected)
    locational = _locational_gini(shares, weights)
    relative = _relative_theil(shares, weights, base)
    found: Floats = np.stack([counted, gini, locational, 2.0 * locational, *spread, relative])
    found[:, ~values.any(axis=1)] = np.nan
    return found


def _row_shares(values: Floats) -> Floats:
    """Each row divided by its sum; NaN for a row without activity."""
    totals = values.sum(axis=1, keepdims=True)
    shares: Floats = np.divide(values, totals, out=np.full_like(values, np.nan), where=totals > 0)
    return shares


def _mix(known: Bools, totals: Floats) -> Floats:
    """Shares of the totals over the known cells of each row: rows add up to 1."""
    return _row_shares(known * totals)


def _spread(shares: Floats, known: Bools, base: float) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
    """Counted cells, Herfindahl plain and normalised, entropy plain and normalised, Theil, of rows of shares."""
    counted = known.sum(axis=1).astype(np.float64)
    herfindahl = np.einsum("rp,rp->r", shares, shares)
    with np.errstate(divide="ignore", invalid="ignore"):
        most = np.log(counted) / np.log(base)
        entropy = special.entr(shares).sum(axis=1) / np.log(base)
        entropy = np.minimum(np.maximum(entropy, 0.0), most)
        normalised = np.where(counted > 1, entropy / most, np.nan)
        even = 1.0 / counted
        herfindahl_normalised = np.where(counted > 1, (herfindahl - even) / (1.0 - even), np.nan)
        theil = most - entropy
    return counted, herfindahl, np.clip(herfindahl_normalised, 0.0, 1.0), entropy, normalised, theil


def _relative_theil(shares: Floats, mix: Floats, base: float) -> Floats:
    # rel_entr is infinite for a share without a counterpart, which only the NaN rows of empty regions could have.
    relative: Floats = np.maximum(special.rel_entr(shares, mix).sum(axis=1) / np.log(base), 0.0)
    return relative


def _gini(shares: Floats, counted: Floats, corrected: bool) -> Floats:
    # Cells that are not counted are 0 here and sort first, where their weight is multiplied by 0.
    length = shares.shape[1]
    rank = np.arange(1, length + 1) - length
    ascending = np.sort(shares, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        gini = (2.0 * np.einsum("rp,p->r", ascending, rank) + (counted - 1.0) * ascending.sum(axis=1)) / counted
        gini = np.clip(gini, 0.0, 1.0 - 1.0 / counted)
        return np.where(counted > 1, gini * counted / (counted - 1.0), np.nan) if corrected else gini


def _locational_gini(shares: Floats, weights: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(weights > 0, shares / weights, 0.0)
    # From the steepest piece of the Lorenz curve down: what stands right of a region is what came before it.
    order = np.argsort(-ratio, axis=1, kind="stable")
    steep, wide = np.take_along_axis(shares, order, axis=1), np.take_along_axis(weights, order, axis=1)
    area = np.einsum("rp,rp->r", steep, np.cumsum(wide, axis=1) - wide / 2.0)
    found: Floats = np.clip(0.5 - area, 0.0, 0.5)
    return found


def _blocks(rows: int, length: int) -> Iterator[slice]:
    step = max(1, _BLOCK_CELLS // max(length, 1))
    return (slice(start, min(start + step, rows)) for start in range(0, rows, step))


def _definition(activity: Activity, measure: str, base: float, **settings: Setting) -> Definition:
    unknown = "counts in no total; both sides of a comparison leave it out"
    return Definition.of(measure=measure, year=activity.year, unknown=unknown, log_base=base).extended(**settings)
