"""How fast the catalogue in PostgreSQL and Tantivy answers at 10,000, 100,000 and 1,000,000 texts, and what it misses.

    PYTHONPATH=src python benchmarks/matching_speed.py [--sizes 10000 100000] [--plot docs/matching-speed.svg]
    PYTHONPATH=src python benchmarks/matching_speed.py --told FILE --page docs/retrieval.md

The second form measures nothing: it draws the plot and fills the marked table of a page from an earlier run.

Times are beyond the embedding of the query, which is printed by itself. Beside Hansa, in the same run and on the same
texts: full-text search of PostgreSQL alone, and Tantivy alone, both over words. Recall compares the approximate index
with a comparison of every vector, without a filter and with filters that keep a tenth and a hundredth.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import psutil
import psycopg
from benchmarks import _catalogue as made
from benchmarks._report import ROOT, fill, load_average, machine, markdown, percentile, table, write
from scipy.stats import spearmanr

from hansa.matching import ConceptBridge, Index, LabelMeans, load_embedder
from hansa.matching.calibration import calibration
from hansa.matching.centring import Centring, sums_of
from hansa.matching.index import prefix_shift
from hansa.matching.preparing import prepared_documents
from hansa.matching.retrieval.filters import Filter, tags_of
from hansa.matching.retrieval.means import MeansTable
from hansa.matching.retrieval.shelf import Shelf
from hansa.matching.retrieval.stored import NEAREST, StoredIndex
from hansa.matching.retrieval.words import Worded, Words
from hansa.matching.snapshot import Entry
from hansa.site.ops import database
from hansa.site.ops.scratch import ScratchInstallation

CLASSIFICATIONS = ROOT.parent / "shared" / "data" / "classifications"
SEED = 20261128
ASKED = 200
COMPARED = 1_000
PUBLISHED = 50
LIMIT = 20
WAYS: dict[str, dict[str, Any]] = {
    "open": {},
    "one country": {"regions": ("FI",)},
    "one region": {"regions": ("FI03",)},
}


class Bench:
    """One private database, the palette and the model."""

    def __init__(self, home: ScratchInstallation, folder: Path) -> None:
        embedder = load_embedder().embedder
        if embedder is None:
            raise SystemExit("Error: no embedding model could be loaded, so nothing can be measured.")
        self.embedder, self.bridge = embedder, ConceptBridge.from_folder(CLASSIFICATIONS)
        self.folder = folder
        self.palette = made.Palette.made(embedder, self.bridge)
        known = calibration(embedder.name, embedder.version, embedder.dimensions)
        self.known, self.prefix = known, prefix_shift(embedder) if known is None else known.prefix
        self.labels = LabelMeans(embedder, self.bridge)
        self.connection = psycopg.connect(**database.administrator(home.home).parameters(), autocommit=True)

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        with self.connection.transaction(), self.connection.cursor() as cursor:
            yield cursor

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    def index(self, name: str) -> StoredIndex:
        """An empty stored index with tables and files of its own."""
        shelf, means = Shelf(self.transaction, f"shelf_{name}"), MeansTable(self.transaction, f"means_{name}")
        shelf.create()
        means.create()
        words = Words(self.folder / f"words_{name}", "bench")
        return StoredIndex(shelf, means, words, self.embedder, self.bridge, self.labels)


def filled(bench: Bench, size: int) -> tuple[StoredIndex, dict[str, float]]:
    """A stored index of `size` texts, and the seconds that each part of filling it took."""
    index = bench.index(f"{size}")
    assert index.words is not None
    name = f"shelf_{size}"
    for (found,) in bench.run(
        f"SELECT indexname FROM pg_indexes WHERE tablename = '{name}' AND indexname NOT LIKE '%pkey'"
    ):
        bench.run(f"DROP INDEX {found}")
    langs = [lang for lang in made.LANGUAGES for _ in range(bench.palette.size)]
    sums = sums_of(bench.palette.vectors, langs, [None] * len(langs))
    means = Centring(sums, bench.prefix, bench.labels, known=bench.known)
    MeansTable(bench.transaction, f"means_{size}").add(index.model, sums)
    spent = {"rows": 0.0, "words": 0.0}
    for batch in made.batches(bench.palette, size, SEED):
        concepts = batch.concepts(bench.palette)
        entries = [Entry(d, d.text, d.lang, None, c, 1.0) for d, c in zip(batch.documents, concepts, strict=True)]
        stances = [d.stance for d in batch.documents]
        places = means.centred_documents(batch.vectors, [d.lang for d in batch.documents], stances)
        start = time.perf_counter()
        with bench.connection.cursor() as cursor:
            made.copy_rows(cursor, name, entries, places)
        spent["rows"] += time.perf_counter() - start
        start = time.perf_counter()
        index.words.put(Worded(int(e.document.id), e.text, e.concepts, tags_of(e.document, e.lang)) for e in entries)
        spent["words"] += time.perf_counter() - start
        print(f"\r{batch.documents[-1].id} of {size} texts", end="", file=sys.stderr)
    print(file=sys.stderr)
    start = time.perf_counter()
    index.words.commit()
    spent["words"] += time.perf_counter() - start
    bench.run("SET maintenance_work_mem = '3GB'")
    for part, statement in {
        "places": f"CREATE INDEX ON {name} USING hnsw (place halfvec_ip_ops)",
        "tags": f"CREATE INDEX ON {name} USING gin (tags) WITH (fastupdate = off)",
        "analyse": f"VACUUM ANALYZE {name}",
    }.items():
        start = time.perf_counter()
        bench.run(statement)
        spent[part] = time.perf_counter() - start
    return index, spent


def timed(count: int, act: Callable[[int], Any]) -> dict[str, float]:
    """Median and 95th percentile in milliseconds of `act(0)`, ... after a few that are not counted."""
    for i in range(5):
        act(i)
    taken = []
    for i in range(count):
        start = time.perf_counter()
        act(i)
        taken.append(1000 * (time.perf_counter() - start))
    return {"p50": round(statistics.median(taken), 1), "p95": round(percentile(taken, 0.95), 1)}


def searching(bench: Bench, index: StoredIndex) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for way, filters in WAYS.items():
        asked, vectors = made.queries(bench.palette, ASKED, SEED + 1, bench.prefix, **filters)
        for explain in (False, True):
            name = f"{way}, with reasons" if explain else way
            found[name] = timed(ASKED, lambda i, a=asked, v=vectors, e=explain: index.search_many(
                [a[i]], LIMIT, explain=e, vectors=v[i : i + 1]))  # fmt: skip
    return found


def nearness(bench: Bench, index: StoredIndex) -> dict[str, float]:
    """Mean cosine of a query and its nearest and its 20th nearest place."""
    asked, vectors = made.queries(bench.palette, 60, SEED + 2, bench.prefix)
    means = index._current()
    assert means is not None
    cosines = []
    for vector in means.centred_queries(vectors, [q.lang for q in asked], ["request"] * len(asked)):
        found = index.shelf.kept(index.shelf.nearest(vector, LIMIT, Filter(), 0))
        near = sorted((float(one.entry.vector @ vector) for one in found if one.entry.vector is not None), reverse=True)
        cosines.append((near[0], near[-1]))
    return dict(zip(("nearest", "20th"), np.round(np.mean(cosines, axis=0), 3).tolist(), strict=True))


def nearness_of_real_texts(bench: Bench) -> dict[str, float]:
    """The same of the needs and offers of the held-out topics, 176 texts in 14 languages."""
    lines = (ROOT / "tests" / "matching" / "data" / "topics-held-out.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row["role"] != "short"]
    sides = ["request" if row["role"] == "need" else "offer" for row in rows]
    langs = [row["lang"] for row in rows]
    vectors = bench.embedder.embed_document([row["text"] for row in rows])
    means = Centring(sums_of(vectors, langs, sides), bench.prefix, bench.labels, known=bench.known)
    asked = [i for i, side in enumerate(sides) if side == "request"]
    queries = means.centred_queries(
        bench.embedder.embed_query([rows[i]["text"] for i in asked]),
        [langs[i] for i in asked],
        ["request"] * len(asked),
    )
    cosines = queries @ means.centred_documents(vectors, langs, sides).T
    cosines[np.arange(len(asked)), asked] = -1
    ranked = -np.sort(-cosines, axis=1)
    return {"nearest": round(float(ranked[:, 0].mean()), 3), "20th": round(float(ranked[:, LIMIT - 1].mean()), 3)}


def recall(bench: Bench, index: StoredIndex, size: int) -> dict[str, float]:
    """Share of the 20 nearest places that are among the candidates which a search asks the index for, per filter."""
    assert index.words is not None
    asked, vectors = made.queries(bench.palette, 60, SEED + 2, bench.prefix)
    means = index._current()
    assert means is not None
    centred = means.centred_queries(vectors, [q.lang for q in asked], ["request"] * len(asked))
    told = {}
    for way, filters in WAYS.items():
        chosen = Filter(any_of=tuple((f"region:{code}",) for code in filters.get("regions", ())))
        passing = index.words.passing(chosen)
        shares = []
        for vector in centred:
            exact = index.shelf.nearest(vector, LIMIT, chosen, 0)
            near = index.shelf.nearest(vector, NEAREST, chosen, passing)
            shares.append(len({*exact} & {*near}) / max(len(exact), 1))
        told[way] = round(float(np.mean(shares)), 4)
    return told


def publishing(bench: Bench, index: StoredIndex, size: int) -> dict[str, float]:
    """What one text costs from its vector to being found: rows, indexes and words, committed."""
    news = next(made.batches(bench.palette, PUBLISHED + 5, SEED + 3))
    documents = [made.Document(**{**vars(d), "id": f"{size + int(d.id)}"}) for d in news.documents]
    index.shelf.claim(int(d.id) for d in documents)
    return timed(PUBLISHED, lambda i: index.put([documents[i]], news.vectors[i : i + 1]))


def peers(bench: Bench, index: StoredIndex, size: int) -> dict[str, dict[str, float]]:
    """Full-text search of PostgreSQL alone and Tantivy alone over the words of the same queries."""
    import tantivy

    asked, _vectors = made.queries(bench.palette, ASKED, SEED + 1, bench.prefix)
    bench.run(f"CREATE TABLE fts_{size} AS SELECT id, to_tsvector('simple', text) AS words FROM shelf_{size}")
    bench.run(f"CREATE INDEX ON fts_{size} USING gin (words)")
    bench.run(f"VACUUM ANALYZE fts_{size}")
    sought = f"WITH q AS (SELECT replace(plainto_tsquery('simple', %s)::text, '&', '|')::tsquery AS q) " \
             f"SELECT id FROM fts_{size}, q WHERE words @@ q ORDER BY ts_rank(words, q) DESC LIMIT {LIMIT}"  # fmt: skip

    def by_postgres(i: int) -> None:
        with bench.connection.cursor() as cursor:
            cursor.execute(sought, [asked[i].text])  # type: ignore[call-overload]
            cursor.fetchall()

    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("id", fast=True)
    builder.add_text_field("text")
    alone = tantivy.Index(builder.build(), path=str(_empty(bench.folder / f"alone_{size}")))
    writer = alone.writer(256_000_000, 1)
    for key, text in bench.run(f"SELECT id, text FROM shelf_{size}"):
        document = tantivy.Document()
        document.add_unsigned("id", key)
        document.add_text("text", text)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    alone.reload()
    searcher = alone.searcher()

    def by_tantivy(i: int) -> None:
        searcher.search(alone.parse_query_lenient(asked[i].text, ["text"])[0], LIMIT)

    count = 30 if size > 100_000 else ASKED
    return {"PostgreSQL full-text alone": timed(count, by_postgres), "Tantivy alone": timed(ASKED, by_tantivy)}


def _empty(folder: Path) -> Path:
    folder.mkdir()
    return folder


def space(bench: Bench, size: int) -> dict[str, float]:
    """Megabytes on disk."""
    parts = bench.run(f"SELECT pg_table_size('shelf_{size}'), pg_indexes_size('shelf_{size}')")[0]
    words = sum(path.stat().st_size for path in (bench.folder / f"words_{size}").iterdir())
    return {name: round(n / 1e6, 1) for name, n in zip(("rows", "indexes", "words"), (*parts, words), strict=True)}


def same_as_memory(bench: Bench) -> dict[str, float]:
    """Spearman correlation of the scores from database and memory, on texts whose concepts are read off them."""
    size = 3_000
    index, memory = bench.index("compared"), Index(bench.embedder, bridge=bench.bridge, means=bench.labels)
    assert index.words is not None
    for batch in made.batches(bench.palette, size, SEED + 4, 500):
        index.shelf.claim(int(d.id) for d in batch.documents)
        keys = index.shelve(batch.documents, batch.vectors)
        texts = [d.text for d in batch.documents]
        entries = prepared_documents(batch.documents, texts, [None] * len(texts), bench.bridge)
        index.words.put(
            Worded(key, e.text, e.concepts, tags_of(e.document, e.lang)) for key, e in zip(keys, entries, strict=True)
        )
        memory.add(batch.documents, batch.vectors)
    index.words.commit()
    index.centre(always=True)
    found = []
    per_way = COMPARED // len(WAYS)
    for number, filters in enumerate(WAYS.values()):
        asked, vectors = made.queries(bench.palette, per_way, SEED + 5 + number, bench.prefix, **filters)
        ours = _Handed(memory, vectors).search_many(asked, LIMIT)
        theirs = index.search_many(asked, LIMIT, explain=False, vectors=vectors)
        found += [_agreement(a, b) for a, b in zip(ours, theirs, strict=True)]
    return {"queries": len(found), "mean": round(float(np.mean(found)), 4), "lowest": round(float(min(found)), 4)}


class _Handed:
    """A memory index whose queries come with their vectors."""

    def __init__(self, index: Index, vectors: Any) -> None:
        self._index, self._vectors = index, vectors

    def search_many(self, queries: Any, limit: int) -> Any:
        embedder = self._index._embedder
        handed = self._vectors

        class Handing:
            name, version, dimensions = embedder.name, embedder.version, embedder.dimensions  # type: ignore[union-attr]

            def embed_query(self, texts: Any) -> Any:
                return handed

        self._index._embedder = Handing()  # type: ignore[assignment]
        try:
            return self._index.search_many(queries, limit, explain=False)
        finally:
            self._index._embedder = embedder


def _agreement(one: Any, other: Any) -> float:
    ids = sorted({hit.id for hit in one} | {hit.id for hit in other})
    scores = [{hit.id: hit.score for hit in hits} for hits in (one, other)]
    if len(ids) < 3:
        return float([hit.id for hit in one] == [hit.id for hit in other])
    return float(spearmanr(*([given.get(key, 0.0) for key in ids] for given in scores)).statistic)


def measured(bench: Bench, size: int) -> dict[str, Any]:
    index, spent = filled(bench, size)
    told: dict[str, Any] = {"size": size, "filling": {k: round(v, 1) for k, v in spent.items()}}
    told["load before"] = load_average()
    told |= {"cosines": nearness(bench, index), "recall": recall(bench, index, size), "ms": searching(bench, index)}
    told["ms"] |= peers(bench, index, size)
    told["ms"]["publishing one text"] = publishing(bench, index, size)
    told |= {"megabytes": space(bench, size), "process_mb": round(psutil.Process().memory_info().rss / 1e6)}
    return told


def plot(sizes: list[dict[str, Any]], path: Path) -> None:
    """p95 against the number of texts, both axes logarithmic."""
    import vl_convert

    shown = ("open", "one country", "one region", "Tantivy alone", "PostgreSQL full-text alone", "publishing one text")
    values = [{"texts": s["size"], "ms": s["ms"][name]["p95"], "what": name} for s in sizes for name in shown]
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"values": values},
        "width": 520,
        "height": 300,
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": {
                "field": "texts",
                "type": "quantitative",
                "scale": {"type": "log"},
                "title": "texts in the catalogue",
            },
            "y": {"field": "ms", "type": "quantitative", "scale": {"type": "log"}, "title": "p95, milliseconds"},
            "color": {"field": "what", "type": "nominal", "title": None, "sort": list(shown)},
        },
    }
    path.write_text(vl_convert.vegalite_to_svg(spec), encoding="utf-8")


def finish(told: dict[str, Any], options: argparse.Namespace) -> None:
    """Draw the plot and fill the page, as far as they were asked for."""
    if options.plot:
        plot(told["sizes"], options.plot)
    if options.page:
        fill(options.page, page_of(told))


def page_of(told: dict[str, Any]) -> str:
    """The figures of one run as a page shows them."""
    made, sizes = told["machine"], told["sizes"]
    shares = [" / ".join(f"{share:g}" for share in s["recall"].values()) for s in sizes]
    rows = [
        *([name, *(f"{s['ms'][name]['p50']} / {s['ms'][name]['p95']}" for s in sizes)] for name in sizes[0]["ms"]),
        ["found of the 20 nearest: open, one country, one region", *shares],
        ["cosine of the nearest, of the 20th", *(" / ".join(map(str, s["cosines"].values())) for s in sizes)],
        ["filling, seconds: rows, words, places", *(_three(s["filling"], "rows", "words", "places") for s in sizes)],
        ["megabytes: rows, indexes, words", *(_three(s["megabytes"], "rows", "indexes", "words") for s in sizes)],
        ["this process, megabytes", *(s["process_mb"] for s in sizes)],
        ["load when it was measured", *(s["load before"] for s in sizes)],
    ]
    lines = [
        f"{made['processor']}, {made['cores']} cores, {made['memory_gb']} GB, Python {made['python']}. Milliseconds, "
        f"p50 / p95, lists of {LIMIT}, beyond the embedding of the query (p50 {told['embedding']['p50']}, p95 "
        f"{told['embedding']['p95']}).",
        markdown(["", *(f"{s['size']:,} texts" for s in sizes)], rows),
        f"Growth of p95 from {sizes[0]['size']:,} texts to {sizes[-1]['size']:,}, as the power of their number: "
        + ", ".join(f"{name} {_slope(sizes, name):.2f}" for name in (*WAYS, "PostgreSQL full-text alone"))
        + ".",
    ]
    compared = told["memory and database"]
    lines.append(
        f"Database against memory, {compared['queries']} queries, Spearman: mean {compared['mean']}, lowest "
        f"{compared['lowest']}."
    )
    return "\n\n".join(lines)


def _three(figures: dict[str, float], *names: str) -> str:
    return " / ".join(str(figures[name]) for name in names)


def _slope(sizes: list[dict[str, Any]], name: str) -> float:
    first, last = sizes[0], sizes[-1]
    return float(np.log(last["ms"][name]["p95"] / first["ms"][name]["p95"]) / np.log(last["size"] / first["size"]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", type=int, default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--plot", type=Path, help="write the growth as SVG")
    parser.add_argument("--page", type=Path, help="fill the marked table of this page")
    parser.add_argument("--told", type=Path, help="measure nothing; take the figures of this earlier run")
    options = parser.parse_args()
    if options.told:
        finish(json.loads(options.told.read_text(encoding="utf-8")), options)
        return
    if not CLASSIFICATIONS.is_dir():
        raise SystemExit(f"Skipped: the classification tables are not at {CLASSIFICATIONS}.")
    home, folder = ScratchInstallation(), Path(tempfile.mkdtemp(prefix="hansa-words-"))
    try:
        home.start()
        bench = Bench(home, folder)
        short, _ = made.queries(bench.palette, 40, SEED, bench.prefix)
        embedding = timed(35, lambda i: bench.embedder.embed_query([short[i].text]))
        told: dict[str, Any] = {"machine": machine(), "load": load_average(), "embedding": embedding}
        told["memory and database"] = same_as_memory(bench)
        told["cosines of real texts"] = nearness_of_real_texts(bench)
        print(f"cosines of needs with real texts: {told['cosines of real texts']}")
        print(f"{told['machine']}\nload {told['load']}; embedding a query {embedding}")
        print(f"database against memory, rank correlation: {told['memory and database']}", flush=True)
        told["sizes"] = []
        for size in options.sizes:
            one = measured(bench, size)
            told["sizes"].append(one)
            write("matching_speed", told)
            rows = [[name, ms["p50"], ms["p95"]] for name, ms in one["ms"].items()]
            print(f"\n{size} texts (load {one['load before']}), milliseconds")
            print(table(["", "p50", "p95"], rows))
            print(f"cosines with these texts: {one['cosines']}")
            print(f"recall of the 20 nearest: {one['recall']}; filling, seconds: {one['filling']}")
            print(f"megabytes: {one['megabytes']}; this process: {one['process_mb']} MB", flush=True)
        finish(told, options)
    finally:
        home.remove()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
