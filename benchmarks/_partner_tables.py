"""The figures of partners.py as tables: on the screen and in docs/partners.md."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from _report import table

FULL = "all, default weights"
ROOM, WIDE_ROOM = "all, room 1", "all, room 1.5"
KNOWN_AS = {
    "active": "popularity",
    "past": "past partners",
    "common": "partners of partners",
    "words": "BM25 4-gram, nearest projects",
}
COLUMNS = {"history": "partners", "new": "new partners", "texts": "text", "led": "text, coordinator"}
SHOWN = (FULL, ROOM, WIDE_ROOM, "past alone", "common alone", "active alone")
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"

Row = Mapping[str, Any]


def named(method: str) -> str:
    """A method with the name it goes by elsewhere."""
    known = KNOWN_AS.get(method.split(maxsplit=1)[0]) if method.endswith("alone") else None
    return f"{method.strip()} ({known})" if known else method.strip()


def printed(rows: Sequence[Row]) -> str:
    """One question's methods, and below them the groups of those who asked."""
    lines = [
        [named(r["method"]), f"{r['ndcg10']:.3f} ± {r['half_width']:.3f}", f"{r['recall20']:.3f}", f"{r['mrr']:.3f}",
         f"{r['full_gains']:+.4f} ± {r['full_gains_half_width']:.4f}" if "full_gains" in r else "",
         f"{r['share_of_ten_most_shown']:.2f}", f"{r['firms_shown']:.3f}", f"{r['few_projects_shown']:.3f}"]
        for r in rows
    ]  # fmt: skip
    heading = ("method", "nDCG@10", "Recall@20", "MRR", "all gains (paired)", "ten most", "firms", "few projects")
    told = [table(heading, lines)]
    for row in rows:
        if row["method"] in SHOWN:
            told += [f"  {row['method']}, {group} ({n}): {value:.3f}" for group, (n, value) in row["groups"].items()]
    return "\n".join(told)


def publish(measured: Path, page: Path) -> Path:
    """Put the tables of a measured file between the marks of a page. Raises ValueError if the page has no marks."""
    content = json.loads(measured.read_text(encoding="utf-8"))
    before, mark, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not mark or not end:
        raise ValueError(f"{page} has no marks for figures: write {BEGIN} and {END} where they belong.")
    page.write_text(f"{before}{BEGIN}\n{_told(content)}\n{END}{after}", encoding="utf-8")
    return page


def _told(content: Mapping[str, Any]) -> str:
    machine, tables = content["machine"], content["tables"]
    methods = list(dict.fromkeys(row["method"] for one in tables for row in one["rows"]))
    kept = [m for m in methods if not m.startswith("  ")]
    less = [m for m in methods if m.startswith("  ")]
    made = [
        f"Measured on {machine['processor']}, {machine['cores']} cores, {machine['memory_gb']} GB, Python "
        f"{machine['python']}; weights {content['weights']}; seeds {content['seeds']['queries']} (queries) and "
        f"{content['seeds']['intervals']} (intervals).",
        "nDCG@10 ± half the interval / Recall@20 / MRR:",
        _grid(tables, kept, named, _measures),
        "What the full ranking gains over each, nDCG@10, paired, ± half the interval:",
        _grid(tables, [m for m in kept if m != FULL], named, _gain),
    ]
    if less:
        made += ["What each signal adds to the full ranking (the same, against the ranking without it):"]
        made += [_grid(tables, less, lambda m: m.split()[-1], _gain)]
    made += [
        "Share of all first ten places that firms take / that organisations with one or two projects take / that the "
        "ten most shown take. Firms: private companies in Horizon 2020, where sizes are unknown, small and "
        "medium-sized organisations in Horizon Europe.",
        _grid(tables, [m for m in SHOWN if m in kept], named, _shares, {"firms among answers": _firms}),
        "nDCG@10 by who asks (number of queries):",
        _groups(tables),
    ]
    return "\n\n".join(made)


def _grid(tables, methods, name, cell, first=None) -> str:  # type: ignore[no-untyped-def]
    heading = ["method", *(_title(one) for one in tables)]
    lines = [[label, *(tell(one) for one in tables)] for label, tell in (first or {}).items()]
    for method in methods:
        found = [next((row for row in one["rows"] if row["method"] == method), None) for one in tables]
        lines.append([name(method), *("–" if row is None else cell(row) for row in found)])
    return _markdown(heading, lines)


def _groups(tables: Sequence[Mapping[str, Any]]) -> str:
    lines = []
    methods = [FULL, ROOM, "active alone", "past alone", "common alone"]
    for one in tables:
        rows = {row["method"]: row for row in one["rows"]}
        for group, (count, _) in rows[FULL]["groups"].items():
            values = [f"{rows[m]['groups'][group][1]:.3f}" if m in rows else "–" for m in methods]
            lines.append([f"{_title(one)}: {group} ({count})", *values])
    return _markdown(["asking", *map(named, methods)], lines)


def _title(one: Mapping[str, Any]) -> str:
    return f"{one['split'].split(' to ')[0]}: {COLUMNS[one['question']]} ({one['queries']:,})"


def _measures(row: Row) -> str:
    return f"{row['ndcg10']:.3f} ± {row['half_width']:.3f} / {row['recall20']:.3f} / {row['mrr']:.3f}"


def _gain(row: Row) -> str:
    return f"{row['full_gains']:+.4f} ± {row['full_gains_half_width']:.4f}" if "full_gains" in row else "–"


def _shares(row: Row) -> str:
    return f"{row['firms_shown']:.3f} / {row['few_projects_shown']:.3f} / {row['share_of_ten_most_shown']:.2f}"


def _firms(one: Mapping[str, Any]) -> str:
    return f"{one['firms_among_answers']:.3f}"


def _markdown(heading: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rows = [heading, ["---"] * len(heading), *lines]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
