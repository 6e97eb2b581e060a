"""How well needs in many languages find real projects described in English: every signal and the full ranking.

    PYTHONPATH=src python benchmarks/matching_projects.py [--projects FILE] [--classifications FOLDER] [--seed N]

The needs (tests/matching/data/project-needs.jsonl, its README says how they were written) look for Horizon Europe
projects among 605 titles with objectives, about 275 words each, all in English, none of them a need or an offer. The
model's vectors of the projects are kept in build/benchmarks, since they take minutes. Writes
build/benchmarks/matching_projects.json.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from _matching_measures import interval
from _report import ROOT, machine, table, write
from hansa.matching import ConceptBridge, Document, Embedder, Index, LabelMeans, Query, Weights, load_embedder
from hansa.matching.text import plain
from matching import FULL, ONLY, Remembering

DATA = ROOT / "tests" / "matching" / "data" / "project-needs.jsonl"
SHARED = ROOT.parent / "shared" / "data"
HALVES = ("development", "held-out")
MEASURES = ("nDCG@10", "Recall@20", "MRR", "top 1")
Row = dict[str, Any]


def projects(path: Path) -> list[Document]:
    """Every project as a text without a side, as a catalogue holds them."""
    import pyarrow.parquet as pq

    rows = pq.read_table(path, columns=["id", "title", "objective"]).to_pylist()
    return [Document(row["id"], "project", "", row["objective"] or "", "en", title=row["title"]) for row in rows]


def vectors_of(documents: Sequence[Document], embedder: Embedder, cache: Path) -> np.ndarray:
    """Vectors of the documents, from `cache` if it was made of the same texts by the same weights."""
    texts = [plain(document.whole_text) for document in documents]
    stamp = f"{embedder.name} {embedder.version} {len(texts)} {sum(map(len, texts))}"
    if cache.is_file():
        with np.load(cache, allow_pickle=False) as stored:
            if str(stored["stamp"]) == stamp:
                return np.asarray(stored["vectors"])
    vectors = embedder.embed_document(texts)
    cache.parent.mkdir(parents=True, exist_ok=True)
    np.savez(cache, stamp=np.array(stamp), vectors=vectors)
    return vectors


def measures(needs: Sequence[Row], rankings: Sequence[Sequence[str]]) -> dict[str, np.ndarray]:
    """Value of every measure for every need; a project that is not found counts as infinitely far."""
    values: dict[str, list[float]] = {name: [] for name in MEASURES}
    gains = 1 / np.log2(np.arange(2, 12))
    for need, ranking in zip(needs, rankings, strict=True):
        hit = [key in need["answers"] for key in ranking]
        first = hit.index(True) + 1 if True in hit else np.inf
        best = gains[: len(need["answers"])].sum()
        values["nDCG@10"].append(float(np.sum(gains[: len(hit[:10])] * hit[:10]) / best))
        values["Recall@20"].append(sum(hit[:20]) / len(need["answers"]))
        values["MRR"].append(1 / first)
        values["top 1"].append(float(first == 1))
    return {name: np.array(numbers) for name, numbers in values.items()}


def rankings(
    needs: Sequence[Row], documents: Sequence[Document], vectors: np.ndarray, embedder: Embedder, bridge: ConceptBridge
) -> dict[str, list[list[str]]]:
    """Every way of ranking that is compared, the full one last."""
    cache = ROOT / "build" / "benchmarks"
    known = Remembering(embedder)
    unknown = Remembering(embedder, "unknown")
    full = Weights()
    asked = [Query(need["id"], need["text"], need["lang"], want="offer") for need in needs]

    def by_index(weights: Weights, *, calibrated: bool = True) -> list[list[str]]:
        model, name = (known, "label-means") if calibrated else (unknown, "label-means-unknown")
        index = Index(model, bridge, LabelMeans(model, bridge, cache / f"{name}.npz"), weights)
        index.add(documents, list(vectors))
        return [[hit.id for hit in hits] for hits in index.search_many(asked, limit=len(index), explain=False)]

    cosines = known.embed_query([need["text"] for need in needs]) @ vectors.T
    signals = full.signal_weights()
    only = {name: replace(full, **(ONLY | {name: signals[name]})) for name in ("spelling", "concepts", "meaning")}
    return {
        "e5, plain": [[documents[row].id for row in np.argsort(-line, kind="stable")] for line in cosines],
        "spelling": by_index(only["spelling"]),
        "concepts": by_index(only["concepts"]),
        "meaning, not calibrated": by_index(only["meaning"], calibrated=False),
        "meaning": by_index(only["meaning"]),
        FULL: by_index(full),
    }


def shown(result: dict[str, Any]) -> str:
    """One half as a table, with the paired difference of the full ranking."""
    rows = []
    for name, values in result.items():
        below = values["MRR"]["below_full"]
        told = [f"{values[m]['mean']:.2f} ±{(values[m]['high'] - values[m]['low']) / 2:.2f}" for m in MEASURES]
        rows.append([name, *told, f"{below['low']:+.2f} … {below['high']:+.2f}"])
    return table(["ranking", *MEASURES, "MRR: full less this"], rows)


def main(arguments: Sequence[str] | None = None) -> Path:
    """Measure both halves; returns where the figures are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--projects", type=Path, default=SHARED / "cordis" / "he_projects_until_2024-08.parquet")
    parser.add_argument("--classifications", type=Path, default=SHARED / "classifications")
    parser.add_argument("--seed", type=int, default=20261121)
    options = parser.parse_args(arguments)
    loaded = load_embedder()
    if loaded.embedder is None or not options.classifications.is_dir() or not options.projects.is_file():
        sys.exit(f"The model, the label tables or the projects are missing: {loaded.reason or options.projects}")
    documents = projects(options.projects)
    vectors = vectors_of(documents, loaded.embedder, ROOT / "build" / "benchmarks" / "project-vectors.npz")
    needs = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
    found = rankings(needs, documents, vectors, loaded.embedder, ConceptBridge.from_folder(options.classifications))
    measured = {name: measures(needs, ranking) for name, ranking in found.items()}
    content: dict[str, Any] = {"machine": machine(), "seed": options.seed, "projects": len(documents)}
    for half in HALVES:
        chosen = np.array([need["half"] == half for need in needs])
        groups = np.arange(len(needs))[chosen]
        content[half] = {
            name: {
                m: interval(values[m][chosen], groups, options.seed)
                | {"below_full": interval((measured[FULL][m] - values[m])[chosen], groups, options.seed)}
                for m in MEASURES
            }
            for name, values in measured.items()
        }
        sys.stdout.write(f"\n=== {half}: {chosen.sum()} needs, {len(documents)} projects\n{shown(content[half])}\n")
    content["first places"] = {
        name: {
            need["id"]: next((n for n, key in enumerate(ranking, 1) if key in need["answers"]), None)
            for need, ranking in zip(needs, lists, strict=True)
        }
        for name, lists in found.items()
    }
    written = write("matching_projects", json.loads(json.dumps(content)))
    sys.stdout.write(f"{written}\n")
    return written


if __name__ == "__main__":
    main()
