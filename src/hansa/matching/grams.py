"""Hashed character n-grams: the one view of spelling that the lexical signal and the concept bridge share.

Grams are hashed, so that an index keeps no dictionary: what is removed leaves no trace of its words.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from hansa.matching.text import JOINERS

if TYPE_CHECKING:
    from numpy.typing import NDArray

BITS = 20
BUCKETS = 1 << BITS
"""Number of hash buckets; two of 20,000 different grams share one with a chance of about 2 %."""

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_SPACE = np.uint32(32)
_DOTTED = "İ"
"""Folds into an i and a dot of its own, which is no letter and would end the word."""
_LETTER, _JOINER = 1, 2


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
    owners, buckets = gathered(texts, sizes)
    unique, counts = np.unique((owners << BITS) | buckets, return_counts=True)
    return (unique >> BITS).astype(np.int32), (unique & (BUCKETS - 1)).astype(np.int32), counts.astype(np.int32)


def gathered(texts: Sequence[str], sizes: tuple[int, ...] = (4,)) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Every n-gram of many texts, repeated as often as it occurs: parallel arrays of text number and bucket number."""
    padded = [f" {text.replace(_DOTTED, 'i').casefold()} ".encode("utf-32-le", "surrogatepass") for text in texts]
    points = _words_only(np.frombuffer(b"".join(padded), dtype=np.uint32))
    owner = np.repeat(np.arange(len(texts), dtype=np.int64), [len(p) // 4 for p in padded])
    found = [_windows(points, owner, size) for size in sizes if len(points) >= size]
    if not found:
        nothing = np.empty(0, dtype=np.int64)
        return nothing, nothing
    return np.concatenate([owners for owners, _ in found]), np.concatenate([buckets for _, buckets in found])


def _words_only(points: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Blanks for all that is no part of a word, as `text.words` sees words: hyphens and apostrophes count inside."""
    kinds = _kinds()[points]
    letter = kinds == _LETTER
    inside = np.zeros(len(points), dtype=bool)
    inside[1:-1] = (kinds[1:-1] == _JOINER) & letter[:-2] & letter[2:]
    return np.where(letter | inside, points, _SPACE)


@cache
def _kinds() -> NDArray[np.uint8]:
    """Per code point: a letter or digit, a sign that may join two parts of a word, or neither."""
    table = np.fromiter((chr(point).isalnum() for point in range(sys.maxunicode + 1)), np.uint8, sys.maxunicode + 1)
    table[[ord(sign) for sign in JOINERS]] = _JOINER
    return table


def _windows(
    points: NDArray[np.uint32], owner: NDArray[np.int64], size: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Text number and bucket per window; the two blanks between texts keep windows within one text."""
    blank = points == _SPACE
    total = len(points) - size + 1
    inside_one_word = np.ones(total, dtype=bool)
    for column in range(1, size - 1):
        inside_one_word &= ~blank[column : column + total]
    starts = np.flatnonzero(inside_one_word)
    value = np.full(len(starts), size, dtype=np.uint64)
    with np.errstate(over="ignore"):
        for column in range(size):
            value = (value ^ points[starts + column].astype(np.uint64)) * _MULTIPLIER
            value ^= value >> np.uint64(29)
        value *= _MIX
    return owner[starts], (value >> np.uint64(64 - BITS)).astype(np.int64)
