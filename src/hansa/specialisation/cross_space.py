"""Cross-space relatedness: what regions hold in one set of domains, seen from another set over the same regions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from .activity import Activity
from .advantage import Presence, presence
from .densities import Density, Unknown, density_of_amounts
from .results import ActivityError, Definition, Floats, read_only

Form = Literal["minimum", "conditional", "assist"]

FORMULAS: dict[str, str] = {
    "minimum": "C_ab / max(u_a, u_b)",
    "conditional": "C_ab / u_a",
    "assist": "1/u_a * sum_r M_ra * M_rb / d_r, d_r domains of the second set held by r",
}


@dataclass(frozen=True, eq=False)
class CrossProximity:
    """Proximity from each domain of the first set to each of the second, shape (from_domains, to_domains), 0..1.

    `regions` are those that could be judged in both tables; nothing else was counted. A domain that none of them
    holds has no proximity: NaN.
    """

    from_domains: tuple[str, ...]
    to_domains: tuple[str, ...]
    values: Floats
    regions: tuple[str, ...]
    definition: Definition


def cross_proximity(
    source: Activity, target: Activity, form: Form = "minimum", *, threshold: float = 1.0
) -> CrossProximity:
    """How the domains of `source` (publications, say) go together with those of `target` (patents, say) in regions.

    C_ab = regions that hold a in the one and b in the other, u = regions that hold the domain.

    - "minimum": C_ab / max(u_a, u_b), the smaller conditional probability (Catalán, Navarrete and Figueroa 2020).
    - "conditional": C_ab / u_a, the share of a's holders that hold b.
    - "assist": 1/u_a * sum_r M_ra M_rb / d_r, where d_r counts what r holds in `target`: the chance of a step from a
      to a random holder and on to a random domain it holds in `target` (Pugliese et al. 2019).

    Presence is judged in each table by itself, then only regions with known activity in both are counted, matched by
    label. An unknown cell is no presence, so C and u are lower bounds there. The tables may be of different years:
    a later `target` asks what follows. Raises ActivityError when no region is in both.

    >>> papers = Activity.from_matrix(["A", "B", "C"], ["physics", "biology"], [[9, 1], [8, 2], [1, 9]])
    >>> patents = Activity.from_matrix(["A", "B", "C"], ["optics", "drugs"], [[5, 0], [4, 1], [0, 6]])
    >>> cross_proximity(papers, patents).values.tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    return cross_proximity_from(presence(source, threshold), presence(target, threshold), form)


def cross_proximity_from(source: Presence, target: Presence, form: Form = "minimum") -> CrossProximity:
    """Cross proximity of two already computed presences; see `cross_proximity`."""
    if form not in get_args(Form):
        raise ActivityError(f'The form of cross proximity is {form!r}; choose "minimum", "conditional" or "assist".')
    rows, columns = _common_regions(source, target)
    first = source.present[rows].astype(np.float64)
    second = target.present[columns].astype(np.float64)
    from_counts, to_counts = first.sum(axis=0), second.sum(axis=0)
    if form == "assist":
        # Diversity counts every domain of the target table, not only those the common regions share.
        diversity = second.sum(axis=1)
        second /= np.maximum(diversity, 1.0)[:, None]
    values = first.T @ second
    with np.errstate(divide="ignore", invalid="ignore"):
        values /= np.maximum(from_counts[:, None], to_counts) if form == "minimum" else from_counts[:, None]
    values[from_counts == 0] = np.nan
    values[:, to_counts == 0] = np.nan
    regions = tuple(source.regions[row] for row in rows)
    definition = _definition(source, target).extended(
        measure="cross proximity", form=form, formula=FORMULAS[form], regions_in_common=len(regions)
    )
    return CrossProximity(source.domains, target.domains, read_only(values), regions, definition)


def cross_density(
    source: Activity,
    target: Activity,
    form: Form = "minimum",
    *,
    unknown: Unknown = "adds nothing",
    threshold: float = 1.0,
) -> Density:
    """omega_rb = sum_a M_ra X_ab / sum_a X_ab: how much of what goes with b the region holds in the other set.

    A share 0..1 for each region of `source` and each domain of `target` (Catalán, Navarrete and Figueroa 2020), also
    for regions that `target` does not have. `explain` names the domains of `source` that make it up.
    Unknown cells of `source`: "adds nothing" (a lower bound) or "left out" of both sums. NaN for a region without
    activity in `source` and for a domain nothing goes with.

    >>> papers = Activity.from_matrix(["A", "B", "C"], ["physics", "biology"], [[9, 1], [8, 2], [1, 9]])
    >>> patents = Activity.from_matrix(["B", "C"], ["optics", "drugs"], [[4, 1], [0, 6]])
    >>> found = cross_density(papers, patents)
    >>> [(part.domain, part.contribution) for part in found.explain("A", "optics").parts]
    [('physics', 1.0)]
    """
    first, second = presence(source, threshold), presence(target, threshold)
    return cross_density_from(first, cross_proximity_from(first, second, form), unknown=unknown)


def cross_density_from(held: Presence, cross: CrossProximity, *, unknown: Unknown = "adds nothing") -> Density:
    """Cross density of what regions hold in the first set; see `cross_density`.

    The regions of `held` may be others than those the cross proximity was learnt from, its domains may not.
    """
    if held.domains != cross.from_domains:
        raise ActivityError(
            "The presence has other domains than the first set of the cross proximity; compute both from one table."
        )
    related = np.ascontiguousarray(np.nan_to_num(cross.values, nan=0.0).T)
    definition = cross.definition.extended(measure="cross density")
    amounts = held.present.astype(np.float64)
    return density_of_amounts(held, amounts, related, definition, unknown, around=cross.to_domains)


def _common_regions(source: Presence, target: Presence) -> tuple[list[int], list[int]]:
    """Rows in each of the regions that can be judged in both, in the order of the first."""
    judged = {label: row for row, label in enumerate(target.regions) if target.assessed[row].any()}
    pairs = [
        (row, judged[label])
        for row, label in enumerate(source.regions)
        if label in judged and source.assessed[row].any()
    ]
    if not pairs:
        raise ActivityError(
            "The two tables have no region with activity in common; use the same region codes in both "
            f"(the first begins with {', '.join(source.regions[:3])}, the second with {', '.join(target.regions[:3])})."
        )
    return [row for row, _ in pairs], [column for _, column in pairs]


def _definition(source: Presence, target: Presence) -> Definition:
    own = {f"target {name}": value for name, value in target.definition.items() if name != "measure"}
    return source.definition.extended(**own)
