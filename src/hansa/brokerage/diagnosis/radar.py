"""The radar chart of a diagnosis as points for an SVG; the table beside it says the same in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

HIGHEST = 5


@dataclass(frozen=True)
class Axis:
    """Where an axis ends and where its number stands; coordinates in the unit of the drawing, y downwards."""

    x: float
    y: float
    label_x: float
    label_y: float


def point(place: int, of: int, mark: float, radius: float) -> tuple[float, float]:
    """A mark on one of `of` axes, the first upwards and the others clockwise; the middle is the origin."""
    angle = 2 * math.pi * place / of
    length = radius * mark / HIGHEST
    return round(length * math.sin(angle), 2), round(-length * math.cos(angle), 2)


def axes(of: int, radius: float) -> list[Axis]:
    return [Axis(*point(n, of, HIGHEST, radius), *point(n, of, HIGHEST * 1.12, radius)) for n in range(of)]


def outline(marks: Sequence[int | None], radius: float) -> list[list[tuple[float, float]]]:
    """The line through the known marks, broken where one is not known: an unknown mark is no nought. One closed line
    where all are known."""
    points = [None if mark is None else point(n, len(marks), mark, radius) for n, mark in enumerate(marks)]
    if all(p is not None for p in points):
        return [[*points, points[0]]] if points else []  # type: ignore[list-item]
    gap = points.index(None)
    turned = [*points[gap:], *points[:gap]]
    lines: list[list[tuple[float, float]]] = [[]]
    for each in turned:
        if each is None:
            lines.append([])
        else:
            lines[-1].append(each)
    return [line for line in lines if line]


def as_points(line: Sequence[tuple[float, float]]) -> str:
    """A line as the attribute `points` of an SVG polyline."""
    return " ".join(f"{x:g},{y:g}" for x, y in line)
