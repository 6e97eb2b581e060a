"""Clients, requests tied to priorities, matches, saved searches, introductions, the cases that follow, and teams."""

from hansa.brokerage.models.brokers import Absence, Handover
from hansa.brokerage.models.cases import Case, CaseEntry, Counter, Introduction
from hansa.brokerage.models.casework import CaseDocument, FollowUp, Interaction, Outcome, PrivateNote, Task
from hansa.brokerage.models.clients import Client, ClientContact
from hansa.brokerage.models.diagnosis import Diagnosis, DiagnosisAnswer
from hansa.brokerage.models.fairness import LiftSetting
from hansa.brokerage.models.introductions import IntroductionConsent
from hansa.brokerage.models.keywords import Keyword
from hansa.brokerage.models.likenesses import Likeness, LikenessSearch
from hansa.brokerage.models.matches import Match, MatchChange, MatchMeans, MatchText
from hansa.brokerage.models.requests import Request, RequestPrivate
from hansa.brokerage.models.reviews import CRITERIA, RequestReview
from hansa.brokerage.models.searches import SavedSearch, SearchAlert
from hansa.brokerage.models.teams import Team, TeamCandidate, TeamMember, TeamRole
from hansa.brokerage.models.translations import TRANSLATED, RequestTranslation
from hansa.brokerage.models.weights import LearntWeights, WeightsChoice

__all__ = [
    "CRITERIA",
    "TRANSLATED",
    "Absence",
    "Case",
    "CaseDocument",
    "CaseEntry",
    "Client",
    "ClientContact",
    "Counter",
    "Diagnosis",
    "DiagnosisAnswer",
    "FollowUp",
    "Handover",
    "Interaction",
    "Introduction",
    "IntroductionConsent",
    "Keyword",
    "LearntWeights",
    "LiftSetting",
    "Likeness",
    "LikenessSearch",
    "Match",
    "MatchChange",
    "MatchMeans",
    "MatchText",
    "Outcome",
    "PrivateNote",
    "Request",
    "RequestPrivate",
    "RequestReview",
    "RequestTranslation",
    "SavedSearch",
    "SearchAlert",
    "Task",
    "Team",
    "TeamCandidate",
    "TeamMember",
    "TeamRole",
    "WeightsChoice",
]
