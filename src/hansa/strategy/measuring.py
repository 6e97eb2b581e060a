"""From a stored activity table to its stored measures; called whenever a table is loaded."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hansa.strategy.figures import measures_name

if TYPE_CHECKING:
    from hansa.evidence import Report, Store
    from hansa.specialisation import Activity, Measures

Floats = NDArray[np.float64]
REPORT = "load-report"
PARTS = ("regions", "domains", "pairs", "proximity", "definitions")


def compute_and_store(store: Store, name: str) -> str:
    """Measure every year of the activity table `name` and store the results beside it; returns their name.

    Stored in one step under `measures_name(name)`, in the order of the table's codes:
    regions (region, year, total, diversity, eci) · domains (domain, year, total, ubiquity, pci) ·
    pairs (region, domain, year, value, lq, presence, density) · proximity (domain_a, domain_b, year, proximity;
    every pair once, null where a domain is held nowhere) · definitions (measure, year, definition as JSON).
    Values and totals are in the unit of the table; what is unknown is null.
    Raises `EvidenceError` when there is no such table and `ActivityError` when it cannot be measured.
    """
    import pyarrow as pa

    from hansa.evidence import Meta
    from hansa.specialisation import Activity, measures

    table = store.activity(name)
    entry = store.entry(name)
    parts: dict[str, list[Any]] = {part: [] for part in PARTS}
    for year in table.years or [None]:
        grid = table.grid(year)
        found = measures(Activity.from_matrix(grid.regions, grid.domains, grid.values, year=grid.year))
        for part, rows in tables_of(found).items():
            parts[part].append(rows)
    store.put_measures(
        measures_name(name),
        {part: pa.concat_tables(rows) for part, rows in parts.items()},
        Meta(
            title=f"Measures of: {entry['title']}",
            source=f"computed by Hansa from {name}",
            licence=entry["licence"],
            years=tuple(table.years),
            nuts_version=entry["nuts_version"],
            classification=entry["classification"],
            attribution=entry["attribution"],
            role="measures",
            synthetic=bool(entry["synthetic"]),
        ),
    )
    return measures_name(name)


def tables_of(found: Measures) -> dict[str, Any]:
    """The measures of one year as pyarrow tables, one per part of `PARTS`."""
    activity = found.activity
    return {
        "regions": _table(
            activity.year,
            region=list(activity.regions),
            total=_or_unknown(activity.region_totals, activity.known.any(axis=1)),
            diversity=found.diversity.values,
            eci=found.complexity.eci,
        ),
        "domains": _table(
            activity.year,
            domain=list(activity.domains),
            total=_or_unknown(activity.domain_totals, activity.known.any(axis=0)),
            ubiquity=found.ubiquity.values,
            pci=found.complexity.pci,
        ),
        "pairs": _pairs(activity, found),
        "proximity": _proximity(activity, found),
        "definitions": _definitions(activity.year, found),
    }


def _or_unknown(totals: Floats, known: NDArray[np.bool_]) -> Floats:
    return np.where(known, totals, np.nan)


def _pairs(activity: Activity, found: Measures) -> Any:
    return _table(
        activity.year,
        region=np.repeat(activity.regions, len(activity.domains)).tolist(),
        domain=list(activity.domains) * len(activity.regions),
        value=activity.values.ravel(),
        lq=found.location_quotient.values.ravel(),
        presence=found.presence.values.ravel(),
        density=found.density.values.ravel(),
    )


def _proximity(activity: Activity, found: Measures) -> Any:
    values = found.proximity.values
    a, b = np.triu_indices(len(values), 1)
    codes = np.asarray(activity.domains, dtype=object)
    return _table(
        activity.year,
        domain_a=[str(code) for code in codes[a]],
        domain_b=[str(code) for code in codes[b]],
        proximity=values[a, b],
    )


def told(found: Measures) -> dict[str, Any]:
    """The definitions of one year's measures, the evidence for the sign and the coverage, ready for JSON."""
    complexity = found.complexity
    return {
        "location_quotient": dict(found.location_quotient.definition),
        "presence": dict(found.presence.definition),
        "diversity": dict(found.diversity.definition),
        "ubiquity": dict(found.ubiquity.definition),
        "proximity": dict(found.proximity.definition),
        "density": dict(found.density.definition),
        "complexity": {
            **complexity.definition,
            "lambda2": _number(complexity.lambda2),
            "lambda3": _number(complexity.lambda3),
            "components": complexity.components,
            "regions_left_out": list(complexity.regions_left_out),
            "domains_left_out": list(complexity.domains_left_out),
            "note": complexity.note,
            "sign_evidence": asdict(complexity.sign) if complexity.sign else None,
        },
        "coverage": {"known": int(found.activity.known.sum()), "cells": int(found.activity.known.size)},
    }


def _definitions(year: int | None, found: Measures) -> Any:
    every = told(found)
    texts = [json.dumps(one, ensure_ascii=False) for one in every.values()]
    return _table(year, measure=list(every), definition=texts)


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _table(year: int | None, **columns: Any) -> Any:
    """A pyarrow table with the year as second column; NaN becomes null."""
    import pyarrow as pa

    arrays = {
        name: pa.array(column, pa.string()) if isinstance(column, list) else pa.array(column, from_pandas=True)
        for name, column in columns.items()
    }
    first, *others = arrays
    years = pa.array([year] * len(arrays[first]), pa.int32())
    return pa.table({first: arrays[first], "year": years, **{name: arrays[name] for name in others}})


def keep_report(store: Store, report: Report) -> None:
    """Keep what a load took and what it left, with the reasons, for the page about the data."""
    import pyarrow as pa

    from hansa.evidence import Meta

    rows = [(name, True, sentence) for name, sentence in report.loaded]
    rows += [(name, False, sentence) for name, sentence in report.left]
    columns = dict(zip(("name", "loaded", "sentence"), zip(*rows, strict=True), strict=True)) if rows else {}
    files = pa.table(
        {
            "name": pa.array(columns.get("name", ()), pa.string()),
            "loaded": pa.array(columns.get("loaded", ()), pa.bool_()),
            "sentence": pa.array(columns.get("sentence", ()), pa.string()),
        }
    )
    store.put_tables(REPORT, {"files": files}, Meta(title="What the last load took and left", role="load-report"))
