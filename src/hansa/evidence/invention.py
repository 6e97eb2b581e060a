"""An invented table, used when there are no data at all, so that every page has something to show and says so."""

from __future__ import annotations

import tomllib
from importlib import resources

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from hansa.evidence.table import SCHEMA, ActivityTable

REGIONS = (
    "DE80", "DEF0", "DK01", "DK02", "DK03", "DK04", "DK05", "EE00", "FI19", "FI1B", "FI1C", "FI1D",
    "LT00", "LV00", "NO07", "PL42", "PL61", "PL62", "PL63", "PL84", "SE11", "SE12", "SE22", "SE33",
)  # fmt: skip
DIVISIONS = (
    *range(5, 34), 35, 41, 42, 46, 49, 52, 58, 61, 62, 71, 72,
)  # fmt: skip
YEAR = 2014
SOURCE = "Invented by Hansa; not a statistic"
_BLOCKS = 5


def synthetic(seed: int = 1) -> ActivityTable:
    """24 regions x 40 NACE divisions of invented employment, the same for the same seed, marked synthetic.

    Regions lean to one of five groups of divisions and differ in size, so that measures of specialisation find
    something; about one cell in twelve is unknown. The region codes are real, the figures are not.
    """
    generator = np.random.default_rng(seed)
    regions, domains = len(REGIONS), len(DIVISIONS)
    size = generator.lognormal(8.0, 0.6, regions)[:, None]
    weight = generator.lognormal(0.0, 0.8, domains)[None, :]
    leaning = generator.integers(0, _BLOCKS, regions)[:, None] == (np.arange(domains) * _BLOCKS // domains)[None, :]
    share = weight * np.where(leaning, 3.0, 1.0) * generator.lognormal(0.0, 0.5, (regions, domains))
    values = np.round(size * share / share.sum(axis=1, keepdims=True) * 10)
    unknown = generator.random((regions, domains)) < 1 / 12
    rows = regions * domains
    columns = [
        pa.array(np.repeat(REGIONS, domains).tolist(), pa.string()),
        pa.array([f"{code:02d}" for code in DIVISIONS] * regions, pa.string()),
        pa.array(values.ravel(), pa.float64(), mask=unknown.ravel()),
        pa.array([YEAR] * rows, pa.int32()),
        pa.array(["persons employed (invented)"] * rows, pa.string()),
        pa.array([SOURCE] * rows, pa.string()),
        pa.array(["synthetic"] * rows, pa.string()),
    ]
    return ActivityTable(pa.Table.from_arrays(columns, schema=SCHEMA), synthetic=True)


def short_labels() -> bytes:
    """Names of the invented table's divisions in English and Polish, as a file of the form of the official labels."""
    text = resources.files("hansa.evidence").joinpath("short_labels.toml").read_text(encoding="utf-8")
    rows = [
        {"code": code, "parent": "", "lang": lang, "label": label}
        for code, names in tomllib.loads(text).items()
        for lang, label in names.items()
    ]
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows), sink)
    return bytes(sink.getvalue().to_pybytes())
