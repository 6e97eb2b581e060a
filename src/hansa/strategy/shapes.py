"""The geometry of the main table's map, read once per version of the evidence."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from hansa.strategy import figures
from hansa.strategy.figures import Figures


@dataclass(frozen=True)
class Shapes:
    """A GeoJSON file as it is sent, its features, the codes it leaves out of the frame, and its attribution."""

    content: bytes
    zipped: bytes
    digest: str
    features: list[dict[str, Any]]
    remote: frozenset[str]
    drawn: frozenset[str]
    attribution: str


def shapes(loaded: Figures) -> Shapes | None:
    """The map stored beside the table, or None when the table has none."""
    if "shapes" not in loaded.kept:
        loaded.kept["shapes"] = _read(loaded)
    found: Shapes | None = loaded.kept["shapes"]
    return found


def _read(loaded: Figures) -> Shapes | None:
    shelf = figures.store()
    name = f"map-{loaded.name}"
    entry = shelf.manifest().get(name)
    if entry is None:
        return None
    content = shelf.file(name).read_bytes()
    features = json.loads(content)["features"]
    marks = [feature["properties"] for feature in features]
    return Shapes(
        content=content,
        zipped=gzip.compress(content, 6, mtime=0),
        digest=hashlib.sha256(content).hexdigest()[:16],
        features=features,
        remote=frozenset(mark["code"] for mark in marks if mark["remote"]),
        drawn=frozenset(mark["code"] for mark in marks if not mark["remote"]),
        attribution=str(entry["attribution"]),
    )
