"""Logistic regression with a ridge penalty: enough to turn a few figures into a probability, in plain NumPy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from .results import ActivityError, Bools, Floats, read_only

STEPS = 100


@dataclass(frozen=True, eq=False)
class Logistic:
    """p = 1 / (1 + exp(-(intercept + coefficients · (x - mean) / scale))).

    `mean` and `scale` (population standard deviation) are those of the rows the model was fitted on, and stay so
    whatever it is applied to. `coefficients` are therefore per standard deviation of the fitted rows; `base_rate` is
    the share of those rows where it happened.
    """

    names: tuple[str, ...]
    mean: Floats
    scale: Floats
    intercept: float
    coefficients: Floats
    ridge: float
    rows: int
    base_rate: float

    def log_odds(self, features: Floats) -> Floats:
        """Log odds of rows of features, shape (rows, features); a missing (NaN) feature counts as the fitted mean."""
        standard = np.nan_to_num((features - self.mean) / self.scale, nan=0.0)
        return np.asarray(self.intercept + standard @ self.coefficients, dtype=np.float64)

    def probabilities(self, features: Floats) -> Floats:
        """Probabilities of rows of features."""
        return np.asarray(expit(self.log_odds(features)), dtype=np.float64)


def fit_logistic(names: tuple[str, ...], features: Floats, outcomes: Bools, ridge: float = 1.0) -> Logistic:
    """The coefficients that maximise log likelihood - ridge/2 · Σ coefficient² (the intercept is free).

    Le Cessie and van Houwelingen (1992); solved by Newton's method with step halving. Features are standardised
    first; one that does not vary gets the coefficient 0. Raises ActivityError when only one outcome occurs.

    >>> model = fit_logistic(("x",), np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([False, True, False, True]))
    >>> model.probabilities(np.array([[0.0], [3.0]])).round(2).tolist()
    [0.35, 0.65]
    """
    if not ridge > 0:
        raise ActivityError(f"The ridge is {ridge!r}; give a positive number, usually 1.0.")
    if not len(outcomes) or outcomes.all() or not outcomes.any():
        raise ActivityError("A model needs cells where it happened and cells where it did not; give more years.")
    known = np.isfinite(features)
    counts = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, features, 0.0).sum(axis=0) / counts
    centred = np.where(known, features - mean, 0.0)
    spread = np.sqrt((centred**2).sum(axis=0) / counts)
    scale = np.where(spread > 1e-12 * np.maximum(np.abs(mean), 1e-300), spread, np.inf)
    design = np.column_stack([np.ones(len(outcomes)), centred / scale])
    weights = _newton(design, outcomes.astype(np.float64), ridge)
    return Logistic(
        names=names,
        mean=read_only(mean),
        scale=read_only(scale),
        intercept=float(weights[0]),
        coefficients=read_only(weights[1:]),
        ridge=float(ridge),
        rows=len(outcomes),
        base_rate=float(outcomes.mean()),
    )


def _newton(design: Floats, outcomes: Floats, ridge: float) -> Floats:
    penalty = np.full(design.shape[1], ridge)
    penalty[0] = 0.0
    weights = np.zeros(design.shape[1])
    base = outcomes.mean()
    weights[0] = np.log(base / (1 - base))
    loss = _loss(design, outcomes, penalty, weights)
    for _ in range(STEPS):
        chance = expit(design @ weights)
        slope = design.T @ (chance - outcomes) + penalty * weights
        curvature = (design * (chance * (1 - chance))[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.solve(curvature, slope)
        size = 1.0
        while size > 1e-8 and _loss(design, outcomes, penalty, weights - size * step) > loss:
            size /= 2
        if size <= 1e-8:
            break
        weights = weights - size * step
        loss = _loss(design, outcomes, penalty, weights)
        if float(np.abs(step).max()) < 1e-12:
            break
    return weights


def _loss(design: Floats, outcomes: Floats, penalty: Floats, weights: Floats) -> float:
    odds = design @ weights
    return float(np.logaddexp(0.0, odds).sum() - outcomes @ odds + penalty @ weights**2 / 2)
