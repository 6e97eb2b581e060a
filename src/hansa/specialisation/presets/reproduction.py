"""What another package would print for a table, by its preset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from ..activity import Activity
from ..results import ActivityError, Definition, Floats
from .calculation import Calculation, correlation
from .peers import preset
from .switches import Preset


@dataclass(frozen=True, eq=False)
class Reproduced:
    """The figures of one package for one table, labelled.

    `of_regions` and `of_domains` map the name of a measure to one number per region or domain, `of_cells` to a matrix
    regions x domains and `of_pairs` to one domains x domains; NaN where there is none. Units are those of the package:
    see `preset`. `eci_correlation` and `pci_correlation` compare with Hansa's own ECI and PCI: about -1 means that the
    package turns the ranking the other way, well under 1 that it is not the same ranking; NaN if not asked for.
    `note` is that of Hansa's complexity: why regions are left out, if any are.
    """

    preset: Preset
    regions: tuple[str, ...]
    domains: tuple[str, ...]
    of_regions: Mapping[str, Floats]
    of_domains: Mapping[str, Floats]
    of_cells: Mapping[str, Floats]
    of_pairs: Mapping[str, Floats]
    eci_correlation: float
    pci_correlation: float
    note: str
    definition: Definition

    @property
    def values(self) -> Mapping[str, Floats]:
        """Every measure by its name, whatever it is about."""
        return MappingProxyType({**self.of_regions, **self.of_domains, **self.of_cells, **self.of_pairs})

    def __getitem__(self, name: str) -> Floats:
        """One measure; raises ActivityError for one that was not asked for."""
        found = self.values
        if name not in found:
            raise ActivityError(f"There is no {name!r} in this result; it holds {', '.join(found)}.")
        return found[name]


def reproduce(
    activity: Activity, name: str, measures: Sequence[str] | None = None, *, threshold: float = 1.0
) -> Reproduced:
    """What the package of this name would print for the table, signs, scales and rounding included.

    `measures` names what is wanted; by default all that the package offers. Unknown cells are read as zero, because
    that is what is left of them in the tables such packages take; use Hansa's own measures to keep them apart.
    Raises ActivityError for a package without a preset and for a measure it does not offer.

    >>> table = Activity.from_matrix(
    ...     "ABCD", "vwxyz", [[4, 0, 0, 2, 1], [4, 3, 2, 2, 2], [4, 0, 2, 3, 2], [4, 4, 4, 2, 4]]
    ... )
    >>> found = reproduce(table, "EconGeo")
    >>> found["density"][0].tolist(), found["entropy"].tolist()
    ([73.68, 0.0, 39.03, 73.68, 0.0], [1.379, 2.258, 1.936, 2.281])
    >>> round(found.eci_correlation, 3)
    1.0
    """
    chosen = preset(name)
    wanted = chosen.measures if measures is None else tuple(measures)
    for measure in wanted:
        if measure not in chosen.measures:
            raise ActivityError(
                f"The package {name} offers no {measure!r}; choose from {', '.join(sorted(chosen.measures))}."
            )
    work = Calculation(activity, chosen, threshold)

    def found(offered: tuple[str, ...]) -> Mapping[str, Floats]:
        return MappingProxyType({measure: work.measure(measure) for measure in offered if measure in wanted})

    regions, domains = found(chosen.region_measures), found(chosen.domain_measures)
    hansa = work.complexity
    return Reproduced(
        preset=chosen,
        regions=activity.regions,
        domains=activity.domains,
        of_regions=regions,
        of_domains=domains,
        of_cells=found(chosen.cell_measures),
        of_pairs=found(chosen.pair_measures),
        eci_correlation=correlation(regions["eci"], hansa.eci) if "eci" in regions else float("nan"),
        pci_correlation=correlation(domains["pci"], hansa.pci) if "pci" in domains else float("nan"),
        note=hansa.note,
        definition=work.held.definition.extended(measure="reproduced figures", **dict(chosen.definition)),
    )


def preset_measures(
    activity: Activity, name: str, measures: Sequence[str] | None = None, *, threshold: float = 1.0
) -> Mapping[str, Floats]:
    """The figures of `reproduce` alone, by name: what a command writes in place of Hansa's columns.

    The names are those of the columns of `hansa specialise` where it has such a column: `lq`, `presence`, `density`,
    `cog` (regions x domains), `eci`, `fitness`, `coi`, `diversity`, `entropy`, `herfindahl`, `krugman`, `hoover`,
    `hachman`, `mean_lq` (regions), `pci`, `complexity`, `ubiquity`, `gini`, `locational_gini` (domains), `proximity`
    (domains x domains).

    >>> table = Activity.from_matrix("ABC", "xyz", [[4, 1, 1], [1, 4, 0], [1, 1, 4]])
    >>> sorted(preset_measures(table, "fermi-cref"))
    ['complexity', 'density', 'diversity', 'eci', 'fitness', 'lq', 'pci', 'presence', 'proximity', 'ubiquity']
    """
    return reproduce(activity, name, measures, threshold=threshold).values
