"""What every result shares: read-only arrays and the definition it was computed with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Setting = str | int | float | bool | None


class ActivityError(ValueError):
    """Input that cannot be measured; the message is one sentence naming what, where and what to do."""


@dataclass(frozen=True)
class Definition(Mapping[str, Setting]):
    """The switches a result was computed with, so that it can be computed again.

    A read-only, hashable mapping in a fixed order.

    >>> definition = Definition.of(measure="proximity", threshold=1.0)
    >>> definition["threshold"], dict(definition.extended(diagonal="exclude"))["diagonal"]
    (1.0, 'exclude')
    """

    entries: tuple[tuple[str, Setting], ...] = ()

    @classmethod
    def of(cls, **settings: Setting) -> Definition:
        """A definition from keyword arguments, in the order given."""
        return cls(tuple(settings.items()))

    def extended(self, **settings: Setting) -> Definition:
        """This definition with further settings; a setting named again replaces the earlier one."""
        return Definition(tuple({**dict(self.entries), **settings}.items()))

    def __getitem__(self, name: str) -> Setting:
        return dict(self.entries)[name]

    def __iter__(self) -> Iterator[str]:
        return iter(name for name, _ in self.entries)

    def __len__(self) -> int:
        return len(self.entries)


class RelatednessMatrix(Protocol):
    """Any relatedness between domains: labels, a square matrix >= 0 (NaN where undefined), and its definition."""

    @property
    def domains(self) -> tuple[str, ...]: ...
    @property
    def values(self) -> Floats: ...
    @property
    def definition(self) -> Definition: ...


def read_only(array: Floats) -> Floats:
    """The same array, refusing writes."""
    array.flags.writeable = False
    return array


def read_only_mask(array: Bools) -> Bools:
    """The same mask, refusing writes."""
    array.flags.writeable = False
    return array


def checked_threshold(threshold: float) -> float:
    """The threshold as a float; refuses what is not a positive finite number."""
    if not (np.isfinite(threshold) and threshold > 0):
        raise ActivityError(f"The presence threshold is {threshold!r}; give a positive number, usually 1.0.")
    return float(threshold)


def position(labels: Mapping[str, int], label: str, axis: str) -> int:
    """Index of a label on an axis ("region" or "domain"); a sentence with examples when it is not there."""
    if label in labels:
        return labels[label]
    known = ", ".join(list(labels)[:5])
    raise ActivityError(f"There is no {axis} {label!r} in this activity table; its {axis}s begin with {known}.")
