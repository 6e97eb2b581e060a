"""Topics with needs and offers, and what is measured of a ranking of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from _report import ROOT

DATA = ROOT / "tests" / "matching" / "data"
MEASURES = ("nDCG@10", "Recall@20", "MRR", "top 1", "pair MRR", "pair top 1", "own language")
"""`pair` measures let one answer compete with the offers of its own language alone; `own language` is the share of the
first 12 hits in the language of the query (one in 14 would be fair)."""
SAME_SIDE = 0.4
SAMPLES = 2_000

Ranking = list[str]
Row = dict[str, str]


@dataclass(frozen=True)
class Topics:
    """Queries (needs and short ones) and documents (needs, offers and neighbours)."""

    queries: list[Row]
    documents: list[Row]

    @classmethod
    def read(cls, half: str) -> Topics:
        lines = (DATA / f"topics-{half}.jsonl").read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
        asking = [row for row in rows if row["role"] in ("need", "short")]
        return cls(asking, [row for row in rows if row["role"] != "short"])

    def among(self, others: Topics) -> Topics:
        """The same queries in a catalogue that holds the others' documents too."""
        return Topics(self.queries, self.documents + others.documents)

    @property
    def described(self) -> str:
        needs = sum(row["role"] == "need" for row in self.queries)
        langs = len({row["lang"] for row in self.documents})
        return (
            f"{needs} needs, {len(self.queries) - needs} short queries, {len(self.documents)} texts, {langs} languages"
        )

    def answers(self, query: Row) -> dict[str, Row]:
        """Offers of the query's topic by id."""
        return {d["id"]: d for d in self.documents if d["role"] == "offer" and d["topic"] == query["topic"]}


def rank_by(topics: Topics, scores: np.ndarray) -> list[Ranking]:
    """Ids by falling score, needs counting `SAME_SIDE` as much and the query's own text left out; ties by id."""
    factor = np.array([SAME_SIDE if row["role"] == "need" else 1.0 for row in topics.documents])
    ids = [row["id"] for row in topics.documents]
    rankings: list[Ranking] = []
    for query, row in zip(topics.queries, scores * factor, strict=True):
        order = sorted(range(len(ids)), key=lambda i: (-row[i], ids[i]))
        rankings.append([ids[i] for i in order if row[i] > 0 and ids[i] != query["id"]])
    return rankings


def measures(topics: Topics, rankings: Sequence[Ranking]) -> dict[str, np.ndarray]:
    """Value of every measure for every query; an answer that is not found counts as infinitely far."""
    rows = {row["id"]: row for row in topics.documents}
    values: dict[str, list[float]] = {name: [] for name in MEASURES}
    gains = 1 / np.log2(np.arange(2, 12))
    for query, ranking in zip(topics.queries, rankings, strict=True):
        answers = topics.answers(query)
        hit = [key in answers for key in ranking]
        first = hit.index(True) + 1 if True in hit else np.inf
        values["nDCG@10"].append(float(np.sum(gains[: len(hit[:10])] * hit[:10]) / gains[: len(answers)].sum()))
        values["Recall@20"].append(sum(hit[:20]) / len(answers))
        values["MRR"].append(1 / first)
        values["top 1"].append(float(first == 1))
        places = [place_among_own(key, ranking, rows) for key in answers]
        values["pair MRR"].append(float(np.mean([1 / place for place in places])))
        values["pair top 1"].append(float(np.mean([place == 1 for place in places])))
        values["own language"].append(
            float(np.mean([rows[key]["lang"] == query["lang"] for key in ranking[:12]] or [0]))
        )
    return {name: np.array(numbers) for name, numbers in values.items()}


def place_among_own(answer: str, ranking: Ranking, rows: dict[str, Row]) -> float:
    """Place of an answer among the offers of its own language."""
    if answer not in ranking:
        return np.inf
    lang = rows[answer]["lang"]
    before = ranking[: ranking.index(answer)]
    return 1 + sum(rows[key]["lang"] == lang and rows[key]["role"] != "need" for key in before)


def interval(values: np.ndarray, groups: np.ndarray, seed: int) -> dict[str, float]:
    """Mean and 95 % bootstrap interval (percentiles), drawn over groups, since the queries of a topic go together."""
    names, members = np.unique(groups, return_inverse=True)
    sums, counts = np.bincount(members, weights=values), np.bincount(members)
    drawn = np.random.default_rng(seed).integers(len(names), size=(SAMPLES, len(names)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return {"mean": float(values.mean()), "low": float(low), "high": float(high)}


def pairs(topics: Topics, rankings: Sequence[Ranking]) -> dict[str, dict[str, Any]]:
    """MRR and number of answers per language of the query and of the answer, for needs and short queries together."""
    rows = {row["id"]: row for row in topics.documents}
    found: dict[str, dict[str, list[float]]] = {}
    for query, ranking in zip(topics.queries, rankings, strict=True):
        for key in topics.answers(query):
            value = 1 / place_among_own(key, ranking, rows)
            for column in (rows[key]["lang"], "all"):
                found.setdefault(query["lang"], {}).setdefault(column, []).append(value)
    return {
        asked: {lang: {"MRR": float(np.mean(v)), "answers": len(v)} for lang, v in sorted(cells.items())}
        for asked, cells in sorted(found.items())
    }
