"""The regression that `learning` fits: logistic on scores, which are computed as suggestions are ranked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hansa.matching.context import adjusted
from hansa.matching.records import CONTEXT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hansa.matching.learning import Outcome

    Floats = NDArray[np.float64]

MOST_CONTEXT = 0.95
"""What learnt weights of context sum to at most: with 1 or more, what speaks against could take a whole score."""
_FOLDS = 5
_FLAT = 1e-3
_SMALLEST = 1e-6


def ordered(names: Iterable[str]) -> list[str]:
    """Signals first, those of context last."""
    return sorted(names, key=CONTEXT.__contains__)


@dataclass(frozen=True, eq=False)
class Table:
    """Outcomes as arrays; weights are given for the signals first, then for context."""

    values: Floats  # outcomes x signals, 0 where the signal could not speak
    spoke: Floats
    factor: Floats
    gains: Floats  # outcomes x signals of context, what speaks for
    losses: Floats
    accepted: Floats
    fold: NDArray[np.int64]

    @classmethod
    def of(cls, outcomes: Sequence[Outcome], names: Sequence[str]) -> Table:
        """The table of some outcomes, for names as `ordered` gives them."""
        signals = [name for name in names if name not in CONTEXT]
        context = [name for name in names if name in CONTEXT]
        around = _array([[one.context.get(name, 0.0) for name in context] for one in outcomes], len(context))
        return cls(
            _array([[one.signals.get(name, 0.0) for name in signals] for one in outcomes], len(signals)),
            _array([[float(name in one.signals) for name in signals] for one in outcomes], len(signals)),
            np.array([one.factor for one in outcomes], dtype=np.float64),
            np.maximum(around, 0),
            np.maximum(-around, 0),
            np.array([float(one.verdict.accepted) for one in outcomes], dtype=np.float64),
            _folds([one.verdict.query for one in outcomes]),
        )

    def part(self, rows: NDArray[np.bool_]) -> Table:
        """Some of the outcomes."""
        return Table(
            self.values[rows], self.spoke[rows], self.factor[rows], self.gains[rows], self.losses[rows],
            self.accepted[rows], self.fold[rows],
        )  # fmt: skip

    def scores(self, weights: Floats) -> Floats:
        """Score of every outcome."""
        core, _total = self._cores(weights[: self.values.shape[1]])
        around = weights[self.values.shape[1] :]
        return adjusted(core, self.gains @ around, self.losses @ around)

    def slopes(self, weights: Floats, wrong: Floats) -> Floats:
        """Sum over outcomes of `wrong` times the derivative of the score by each weight."""
        core, total = self._cores(weights[: self.values.shape[1]])
        around = weights[self.values.shape[1] :]
        # d score / d core, times d core / d weight = (factor x value - core) / sum of weights, for signals that spoke
        steep = wrong * (1 + (1 - 2 * core) * (self.gains @ around) - self.losses @ around)
        of_signals = ((self.factor / total * steep) @ self.values) - ((core / total * steep) @ self.spoke)
        of_context = (wrong * core * (1 - core)) @ self.gains - (wrong * core) @ self.losses
        return np.concatenate([of_signals, of_context])

    def _cores(self, weights: Floats) -> tuple[Floats, Floats]:
        """Scores before context, and the sums of the weights that spoke; 0 and 1 where none has any."""
        total: Floats = self.spoke @ weights
        safe = np.where(total > 0, total, 1.0)
        return self.factor * (self.values @ weights) / safe, safe


def fit(table: Table, base: Floats, strength: float, *, held: bool = False) -> Floats:
    """Intercept, slope and weights, those of signals with the prior's sum; `held` keeps the prior's weights."""
    from scipy.optimize import minimize

    signals = table.values.shape[1]
    unit = np.full(len(base), float(base[:signals].mean()))
    unit[signals:] = max(float(base[signals:].mean()), _SMALLEST) if len(base) > signals else 1.0

    def loss(x: Floats) -> tuple[float, Floats]:
        intercept, slope, weights = x[0], x[1], x[2:]
        scores = table.scores(weights)
        logits = intercept + slope * scores
        wrong = sigmoid(logits) - table.accepted
        away = (weights - base) / unit
        value = float(np.sum(np.logaddexp(0, logits) - table.accepted * logits))
        value += strength / 2 * float(away @ away) + _FLAT / 2 * float(slope**2)
        gradient = np.concatenate(
            [
                [wrong.sum(), wrong @ scores + _FLAT * slope],
                slope * table.slopes(weights, wrong) + strength * away / unit,
            ]
        )
        return value, gradient

    least = np.where(np.arange(len(base)) < signals, _SMALLEST * unit, 0.0)
    first = np.concatenate([[0.0, 1.0], np.maximum(base, least)])
    found: Floats = minimize(
        loss, first, jac=True, method="L-BFGS-B", bounds=_bounds(first, least, signals, held), options={"maxiter": 1000}
    ).x
    weights = found[2:].copy()
    weights[:signals] = np.where(weights[:signals] <= 2 * least[:signals], 0.0, weights[:signals])
    weights[:signals] *= base[:signals].sum() / weights[:signals].sum()
    return np.concatenate([found[:2], weights])


def out_of_fold(table: Table, base: Floats, strength: float) -> tuple[Floats, Floats]:
    """Chances told for queries that were not learnt from: by weights learnt on the others, and by the prior's."""
    told, told_prior = np.zeros(len(table.accepted)), np.zeros(len(table.accepted))
    for fold in np.unique(table.fold):
        seen, unseen = table.part(table.fold != fold), table.part(table.fold == fold)
        for into, held in ((told, False), (told_prior, True)):
            x = fit(seen, base, strength, held=held)
            into[table.fold == fold] = sigmoid(x[0] + x[1] * unseen.scores(x[2:]))
    return told, told_prior


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + e^-x) without overflow."""
    made: Floats = 0.5 * (1 + np.tanh(x / 2))
    return made


def _bounds(first: Floats, least: Floats, signals: int, held: bool) -> list[tuple[float | None, float | None]]:
    """Lowest and highest of intercept, slope and weights. Each weight of context may rise by its share of what is left
    up to `MOST_CONTEXT`, so that no choice of them sums to more."""
    weights = first[2:]
    room = (MOST_CONTEXT - float(weights[signals:].sum())) / max(1, len(weights) - signals)
    made: list[tuple[float | None, float | None]] = [(None, None), (0.0, None)]
    for place, weight in enumerate(weights.tolist()):
        if held:
            made.append((weight, weight))
        else:
            made.append((float(least[place]), None if place < signals else weight + max(0.0, room)))
    return made


def _array(rows: Sequence[Sequence[float]], width: int) -> Floats:
    return np.array(rows, dtype=np.float64).reshape(len(rows), width)


def _folds(queries: Sequence[str]) -> NDArray[np.int64]:
    """A fold per outcome, whole queries together, in order of a digest so that ids that count up do not matter."""
    digests = sorted({(hashlib.sha256(query.encode()).hexdigest(), query) for query in queries})
    fold = {query: place % _FOLDS for place, (_, query) in enumerate(digests)}
    return np.array([fold[query] for query in queries], dtype=np.int64)
