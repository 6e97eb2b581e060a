"""Open statistics in: files are read, checked, stored with their origin, and handed on as activity tables.

Plain Python without Django. Names are resolved on first use, so that importing this package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hansa.evidence.catalogue import Dataset, choose_starter, discover
    from hansa.evidence.classifications import division, labels, section, sections
    from hansa.evidence.errors import EvidenceError
    from hansa.evidence.invention import short_labels, synthetic
    from hansa.evidence.loading import Report, load
    from hansa.evidence.maps import ATTRIBUTION, build_map
    from hansa.evidence.nuts import Fallback, RegionName, fallback, read_regions
    from hansa.evidence.reading import read_activity
    from hansa.evidence.region_names import RegionMatch, match_region_names
    from hansa.evidence.rollup import roll_up
    from hansa.evidence.store import Meta, Store
    from hansa.evidence.streaming import YearlyActivity, yearly_activity
    from hansa.evidence.table import SCHEMA, ActivityTable, ColumnMapping, Constant, Grid

_HOME = {
    "ATTRIBUTION": "maps",
    "SCHEMA": "table",
    "ActivityTable": "table",
    "ColumnMapping": "table",
    "Constant": "table",
    "Dataset": "catalogue",
    "EvidenceError": "errors",
    "Fallback": "nuts",
    "Grid": "table",
    "Meta": "store",
    "RegionMatch": "region_names",
    "RegionName": "nuts",
    "Report": "loading",
    "Store": "store",
    "YearlyActivity": "streaming",
    "build_map": "maps",
    "choose_starter": "catalogue",
    "discover": "catalogue",
    "division": "classifications",
    "fallback": "nuts",
    "labels": "classifications",
    "load": "loading",
    "match_region_names": "region_names",
    "read_activity": "reading",
    "read_regions": "nuts",
    "roll_up": "rollup",
    "short_labels": "invention",
    "section": "classifications",
    "sections": "classifications",
    "synthetic": "invention",
    "yearly_activity": "streaming",
}

__all__ = [
    "ATTRIBUTION",
    "SCHEMA",
    "ActivityTable",
    "ColumnMapping",
    "Constant",
    "Dataset",
    "EvidenceError",
    "Fallback",
    "Grid",
    "Meta",
    "RegionMatch",
    "RegionName",
    "Report",
    "Store",
    "YearlyActivity",
    "build_map",
    "choose_starter",
    "discover",
    "division",
    "fallback",
    "labels",
    "load",
    "match_region_names",
    "read_activity",
    "read_regions",
    "roll_up",
    "section",
    "sections",
    "short_labels",
    "synthetic",
    "yearly_activity",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
