"""The arithmetic behind a preset: Hansa's measures under another package's switches."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cached_property
from typing import Any, cast

import numpy as np

from ..activity import Activity
from ..advantage import Presence, diversity_from, location_quotient, presence, ubiquity_from
from ..concentration import DomainConcentration, RegionConcentration, domain_concentration, region_concentration
from ..densities import portfolio_density_from
from ..economic_complexity import Complexity, complexity_from
from ..fitness import Fitness, fitness_from
from ..outlook import ComplexityOutlook, outlook_from
from ..reflections import Reflections, reflections_from
from ..relatedness import Proximity, density_from, proximity_from
from ..results import Floats, read_only
from ..similarity import (
    CoOccurrence,
    Index,
    Relatedness,
    binary_relatedness,
    co_occurrence_from,
    relatedness_index_from,
)
from .arithmetic import nearest_decimal, rounded_eigenvector
from .switches import Preset


class Calculation:
    """One table under one preset; everything is computed at its first use and kept."""

    def __init__(self, activity: Activity, preset: Preset, threshold: float) -> None:
        self.activity = activity
        if activity.has_unknown:
            self.activity = Activity(activity.regions, activity.domains, activity.known_values, activity.year)
        self.preset = preset
        self.held: Presence = presence(self.activity, threshold)

    def measure(self, name: str) -> Floats:
        """One of the preset's measures, read-only."""
        return read_only(np.array(_MEASURES[name](self), dtype=np.float64))

    @cached_property
    def complexity(self) -> Complexity:
        """Hansa's complexity on the scale of the preset, before any turning."""
        return complexity_from(self.held, "eci" if self.preset["pci_moments"] == "eci" else "own")

    @cached_property
    def eci(self) -> Floats:
        """ECI (or KCI) as the package prints it."""
        if self.preset["complexity_method"] == "reflections":
            return self._scaled(self.reflections[0], "complexity_scale")
        if self.preset["matrix_decimals"] is not None:
            found = self._of_rounded_matrix(transposed=False)
        else:
            found = self._scaled(self.complexity.eci, "complexity_scale")
        against = self.held.held_counts if self.preset["eci_sign"] == "rises with diversity" else self.reflections[0]
        return found * _direction(found, against)

    @cached_property
    def pci(self) -> Floats:
        """PCI (or TCI) as the package prints it."""
        if self.preset["complexity_method"] == "reflections":
            return self._scaled(self.reflections[1], "complexity_scale")
        rule = self.preset["pci_sign"]
        if rule == "with ECI":
            return self.complexity.pci * _direction(self.complexity.eci, self.eci)
        if self.preset["matrix_decimals"] is not None:
            found = self._of_rounded_matrix(transposed=True)
        else:
            found = self._scaled(self.complexity.pci, "complexity_scale")
        if rule == "as its reflections":
            return found * _direction(found, self.reflections[1])
        rising = found * _direction(found, self.held.holder_counts)
        return rising if rule == "rises with ubiquity" else -rising

    @cached_property
    def reflections(self) -> tuple[Floats, Floats]:
        """Standardised reflections of regions and domains at the preset's orders, neither scaled nor turned."""
        orders = str(self.preset["reflections_orders"])
        found: Reflections = reflections_from(self.held, 19 if orders == "18 and 19" else 20, self.complexity)
        if orders == "18 and 19":
            return found.eci, found.pci
        # The even order of domains is that of regions in the table turned over.
        return found.eci, reflections_from(_turned_over(self.held), 20, _swapped(self.complexity)).eci

    def reflected(self, side: int) -> Floats:
        """Reflections as the package prints them: 0 for regions, 1 for domains."""
        found = self.reflections[side]
        if side == 1 and self.preset["reflections_orders"] == "20 and 20":
            falls = self.preset["reflections_domain_sign"] == "falls with ubiquity"
            found = -found if falls else found
        if self.preset["reflections_scale"] != "0 to 100":
            return self._scaled(found, "reflections_scale")
        inside = np.isfinite(found)
        if not inside.any():
            return found
        low, high = float(found[inside].min()), float(found[inside].max())
        scaled: Floats = 100.0 * (found - low) / (high - low)
        return scaled

    def _scaled(self, values: Floats, switch: str) -> Floats:
        """From the population's standard deviation to the sample's, where the preset has that."""
        count = int(np.isfinite(values).sum())
        if self.preset[switch] != "sample standard deviation" or count < 2:
            return values
        scaled: Floats = values * np.sqrt((count - 1) / count)
        return scaled

    def _of_rounded_matrix(self, *, transposed: bool) -> Floats:
        rows, columns = np.isfinite(self.complexity.eci), np.isfinite(self.complexity.pci)
        result = np.full(len(columns if transposed else rows), np.nan)
        if rows.any():
            part = self.held.present[np.ix_(rows, columns)].astype(np.float64)
            decimals = self.preset.number("matrix_decimals") or 0
            result[columns if transposed else rows] = rounded_eigenvector(part.T if transposed else part, decimals)
        return result

    @cached_property
    def proximity(self) -> Proximity:
        """Proximity of the table."""
        return proximity_from(self.held, "double")

    @cached_property
    def counts(self) -> CoOccurrence:
        """Co-occurrence of the table."""
        return co_occurrence_from(self.held)

    def related(self, index: Index) -> Relatedness:
        """Relatedness on the preset's totals."""
        occurrence = self.preset["relatedness_totals"] == "occurrence"
        return relatedness_index_from(self.counts, index, totals="occurrence" if occurrence else "co-occurrence")

    def density(self, *, binary: bool = False) -> Floats:
        """Density in the preset's unit and rounding."""
        if self.preset["density_relatedness"] == "proximity":
            include = self.preset["density_diagonal"] == "include"
            found = density_from(self.held, self.proximity, "include" if include else "exclude").values
        else:
            related = self.related("prob")
            found = portfolio_density_from(self.held, binary_relatedness(related) if binary else related).values
        return self._rounded(found * (self.preset.number("density_scale") or 1), "density_decimals")

    @cached_property
    def fitness(self) -> Fitness:
        """Fitness after the preset's steps."""
        update = "old" if self.preset["fitness_update"] == "old" else "new"
        return fitness_from(self.held, iterations=self.preset.number("fitness_iterations"), update=cast(Any, update))

    @cached_property
    def fitness_limit(self) -> Fitness:
        """Fitness in the limit."""
        return fitness_from(self.held)

    @cached_property
    def outlook(self) -> ComplexityOutlook:
        """COI and COG under the preset, NaN for held domains unless it scores them."""
        get = self.preset
        pci = self.fitness.complexity if get["outlook_complexity"] == "complexity" else self.pci
        return outlook_from(
            self.held,
            self.proximity,
            dataclasses.replace(self.complexity, pci=pci),
            diagonal="include" if get["outlook_diagonal"] == "include" else "exclude",
            divide_by="gaining" if get["gain_divide_by"] == "gaining" else "contributing",
            own_term=bool(get["gain_own_term"]),
            scored="all" if get["gain_of_held"] == "scored" else "lacked",
            pci_zero="holdings" if get["outlook_zero"] == "holdings" else "mean",
            standardise_coi=bool(get["outlook_standardised"]),
        )

    def gain(self) -> Floats:
        """COG, with what the preset prints for held domains."""
        found = self.outlook.cog
        return np.where(self.held.present, 0.0, found) if self.preset["gain_of_held"] == "zero" else found

    @cached_property
    def of_regions(self) -> RegionConcentration:
        """Specialisation of regions."""
        return region_concentration(self.activity)

    @cached_property
    def of_domains(self) -> DomainConcentration:
        """Concentration of domains."""
        return domain_concentration(self.activity)

    def entropy(self) -> Floats:
        """Entropy in bits, with the preset's offset and rounding."""
        offset, found = self.preset["entropy_offset"], self.of_regions.entropy
        if isinstance(offset, float):
            totals = self.activity.region_totals
            shares = self.activity.values / np.where(totals > 0, totals, np.nan)[:, None]
            found = -(shares * np.log2(shares + offset)).sum(axis=1)
        return self._rounded(found, "entropy_decimals")

    def gini(self) -> Floats:
        """The Gini coefficient in the preset's rounding."""
        return self._rounded(self.of_domains.gini, "gini_decimals")

    def quotients(self) -> Floats:
        """The location quotient in the preset's rounding."""
        return self._rounded(location_quotient(self.activity).values, "quotient_decimals")

    def _rounded(self, values: Floats, switch: str) -> Floats:
        decimals = self.preset.number(switch)
        return values if decimals is None else nearest_decimal(values, decimals)


def correlation(one: Floats, other: Floats) -> float:
    """Pearson correlation over what both have; NaN where one of the two does not vary."""
    both = np.isfinite(one) & np.isfinite(other)
    if both.sum() < 2 or one[both].std() == 0 or other[both].std() == 0:
        return float("nan")
    return float(np.corrcoef(one[both], other[both])[0, 1])


def _direction(values: Floats, against: Floats) -> float:
    """-1 where the two fall together, else 1 (also where they are unrelated)."""
    return -1.0 if correlation(values, against) < 0 else 1.0


def _turned_over(held: Presence) -> Presence:
    """The same presences with domains as rows."""
    turned = {"present": np.ascontiguousarray(held.present.T), "assessed": np.ascontiguousarray(held.assessed.T)}
    return Presence(regions=held.domains, domains=held.regions, definition=held.definition, **turned)


def _swapped(found: Complexity) -> Complexity:
    return dataclasses.replace(
        found, regions=found.domains, domains=found.regions, eci=found.pci, pci=found.eci, sign=None
    )


_MEASURES: dict[str, Callable[[Calculation], Floats]] = {
    "diversity": lambda work: diversity_from(work.held).values,
    "ubiquity": lambda work: ubiquity_from(work.held).values,
    "eci": lambda work: work.eci,
    "pci": lambda work: work.pci,
    "eci_reflections": lambda work: work.reflected(0),
    "pci_reflections": lambda work: work.reflected(1),
    "fitness": lambda work: work.fitness.fitness,
    "complexity": lambda work: work.fitness.complexity,
    "fitness_limit": lambda work: work.fitness_limit.fitness,
    "complexity_limit": lambda work: work.fitness_limit.complexity,
    "coi": lambda work: work.outlook.coi,
    "cog": lambda work: work.gain(),
    "lq": lambda work: work.quotients(),
    "presence": lambda work: work.held.values,
    "density": lambda work: work.density(),
    "density_binary": lambda work: work.density(binary=True),
    "proximity": lambda work: work.proximity.values,
    "co_occurrence": lambda work: work.counts.values,
    "prob": lambda work: work.related("prob").values,
    "association": lambda work: work.related("association").values,
    "cosine": lambda work: work.related("cosine").values,
    "jaccard": lambda work: work.related("jaccard").values,
    "herfindahl": lambda work: work.of_regions.herfindahl,
    "herfindahl_normalised": lambda work: work.of_regions.herfindahl_normalised,
    "entropy": lambda work: work.entropy(),
    "krugman": lambda work: work.of_regions.krugman,
    "hoover": lambda work: work.of_regions.hoover,
    "hachman": lambda work: work.of_regions.hachman,
    "mean_lq": lambda work: work.of_regions.mean_location_quotient,
    "gini": lambda work: work.gini(),
    "locational_gini": lambda work: work.of_domains.locational_gini,
}
