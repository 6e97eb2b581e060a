"""Fitness of regions and complexity of domains, with what they tend to and how near the numbers are to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .activity import Activity
from .advantage import Presence, presence
from .fitness_limit import LastingGroup, balance, lasting_groups, log_mean, log_sums
from .results import ActivityError, Bools, Definition, Floats, read_only, read_only_mask

Update = Literal["new", "old"]

TOLERANCE = 1e-10
DELTA = 1e-3
GUESS_ITERATIONS = 50


@dataclass(frozen=True, eq=False)
class Fitness:
    """Fitness (regions,) and complexity (domains,), both >= 0 with mean 1; NaN where nothing is held.

    `vanishing` and `vanishing_domains` mark those that tend to zero by the pattern of presences alone; the limit gives
    them 0, a fixed number of iterations gives whatever is left then. `log_fitness` is the natural logarithm, finite
    after any number of iterations and -inf where the limit is 0. `iterations` counts passes over the matrix; `change`
    is the largest relative change of a fitness in the last one (for the limit: the last correction, so the error
    left); `converged` says whether `change` <= the tolerance. `groups` counts the groups of regions that keep a
    positive fitness; with more than one, their levels cannot be compared and `note` says so.
    """

    regions: tuple[str, ...]
    domains: tuple[str, ...]
    fitness: Floats
    complexity: Floats
    log_fitness: Floats
    vanishing: Bools
    vanishing_domains: Bools
    iterations: int
    change: float
    converged: bool
    groups: int
    note: str
    definition: Definition

    @property
    def vanishing_count(self) -> int:
        """How many regions have a fitness that tends to zero."""
        return int(self.vanishing.sum())


def fitness(
    activity: Activity,
    *,
    iterations: int | None = None,
    update: Update = "new",
    threshold: float = 1.0,
    tolerance: float = TOLERANCE,
) -> Fitness:
    """Fitness F = M Q of regions and complexity Q = 1 / (M' 1/F) of domains, each divided by its mean.

    Tacchella, Cristelli, Caldarelli, Gabrielli, Pietronero (2012), from F = Q = 1. By default the limit: which
    fitness stays positive is decided exactly from the pattern of presences, the values are solved for to `tolerance`.
    With `iterations=n` exactly n iterations, so that results stopped at a fixed number can be reproduced; Q uses the
    F of the same iteration with `update="new"`, that of the one before with "old". Never overflows, never NaN where
    something is held. Unknown cells count as not held: fitness is that of what is known to be held.
    Raises ActivityError for a number of iterations under 1, an unknown update, or a tolerance that is not positive.

    >>> table = Activity.from_matrix(
    ...     "ABCD", "vwxyz", [[4, 0, 0, 2, 1], [4, 3, 2, 2, 2], [4, 0, 2, 3, 2], [4, 4, 4, 2, 4]]
    ... )
    >>> found = fitness(table)
    >>> found.fitness.round(3).tolist(), found.vanishing.tolist(), found.converged
    ([0.571, 0.0, 1.143, 2.286], [False, True, False, False], True)
    >>> fitness(table, iterations=20).fitness.round(3).tolist()
    [0.57, 0.001, 1.14, 2.289]
    """
    held = presence(activity, threshold)
    return fitness_from(held, iterations=iterations, update=update, tolerance=tolerance)


def fitness_from(
    held: Presence, *, iterations: int | None = None, update: Update = "new", tolerance: float = TOLERANCE
) -> Fitness:
    """Fitness of an already computed presence."""
    _check(iterations, update, tolerance)
    rows, columns, matrix = _compact(held)
    settings = held.definition.extended(
        measure="fitness",
        method="limit" if iterations is None else "fixed number of iterations",
        iterations=iterations,
        update=update if iterations is not None else None,
        tolerance=tolerance,
        normalised="mean 1",
    )
    if matrix is None:
        return _nothing(held, settings)
    lasting = lasting_groups(matrix, _iterated(matrix, GUESS_ITERATIONS, "new")[0])
    if iterations is None:
        logs, log_complexity, used, change = _limit(matrix, lasting, tolerance)
    else:
        logs, log_complexity, change = _iterated(matrix, iterations, update)
        used = iterations
    fading, fading_domains = np.ones(matrix.shape[0], np.bool_), np.ones(matrix.shape[1], np.bool_)
    for group in lasting:
        fading[group.rows], fading_domains[group.columns] = False, False
    return Fitness(
        regions=held.regions,
        domains=held.domains,
        fitness=_spread(np.exp(logs), rows, len(held.regions)),
        complexity=_spread(np.exp(log_complexity), columns, len(held.domains)),
        log_fitness=_spread(logs, rows, len(held.regions)),
        vanishing=_spread_mask(fading, rows, len(held.regions)),
        vanishing_domains=_spread_mask(fading_domains, columns, len(held.domains)),
        iterations=used,
        change=change,
        converged=change <= tolerance,
        groups=len(lasting),
        note=_note(len(lasting), int(fading.sum()), len(rows), iterations, change <= tolerance),
        definition=settings,
    )


def stable_fitness(
    activity: Activity, *, delta: float = DELTA, threshold: float = 1.0, tolerance: float = TOLERANCE
) -> Fitness:
    """Fitness that always converges to positive numbers: F = delta + M Q, Q = 1 / (1 + M' 1/F).

    The non-homogeneous map of Servedio, Buttà, Mazzilli, Tacchella, Pietronero (2018). Its fixed point is unique and
    does not depend on the start; nothing is normalised. `delta` > 0 is the fitness of a region without any domain.
    Q lies between 0 and 1 and falls with every holder. It ranks much like `fitness`, but does not tend to it with a
    small delta, and where domains are many more than regions Q is close to 1 and F to diversity.
    Unknown cells count as not held. Raises ActivityError for a `delta` or tolerance that is not positive.

    >>> table = Activity.from_matrix(
    ...     "ABCD", "vwxyz", [[4, 0, 0, 2, 1], [4, 3, 2, 2, 2], [4, 0, 2, 3, 2], [4, 4, 4, 2, 4]]
    ... )
    >>> found = stable_fitness(table, delta=0.01)
    >>> found.fitness.round(3).tolist(), found.vanishing_count
    ([0.432, 0.071, 0.701, 0.779], 0)
    """
    return stable_fitness_from(presence(activity, threshold), delta=delta, tolerance=tolerance)


def stable_fitness_from(held: Presence, *, delta: float = DELTA, tolerance: float = TOLERANCE) -> Fitness:
    """Stable fitness of an already computed presence."""
    _check(None, "new", tolerance)
    if not (np.isfinite(delta) and delta > 0):
        raise ActivityError(f"The delta of stable fitness is {delta!r}; give a positive number, such as {DELTA}.")
    rows, columns, matrix = _compact(held)
    settings = held.definition.extended(
        measure="stable fitness", delta=float(delta), tolerance=tolerance, normalised="not at all"
    )
    if matrix is None:
        return _nothing(held, settings)
    found = balance(matrix, tolerance, delta=float(delta), constant=1.0)
    return Fitness(
        regions=held.regions,
        domains=held.domains,
        fitness=_spread(np.exp(found.log_fitness), rows, len(held.regions)),
        complexity=_spread(np.exp(found.log_complexity), columns, len(held.domains)),
        log_fitness=_spread(found.log_fitness, rows, len(held.regions)),
        vanishing=read_only_mask(np.zeros(len(held.regions), np.bool_)),
        vanishing_domains=read_only_mask(np.zeros(len(held.domains), np.bool_)),
        iterations=found.sweeps,
        change=found.error,
        converged=found.error <= tolerance,
        groups=1,
        note="",
        definition=settings,
    )


def _check(iterations: int | None, update: str, tolerance: float) -> None:
    if iterations is not None and iterations < 1:
        raise ActivityError(
            f"Fitness cannot stop after {iterations} iterations; give at least 1, or None for the limit."
        )
    if update not in ("new", "old"):
        raise ActivityError(f'The update of complexity is {update!r}; choose "new" or "old".')
    if not (np.isfinite(tolerance) and tolerance > 0):
        raise ActivityError(f"The tolerance is {tolerance!r}; give a positive number, such as {TOLERANCE}.")


def _compact(held: Presence) -> tuple[NDArray[np.intp], NDArray[np.intp], Any]:
    """Rows and columns that hold or are held, and the matrix of ones between them (None if there is none)."""
    rows, columns = np.flatnonzero(held.held_counts), np.flatnonzero(held.holder_counts)
    if not len(rows):
        return rows, columns, None
    return rows, columns, held.pattern[rows][:, columns]


def _iterated(matrix: Any, iterations: int, update: Update) -> tuple[Floats, Floats, float]:
    """log F and log Q after so many iterations, and the largest relative change of F in the last."""
    transposed = matrix.T.tocsr()
    logs, log_complexity = np.zeros(matrix.shape[0]), np.zeros(matrix.shape[1])
    change = float("inf")
    for _ in range(iterations):
        latest = log_sums(matrix, log_complexity)
        latest -= log_mean(latest)
        log_complexity = -log_sums(transposed, -(latest if update == "new" else logs))
        log_complexity -= log_mean(log_complexity)
        with np.errstate(over="ignore"):
            change = float(np.abs(np.expm1(latest - logs)).max())
        logs = latest
    return logs, log_complexity, change


def _limit(matrix: Any, lasting: tuple[LastingGroup, ...], tolerance: float) -> tuple[Floats, Floats, int, float]:
    """log F and log Q in the limit (-inf where they vanish), passes over the matrix, and the error left."""
    logs, log_complexity = np.full(matrix.shape[0], -np.inf), np.full(matrix.shape[1], -np.inf)
    used, error = GUESS_ITERATIONS, 0.0
    for group in lasting:
        found = balance(matrix[group.rows][:, group.columns], tolerance)
        scale = log_mean(found.log_fitness)
        logs[group.rows] = found.log_fitness - scale
        log_complexity[group.columns] = found.log_complexity - scale
        used, error = used + found.sweeps, max(error, found.error)
    return logs - log_mean(logs), log_complexity - log_mean(log_complexity), used, error


def _note(groups: int, fading: int, regions: int, iterations: int | None, converged: bool) -> str:
    parts = []
    if fading:
        parts.append(f"The fitness of {fading} of {regions} regions tends to zero by the pattern of what they hold")
        parts[-1] += "." if iterations is None else f"; their numbers depend on stopping after {iterations} iterations."
    if groups > 1:
        parts.append(
            f"{groups} separate groups of regions keep a positive fitness; compare levels within a group only."
        )
    if iterations is None and not converged:
        parts.append("The limit was not reached to the tolerance asked for; see change.")
    return " ".join(parts)


def _nothing(held: Presence, definition: Definition) -> Fitness:
    regions, domains = np.full(len(held.regions), np.nan), np.full(len(held.domains), np.nan)
    return Fitness(
        regions=held.regions,
        domains=held.domains,
        fitness=read_only(regions),
        complexity=read_only(domains),
        log_fitness=read_only(regions.copy()),
        vanishing=read_only_mask(np.zeros(len(regions), np.bool_)),
        vanishing_domains=read_only_mask(np.zeros(len(domains), np.bool_)),
        iterations=0,
        change=float("nan"),
        converged=False,
        groups=0,
        note="No region holds any domain, so there is no fitness.",
        definition=definition,
    )


def _spread(values: Floats, places: NDArray[np.intp], size: int) -> Floats:
    whole = np.full(size, np.nan)
    whole[places] = values
    return read_only(whole)


def _spread_mask(values: Bools, places: NDArray[np.intp], size: int) -> Bools:
    whole = np.zeros(size, np.bool_)
    whole[places] = values
    return read_only_mask(whole)
