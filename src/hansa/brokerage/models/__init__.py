"""Requests tied to priorities, the matches found for them, saved searches, introductions, and the cases that follow."""

from hansa.brokerage.models.cases import Case, CaseEntry, Counter, Introduction
from hansa.brokerage.models.matches import Match, MatchChange, MatchMeans, MatchText
from hansa.brokerage.models.requests import Request, RequestPrivate
from hansa.brokerage.models.searches import SavedSearch, SearchAlert

__all__ = [
    "Case",
    "CaseEntry",
    "Counter",
    "Introduction",
    "Match",
    "MatchChange",
    "MatchMeans",
    "MatchText",
    "Request",
    "RequestPrivate",
    "SavedSearch",
    "SearchAlert",
]
