"""Parquet to and from memory, on one thread.

pyarrow's threaded reader of an in-memory file can still be running when a short-lived command ends, and then aborts
the process (seen with pyarrow 26.0.1); on one thread it cannot. Tables of this size lose nothing by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

DAMAGE = (pa.ArrowException, OSError, ValueError, KeyError)
"""What reading a damaged Parquet file may raise."""


def from_bytes(content: bytes, columns: Sequence[str] | None = None) -> Any:
    """The pyarrow table in `content`. Raises one of `DAMAGE`."""
    with pq.ParquetFile(pa.BufferReader(content), pre_buffer=False) as file:
        return file.read(columns=None if columns is None else list(columns), use_threads=False)


def to_bytes(table: Any) -> bytes:
    """The table as a Parquet file, zstd-compressed."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return bytes(sink.getvalue().to_pybytes())
