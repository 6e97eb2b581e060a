"""Variety: a region's entropy split exactly along a classification, from unrelated to related."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy import special

from .activity import Activity
from .concentration import checked_log_base
from .results import ActivityError, Definition, Floats, read_only

Groups = Mapping[str, str]
Codes = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Variety:
    """Entropy of each region's shares and its parts, in units of `definition["log_base"]` (2 = bits).

    `parts` has shape (levels + 1, regions): row 0 is the entropy between the coarsest groups, each following row the
    entropy a finer level adds within the one before, the last row that of the domains within the finest groups. The
    rows add up to `entropy`. NaN for a region without activity.
    """

    regions: tuple[str, ...]
    entropy: Floats
    parts: Floats
    definition: Definition

    @property
    def unrelated(self) -> Floats:
        """Variety between the coarsest groups, shape (regions,)."""
        return read_only(self.parts[0].copy())

    @property
    def related(self) -> Floats:
        """Variety of domains within the finest groups, weighted by the groups' shares, shape (regions,)."""
        return read_only(self.parts[-1].copy())

    @property
    def semi_related(self) -> Floats:
        """What lies between: variety of finer groups within coarser ones; 0 with a single level, shape (regions,)."""
        between = self.parts[1:-1].sum(axis=0)
        return read_only(np.where(np.isnan(self.entropy), np.nan, between))


@dataclass(frozen=True)
class GroupVariety:
    """One group's part in a region's variety.

    `share` of the region's activity; `unrelated` = −share·log share; `within` = entropy inside the group;
    `related` = share·within; `domains` = its domains with activity.
    """

    group: str
    share: float
    unrelated: float
    within: float
    related: float
    domains: int


@dataclass(frozen=True)
class VarietyExplanation:
    """The groups a region's variety comes from, largest share first; their parts add up to the two totals.

    Groups without activity in the region are left out. An empty region has no groups and NaN for both totals.
    """

    region: str
    unrelated: float
    related: float
    groups: tuple[GroupVariety, ...]
    definition: Definition


def related_variety(activity: Activity, groups: Groups | Sequence[Groups], *, log_base: float = 2.0) -> Variety:
    """Unrelated and related variety of each region (Frenken, Van Oort and Verburg 2007).

    With shares s_i and group shares P_g: entropy −Σ s log s = −Σ P log P (unrelated, between groups)
    + Σ P_g · H_g (related, H_g the entropy inside group g). `groups` maps every domain of the table to its group, or
    is a sequence of such mappings from coarse to fine, whose groups nest; the entropy then splits level by level.
    Every part is summed from its own terms >= 0, not obtained by subtraction.

    Unknown cells have no share: the figures describe the known part of the region, and a suppressed domain can lower
    or raise either kind; show `activity.region_coverage`.
    Raises ActivityError for domains without a group, levels that do not nest, group names that are not text, and a log
    base that is not above 1.

    >>> table = Activity.from_matrix(["R"], ["a1", "a2", "b1"], [[1, 1, 2]])
    >>> found = related_variety(table, {"a1": "A", "a2": "A", "b1": "B"})
    >>> found.unrelated.tolist(), found.related.tolist(), found.entropy.tolist()
    ([1.0], [0.5], [1.5])
    """
    base = checked_log_base(log_base)
    levels = _levels(activity, groups)
    values = activity.known_values
    shares, empty = _shares(values), ~values.any(axis=1)
    everything = np.zeros(len(activity.domains), dtype=np.intp)
    parts, outer, outer_codes = [], shares.sum(axis=1, keepdims=True), everything
    for codes in [*levels, np.arange(len(activity.domains), dtype=np.intp)]:
        inner = _group_sums(shares, codes)
        parents = np.zeros(inner.shape[1], dtype=np.intp)
        parents[codes] = outer_codes
        parts.append(_within(inner, outer[:, parents]) / np.log(base))
        outer, outer_codes = inner, codes
    split = np.stack(parts)
    entropy = special.entr(shares).sum(axis=1) / np.log(base)
    split[:, empty], entropy[empty] = np.nan, np.nan
    definition = _definition(activity, "variety", base, len(levels))
    return Variety(activity.regions, read_only(entropy), read_only(split), definition)


def explain_variety(activity: Activity, region: str, groups: Groups, *, log_base: float = 2.0) -> VarietyExplanation:
    """Which groups make up one region's unrelated and related variety, and by how much.

    Raises ActivityError as `related_variety` does, and for a region the table does not have.

    >>> table = Activity.from_matrix(["R"], ["a1", "a2", "b1"], [[1, 1, 2]])
    >>> found = explain_variety(table, "R", {"a1": "A", "a2": "A", "b1": "B"})
    >>> [(one.group, one.share, one.related) for one in found.groups]
    [('A', 0.5, 0.5), ('B', 0.5, 0.0)]
    """
    base = checked_log_base(log_base)
    names, codes = _coded(activity, groups)
    row = activity.region_index(region)
    shares = _shares(activity.known_values[row : row + 1])
    held = _group_sums(shares, codes)
    related = special.rel_entr(shares, held[:, codes]) / -np.log(base)
    found: list[GroupVariety] = []
    for code, name in enumerate(names):
        share, members = float(held[0, code]), codes == code
        if share > 0:
            part = max(0.0, float(related[0, members].sum()))
            unrelated = float(special.entr(share) / np.log(base))
            active = int((shares[0, members] > 0).sum())
            found.append(GroupVariety(name, share, unrelated, part / share, part, active))
    found.sort(key=lambda one: (-one.share, one.group))
    totals = (sum(one.unrelated for one in found), sum(one.related for one in found))
    if not found:
        totals = (float("nan"), float("nan"))
    return VarietyExplanation(region, *totals, tuple(found), _definition(activity, "variety by group", base, 1))


def _within(inner: Floats, outer: Floats) -> Floats:
    """Σ inner·log(outer / inner) of each row: entropy of the inner shares inside the outer ones."""
    terms = special.rel_entr(inner, outer)
    # A group of one domain has inner = outer up to rounding; its term is 0, not a unit in the last place below.
    entropy: Floats = np.maximum(-terms.sum(axis=1), 0.0)
    return entropy


def _shares(values: Floats) -> Floats:
    totals = values.sum(axis=1, keepdims=True)
    shares: Floats = np.divide(values, totals, out=np.full_like(values, np.nan), where=totals > 0)
    return shares


def _group_sums(shares: Floats, codes: Codes) -> Floats:
    """Shares of the groups: columns added up by code; every code from 0 on occurs."""
    if not codes.size:
        return np.zeros((len(shares), 0))
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    sums: Floats = np.add.reduceat(shares[:, order], starts, axis=1)
    return sums


def _levels(activity: Activity, groups: Groups | Sequence[Groups]) -> list[Codes]:
    given = [groups] if isinstance(groups, Mapping) else list(groups)
    if not given:
        raise ActivityError("There is no level of groups; give at least one mapping from domain to group.")
    coded = [_coded(activity, level, number) for number, level in enumerate(given, start=1)]
    for number, ((coarse_names, coarse), (fine_names, fine)) in enumerate(pairwise(coded), start=1):
        _refuse_crossing(activity, number, coarse_names, coarse, fine_names, fine)
    return [codes for _, codes in coded]


def _coded(activity: Activity, groups: Groups, level: int = 1) -> tuple[list[str], Codes]:
    if not isinstance(groups, Mapping):
        raise ActivityError(f"Level {level} of the groups is no mapping; map every domain to the name of its group.")
    without = [domain for domain in activity.domains if domain not in groups]
    if without:
        shown = ", ".join(map(repr, without[:5])) + (f" and {len(without) - 5} more" if len(without) > 5 else "")
        raise ActivityError(f"Level {level} of the groups leaves out the domains {shown}; give each domain one group.")
    wrong = [domain for domain in activity.domains if not (isinstance(groups[domain], str) and groups[domain])]
    if wrong:
        raise ActivityError(
            f"Level {level} of the groups gives domain {wrong[0]!r} the group {cast(object, groups[wrong[0]])!r}; "
            f"group names must be non-empty text."
        )
    names = sorted({groups[domain] for domain in activity.domains})
    codes = {name: code for code, name in enumerate(names)}
    return names, np.array([codes[groups[domain]] for domain in activity.domains], dtype=np.intp)


def _refuse_crossing(
    activity: Activity, level: int, coarse_names: list[str], coarse: Codes, fine_names: list[str], fine: Codes
) -> None:
    """Refuse a finer group that lies in two coarser ones, naming one domain on each side."""
    first = np.zeros(len(fine_names), dtype=np.intp)
    first[fine[::-1]] = np.arange(len(fine))[::-1]
    astray = np.flatnonzero(coarse != coarse[first[fine]])
    if astray.size:
        domain = int(astray[0])
        other = int(first[fine[domain]])
        raise ActivityError(
            f"The levels {level} and {level + 1} do not nest: group {fine_names[fine[domain]]!r} of level {level + 1} "
            f"lies in {coarse_names[coarse[other]]!r} (domain {activity.domains[other]!r}) and in "
            f"{coarse_names[coarse[domain]]!r} (domain {activity.domains[domain]!r}); give coarse levels first "
            f"and each fine group one coarse group."
        )


def _definition(activity: Activity, measure: str, base: float, levels: int) -> Definition:
    return Definition.of(
        measure=measure,
        year=activity.year,
        unknown="has no share",
        log_base=base,
        levels=levels,
    )
