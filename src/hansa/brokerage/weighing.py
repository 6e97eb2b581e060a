"""Which weights rank suggestions here: the documented default, or the learnt ones that the lead partner switched on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hansa.brokerage.models import LearntWeights, WeightsChoice

if TYPE_CHECKING:
    from hansa.matching import Weights


@dataclass(frozen=True)
class Weighing:
    """Weights, how many times as high scores are with them as with the default, and where they were learnt (None for
    the default)."""

    weights: Weights
    scale: float = 1.0
    learnt: LearntWeights | None = None

    @property
    def version(self) -> str:
        return self.weights.version


def by_default() -> Weighing:
    from hansa.matching import Weights

    return Weighing(Weights())


def weighing_of(learnt: LearntWeights) -> Weighing:
    """Learnt weights as they rank; what was not learnt is as in the default."""
    from dataclasses import replace

    changed = {**learnt.weights, "version": learnt.version}
    return Weighing(replace(by_default().weights, **changed), learnt.scale, learnt)


def fits(learnt: LearntWeights) -> bool:
    """Whether weights were learnt beside the default of this program; after an update with another default they were
    judged against something else, and do not rank."""
    return learnt.status == LearntWeights.Status.LEARNT and learnt.default_version == by_default().version


def in_use() -> Weighing:
    """What ranks now; one query."""
    choice = WeightsChoice.objects.select_related("weights").first()
    if choice is None or choice.weights is None or not fits(choice.weights):
        return by_default()
    return weighing_of(choice.weights)


def known() -> dict[str, Weighing]:
    """Every version that suggestions may have been ranked with, by its name; one query."""
    learnt = LearntWeights.objects.filter(status=LearntWeights.Status.LEARNT)
    default = by_default()
    return {default.version: default} | {one.version: weighing_of(one) for one in learnt}


def version_of(method: str) -> str:
    """The version of the weights in the method that is stored with a score."""
    return method.split(" ", maxsplit=1)[0]
