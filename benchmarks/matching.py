"""How well needs find offers across languages: every signal, their combinations, the full ranking, with intervals.

    PYTHONPATH=src python benchmarks/matching.py [--classifications FOLDER] [--seed N] [--calibrate]
    PYTHONPATH=src python benchmarks/matching.py --all [--quick]  # projects and partners too, one table at the end

The topics are in tests/matching/data (its README says how they were written). Parameters were chosen on the
development half; the held-out half is what counts. `--calibrate` makes `src/hansa/matching/calibration.json` again
from the development half before measuring. Writes build/benchmarks/matching.json. `--all` goes on with
matching_projects.py and partners.py (`--quick`: fewer queries there) and writes build/benchmarks/matching_all.json.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from _matching_measures import MEASURES, Ranking, Topics, interval, measures, pairs, rank_by
from _report import ROOT, machine, table, write
from hansa.matching import ConceptBridge, Document, Embedder, Index, LabelMeans, Query, Weights, load_embedder
from hansa.matching.calibration import Calibration
from hansa.matching.calibration import write as write_calibration
from hansa.matching.centring import Centring, sums_of
from hansa.matching.text import words

ONLY = {"meaning": 0.0, "concepts": 0.0, "spelling": 0.0, "domains": 0.0}
SIDE_BLIND = {"meets": 1.0, "unclear": 1.0, "same_side": 1.0}
FULL = "full"


class Remembering:
    """An embedder that computes each text once; under another name nothing is known of its prefix and genre."""

    def __init__(self, embedder: Embedder, name: str | None = None) -> None:
        self.name, self.version, self.dimensions = name or embedder.name, embedder.version, embedder.dimensions
        self._embedder = embedder
        self._known: dict[tuple[str, str], np.ndarray] = {}

    def embed_query(self, texts: Sequence[str]) -> np.ndarray:
        return self._remembered("query", texts)

    def embed_document(self, texts: Sequence[str]) -> np.ndarray:
        return self._remembered("document", texts)

    def _remembered(self, role: str, texts: Sequence[str]) -> np.ndarray:
        new = [text for text in dict.fromkeys(texts) if (role, text) not in self._known]
        if new:
            embed = self._embedder.embed_query if role == "query" else self._embedder.embed_document
            self._known |= {(role, text): vector for text, vector in zip(new, embed(new), strict=True)}
        return np.array([self._known[role, text] for text in texts], dtype=np.float32).reshape(-1, self.dimensions)


@dataclass(frozen=True)
class Parts:
    """What an index is built from; `uncalibrated` computes the same vectors under a name that nothing is known of."""

    embedder: Remembering
    uncalibrated: Remembering
    bridge: ConceptBridge
    means: LabelMeans
    uncalibrated_means: LabelMeans


def documents(topics: Topics) -> list[Document]:
    """Needs as requests, all offers as offers."""
    return [
        Document(row["id"], "request" if row["role"] == "need" else "offer", "", row["text"], row["lang"])
        for row in topics.documents
    ]


def by_index(topics: Topics, parts: Parts, weights: Weights, *, calibrated: bool = True) -> list[Ranking]:
    """The ranking of an index: ids in order for each query, whose own text is left out."""
    embedder = parts.embedder if calibrated else parts.uncalibrated
    index = Index(embedder, parts.bridge, parts.means if calibrated else parts.uncalibrated_means, weights)
    index.add(documents(topics))
    asked = [
        Query(row["id"], row["text"], row["lang"], want="offer", exclude_ids=(row["id"],)) for row in topics.queries
    ]
    return [[hit.id for hit in hits] for hits in index.search_many(asked, limit=len(index), explain=False)]


def plain_e5(topics: Topics, embedder: Remembering) -> list[Ranking]:
    """Cosines as the model gives them."""
    asked = embedder.embed_query([row["text"] for row in topics.queries])
    held = embedder.embed_document([row["text"] for row in topics.documents])
    return rank_by(topics, asked @ held.T)


def word_bm25(topics: Topics) -> list[Ranking]:
    """BM25 on whole words, k1 1.2, b 0.75."""
    texts = [words(row["text"]) for row in topics.documents]
    average = float(np.mean([len(text) for text in texts]))
    scores = np.zeros((len(topics.queries), len(texts)))
    for place, query in enumerate(topics.queries):
        for word in set(words(query["text"])):
            df = sum(word in text for text in texts)
            idf = np.log(1 + (len(texts) - df + 0.5) / (df + 0.5))
            for column, text in enumerate(texts):
                tf = text.count(word)
                scores[place, column] += idf * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * len(text) / average))
    return rank_by(topics, scores)


def rankings(topics: Topics, parts: Parts) -> dict[str, list[Ranking]]:
    """Every way of ranking that is compared, the full one last."""
    full = Weights()
    chosen: dict[str, list[Ranking]] = {
        "words (BM25)": word_bm25(topics),
        "e5, plain": plain_e5(topics, parts.embedder),
    }
    signals = {name: value for name, value in full.signal_weights().items() if name != "domains"}
    combinations = (
        ("spelling",), ("concepts",), ("meaning",), ("concepts", "spelling"), ("meaning", "spelling"),
        ("meaning", "concepts"),
    )  # fmt: skip
    for names in combinations:
        weights = replace(full, **(ONLY | {name: signals[name] for name in names}))
        chosen[" + ".join(names)] = by_index(topics, parts, weights)
    alone = replace(full, **(ONLY | {"meaning": 1.0}))
    chosen["meaning, not calibrated"] = by_index(topics, parts, alone, calibrated=False)
    chosen["full, not calibrated"] = by_index(topics, parts, full, calibrated=False)
    chosen["full, blind to sides"] = by_index(topics, parts, replace(full, **SIDE_BLIND))
    chosen[FULL] = by_index(topics, parts, full)
    return chosen


def calibrate(topics: Topics, embedder: Remembering, means: LabelMeans, share: float) -> Calibration:
    """What the query prefix adds on average, `share` of half the difference between needs and offers, and what then
    sets both, as queries, apart from labels of their language (needs and offers counting the same)."""
    rows, langs = topics.documents, [row["lang"] for row in topics.documents]
    needs = [row["text"] for row in rows if row["role"] == "need"]
    prefix = (embedder.embed_query(needs) - embedder.embed_document(needs)).mean(axis=0)
    vectors = embedder.embed_document([row["text"] for row in rows])
    centring = Centring(sums_of(vectors, langs, [None] * len(langs)), prefix, means)
    centred = vectors - np.stack([centring.document_mean(lang) for lang in langs])
    asks = np.array([row["role"] == "need" for row in rows])
    genre = share * (centred[asks].mean(axis=0) - centred[~asks].mean(axis=0)) / 2
    labels = np.stack([labelled[1] for lang in langs if (labelled := means.of(lang)) is not None])
    beyond = embedder.embed_query([row["text"] for row in rows]) - labels
    sentence = (beyond[asks].mean(axis=0) - genre + beyond[~asks].mean(axis=0) + genre) / 2
    return Calibration(prefix, genre, sentence)


def evaluated(topics: Topics, parts: Parts, seed: int) -> dict[str, Any]:
    """Measures per ranking and kind of query with intervals, differences from the full ranking, and language pairs."""
    found = rankings(topics, parts)
    measured = {name: measures(topics, ranking) for name, ranking in found.items()}
    result: dict[str, Any] = {}
    for role in ("need", "short"):
        chosen = np.array([row["role"] == role for row in topics.queries])
        groups = np.array([row["topic"] for row in topics.queries])[chosen]
        result[role] = {
            name: {
                measure: interval(values[measure][chosen], groups, seed)
                | {"below_full": interval((measured[FULL][measure] - values[measure])[chosen], groups, seed)}
                for measure in MEASURES
            }
            for name, values in measured.items()
        }
    result["language_pairs"] = pairs(topics, found[FULL])
    return result


def shown(result: Mapping[str, Any]) -> str:
    """Both tables of one half as text."""
    told: list[str] = []
    for role, title in (("need", "needs of one or two sentences"), ("short", "short queries")):
        rows = [
            [name, *(f"{v[m]['mean']:.2f} ±{(v[m]['high'] - v[m]['low']) / 2:.2f}" for m in MEASURES)]
            for name, v in result[role].items()
        ]
        told.append(f"{title}\n{table(['ranking', *MEASURES], rows)}")
        rows = [
            [
                name,
                *(f"{v[m]['below_full']['low']:+.2f} … {v[m]['below_full']['high']:+.2f}" for m in ("nDCG@10", "MRR")),
            ]
            for name, v in result[role].items()
            if name != FULL
        ]
        told.append(f"full less this, paired, 95 % interval\n{table(['ranking', 'nDCG@10', 'MRR'], rows)}")
    return "\n\n".join(told)


def matrix(cells: Mapping[str, Mapping[str, Any]]) -> str:
    """Mean reciprocal rank per language of the query (rows) and of the offer (columns), among its offers alone."""
    langs = sorted(cells)
    rows = [[q, *(f"{cells[q][d]['MRR']:.2f}" if d in cells[q] else "·" for d in [*langs, "all"])] for q in langs]
    return table(["query", *langs, "all"], rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure both halves, and the held-out queries against the offers of both; with `--all` everything else too."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--classifications", type=Path, default=ROOT.parent / "shared" / "data" / "classifications")
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--calibrate", action="store_true")
    parser.add_argument("--all", action="store_true", help="measure real projects and partners too, in one table")
    parser.add_argument("--quick", action="store_true", help="with --all, ask fewer questions about partners")
    options = parser.parse_args(arguments)
    loaded = load_embedder()
    if loaded.embedder is None or not options.classifications.is_dir():
        sys.exit(f"The model or the label tables are missing: {loaded.reason or options.classifications}")
    bridge = ConceptBridge.from_folder(options.classifications)
    cache = ROOT / "build" / "benchmarks"
    embedder, uncalibrated = Remembering(loaded.embedder), Remembering(loaded.embedder, "unknown")
    means = LabelMeans(embedder, bridge, cache / "label-means.npz")
    parts = Parts(
        embedder, uncalibrated, bridge, means, LabelMeans(uncalibrated, bridge, cache / "label-means-unknown.npz")
    )
    development, held_out = Topics.read("development"), Topics.read("held-out")
    if options.calibrate:
        write_calibration(embedder.name, embedder.version, calibrate(development, embedder, means, share=0.35))
    content: dict[str, Any] = {
        "machine": machine(),
        "seed": options.seed,
        "model": f"{embedder.name} {embedder.version}",
    }
    halves = {
        "development": development,
        "held-out": held_out,
        "held-out queries, both halves": held_out.among(development),
    }
    for name, topics in halves.items():
        content[name] = evaluated(topics, parts, options.seed)
        sys.stdout.write(f"\n=== {name}: {topics.described}\n\n{shown(content[name])}\n")
    cells = content["held-out queries, both halves"]["language_pairs"]
    sys.stdout.write(f"\nheld-out queries, MRR among the offers of one language of both halves\n{matrix(cells)}\n")
    sys.stdout.write(f"{write('matching', json.loads(json.dumps(content)))}\n")
    if options.all:
        import _matching_all

        _matching_all.measure(options.seed, options.classifications, options.quick)


if __name__ == "__main__":
    main()
