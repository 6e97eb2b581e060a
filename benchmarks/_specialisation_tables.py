"""Tables, goals and plot of what `specialisation.py` measured."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import _peers, _report
from benchmarks import _specialisation_contestants as contestants

FLOOR = ("numpy", "scipy.sparse.linalg")
HEAVY = ("scipy.stats", "scipy.optimize", "scipy.spatial", "scipy.interpolate", "scipy.ndimage", "numpy.testing")
COMPARED = contestants.FIRST
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
Row = Mapping[str, Any]
Group = Mapping[str, Any]


def row_of(group: Group, name: str) -> Row | None:
    return next((row for row in group["rows"] if row["contestant"] == name), None)


def ratio(group: Group, name: str, other: str, figure: str = "core_seconds") -> float | None:
    """One contestant's figure as a multiple of another's; None where either has none."""
    one, two = row_of(group, name), row_of(group, other)
    return one[figure] / two[figure] if one and two and one[figure] and two[figure] else None


# Tables


def number(value: float | None) -> str:
    """Three digits or so."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.{1 if value >= 10 else 2 if value >= 1 else 3}f}"


def times(value: float | None) -> str:
    return (
        "–" if value is None else f"{value:,.0f}" if value >= 20 else f"{value:.1f}" if value >= 3 else f"{value:.2f}"
    )


def group_rows(group: Group, compared: Sequence[str] = COMPARED) -> list[list[str]]:
    rows = []
    for row in group["rows"]:
        name, runs_told = row["contestant"], str(row["runs"]) if row["runs"] else row["note"]
        about = "" if row["runs"] or not row["core_seconds"] else "> " if row["note"] == "ended" else "≈ "
        took, memory = about + number(row["core_seconds"]), about + number(row["above_mb"])
        rows.append(
            [
                name,
                took,
                runs_told,
                number(row["peak_mb"]),
                memory,
                *(times(ratio(group, name, other)) for other in compared),
            ]
        )
    return rows


def heading(compared: Sequence[str] = COMPARED) -> list[str]:
    return ["", "core-seconds", "runs", "peak MB", "MB above start", *(f"× {other}" for other in compared)]


def compared_in(group: Group) -> Sequence[str]:
    return COMPARED if row_of(group, "floor, single") else ("two products, double", "two products, single")


def group_table(group: Group) -> str:
    compared = compared_in(group)
    return _report.table(heading(compared), group_rows(group, compared))


def agreement_rows(group: Group) -> list[list[str]]:
    rows = []
    for row in group["rows"]:
        found = row.get("agreement")
        if found:
            rows.append(
                [
                    row["contestant"],
                    correlation(found.get("eci_correlation")),
                    exponent(found.get("eci_difference")),
                    correlation(found.get("pci_correlation")),
                    exponent(found.get("density_difference")),
                    exponent(found.get("proximity_difference")),
                    str(found.get("presences_differ", "–")),
                ]
            )
    return rows


AGREEMENT = ["", "ECI r", "ECI max difference", "PCI r", "density max difference", "proximity max difference",
             "presences that differ"]  # fmt: skip


def correlation(value: float | None) -> str:
    return "–" if value is None else f"{min(value, 1.0):.6f}"


def exponent(value: float | None) -> str:
    return "–" if value is None else "0" if value == 0 else f"{value:.0e}"


def import_rows(content: Mapping[str, Any]) -> list[list[str]]:
    return [[name, number(seconds)] for name, seconds in content["imports"]["core_seconds"].items()]


def heavy_imports(traced: str) -> list[dict[str, Any]]:
    """From a trace of `-X importtime`: costly packages, what they took and which module of ours asked first."""
    found: list[dict[str, Any]] = []
    above: list[tuple[int, str]] = []
    for line in reversed(traced.splitlines()):
        part = re.fullmatch(r"import time:\s+\d+ \|\s+(\d+) \| (\s*)(\S+)", line)
        if not part:
            continue
        depth, name = len(part[2]), part[3]
        above = [one for one in above if one[0] < depth]
        if name in HEAVY:
            ours = [one for _, one in above if one.startswith("hansa.specialisation")]
            found.append({"module": name, "ms": int(part[1]) / 1000, "asked_by": ours[-1] if ours else ""})
        above.append((depth, name))
    return sorted(found, key=lambda one: -one["ms"])


# Goals


def goals(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every goal with the figure it is judged by; `holds` is None where a contestant was not there."""
    found = []
    for group in content["years"]:
        size, large = group["size"], group["domains"] >= 5_000
        to_floor = ratio(group, "hansa", "floor, single")
        found.append(goal(f"{size}: at most 1.2 x the single floor", to_floor, 1.2))
        found.append(
            goal(
                f"{size}: in double at most 1.2 x the double floor", ratio(group, "hansa, double", "floor, double"), 1.2
            )
        )
        if large:
            found.append(goal(f"{size}: below the single floor", to_floor, 1.0))
        ahead = [ratio(group, peer, "hansa") for peer in _peers.PEERS]
        quickest = min((one for one in ahead if one), default=None)
        found.append(goal(f"{size}: 4 x ahead of the fastest peer", quickest, 4.0, at_least=True))
        found.append(
            goal(f"{size}: 40 x ahead of ecomplexity", ratio(group, "ecomplexity", "hansa"), 40.0, at_least=True)
        )
        for figure, told in (("above_mb", "memory above start"), ("peak_mb", "peak memory")):
            found.append(
                goal(f"{size}: {told} at most the single floor's", ratio(group, "hansa", "floor, single", figure), 1.0)
            )
    panel = content["panel"]
    for name in ("hansa", contestants.ARROW, contestants.DUCKDB):
        found.append(
            goal(f"{panel['size']}: {name}: memory above start at most that of two years",
                 ratio(panel, name, contestants.HELD, "above_mb"), 1.0)
        )  # fmt: skip
    for precision in ("double", "single"):
        found.append(
            goal(f"complementarity, {precision}: at most 1.5 x its two products",
                 ratio(content["pairs"], f"hansa, {precision}", f"two products, {precision}"), 1.5)
        )  # fmt: skip
    return found


def goal(text: str, value: float | None, limit: float, at_least: bool = False) -> dict[str, Any]:
    holds = None if value is None else value >= limit if at_least else value <= limit
    return {"goal": text, "value": value, "holds": holds}


def goal_rows(content: Mapping[str, Any]) -> list[list[str]]:
    said = {True: "holds", False: "does not hold", None: "not measured"}
    return [[one["goal"], times(one["value"]), said[one["holds"]]] for one in content["goals"]]


# In full


def machine_line(content: Mapping[str, Any]) -> str:
    machine, load = content["machine"], content["load_average"]
    return (
        f"{content['date']}: {machine['cores']} cores, {machine['processor']}, {machine['memory_gb']} GB, "
        f"{machine['system']}, Python {machine['python']}; one BLAS thread; "
        f"load {load[0]} before and {load[1]} after; budget {content['budget']:.0f} core-seconds a run. "
        f"{content.get('remark', '')}"
    ).strip()


def parts(content: Mapping[str, Any]) -> list[tuple[str, list[str], list[list[str]]]]:
    """Title, heading and rows of every table."""
    found: list[tuple[str, list[str], list[list[str]]]] = []
    for group in content["years"]:
        told = f"One year, {group['size']} ({group['presence']:.1%} of the cells are presences)"
        found.append((told, heading(), group_rows(group)))
    panel = content["panel"]
    rows = f"{panel['table_rows']:,} rows that are not zero"
    found.append(
        (f"{panel['years']} years of {panel['size'].split(' x ', 1)[1]} ({rows})", heading(), group_rows(panel))
    )
    compared = compared_in(content["pairs"])
    found.append(
        (
            f"Complementarity of all pairs, {content['pairs']['size']}",
            heading(compared),
            group_rows(content["pairs"], compared),
        )
    )
    found.append(("Import", ["", "core-seconds"], import_rows(content)))
    heavy = [[one["module"], f"{one['ms']:.0f}", one["asked_by"]] for one in content["imports"]["heavy"]]
    found.append(("Heavy packages that come with it", ["", "ms, traced", "first asked for by"], heavy))
    found.append(("Goals", ["", "figure", ""], goal_rows(content)))
    for group in content["years"]:
        found.append((f"The same work? {group['size']}, against Hansa in double", AGREEMENT, agreement_rows(group)))
    return found


def in_full(content: Mapping[str, Any]) -> str:
    told = [machine_line(content)]
    for title, columns, rows in parts(content):
        told.append(f"{title}\n{_report.table(columns, rows)}")
    return "\n\n".join(told)


def markdown(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(columns) + " |", "|---" + "|---:" * (len(columns) - 1) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def publish(content: Mapping[str, Any], folder: Path) -> None:
    """Put the tables between the marks of speed.md and the plot beside it."""
    page = folder / "speed.md"
    head, rest = page.read_text(encoding="utf-8").split(BEGIN)
    tail = rest.split(END)[1]
    told = [
        machine_line(content),
        *(f"### {title}\n\n{markdown(columns, rows)}" for title, columns, rows in parts(content)),
    ]
    page.write_text(head + BEGIN + "\n\n" + "\n\n".join(told) + "\n\n" + END + tail, encoding="utf-8")
    (folder / "speed.svg").write_text(drawn(content), encoding="utf-8")


# The plot

GREY = "#7f868f"
COLOURS = {
    "hansa": "#1f8fd6",
    "floor, single": "#8a8f98",
    "floor, double": "#a99f8a",
    "ecomplexity": "#d9534f",
    "econcomplex": "#c58a12",
    "economic-complexity": "#a36bd0",
    "fermi-cref": "#2f9e5f",
}
"""Middle tones: each can be read on white and on a dark page."""


def points(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "cells": group["regions"] * group["domains"],
            "seconds": row["core_seconds"],
            "contestant": row["contestant"],
            "how": "measured" if row["runs"] else "scaled or ended",
        }
        for group in content["years"]
        for row in group["rows"]
        if row["contestant"] in COLOURS and row["core_seconds"]
    ]


def specification(content: Mapping[str, Any]) -> dict[str, Any]:
    """Cost against size in Vega-Lite, both axes logarithmic, no background of its own."""
    found = points(content)
    colour = {
        "field": "contestant",
        "type": "nominal",
        "title": None,
        "scale": {"domain": list(COLOURS), "range": list(COLOURS.values())},
    }
    names = {one["regions"] * one["domains"]: f"{one['regions']:,} × {one['domains']:,}" for one in content["years"]}
    cells = sorted(names)
    powers = [10.0**power for power in range(-3, 5)]
    across = {
        "field": "cells",
        "type": "quantitative",
        "scale": {"type": "log", "domain": [cells[0] / 1.3, cells[-1] * 1.3], "nice": False},
        "axis": {
            "title": "size of the table (regions × domains, spaced by number of cells)",
            "values": cells,
            "labelExpr": "".join(f"datum.value == {at} ? '{names[at]}' : " for at in cells) + "''",
        },
    }
    up = {
        "field": "seconds",
        "type": "quantitative",
        "scale": {"type": "log"},
        "axis": {"title": "cost of one year (core-seconds)", "values": powers, "format": "~g"},
    }
    shape = {
        "field": "how",
        "type": "nominal",
        "title": None,
        "scale": {"domain": ["measured", "scaled or ended"], "range": ["circle", "cross"]},
    }
    shared = {"x": across, "y": up, "color": colour}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "background": "transparent",
        "width": 520,
        "height": 360,
        "data": {"values": found},
        "layer": [
            {"mark": {"type": "line", "strokeWidth": 2}, "encoding": shared},
            {
                "mark": {"type": "point", "size": 60, "filled": True, "opacity": 1},
                "encoding": {**shared, "shape": shape},
            },
        ],
        "config": {
            "font": "sans-serif",
            "view": {"stroke": GREY, "strokeOpacity": 0.4},
            "axis": {
                "labelColor": GREY, "titleColor": GREY, "domainColor": GREY, "tickColor": GREY, "gridColor": GREY,
                "gridOpacity": 0.25, "labelFontSize": 12, "titleFontSize": 13, "titleFontWeight": "normal",
            },
            "legend": {"labelColor": GREY, "titleColor": GREY, "labelFontSize": 12, "symbolBaseFillColor": GREY},
        },
    }  # fmt: skip


def drawn(content: Mapping[str, Any]) -> str:
    import vl_convert

    return str(vl_convert.vegalite_to_svg(specification(content)))
