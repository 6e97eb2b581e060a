"""What moves the vectors of a model besides the subject of a text, measured once for a version of its weights.

Three directions are known of multilingual-e5-small: what its `query:` prefix adds to a sentence, how needs differ from
offers whatever they are about, and how both, as queries, differ from official labels of their language. They come
from the development half of the test topics (`benchmarks/matching.py --calibrate`). A model that is not listed is
searched without them.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

FILE = Path(__file__).with_name("calibration.json")
_DIRECTIONS = ("prefix", "genre", "sentence")
_SIDES = {"request": 1.0, "offer": -1.0}


@dataclass(frozen=True, eq=False)
class Calibration:
    """`prefix` (d): what the query prefix adds to a vector. `genre` (d): what is taken from a need and given to an
    offer, so that the two meet on their subject; where the side is not known, neither. `sentence` (d): what then sets
    needs and offers, as queries, apart from labels of their language."""

    prefix: Floats
    genre: Floats
    sentence: Floats

    def leaning(self, sides: Sequence[str | None]) -> Floats:
        """What the side of each text (`request`, `offer` or None) adds to its vector, shape (texts, d)."""
        signs = np.array([_SIDES.get(side or "", 0.0) for side in sides], dtype=np.float32)
        return signs[:, None] * self.genre


@lru_cache
def calibration(name: str, version: str, dimensions: int) -> Calibration | None:
    """What is known of these weights; None for others, whose vectors mean something else."""
    entry = _stored().get(f"{name} {version}")
    if entry is None:
        return None
    made = Calibration(*(_read(entry[name]) for name in _DIRECTIONS))
    fits = all(getattr(made, name).shape == (dimensions,) for name in _DIRECTIONS)
    return made if fits else None


def write(name: str, version: str, made: Calibration) -> None:
    """Replace the entry of these weights in `FILE`."""
    directions = {each: _written(getattr(made, each)) for each in _DIRECTIONS}
    entries = _stored() | {f"{name} {version}": directions}
    FILE.write_text(json.dumps(entries, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    calibration.cache_clear()


def _stored() -> dict[str, Any]:
    return dict(json.loads(FILE.read_text(encoding="utf-8"))) if FILE.is_file() else {}


def _read(text: str) -> Floats:
    return np.frombuffer(base64.b64decode(text), dtype="<f2").astype(np.float32)


def _written(vector: Floats) -> str:
    return base64.b64encode(vector.astype("<f2").tobytes()).decode("ascii")
