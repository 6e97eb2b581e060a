"""Needs, real projects and partners measured one after another: one file of figures and one table."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import matching_projects
import partners
from _partner_tables import FULL, named
from _report import FOLDER, machine, table, write

HELD_OUT = "held-out"
ROLES = {"need": "needs", "short": "short queries"}
HEADING = ("question: method", "nDCG@10", "Recall@20", "MRR", "full gains (nDCG@10, paired)")
Line = list[str]


def measure(seed: int, classifications: Path, quick: bool) -> Path:
    """Measure what matching.py has not, join it with what it wrote a moment ago, print and write it."""
    parts = {"needs and offers": read(FOLDER / "matching.json")}
    given = ["--seed", str(seed), "--classifications", str(classifications)]
    parts["needs and real projects"] = read(matching_projects.main(given))
    written = partners.main(["--quick"] if quick else [])
    assert written is not None
    parts["partners"] = read(written)
    sys.stdout.write(f"\n=== all\n{summary(parts)}\n")
    path = write("matching_all", {"machine": machine(), "seed": seed, "quick": quick, "parts": parts})
    sys.stdout.write(f"{path}\n")
    return path


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def summary(parts: Mapping[str, Mapping[str, Any]]) -> str:
    """Every method of every question; of needs and projects the half that nothing was chosen on."""
    lines: list[Line] = []
    for role, title in ROLES.items():
        lines += drawn(f"{title} -> offers", parts["needs and offers"][HELD_OUT][role])
    lines += drawn("needs -> real projects", parts["needs and real projects"][HELD_OUT])
    for one in parts["partners"]["tables"]:
        lines += list(asked(one))
    return table(HEADING, lines)


def drawn(title: str, methods: Mapping[str, Any]) -> list[Line]:
    """Methods whose measures are intervals from `low` to `high`."""
    lines = []
    for name, values in methods.items():
        cells = [_around(values[m]["mean"], values[m]["low"], values[m]["high"]) for m in HEADING[1:4]]
        less = values["nDCG@10"]["below_full"]
        gain = "" if name == "full" else _around(less["mean"], less["low"], less["high"], "+")
        lines.append([f"{title}: {name}", *cells, gain])
    return lines


def asked(one: Mapping[str, Any]) -> Iterator[Line]:
    """The methods of one question of partners.py, and what the full ranking is worth to each group who asks."""
    title = f"{one['split'].split(' to ')[0]}, {partners.TITLES[one['question']]}"
    for row in one["rows"]:
        gain = row.get("full_gains")
        half = row["half_width"]
        yield [
            f"{title}: {named(row['method'])}",
            _around(row["ndcg10"], row["ndcg10"] - half, row["ndcg10"] + half),
            f"{row['recall20']:.3f}",
            f"{row['mrr']:.3f}",
            "" if gain is None else f"{gain:+.3f} ± {row['full_gains_half_width']:.3f}",
        ]
        if row["method"] == FULL:
            for group, (count, value) in row["groups"].items():
                yield [f"{title}: {FULL}, {group} ({count})", f"{value:.3f}", "", "", ""]


def _around(mean: float, low: float, high: float, sign: str = "") -> str:
    return f"{mean:{sign}.3f} ± {(high - low) / 2:.3f}"
