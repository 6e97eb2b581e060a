"""Who will work with whom? Partner suggestions against the later years of CORDIS, split by time.

    PYTHONPATH=src python benchmarks/partners.py                 # table and build/benchmarks/partners.json
    PYTHONPATH=src python benchmarks/partners.py --learn         # weights learnt on the earlier cuts alone
    PYTHONPATH=src python benchmarks/partners.py --no-meaning    # without embedding texts (about a second each)
    PYTHONPATH=src python benchmarks/partners.py --quick         # 500 queries a Horizon 2020 table, no ablation
    PYTHONPATH=src python benchmarks/partners.py --docs          # last measured tables into docs/partners.md

`--learn` sees only answers before 2018 (Horizon 2020) and June 2024 (Horizon Europe). Of the tables, "H2020 2018" and
"HE 2024-06" ask about what no weight was chosen on; "H2020 2017" answers from two years, one of them used for choosing.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from _partner_data import Split, horizon_2020, horizon_europe
from _partner_tables import FULL, ROOM, WIDE_ROOM, printed, publish
from _report import FOLDER, ROOT, load_average, machine, write
from hansa.matching import PartnerWeights, Suggester, load_embedder
from hansa.matching.partnering.room import FEW
from hansa.matching.partnering.suggest import Evidence

SIGNALS = ("past", "common", "reach", "alike", "circle", "topic", "profile", "words", "texts", "active")
KINDS = {"history": "history", "new": "new", "texts": "project", "led": "project"}
KEPT = {ROOM: 1.0, WIDE_ROOM: 1.5}
"""How much room for organisations with few projects a way of joining all signals keeps."""
ROOMY_KINDS = ("history", "new")
TITLES = {
    "history": "organisation -> later partners",
    "new": "organisation -> later partners it never met",
    "texts": "project text -> participants",
    "led": "project text and coordinator -> participants",
}
DISCOUNT = 1 / np.log2(np.arange(2, 12))
POOL, SEEN = 200, 100
DRAWN, BOOTSTRAP = 20, 1
"""Seeds: of the queries that a table asks, and of the intervals."""
STEPS = (0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)


class KeptVectors:
    """An embedder that keeps the vector of each text under build/, since a text costs about a second."""

    def __init__(self) -> None:
        inner = load_embedder().embedder
        if inner is None:
            raise SystemExit("No embedding model loads here; run with --no-meaning.")
        self.inner, self.name, self.version, self.dimensions = inner, inner.name, inner.version, inner.dimensions
        self.path = ROOT / "build" / "partner-vectors" / f"{inner.version}.npz"
        self.kept = dict(np.load(self.path)) if self.path.exists() else {}

    def embed_document(self, texts: Sequence[str]) -> np.ndarray:
        keys = [hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:24] for text in texts]
        lacking = [i for i, key in enumerate(keys) if key not in self.kept]
        for start in range(0, len(lacking), 32):
            part = lacking[start : start + 32]
            made = self.inner.embed_document([texts[i] for i in part])
            self.kept |= {keys[i]: vector for i, vector in zip(part, made, strict=True)}
            self.path.parent.mkdir(parents=True, exist_ok=True)
            np.savez(self.path, **self.kept)
        return np.stack([self.kept[key] for key in keys])

    embed_query = embed_document


def measures(hits: np.ndarray, answers: int) -> tuple[float, float, float]:
    """nDCG@10, Recall@20 divided by min(20, answers), reciprocal rank, of hits in order of rank."""
    gained = float((hits[:10] * DISCOUNT[: len(hits[:10])]).sum() / DISCOUNT[: min(10, answers)].sum())
    first = np.flatnonzero(hits)
    return gained, float(hits[:20].sum()) / min(20, answers), 1 / (1 + int(first[0])) if len(first) else 0.0


def interval(values: np.ndarray, draws: int = 1_000) -> float:
    """Half the width of the 95 % bootstrap interval of a mean over queries."""
    pick = np.random.default_rng(BOOTSTRAP).integers(0, len(values), (draws, len(values)))
    low, high = np.quantile(values[pick].mean(axis=1), [0.025, 0.975])
    return float(high - low) / 2


def order(score: np.ndarray, allowed: np.ndarray, tie: np.ndarray, count: int | None = None) -> np.ndarray:
    """Best allowed places, the first `count` of them; equal scores by how active an organisation is, as a
    fair baseline would."""
    places = np.flatnonzero(allowed)
    if count is not None and len(places) > count:
        least = np.partition(score[places], len(places) - count)[len(places) - count]
        places = places[score[places] >= least]
    return places[np.lexsort((places, -tie[places], -score[places]))][:count]


def methods(weights: PartnerWeights, suggester: Suggester, quick: bool) -> dict[str, Callable[[Evidence], np.ndarray]]:
    """What is compared: each signal alone, the default, and the default without each signal."""
    nothing = np.zeros(len(suggester.history))

    def alone(name: str) -> Callable[[Evidence], np.ndarray]:
        return lambda found: found.signals.get(name, nothing)

    def joined(left_out: str | None) -> Callable[[Evidence], np.ndarray]:
        def score(found: Evidence) -> np.ndarray:
            kept = {k: v for k, v in found.signals.items() if k != left_out}
            shares = suggester.shares(Evidence(found.query, found.near, found.allowed, kept))
            return np.sum([nothing, *shares.values()], axis=0)

        return score

    chosen = {f"{name} alone": alone(name) for name in ("active", *SIGNALS[:-1])}
    chosen |= dict.fromkeys((FULL, *KEPT), joined(None))
    return chosen | ({} if quick else {f"  without {name}": joined(name) for name in SIGNALS})


def measured(
    split: Split, kind: str, weights: PartnerWeights, embedder: object, quick: bool = False
) -> list[dict[str, object]]:
    """One row per method that says anything for this kind of question."""
    suggester = Suggester(split.projects, weights=weights, embedder=embedder)  # type: ignore[arg-type]
    history, items = suggester.history, getattr(split, kind)
    if not items:
        return []
    results: dict[str, list[tuple[float, float, float]]] = {}
    shown: dict[str, Counter[int]] = {}
    newcomers = history.joint_activity <= FEW
    speaking: set[str] = set()
    compared = methods(weights, suggester, quick)
    for found, (_, answers) in zip(suggester.evidence([q for q, _ in items]), items, strict=True):
        wanted = {history.index[one] for one in answers}
        speaking |= set(found.signals)
        for name, score in compared.items():
            best = order(score(found), found.allowed, history.joint_activity, None if name in KEPT else SEEN)
            if name in KEPT:
                best = suggester.roomy(found, best, KEPT[name])[:SEEN]
            hits = np.array([place in wanted for place in best.tolist()], dtype=float)
            results.setdefault(name, []).append(measures(hits, len(wanted)))
            shown.setdefault(name, Counter()).update(best[:10].tolist())
    full = np.array(results[FULL])[:, 0]
    rows: list[dict[str, object]] = []
    for name, values in results.items():
        if {name.split()[0], name.split()[-1]} & (set(SIGNALS) - speaking) or (
            name in KEPT and kind not in ROOMY_KINDS
        ):
            continue
        array = np.array(values)
        ten = sum(count for _, count in shown[name].most_common(10)) / shown[name].total()
        row: dict[str, object] = {"method": name, "ndcg10": array[:, 0].mean(), "half_width": interval(array[:, 0])}
        row |= {"recall20": array[:, 1].mean(), "mrr": array[:, 2].mean(), "share_of_ten_most_shown": ten}
        row["firms_shown"] = share_of(split.firms, history.organisations, shown[name])
        row["few_projects_shown"] = sum(n for place, n in shown[name].items() if newcomers[place]) / shown[name].total()
        if name != FULL:
            lost = full - array[:, 0]
            row |= {"full_gains": lost.mean(), "full_gains_half_width": interval(lost)}
        row["groups"] = groups(split, items, array[:, 0], suggester)
        rows.append(row)
    return rows


def share_of(firms: frozenset[str], names: Sequence[str], counts: Counter[int]) -> float:
    """The share of shown places that firms take."""
    return sum(count for place, count in counts.items() if names[place] in firms) / max(counts.total(), 1)


def wanted_firms(split: Split, kind: str) -> float:
    """The share of answers that are firms, over all queries."""
    answers = Counter(one for _, answers in getattr(split, kind) for one in answers)
    return sum(count for one, count in answers.items() if one in split.firms) / max(answers.total(), 1)


def groups(split: Split, items: Sequence, ndcg: np.ndarray, suggester: Suggester) -> dict[str, tuple[int, float]]:
    """Number of queries and mean nDCG@10 of firms, of organisations with one project, of those with many."""
    history, told = suggester.history, {}
    asked = [q.asking for q, _ in items]
    count = np.array(
        [-1 if a is None else history.joint_activity[history.index[a]] if a in history.index else 0 for a in asked]
    )
    masks = {
        split.firms_are: np.array([a in split.firms for a in asked]),
        "newcomers without joint project": count == 0,
        "one project": count == 1,
        "2 to 4 projects": (count >= 2) & (count <= 4),
        "5 and more projects": count >= 5,
    }
    for name, mask in masks.items():
        if mask.sum() >= 20:
            told[name] = (int(mask.sum()), float(ndcg[mask].mean()))
    return told


def gathered(split: Split, kind: str, embedder: object) -> list[tuple[np.ndarray, np.ndarray, int]]:
    """Per query the signals of the candidates that any signal holds among its best, whether each is an answer, and
    the number of answers."""
    suggester = Suggester(split.projects, embedder=embedder)  # type: ignore[arg-type]
    history, items, made, unit = suggester.history, getattr(split, kind), [], PartnerWeights(thin=1)
    for found, (query, answers) in zip(suggester.evidence([q for q, _ in items]), items, strict=True):
        near: set[int] = set()
        for values in found.signals.values():
            near.update(np.argsort(-values, kind="stable")[:POOL].tolist())
        pool = np.array(sorted(place for place in near if found.allowed[place]), dtype=int)
        columns = [found.signals[s][pool] if s in found.signals else np.zeros(len(pool)) for s in SIGNALS]
        own = history.index.get(query.organisation or "")
        doubt = 0.0 if own is None else unit.doubt(history.joint.shape[0], float(history.joint_activity[own]))
        wanted = {history.index[one] for one in answers}
        hits = np.array([place in wanted for place in pool.tolist()])
        made.append((np.stack([*columns, doubt * columns[-1]], axis=1), hits, len(wanted)))
    return made


def learnt(sets: Sequence[Sequence[tuple[np.ndarray, np.ndarray, int]]], start: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights by coordinate ascent on the mean over sets of nDCG@10 (Metzler and Croft 2007); small gains are noise
    and not taken."""

    def value(weights: np.ndarray) -> float:
        means = []
        for one in sets:
            gains = [
                measures(hits[np.argsort(-(x @ weights), kind="stable")[:20]].astype(float), n)[0] for x, hits, n in one
            ]
            means.append(np.mean(gains))
        return float(np.mean(means))

    best, weights = value(start), start.copy()
    for _ in range(2):
        for column in range(len(weights)):
            for step in STEPS:
                trial = weights.copy()
                trial[column] = step
                if trial.any() and (reached := value(trial)) > best + 5e-4:
                    best, weights = reached, trial
    return weights, best


def learn(embedder: object, topics: bool) -> None:
    """Print the weights that the earlier cuts alone would choose."""
    graph = [
        horizon_2020("2016-01-01", "2018-01-01", 300, topics),
        horizon_2020("2016-07-01", "2018-01-01", 300, topics),
        horizon_2020("2017-01-01", "2018-01-01", 300, topics),
    ]
    texts = [horizon_europe("2024-02-01", "2024-06-01", topics), horizon_europe("2024-03-01", "2024-06-01", topics)]
    for kind in KINDS:
        sets = [gathered(split, kind, embedder) for split in (*graph, *texts) if getattr(split, kind)]
        start = np.array([0.1, 1.0, 1.0, 1.0, 1.0, 0.5, 1.0, 3.0, 1.0, 0.1, 1.0])
        weights, reached = learnt(sets, start)
        named = ", ".join(f"{n} {w:g}" for n, w in zip((*SIGNALS, "thin"), weights.tolist(), strict=True))
        print(f"{TITLES[kind]}: nDCG@10 {reached:.3f} with {named}", flush=True)


def main(arguments: Sequence[str]) -> Path | None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--learn", action="store_true", help="learn weights on the earlier cuts instead")
    parser.add_argument("--topics", action="store_true", help="give projects their programme topics")
    parser.add_argument("--no-meaning", action="store_true", help="do not embed texts")
    parser.add_argument("--quick", action="store_true", help="500 queries a Horizon 2020 table, no ablation")
    parser.add_argument("--docs", action="store_true", help="put the last measured tables into docs/partners.md")
    parser.add_argument("--most", type=int, default=1_500, help="queries per Horizon 2020 table")
    chosen = parser.parse_args(arguments)
    if chosen.docs:
        return publish(FOLDER / "partners.json", ROOT / "docs" / "partners.md")
    embedder = None if chosen.no_meaning else KeptVectors()
    if chosen.learn:
        learn(embedder, chosen.topics)
        return None
    weights, tables = PartnerWeights(), []
    most = min(chosen.most, 500) if chosen.quick else chosen.most
    last = [
        horizon_2020("2017-01-01", most=most, topics=chosen.topics),
        horizon_2020("2018-01-01", most=most, topics=chosen.topics),
        horizon_europe("2024-06-01", topics=chosen.topics),
    ]
    for split in last:
        for kind, title in TITLES.items():
            began = time.process_time()
            rows = measured(split, kind, weights, embedder, chosen.quick)
            if rows:
                spent, asked, firms = time.process_time() - began, len(getattr(split, kind)), wanted_firms(split, kind)
                one = {"split": split.name, "question": kind, "queries": asked, "firms_are": split.firms_are}
                tables.append({**one, "firms_among_answers": firms, "rows": rows})
                said = f"{split.firms_are} are {firms:.2f} of the answers"
                print(
                    f"\n{split.name}: {title}; {asked} queries, {spent:.0f} CPU s; {said}\n{printed(rows)}", flush=True
                )
    return write(
        "partners",
        {
            "machine": machine(),
            "load": load_average(),
            "weights": weights.version,
            "seeds": {"queries": DRAWN, "intervals": BOOTSTRAP},
            "quick": chosen.quick,
            "topics": chosen.topics,
            "meaning": embedder is not None,
            "tables": tables,
        },
    )


if __name__ == "__main__":
    print(main(sys.argv[1:]) or "")
