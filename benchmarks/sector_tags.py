"""How well NACE divisions are proposed for regional priorities, and how their confidence is calibrated.

    PYTHONPATH=src python benchmarks/sector_tags.py [--data FOLDER]

The titles of the Czech regional domains of 2025 whose strategies name their divisions are compared with the Czech
labels of all divisions (their descriptions are left out: they were made from NACE labels). Printed are the precision of
the first 1, 3 and 5 proposals, the logistic curves of `hansa.strategy.sets.tagging`, fitted on all pairs, and how often
a division with a confidence in each band was named. All of it is on the titles that the curves were fitted on; there
are too few to hold some back. Results also go to build/benchmarks/sector_tags.json.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._report import ROOT, machine, table, write

from hansa.matching import LANGUAGES, ConceptBridge, LabelMeans, load_embedder

Floats = NDArray[np.float64]
LANGUAGE = "cs"
BANDS = ((0.0, 0.1), (0.1, 0.2), (0.2, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 1.01))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    folder = parser.parse_args().data
    path = folder / "smart_specialisation" / "cz_regional_ris3_domains_2025.parquet"
    embedder = load_embedder().embedder
    if not path.is_file() or embedder is None:
        sys.stderr.write("Error: this needs the Czech domains under --data and the embedding model.\n")
        return 1
    bridge = nace(folder / "classifications" / "nace_rev2_labels.parquet")
    rows = [row for row in pq.read_table(path).to_pylist() if row["nace2"]]
    divisions = sorted({code[5:] for code in bridge.codes if len(code) == 7 and code[5:].isdigit()})
    named = np.array([[code in row["nace2"].split("|") for code in divisions] for row in rows], dtype=float)
    means = LabelMeans(embedder, bridge).of(LANGUAGE)
    labels = embedder.embed_document([bridge.label(f"NACE:{code}", LANGUAGE) or "" for code in divisions])
    meaning = centred(embedder.embed_document([row["domain"] for row in rows]), means) @ centred(labels, means).T
    words = np.zeros_like(named)
    for n, row in enumerate(rows):
        for tag in bridge.propose_tags(row["domain"], LANGUAGE, limit=30):
            column = divisions.index(tag.code[:2])
            words[n, column] = max(words[n, column], tag.similarity)
    both, alone = fitted([meaning, words], named), fitted([words], named)
    confidence = 1 / (1 + np.exp(-(both[0] + both[1] * meaning + both[2] * words)))
    found: dict[str, Any] = {
        "machine": machine(),
        "titles": len(rows),
        "named_per_title": float(named.sum(1).mean()),
        "curve_both": both.tolist(),
        "curve_words": alone.tolist(),
        "precision": {
            name: [precision(score, named, k) for k in (1, 3, 5)]
            for name, score in (("words", words), ("meaning", meaning), ("confidence", confidence))
        },
        "bands": [
            {"from": low, "to": high, "pairs": int(held.sum()), "named": float(named[held].mean())}
            for low, high in BANDS
            if (held := (confidence >= low) & (confidence < high)).any()
        ],
    }
    sys.stdout.write(
        table(
            ["score", "first", "first 3", "first 5"],
            [[k, *(f"{x:.3f}" for x in v)] for k, v in found["precision"].items()],
        )
    )
    sys.stdout.write(
        f"\n{len(rows)} titles; both (1, meaning, words): {both.round(2)}; words alone: {alone.round(2)}\n"
    )
    bands = [[f"{b['from']:.1f}–{min(b['to'], 1):.1f}", b["pairs"], f"{b['named']:.3f}"] for b in found["bands"]]
    sys.stdout.write(table(["confidence", "pairs", "share named"], bands) + "\n")
    write("sector_tags", found)
    return 0


def nace(path: Path) -> ConceptBridge:
    """The labels of NACE alone, as the strategy room loads them."""
    columns = pq.read_table(path, columns=["code", "lang", "label"], filters=[("lang", "in", [*LANGUAGES, "no"])])
    rows = zip(*(columns[name].to_pylist() for name in ("code", "lang", "label")), strict=True)
    return ConceptBridge(("NACE", code, lang, label) for code, lang, label in rows if label)


def centred(raw: Any, means: Any) -> Floats:
    moved = np.asarray(raw - means[0], dtype=np.float64)
    return moved / np.linalg.norm(moved, axis=1, keepdims=True)


def precision(score: Floats, named: Floats, k: int) -> float:
    best = np.argsort(-score, axis=1, kind="stable")[:, :k]
    return float(np.take_along_axis(named, best, axis=1).mean())


def fitted(columns: list[Floats], named: Floats) -> Floats:
    """Logistic regression by Newton's steps, with a constant first."""
    given = np.stack([np.ones(named.size), *(column.ravel() for column in columns)], axis=1)
    weights = np.zeros(given.shape[1])
    for _step in range(40):
        chance = 1 / (1 + np.exp(-given @ weights))
        slope = (given * (chance * (1 - chance))[:, None]).T @ given
        weights += np.linalg.solve(slope, given.T @ (named.ravel() - chance))
    return weights


if __name__ == "__main__":
    raise SystemExit(main())
