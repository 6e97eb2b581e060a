"""Which change of one weight turns a ranking, in exact arithmetic on fractions.

With weights w, normalised values v and K the criteria that are known of a priority, its score is
S = Σ_K w v / Σ_K w. When the weight of criterion c changes by d, the scores of two priorities meet where
(A_i + d v_i)(B_j + d) = (A_j + d v_j)(B_i + d), A and B the two sums (v and d are left out of the sums of a priority
that is unknown under c): an equation of the second degree in d at most. Beyond that change the two change places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from math import isfinite, isqrt

DIGITS = 60


@dataclass(frozen=True)
class Turn:
    """The smallest change of the weight of `criterion` at which `ahead` and `behind` meet, and what it then is."""

    criterion: int
    ahead: int
    behind: int
    change: float
    weight: float


@dataclass(frozen=True)
class _Sums:
    value: Fraction
    weight: Fraction


def turns(
    normalised: Sequence[Sequence[float]], weights: Sequence[float], ahead: int, behind: int
) -> list[Turn | None]:
    """Per criterion, the smallest change of its weight at which two priorities meet; None where no weight does it.

    `normalised` (P, C) in 0..1, NaN unknown. A weight is never below zero.
    """
    exact = [Fraction(weight) for weight in weights]
    rows = [[Fraction(v) if isfinite(v) else None for v in normalised[p]] for p in (ahead, behind)]
    sums = [_sums(row, exact) for row in rows]
    found: list[Turn | None] = []
    for criterion, weight in enumerate(exact):
        changes = _changes(rows, sums, criterion)
        # two that meet at a weight of zero do not turn: beyond it there is none. Two that are level turn at once
        possible = [d for d in changes if (weight + d > 0 or d == 0) and _remain(rows, sums, criterion, d)]
        change = min(possible, key=abs, default=None)
        found.append(None if change is None else Turn(criterion, ahead, behind, float(change), float(weight + change)))
    return found


def smallest(
    normalised: Sequence[Sequence[float]], weights: Sequence[float], order: Sequence[int], k: int
) -> list[Turn]:
    """Per criterion, the smallest change of its weight at which one outside the first `k` meets one inside.

    `order` are the priorities with a known score, best first. Smallest change first.
    """
    found: dict[int, Turn] = {}
    for ahead in order[:k]:
        for behind in order[k:]:
            for turn in turns(normalised, weights, ahead, behind):
                if turn is None:
                    continue
                kept = found.get(turn.criterion)
                if kept is None or abs(turn.change) < abs(kept.change):
                    found[turn.criterion] = turn
    return sorted(found.values(), key=lambda turn: (abs(turn.change), turn.criterion))


def adjacent(
    normalised: Sequence[Sequence[float]], weights: Sequence[float], order: Sequence[int]
) -> list[tuple[int, int, Turn | None]]:
    """Per pair of neighbours in `order`, the smallest change of any one weight at which they meet."""
    found = []
    for ahead, behind in pairwise(order):
        possible = [turn for turn in turns(normalised, weights, ahead, behind) if turn is not None]
        found.append((ahead, behind, min(possible, key=lambda turn: abs(turn.change), default=None)))
    return found


def _sums(row: Sequence[Fraction | None], weights: Sequence[Fraction]) -> _Sums:
    known = [(w, v) for w, v in zip(weights, row, strict=True) if v is not None]
    return _Sums(sum((w * v for w, v in known), Fraction(0)), sum((w for w, _v in known), Fraction(0)))


def _changes(rows: Sequence[Sequence[Fraction | None]], sums: Sequence[_Sums], criterion: int) -> list[Fraction]:
    """The changes d at which the two scores are equal and cross."""
    (i, j), (one, other) = sums, (rows[0][criterion], rows[1][criterion])
    # each side is (value + d slope) / (weight + d known)
    slope_i, known_i = (one, 1) if one is not None else (Fraction(0), 0)
    slope_j, known_j = (other, 1) if other is not None else (Fraction(0), 0)
    square = slope_i * known_j - slope_j * known_i
    line = i.value * known_j + slope_i * j.weight - j.value * known_i - slope_j * i.weight
    constant = i.value * j.weight - j.value * i.weight
    return _roots(square, line, constant)


def _remain(rows: Sequence[Sequence[Fraction | None]], sums: Sequence[_Sums], criterion: int, change: Fraction) -> bool:
    return all(
        each.weight + (change if row[criterion] is not None else 0) > 0 for row, each in zip(rows, sums, strict=True)
    )


def _roots(square: Fraction, line: Fraction, constant: Fraction) -> list[Fraction]:
    """Where the polynomial changes its sign; a root it only touches is none."""
    if square == 0:
        return [-constant / line] if line != 0 else []
    inner = line * line - 4 * square * constant
    if inner <= 0:
        return []
    root = _square_root(inner)
    return [(-line - root) / (2 * square), (-line + root) / (2 * square)]


def _square_root(number: Fraction) -> Fraction:
    """The exact root of a square, else one right to 60 digits."""
    above, below = isqrt(number.numerator), isqrt(number.denominator)
    if above * above == number.numerator and below * below == number.denominator:
        return Fraction(above, below)
    with localcontext() as context:
        context.prec = DIGITS
        return Fraction((Decimal(number.numerator) / Decimal(number.denominator)).sqrt())
