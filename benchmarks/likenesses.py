"""From which score on two requests of one side say nearly the same: what is found and what is raised in vain.

    PYTHONPATH=src python benchmarks/likenesses.py [--classifications FOLDER] [--json FILE]

Translations of needs and offers (tests/matching/data/translations-*.jsonl) must find their originals; texts of another
topic must not be raised. Other texts of the same topic and side are neither right nor wrong: two firms may well offer
the same. The threshold in `hansa.brokerage.likeness` was chosen on the development half.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from hansa.matching import ConceptBridge, Document, Index, LabelMeans, Query, load_embedder

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "tests" / "matching" / "data"
HALVES = ("development", "held-out")
THRESHOLDS = (0.28, 0.32, 0.36, 0.40, 0.44, 0.48, 0.52)


def rows(name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def side(row: dict[str, str]) -> str:
    return "request" if row["role"] == "need" else "offer"


def scores(index: Index, half: str) -> list[tuple[float, str]]:
    """Score and kind (`translation`, `topic`, `other`) of every pair on one side, as Hansa compares requests."""
    texts = [row for row in rows(f"topics-{half}.jsonl") if row["role"] != "short"]
    index.add(Document(row["id"], f"technology_{side(row)}", "", row["text"], row["lang"]) for row in texts)
    known = {row["id"]: row for row in texts}
    asked = [*texts, *rows(f"translations-{half}.jsonl")]
    queries = [
        Query(
            row["id"],
            row["text"],
            row["lang"],
            want=side(row),
            kinds=(f"technology_{side(row)}",),
            exclude_ids=(row["id"],),
        )
        for row in asked
    ]
    found = []
    for row, hits in zip(asked, index.search_many(queries, limit=len(texts), explain=False), strict=True):
        for hit in hits:
            if row.get("of") == hit.id:
                found.append((hit.score, "translation"))
            elif "of" not in row:
                same = row["topic"] == known[hit.id]["topic"]
                found.append((hit.score, "topic" if same else "other"))
    return found


def figures(found: list[tuple[float, str]], threshold: float, half: str) -> dict[str, Any]:
    """Recall of translations; warnings per text, and how many of those are of another topic."""
    value = np.array([score for score, _kind in found])
    kind = np.array([kind for _score, kind in found])
    told = value >= threshold
    translations = len(rows(f"translations-{half}.jsonl"))
    texts = len([row for row in rows(f"topics-{half}.jsonl") if row["role"] != "short"])
    right, topic, other = (int((told & (kind == name)).sum()) for name in ("translation", "topic", "other"))
    return {
        "threshold": threshold,
        "recall": right / translations,
        "precision": topic / (topic + other) if topic + other else float("nan"),
        "topic_per_text": topic / texts,
        "other_per_text": other / texts,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    beside = ROOT.parent / "shared" / "data" / "classifications"
    parser.add_argument("--classifications", type=Path, default=beside)
    parser.add_argument("--json", type=Path, default=ROOT / "build" / "benchmarks" / "likenesses.json")
    given = parser.parse_args()
    loaded = load_embedder()
    if loaded.embedder is None:
        raise SystemExit(loaded.reason)
    bridge = ConceptBridge.from_folder(given.classifications)
    means = LabelMeans(loaded.embedder, bridge)
    result: dict[str, Any] = {}
    for half in HALVES:
        found = scores(Index(loaded.embedder, bridge, means), half)
        result[half] = [figures(found, threshold, half) for threshold in THRESHOLDS]
        print(f"{half}: recall of {len(rows(f'translations-{half}.jsonl'))} translations; of other warnings,")
        print("the share on the same topic, and warnings per text on the same and on another topic")
        for row in result[half]:
            print(
                f"  from {row['threshold']:.2f}  recall {row['recall']:.2f}  same topic {row['precision']:.2f}"
                f"  {row['topic_per_text']:.3f} and {row['other_per_text']:.3f}"
            )
    given.json.parent.mkdir(parents=True, exist_ok=True)
    given.json.write_text(json.dumps(result, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
