"""What fitness tends to: which regions keep a positive one, decided by the pattern of presences, and its value.

Fitness iterates F = M Q, Q = 1 / (M' 1/F). That is matrix scaling (Sinkhorn): P_ri = M_ri Q_i / F_r gets column sums 1
and, in the limit, equal row sums (Mazzilli et al. 2022). Equal row sums exist only where no set of regions has more
domains to itself, per region, than the whole. Otherwise the set with the most domains of its own per region outgrows
the rest, whose fitness tends to zero (the shape condition of Pugliese, Zaccaria, Pietronero 2014). That set is a
densest subset, found exactly by maximum flow in whole numbers; nothing depends on a tolerance.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components, maximum_flow
from scipy.sparse.linalg import LinearOperator, cg

from .results import ActivityError, Floats

Indices = NDArray[np.intp]
Matrix = Any
"""A csr_array of ones without empty rows or columns (SciPy's sparse types carry no useful annotations)."""

LARGEST_FLOW = 2**31 - 1
"""SciPy's maximum flow counts in 32-bit whole numbers."""
WARM_UP = 30
MOST_ROUNDS = 200
MOST_STEPS = 500
LOG_RANGE = 600.0
"""Wider spreads than exp(600) leave the range of a double when multiplied; they are summed in logarithms."""


@dataclass(frozen=True)
class LastingGroup:
    """Regions (rows) and domains (columns) that keep a positive fitness and complexity, connected to each other."""

    rows: Indices
    columns: Indices


@dataclass(frozen=True)
class Balance:
    """Logarithms of fitness and complexity at the fixed point, and how close they are to it.

    `sweeps` counts passes over the matrix, `error` is the last Newton correction: the largest relative error left.
    """

    log_fitness: Floats
    log_complexity: Floats
    sweeps: int
    error: float


def log_sums(matrix: Matrix, logs: Floats) -> Floats:
    """log(sum_j M_rj exp(logs_j)) of every row, whatever the spread of `logs`."""
    top = float(logs.max())
    if top - float(logs.min()) < LOG_RANGE:
        return cast(Floats, top + np.log(matrix @ np.exp(logs - top)))
    picked, starts = logs[matrix.indices], matrix.indptr[:-1]
    peaks = np.maximum.reduceat(picked, starts)
    parts = np.exp(picked - np.repeat(peaks, np.diff(matrix.indptr)))
    return cast(Floats, peaks + np.log(np.add.reduceat(parts, starts)))


def log_mean(logs: Floats) -> float:
    """log of the mean of exp(logs)."""
    top = float(logs.max())
    return top + float(np.log(np.mean(np.exp(logs - top))))


def lasting_groups(matrix: Matrix, log_fitness: Floats) -> tuple[LastingGroup, ...]:
    """Groups of regions whose fitness stays positive; `log_fitness` is any guess of their order (only speed)."""
    exclusive, rows = _guess(matrix, log_fitness)
    while True:
        divisor = gcd(exclusive, rows)
        flow, denser = _spread(matrix, exclusive // divisor, rows // divisor)
        if denser is None:
            break
        exclusive, rows = denser
    return _top_groups(matrix, flow, exclusive // divisor)


def _guess(matrix: Matrix, log_fitness: Floats) -> tuple[int, int]:
    """(domains held by nobody else, regions) of the best set made of the fittest regions."""
    count = matrix.shape[0]
    rank = np.empty(count, dtype=np.intp)
    rank[np.argsort(-log_fitness, kind="stable")] = np.arange(count)
    entries = matrix.tocoo()
    worst = np.zeros(matrix.shape[1], dtype=np.intp)
    np.maximum.at(worst, entries.col, rank[entries.row])
    closed = np.cumsum(np.bincount(worst, minlength=count))
    best = int(np.argmax(closed / np.arange(1, count + 1)))
    return int(closed[best]), best + 1


def _spread(matrix: Matrix, load: int, unit: int) -> tuple[Matrix, tuple[int, int] | None]:
    """Let every domain share out `unit` among its holders, none receiving more than `load`.

    Returns the shares (regions x domains), and, where that is impossible, the set that has more than `load` / `unit`
    domains to itself per region.
    """
    regions, domains = matrix.shape
    if unit * domains > LARGEST_FLOW:
        raise ActivityError(
            f"The table has {regions} regions and {domains} domains, too many to decide which fitness lasts; "
            "use fewer domains or stable_fitness."
        )
    entries = matrix.tocoo()
    source, sink, size = regions + domains, regions + domains + 1, regions + domains + 2
    tails = np.concatenate([np.full(domains, source), regions + entries.col, np.arange(regions)])
    heads = np.concatenate([regions + np.arange(domains), entries.row, np.full(regions, sink)])
    capacities = np.repeat([unit, unit, load], [domains, entries.nnz, regions]).astype(np.int32)
    network = csr_array((capacities, (tails, heads)), shape=(size, size))
    found = maximum_flow(network, source, sink)
    shares = csr_array(found.flow)[regions : regions + domains, :regions].T.tocsr()
    if found.flow_value == unit * domains:
        return shares, None
    starved = np.flatnonzero(shares.sum(axis=0) < unit)
    reached = _reached(_exchange(matrix, shares), starved + regions)
    rows = np.flatnonzero(reached[:regions])
    return shares, (len(_closed(matrix, rows)), len(rows))


def _exchange(matrix: Matrix, shares: Matrix) -> Matrix:
    """Arcs along which shares can move: from a domain to each holder, from a region to domains it receives from."""
    regions, domains = matrix.shape
    entries, given = matrix.tocoo(), shares.tocoo()
    moved = given.data > 0
    tails = np.concatenate([entries.col + regions, given.row[moved]])
    heads = np.concatenate([entries.row, given.col[moved] + regions])
    size = regions + domains
    return csr_array((np.ones(len(tails), dtype=np.int8), (tails, heads)), shape=(size, size))


def _reached(arcs: Matrix, starts: Indices) -> NDArray[np.bool_]:
    """Nodes that can be reached from any start along the arcs, the starts included."""
    size = arcs.shape[0]
    entries = arcs.tocoo()
    tails = np.concatenate([entries.row, np.full(len(starts), size)])
    heads = np.concatenate([entries.col, starts])
    whole = csr_array((np.ones(len(tails), dtype=np.int8), (tails, heads)), shape=(size + 1, size + 1))
    found = np.zeros(size + 1, dtype=np.bool_)
    found[breadth_first_order(whole, size, return_predecessors=False)] = True
    return cast("NDArray[np.bool_]", found[:size])


def _closed(matrix: Matrix, rows: Indices) -> Indices:
    """Columns held by no row outside `rows`."""
    inside = np.zeros(matrix.shape[0])
    inside[rows] = 1.0
    return np.flatnonzero(matrix.T @ inside == matrix.sum(axis=0))


def _top_groups(matrix: Matrix, shares: Matrix, load: int) -> tuple[LastingGroup, ...]:
    """The largest densest set, cut into groups; a group whose domains a fitter group holds too fades, slowly."""
    regions = matrix.shape[0]
    arcs = _exchange(matrix, shares)
    spare = np.flatnonzero(shares.sum(axis=1) < load)
    rows = np.flatnonzero(~_reached(arcs.T.tocsr(), spare)[:regions])
    nodes = np.concatenate([rows, _closed(matrix, rows) + regions])
    inner = arcs[nodes][:, nodes]
    count, found = connected_components(inner, directed=True, connection="strong")
    members = cast("NDArray[np.int32]", found)
    entries = inner.tocoo()
    outward = members[entries.row] != members[entries.col]
    lasting = np.setdiff1d(np.arange(count), members[entries.row[outward]])
    groups = (nodes[members == one] for one in lasting)
    return tuple(LastingGroup(one[one < regions], one[one >= regions] - regions) for one in groups)


def balance(matrix: Matrix, tolerance: float, *, delta: float = 0.0, constant: float = 0.0) -> Balance:
    """The fixed point F = (delta + M Q) / c, Q = 1 / (constant + M' 1/F), to a relative error of `tolerance`.

    It is the minimum over x = -log F of sum_i log(constant + sum_s M_si exp x_s) + delta sum_s exp x_s - c sum_s x_s,
    a convex function, found by the plain iteration first and Newton steps (conjugate gradients) after. With
    delta = constant = 0 the scale of F is free and c is domains per region; otherwise c = 1.
    """
    problem = _Problem(matrix, delta, constant)
    logs = np.zeros(matrix.shape[0])
    sweeps, error = 0, float("inf")
    for _ in range(MOST_ROUNDS):
        for _ in range(WARM_UP):
            logs = logs - problem.log_loads(logs)
        sweeps += WARM_UP
        step, used = problem.newton_step(logs)
        sweeps += used
        error = float(np.abs(step).max())
        logs, moved = problem.advanced(logs, step)
        if error <= tolerance or (error < 1e-6 and not moved):
            break
    return Balance(-logs, problem.log_complexity(logs), sweeps, error)


class _Problem:
    """The convex problem behind `balance`, in x = -log F."""

    def __init__(self, matrix: Matrix, delta: float, constant: float) -> None:
        self.matrix, self.transposed = matrix, matrix.T.tocsr()
        self.delta, self.constant = delta, constant
        self.free_scale = delta == 0 and constant == 0
        self.target = matrix.shape[1] / matrix.shape[0] if self.free_scale else 1.0
        entries = matrix.tocoo()
        self.rows, self.columns = entries.row, entries.col

    def log_complexity(self, logs: Floats) -> Floats:
        sums = log_sums(self.transposed, logs)
        return -(np.logaddexp(np.log(self.constant), sums) if self.constant > 0 else sums)

    def log_loads(self, logs: Floats) -> Floats:
        """log(new F / F): zero at the fixed point."""
        sums = log_sums(self.matrix, self.log_complexity(logs))
        if self.delta > 0:
            sums = np.logaddexp(np.log(self.delta), sums)
        return cast(Floats, sums + logs - np.log(self.target))

    def newton_step(self, logs: Floats) -> tuple[Floats, int]:
        """The Newton correction of `logs` and the passes over the matrix it took."""
        relative = np.exp(self.log_loads(logs))
        cells = np.exp(logs[self.rows] + self.log_complexity(logs)[self.columns])
        shares = csr_array(coo_array((cells, (self.rows, self.columns)), shape=self.matrix.shape))
        back = shares.T.tocsr()
        scale = 1.0 / np.sqrt(relative * self.target)

        def curvature(vector: Floats) -> Floats:
            return cast(Floats, vector - scale * (shares @ (back @ (scale * vector))))

        used = 0

        def count(_: object) -> None:
            nonlocal used
            used += 1

        size = len(logs)
        operator = LinearOperator((size, size), matvec=cast(Any, curvature), dtype=np.float64)
        gradient = scale * self.target * (1.0 - relative)
        if self.free_scale:
            # The common scale of F changes nothing; what rounding leaves along it would never converge.
            gradient -= (gradient @ (1.0 / scale)) / float(np.sum(scale**-2)) / scale
        solution, _ = cast(Any, cg)(operator, gradient, rtol=1e-6, atol=1e-15, maxiter=MOST_STEPS, callback=count)
        step = scale * solution
        return cast(Floats, step - step.mean() if self.free_scale else step), used

    def advanced(self, logs: Floats, step: Floats) -> tuple[Floats, bool]:
        """`logs` moved along the step as far as that brings them closer, and whether it did."""
        before = float(np.linalg.norm(np.expm1(self.log_loads(logs))))
        length = min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-300))
        for _ in range(8):
            moved = logs + length * step
            with np.errstate(over="ignore"):
                after = float(np.linalg.norm(np.expm1(self.log_loads(moved))))
            if after < before:
                return moved, True
            length /= 2.0
        return logs, False
