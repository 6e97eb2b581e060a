"""Hashed character n-grams: the one view of spelling that the lexical signal and the concept bridge share.

Grams are hashed, so that an index keeps no dictionary: what is removed leaves no trace of its words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hansa.matching.text import words

if TYPE_CHECKING:
    from numpy.typing import NDArray

BITS = 20
BUCKETS = 1 << BITS
"""Number of hash buckets; two of 20,000 different grams share one with a chance of about 2 %."""

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_SPACE = np.uint32(32)


def counted(text: str, sizes: tuple[int, ...] = (4,)) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Different character n-grams of a text, as ascending bucket numbers in 0..BUCKETS-1, and how often each occurs.

    The text is case folded and reduced to its words with one blank around each; a gram may begin or end with
    that blank but never spans two words, so Finnish, Estonian and German compounds share grams with their parts.
    """
    _, grams, counts = counted_many([text], sizes)
    return grams, counts


def counted_many(
    texts: Sequence[str], sizes: tuple[int, ...] = (4,)
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """The same for many texts at once: parallel arrays of text number, bucket number and count, sorted by both."""
    padded = [f" {' '.join(words(text))} ".encode("utf-32-le", "ignore") for text in texts]
    points = np.frombuffer(b"".join(padded), dtype=np.uint32)
    owner = np.repeat(np.arange(len(texts), dtype=np.int64), [len(p) // 4 for p in padded])
    keys = [_windows(points, owner, size) for size in sizes if len(points) >= size]
    if not keys:
        nothing = np.empty(0, dtype=np.int32)
        return nothing, nothing, nothing
    unique, counts = np.unique(np.concatenate(keys), return_counts=True)
    return (unique >> BITS).astype(np.int32), (unique & (BUCKETS - 1)).astype(np.int32), counts.astype(np.int32)


def _windows(points: NDArray[np.uint32], owner: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """One key (text number, bucket) per window; the two blanks between texts keep windows within one text."""
    view = np.lib.stride_tricks.sliding_window_view(points, size)
    inside_one_word = ~(view[:, 1:-1] == _SPACE).any(axis=1)
    view = view[inside_one_word].astype(np.uint64)
    value = np.full(len(view), size, dtype=np.uint64)
    with np.errstate(over="ignore"):
        for column in range(size):
            value = (value ^ view[:, column]) * _MULTIPLIER
            value ^= value >> np.uint64(29)
        value *= _MIX
    buckets = (value >> np.uint64(64 - BITS)).astype(np.int64)
    keys: NDArray[np.int64] = (owner[: len(inside_one_word)][inside_one_word] << BITS) | buckets
    return keys
