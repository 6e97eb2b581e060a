"""How well each signal finds the foreign offer for a need: MRR and share in the top 1 and 3 on the small test set.

    PYTHONPATH=src python benchmarks/matching_small.py [--classifications FOLDER] [--json FILE]

The set (tests/matching/data) has sixteen needs: figures show whether a ranking works, not which of two good ones is
better.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from hansa.matching import (
    ConceptBridge,
    Embedder,
    Index,
    LabelMeans,
    Weights,
    load_embedder,
    read_documents,
    read_queries,
)

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "tests" / "matching" / "data"
SIGNALS = {
    "spelling (BM25, 4-grams)": Weights(meaning=0, concepts=0, spelling=1, domains=0),
    "concepts (bridge)": Weights(meaning=0, concepts=1, spelling=0, domains=0),
    "meaning (e5, centred)": Weights(meaning=1, concepts=0, spelling=0, domains=0),
    "meaning + concepts": Weights(spelling=0, domains=0),
    "all, default weights": Weights(),
}


def answers() -> dict[str, str]:
    """The right document per query."""
    lines = (DATA / "needs.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["id"]: row["answer"] for row in map(json.loads, lines)}


def figures(ranks: list[int | None]) -> dict[str, float]:
    """MRR and shares in the top 1 and 3; a missing answer counts as 0."""
    reciprocal = [0.0 if rank is None else 1 / rank for rank in ranks]
    return {
        "mrr": float(np.mean(reciprocal)),
        "top1": float(np.mean([r == 1 for r in reciprocal])),
        "top3": float(np.mean([r >= 1 / 3 for r in reciprocal])),
    }


def ranks_of(index: Index) -> list[int | None]:
    """Rank of the right document for every need."""
    queries = read_queries(DATA / "needs.jsonl")
    right = answers()
    found = index.search_many(queries, limit=len(index))
    return [next((h.rank for h in hits if h.id == right[q.id]), None) for q, hits in zip(queries, found, strict=True)]


def own_language_share(index: Index, top: int = 5) -> float:
    """Share of the first hits that are in the searcher's own language (one in 14 would be fair)."""
    queries = read_queries(DATA / "needs.jsonl")
    found = index.search_many(queries, limit=top)
    own = [index.language(h.id) == q.lang for q, hits in zip(queries, found, strict=True) for h in hits]
    return float(np.mean(own)) if own else 0.0


def plain_e5(embedder: Embedder) -> dict[str, float]:
    """The same model without centring, for comparison."""
    documents, queries, right = read_documents(DATA / "offers.jsonl"), read_queries(DATA / "needs.jsonl"), answers()
    table = embedder.embed_query([q.text for q in queries]) @ embedder.embed_document([d.text for d in documents]).T
    ids = [d.id for d in documents]
    ranks: list[int | None] = []
    for row, query in enumerate(queries):
        ranks.append(1 + int((table[row] > table[row, ids.index(right[query.id])]).sum()))
    langs = [d.lang for d in documents]
    own = [langs[i] == q.lang for row, q in enumerate(queries) for i in np.argsort(-table[row])[:5]]
    return {**figures(ranks), "own_language": float(np.mean(own))}


def main() -> None:
    """Print the table and write it as JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--classifications", type=Path, default=ROOT.parent / "shared" / "data" / "classifications")
    parser.add_argument("--cache", type=Path, help="file for label means between runs")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    loaded = load_embedder()
    bridge = ConceptBridge.from_folder(options.classifications) if options.classifications.is_dir() else None
    means = LabelMeans(loaded.embedder, bridge, options.cache) if loaded.embedder and bridge else None
    documents = read_documents(DATA / "offers.jsonl")
    rows: dict[str, dict[str, float]] = {}
    if loaded.embedder:
        rows["meaning (e5, not centred)"] = plain_e5(loaded.embedder)
    vectors: list[np.ndarray | None] | None = None
    for name, weights in SIGNALS.items():
        index = Index(loaded.embedder, bridge, means, weights)
        index.add(documents, vectors)
        vectors = [index.vector(d.id) for d in documents]
        rows[name] = {**figures(ranks_of(index)), "own_language": own_language_share(index)}
    print(f"{len(answers())} needs, {len(documents)} offers; missing signals: {dict(index.missing) or 'none'}")
    print(f"{'signal':28} {'MRR':>6} {'top 1':>6} {'top 3':>6} {'own language in top 5':>22}")
    for name, row in rows.items():
        print(f"{name:28} {row['mrr']:6.2f} {row['top1']:6.2f} {row['top3']:6.2f} {row['own_language']:22.2f}")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
