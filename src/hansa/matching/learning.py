"""Weights learnt from what was accepted and refused, kept near the documented default; and an honest test of them."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hansa.matching.feedback import Verdict
from hansa.matching.fitting import MOST_CONTEXT, Table, fit, ordered, out_of_fold, sigmoid
from hansa.matching.records import CONTEXT, Weights
from hansa.matching.whatif import check_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEAST_OUTCOMES = 200
"""Fewer outcomes teach nothing that one could tell from chance."""
LEAST_OF_EACH = 30
"""At least so many must be accepted, and so many refused."""
_BINS = 5


@dataclass(frozen=True)
class Outcome:
    """A suggestion that was shown at one time and answered at a later one (any unit that orders them).

    `signals`, `factor` and `context` are as in `Kept`. Raises ValueError for values that cannot be.
    """

    verdict: Verdict
    signals: Mapping[str, float]
    shown: float
    answered: float
    factor: float = 1.0
    context: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.shown <= self.answered:
            raise ValueError(f"{self.verdict.document} was answered before it was shown: check the times.")
        if not self.signals:
            raise ValueError(f"{self.verdict.document} needs signals, each in 0 to 1.")
        check_values(self.signals, self.context, self.factor, self.verdict.document)


@dataclass(frozen=True)
class Bin:
    """Suggestions of like chance: how many, the mean chance told and the share that was accepted."""

    count: int
    told: float
    accepted: float


@dataclass(frozen=True)
class Learnt:
    """Weights per signal, of likeness and of context, and what is known of them.

    `refused` says why nothing was learnt; then `weights` and `version` are those of the prior. `outcomes` were learnt
    from, `left_out` say nothing about texts. `intercept` and `slope` turn a score into a chance of acceptance.
    `calibration`, `brier` and `brier_prior` are measured on queries that the weights did not see (five folds).
    """

    weights: Mapping[str, float]
    version: str
    outcomes: int
    accepted: int
    left_out: int
    refused: str | None = None
    intercept: float = math.nan
    slope: float = math.nan
    calibration: tuple[Bin, ...] = ()
    brier: float = math.nan
    brier_prior: float = math.nan

    def chance(self, score: float) -> float:
        """The chance that a suggestion of this score is accepted; NaN if nothing was learnt."""
        return float(sigmoid(np.array([self.intercept + self.slope * score]))[0])

    def as_weights(self, base: Weights | None = None) -> Weights:
        """The ranking's weights with the learnt ones in their places, under the learnt version."""
        changed: dict[str, Any] = {**self.weights, "version": self.version}
        return replace(base or Weights(), **changed)


@dataclass(frozen=True)
class BackTest:
    """Weights learnt before a time, judged after it.

    `right` and `right_prior`: of all pairs of an accepted and a refused suggestion of one query, the share in the right
    order (equal scores count half), averaged over queries; `low` to `high`: interval of their difference, queries
    drawn with replacement. `dropped` outcomes would have leaked or say nothing. NaN where no query has both.
    """

    learnt: Learnt
    tested: int
    dropped: int
    queries: int
    right: float
    right_prior: float
    low: float
    high: float


def learn_weights(
    outcomes: Iterable[Outcome],
    prior: Mapping[str, float] | None = None,
    *,
    version: str | None = None,
    strength: float = 10.0,
    least: int = LEAST_OUTCOMES,
    least_of_each: int = LEAST_OF_EACH,
) -> Learnt:
    """Weights under which accepted suggestions score above refused ones, by regularised logistic regression.

    log-odds = intercept + slope x score, score = factor x weighted mean of the signals that spoke, moved by context,
    exactly as suggestions are ranked. The negative log-likelihood plus `strength` / 2 x the squared distance of the
    weights from `prior` (in units of its mean, signals and context apart; `Weights()` if not given; `version` names it)
    is minimised by L-BFGS-B with weights >= 0 (Byrd and others 1995). Weights of signals keep the prior's sum, so only
    their proportions are learnt; those of context (`CONTEXT`) each stay so small that they sum to at most 0.95.
    Refusals for reasons other than the topic are left out; of several outcomes on one pair the last answered counts.
    With fewer outcomes than `least`, fewer than `least_of_each` accepted or refused, or one query only, nothing is
    learnt. Raises ValueError for a signal without a prior weight or a prior that cannot be.
    """
    given = list(outcomes)
    used = _teaching(given)
    start = dict(default_prior(used) if prior is None else prior)
    _check_prior(start, strength)
    if version is None:
        version = Weights().version if prior is None else "own"
    for outcome in used:
        strange = sorted((set(outcome.signals) | set(outcome.context)) - set(start))
        if strange:
            raise ValueError(f"The signal {strange[0]!r} has no prior weight: add it to the prior, 0 if need be.")
    accepted = sum(outcome.verdict.accepted for outcome in used)
    left_out = len(given) - len(used)
    refused = _refused(used, accepted, least, least_of_each)
    if refused:
        return Learnt(start, version, len(used), accepted, left_out, refused)
    names = ordered(start)
    base = np.array([start[name] for name in names])
    table = Table.of(used, names)
    fitted = fit(table, base, strength)
    weights = {name: float(value) for name, value in zip(names, fitted[2:], strict=True)}
    told, told_prior = out_of_fold(table, base, strength)
    return Learnt(
        weights,
        _version(version, used, weights),
        len(used),
        accepted,
        left_out,
        None,
        float(fitted[0]),
        float(fitted[1]),
        _bins(told, table.accepted),
        float(np.mean((told - table.accepted) ** 2)),
        float(np.mean((told_prior - table.accepted) ** 2)),
    )


def back_test(
    outcomes: Iterable[Outcome],
    cut: float,
    prior: Mapping[str, float] | None = None,
    *,
    samples: int = 1000,
    seed: int = 0,
    **options: Any,
) -> BackTest:
    """Learn from what was answered before `cut` and judge on what was shown from `cut` on.

    Outcomes shown before and answered after are dropped, and so are later ones of a query, or of a pair of asker and
    document, that was learnt from: nothing known at the time of judging has been seen. `options` go to `learn_weights`.
    """
    every = list(outcomes)
    early = _teaching([one for one in every if one.answered < cut])
    queries = {one.verdict.query for one in early}
    pairs = {(one.verdict.asker, one.verdict.document) for one in early if one.verdict.asker is not None}
    late = [
        one
        for one in _teaching([one for one in every if one.shown >= cut])
        if one.verdict.query not in queries and (one.verdict.asker, one.verdict.document) not in pairs
    ]
    learnt = learn_weights(early, prior, **options)
    start = dict(default_prior([*early, *late]) if prior is None else prior)
    names = ordered(start)
    scores = []
    if late:
        table = Table.of(late, names)
        for weights in (learnt.weights, start):
            scores.append(_right_order(late, table.scores(np.array([weights.get(n, start[n]) for n in names]))))
    new, old = scores if late else (np.zeros(0), np.zeros(0))
    dropped = len(every) - len(early) - len(late)
    if not len(new):
        return BackTest(learnt, len(late), dropped, 0, math.nan, math.nan, math.nan, math.nan)
    low, high = _interval(new - old, samples, seed)
    return BackTest(learnt, len(late), dropped, len(new), float(new.mean()), float(old.mean()), low, high)


@dataclass(frozen=True)
class CrossValidated:
    """Weights learnt on some queries, judged on the others, in five folds that each hold whole queries.

    `right`, `right_prior`, `low` and `high` are those of `BackTest`; NaN where no query has both kinds of answers. The
    weights of a fold are taken as given, so the interval tells what queries were drawn, not what was learnt from.
    """

    queries: int
    right: float
    right_prior: float
    low: float
    high: float

    @property
    def better(self) -> bool:
        """Whether the whole interval of the difference lies above zero."""
        return self.low > 0


def cross_validated(
    outcomes: Iterable[Outcome],
    prior: Mapping[str, float] | None = None,
    *,
    strength: float = 10.0,
    samples: int = 1000,
    seed: int = 0,
) -> CrossValidated:
    """How much more often learnt weights put accepted suggestions above refused ones than the prior does, on queries
    that they were not learnt from; `prior` and `strength` as in `learn_weights`."""
    used = _teaching(list(outcomes))
    start = dict(default_prior(used) if prior is None else prior)
    _check_prior(start, strength)
    names = ordered(start)
    base = np.array([start[name] for name in names])
    table = Table.of(used, names)
    scores = np.zeros(len(used))
    for fold in np.unique(table.fold):
        rows = table.fold == fold
        if rows.all():
            return _judged(np.zeros(0), np.zeros(0), samples, seed)
        scores[rows] = table.part(rows).scores(fit(table.part(~rows), base, strength)[2:])
    return _judged(_right_order(used, scores), _right_order(used, table.scores(base)), samples, seed)


def _judged(new: Floats, old: Floats, samples: int, seed: int) -> CrossValidated:
    if not len(new):
        return CrossValidated(0, math.nan, math.nan, math.nan, math.nan)
    low, high = _interval(new - old, samples, seed)
    return CrossValidated(len(new), float(new.mean()), float(old.mean()), low, high)


def _interval(differences: Floats, samples: int, seed: int) -> tuple[float, float]:
    """95 % of the means of queries drawn with replacement (Efron 1979)."""
    draws = np.random.default_rng(seed).integers(0, len(differences), (samples, len(differences)))
    low, high = np.quantile(differences[draws].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


def _bins(told: Floats, accepted: Floats) -> tuple[Bin, ...]:
    order = np.argsort(told, kind="stable")
    return tuple(
        Bin(len(rows), float(told[rows].mean()), float(accepted[rows].mean()))
        for rows in np.array_split(order, _BINS)
        if len(rows)
    )


def _right_order(outcomes: Sequence[Outcome], scores: Floats) -> Floats:
    """Per query with both: the share of its pairs that are in the right order, in order of the queries' ids."""
    rows: dict[str, tuple[list[float], list[float]]] = {}
    for outcome, score in zip(outcomes, scores, strict=True):
        rows.setdefault(outcome.verdict.query, ([], []))[int(outcome.verdict.accepted)].append(float(score))
    made = []
    for query in sorted(rows):
        refused, accepted = (np.array(side) for side in rows[query])
        if len(refused) and len(accepted):
            made.append(float(np.mean(0.5 + 0.5 * np.sign(accepted[:, None] - refused[None, :]))))
    return np.array(made)


def _teaching(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The last answer on each pair, without those that say nothing about texts, in an order of their own."""
    last: dict[tuple[str, str, str], Outcome] = {}
    for one in sorted(outcomes, key=lambda o: (o.answered, o.shown, o.verdict.code or "", sorted(o.signals.items()))):
        last[one.verdict.query, one.verdict.document, one.verdict.asker or ""] = one
    return [last[key] for key in sorted(last) if last[key].verdict.teaches]


def _refused(used: Sequence[Outcome], accepted: int, least: int, least_of_each: int) -> str | None:
    if len(used) < least:
        return f"There are {len(used)} outcomes that speak of texts and {least} are needed: the default stays."
    if min(accepted, len(used) - accepted) < max(1, least_of_each):
        return (
            f"{accepted} were accepted and {len(used) - accepted} refused, and {max(1, least_of_each)} of each are "
            "needed: the default stays."
        )
    if len({one.verdict.query for one in used}) < 2:
        return "All outcomes belong to one query, so nothing can be checked on another: the default stays."
    return None


def default_prior(outcomes: Iterable[Outcome]) -> Mapping[str, float]:
    """The documented weights of signals, with those of context where any outcome knows of it."""
    return Weights().every_weight() if any(one.context for one in outcomes) else Weights().signal_weights()


def _check_prior(prior: Mapping[str, float], strength: float) -> None:
    signals = [weight for name, weight in prior.items() if name not in CONTEXT]
    if not all(0 <= weight < math.inf for weight in prior.values()) or sum(signals) <= 0:
        raise ValueError("The prior weights must be finite and not negative, and one of a signal must be above zero.")
    if sum(prior.values()) - sum(signals) > MOST_CONTEXT:
        raise ValueError(f"The prior weights of context must sum to {MOST_CONTEXT} at most: lower one.")
    if not 0 < strength < math.inf:
        raise ValueError(f"The strength of the prior is {strength}: it must be above 0.")


def _version(prior: str, outcomes: Sequence[Outcome], weights: Mapping[str, float]) -> str:
    pairs = [(o.verdict.query, o.verdict.document, o.verdict.code) for o in outcomes]
    text = json.dumps([pairs, {name: round(value, 9) for name, value in weights.items()}])
    return f"{prior}+{len(outcomes)}.{hashlib.sha256(text.encode()).hexdigest()[:8]}"
