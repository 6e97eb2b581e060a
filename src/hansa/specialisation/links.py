"""Links between regions (joint projects, co-inventors ...) and complementarity weighted by them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from .activity import Activity
from .advantage import Presence, presence
from .partners import added_density, described, relatedness_weights
from .relatedness import proximity_from, proximity_per_total
from .results import ActivityError, Bools, Definition, Floats, RelatednessMatrix, position, read_only

Direction = Literal["symmetric", "directed"]
LinkWeights = Literal["counts", "shares", "binary"]
Outside = Literal["refuse", "leave out"]
Labels = Sequence[str] | NDArray[np.generic]
Values = Sequence[float | None] | NDArray[np.generic]


@dataclass(frozen=True, eq=False)
class Links:
    """Links between regions in one year: `values[r, s]` >= 0, sparse, in the unit of the source; r = s is left out.

    `regions` are the regions the source covers. Two covered regions without a row have no link: 0. A region that is
    not covered has no value at all, and whatever is computed for it is NaN. `unknown` names the pairs whose value was
    given as unknown; they count in no sum, so sums over links are lower bounds for the regions they touch.
    """

    regions: tuple[str, ...]
    values: csr_array
    unknown: tuple[tuple[str, str], ...]
    definition: Definition

    @classmethod
    def from_long(
        cls,
        region_a: Labels,
        region_b: Labels,
        values: Values,
        *,
        direction: Direction = "symmetric",
        rename: Mapping[str, str] | None = None,
        covered: Iterable[str] | None = None,
        year: int | None = None,
    ) -> Links:
        """Links from three columns, one row per pair of regions; None or NaN is an unknown value.

        "symmetric": a pair is one link for both regions; it may stand in either or in both orders, but then with the
        same value. "directed": a row is what region_a has with region_b. `rename` maps codes of the link table to
        codes of the other tables (CORDIS writes EL and UK where ISO writes GR and GB); codes it does not name stay.
        `covered` names the regions the source covers, after renaming; without it, the regions that occur.
        Raises ActivityError for columns of unequal length, labels that are not text, negative or infinite values,
        a pair given twice, both orders with different values, and regions outside `covered`.

        >>> links = Links.from_long(["AT", "EL"], ["EL", "UK"], [3, 2], rename={"EL": "GR", "UK": "GB"})
        >>> links.regions, links.between("GR", "AT")
        (('AT', 'GB', 'GR'), 3.0)
        """
        if direction not in ("symmetric", "directed"):
            raise ActivityError(f'The direction of links is {direction!r}; choose "symmetric" or "directed".')
        renamed = dict(rename or {})
        one, other = _column(region_a, renamed), _column(region_b, renamed)
        numbers = _numbers(values, one, other)
        regions = _covered(covered, one, other)
        pairs = _pairs(one, other, numbers, direction == "symmetric")
        places = {label: index for index, label in enumerate(regions)}
        unknown = tuple(sorted(pair for pair, value in pairs.items() if np.isnan(value)))
        known = [(places[a], places[b], value) for (a, b), value in pairs.items() if value > 0]
        matrix = _matrix(known, len(regions), direction == "symmetric")
        definition = Definition.of(
            measure="links", year=year, direction=direction, self_links="left out", renamed=len(renamed) or None
        )
        return cls(regions, matrix, unknown, definition)

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {label: index for index, label in enumerate(self.regions)}

    def between(self, region: str, partner: str) -> float:
        """The value of one link, 0 for covered regions without one; NaN for a pair given as unknown."""
        row, column = position(self._positions, region, "region"), position(self._positions, partner, "region")
        pair = (region, partner)
        if self.definition["direction"] == "symmetric":
            pair = (min(pair), max(pair))
        return float("nan") if pair in self.unknown else float(self.values[row, column])

    def weights(self, kind: LinkWeights = "counts") -> csr_array:
        """w_rs as the values ("counts"), row shares ("shares": each row with a link adds up to 1) or 0/1 ("binary")."""
        if kind not in ("counts", "shares", "binary"):
            raise ActivityError(f'The link weights are {kind!r}; choose "counts", "shares" or "binary".')
        weights = self.values.copy()
        if kind == "binary":
            weights.data = np.ones_like(weights.data)
        elif kind == "shares":
            totals = np.asarray(self.values.sum(axis=1), dtype=np.float64)
            weights.data = weights.data / np.repeat(totals, np.diff(weights.indptr))
        return weights


@dataclass(frozen=True)
class LinkedPartner:
    """One partner's part of a cell: `contribution` = `link_weight` x `added_density`; `link` in the source's unit."""

    partner: str
    link: float
    link_weight: float
    added_density: float
    contribution: float


@dataclass(frozen=True, eq=False)
class LinkedComplementarity:
    """Complementarity with linked regions, shape (regions, domains), for the domains a region is known to lack.

    NaN elsewhere: where the region holds the domain or that is unknown, where no density is defined, and for regions
    the link table does not cover. With "shares" the unit is added density (share 0..1, averaged over links) and a
    covered region without links is NaN; with "counts" it is links x density; with "binary" partners x density.
    `not_covered` names regions of the activity table without links data; `left_out` names linked regions that are
    not in the activity table, and `left_out_share` the share of each region's link value that went with them.
    """

    regions: tuple[str, ...]
    domains: tuple[str, ...]
    values: Floats
    weights: csr_array
    links: Links
    presence: Presence
    relatedness_weights: Floats
    not_covered: tuple[str, ...]
    left_out: tuple[str, ...]
    left_out_share: Floats
    definition: Definition

    def partners_of(self, region: str, domain: str) -> tuple[LinkedPartner, ...]:
        """The linked partners that carry one cell, largest contribution first; the contributions add up to it.

        Empty where the cell is NaN. Raises ActivityError for an unknown region or domain.
        """
        row = position({label: index for index, label in enumerate(self.regions)}, region, "region")
        column = position({label: index for index, label in enumerate(self.domains)}, domain, "domain")
        if np.isnan(self.values[row, column]):
            return ()
        held = self.presence
        found = []
        start, end = self.weights.indptr[row : row + 2]
        for partner, weight in zip(self.weights.indices[start:end], self.weights.data[start:end], strict=True):
            added = float(added_density(held, self.relatedness_weights, row, [int(partner)])[column])
            if added > 0:
                label = self.regions[partner]
                link = self.links.between(region, label)
                found.append(LinkedPartner(label, link, float(weight), added, float(weight) * added))
        return tuple(sorted(found, key=lambda part: (-part.contribution, part.partner)))


def linked_complementarity(
    activity: Activity,
    links: Links,
    *,
    weights: LinkWeights = "counts",
    threshold: float = 1.0,
    relatedness: RelatednessMatrix | None = None,
    outside: Outside = "refuse",
) -> LinkedComplementarity:
    """CL_ri = sum_s w_rs RDA_ris (Balland and Boschma 2021): what linked regions would add to each domain's density.

    RDA_ris = sum_j phi_ij (1 - M_rj) M_sj / sum_j phi_ij, j != i, in shares (the article prints percent), for the
    domains i that r lacks. w_rs are the links as counted, as shares of r's links, or 0/1; the article's own scaling
    of w could not be verified, so choose one and read `definition["link_weights"]`. phi is the proximity of this
    table, or any `relatedness` that covers its domains. Partners whose cells are unknown add only what they are known
    to hold; domains unknown in r gain nothing and count as not lacked.

    Regions of the link table that the activity table does not have are refused, or left out with
    `outside="leave out"`; with "shares" the shares are of the links that remain.

    >>> table = Activity.from_matrix(["A", "B", "C"], ["x", "y", "z"], [[9, 0, 0], [0, 5, 5], [5, 5, 0]])
    >>> found = linked_complementarity(table, Links.from_long(["A", "A"], ["B", "C"], [3, 1]), weights="shares")
    >>> found.values[0].tolist(), found.partners_of("A", "z")[0].partner
    ([nan, 0.375, 1.0], 'B')
    """
    held = presence(activity, threshold)
    if relatedness is None:
        phi = proximity_from(held)
        return linked_complementarity_from(
            held, proximity_per_total(phi), links, weights=weights, outside=outside, relatedness=described(phi)
        )
    given = relatedness_weights(relatedness, held.domains)
    return linked_complementarity_from(
        held, given, links, weights=weights, outside=outside, relatedness=described(relatedness)
    )


def linked_complementarity_from(
    held: Presence,
    phi_weights: Floats,
    links: Links,
    *,
    weights: LinkWeights = "counts",
    outside: Outside = "refuse",
    relatedness: str = "proximity: co-occurrence / larger ubiquity",
) -> LinkedComplementarity:
    """Linked complementarity of a presence and its `proximity_per_total` or `relatedness_weights`."""
    left_out = _outside(held.regions, links, outside)
    inside, covered, lost = _aligned(links, held.regions)
    scaled = inside.weights(weights)
    # One sparse and one dense product; no region x region x domain cube.
    reached = (scaled @ held.present.astype(np.float64)) * held.lacked
    values = reached @ phi_weights.T
    defined = held.lacked & phi_weights.any(axis=1) & covered[:, None]
    if weights == "shares":
        defined &= (np.diff(scaled.indptr) > 0)[:, None]
    values[~defined] = np.nan
    definition = held.definition.extended(
        measure="complementarity with links",
        relatedness=relatedness,
        diagonal="exclude",
        link_weights=weights,
        link_year=links.definition["year"],
        link_direction=links.definition["direction"],
        self_links="left out",
        unknown_links=len(inside.unknown),
        regions_outside="left out" if left_out else None,
    )
    return LinkedComplementarity(
        regions=held.regions,
        domains=held.domains,
        values=read_only(values),
        weights=scaled,
        links=inside,
        presence=held,
        relatedness_weights=phi_weights,
        not_covered=tuple(label for label, known in zip(held.regions, covered, strict=True) if not known),
        left_out=left_out,
        left_out_share=lost,
        definition=definition,
    )


def _column(labels: Labels, rename: Mapping[str, str]) -> list[str]:
    column = cast("list[str]", labels.tolist()) if isinstance(labels, np.ndarray) else list(labels)
    for row, label in enumerate(column, start=1):
        if not isinstance(label, str) or not label:
            raise ActivityError(
                f"The region in row {row} of the link table is {label!r}; every region must be non-empty text."
            )
    return [rename.get(label, label) for label in column]


def _numbers(values: Values, one: list[str], other: list[str]) -> Floats:
    try:
        numbers = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ActivityError(
            f"The link values are not all numbers ({error}); give numbers, and None for unknown."
        ) from error
    if not len(one) == len(other) == numbers.size or numbers.ndim != 1:
        raise ActivityError(
            f"The link columns differ in length: {len(one)}, {len(other)} regions and {numbers.size} values; "
            "give one of each per row."
        )
    wrong = np.flatnonzero(np.isinf(numbers) | (numbers < 0))
    if wrong.size:
        row = int(wrong[0])
        raise ActivityError(
            f"The link of {one[row]!r} and {other[row]!r} in row {row + 1} is {float(numbers[row])!r}; "
            "give a finite number of at least 0 (None or NaN for unknown)."
        )
    return numbers


def _covered(covered: Iterable[str] | None, one: list[str], other: list[str]) -> tuple[str, ...]:
    occurring = {*one, *other}
    if covered is None:
        return tuple(sorted(occurring))
    regions = tuple(sorted(set(covered)))
    stray = sorted(occurring.difference(regions))
    if stray:
        raise ActivityError(
            f"The link table has regions outside the covered ones {_listed(stray)}; "
            "rename or add them, or drop their rows."
        )
    return regions


def _pairs(one: list[str], other: list[str], numbers: Floats, symmetric: bool) -> dict[tuple[str, str], float]:
    """Value of each pair, sorted labels first where links are symmetric; links of a region with itself dropped."""
    rows: dict[tuple[str, str], int] = {}
    found: dict[tuple[str, str], float] = {}
    for row, (a, b) in enumerate(zip(one, other, strict=True)):
        if (a, b) in rows:
            raise ActivityError(
                f"The link of {a!r} and {b!r} stands in rows {rows[a, b] + 1} and {row + 1}; "
                "add the values up or remove one row."
            )
        rows[a, b] = row
        if a == b:
            continue
        key = (a, b) if not symmetric or a < b else (b, a)
        value = float(numbers[row])
        if key in found and not (found[key] == value or (np.isnan(found[key]) and np.isnan(value))):
            raise ActivityError(
                f"The symmetric link of {a!r} and {b!r} has different values in rows {rows[b, a] + 1} and {row + 1}; "
                'correct one, or read the table as "directed".'
            )
        found[key] = value
    return found


def _matrix(known: Sequence[tuple[int, int, float]], size: int, symmetric: bool) -> csr_array:
    rows, columns = [r for r, _, _ in known], [s for _, s, _ in known]
    data = [value for _, _, value in known]
    if symmetric:
        rows, columns, data = rows + columns, columns + rows, data + data
    return _sparse(np.array(data, dtype=np.float64), np.array(rows), np.array(columns), (size, size))


def _sparse(data: Floats, rows: object, columns: object, shape: tuple[int, int]) -> csr_array:
    matrix = csr_array(cast(Any, (data, (rows, columns))), shape=cast(Any, shape))
    matrix.sort_indices()
    return cast(csr_array, matrix)


def _listed(labels: Sequence[str], most: int = 8) -> str:
    named = ", ".join(repr(label) for label in labels[:most])
    rest = len(labels) - most
    return f"({len(labels)}): {named}" + (f" and {rest} more" if rest > 0 else "")


def _outside(regions: tuple[str, ...], links: Links, outside: str) -> tuple[str, ...]:
    if outside not in ("refuse", "leave out"):
        raise ActivityError(f'Linked regions outside the table cannot be {outside!r}; choose "refuse" or "leave out".')
    stray = tuple(sorted(set(links.regions).difference(regions)))
    if stray and outside == "refuse":
        raise ActivityError(
            f"The link table has regions that the activity table does not have {_listed(stray)}; "
            'rename them with Links.from_long(rename=...) or pass outside="leave out".'
        )
    return stray


def _aligned(links: Links, regions: tuple[str, ...]) -> tuple[Links, Bools, Floats]:
    """The links among `regions` in their order, which of them are covered, and the share of value lost outside."""
    places = {label: index for index, label in enumerate(links.regions)}
    at = np.array([places.get(label, -1) for label in regions], dtype=np.int64)
    covered: NDArray[np.bool_] = at >= 0
    rows = np.flatnonzero(covered)
    chosen = _sparse(np.ones(len(rows)), rows, at[rows], (len(regions), len(links.regions)))
    inside = csr_array(chosen @ links.values @ chosen.T)
    inside.sort_indices()
    totals = np.asarray(chosen @ np.asarray(links.values.sum(axis=1)))
    kept = np.asarray(inside.sum(axis=1))
    lost = np.divide(totals - kept, totals, out=np.full(len(regions), np.nan), where=totals > 0)
    names = Counter(regions)
    unknown = tuple(pair for pair in links.unknown if pair[0] in names and pair[1] in names)
    return Links(regions, inside, unknown, links.definition), covered, read_only(np.clip(lost, 0.0, 1.0))
