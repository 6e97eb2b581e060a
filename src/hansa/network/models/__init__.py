"""Who takes part: regions, organisations, people, their roles, groups, links, consents, and the note of every act."""

from hansa.network.models.audit import ApiToken, AuditNote, IdempotencyKey
from hansa.network.models.consents import Consent
from hansa.network.models.groups import Group, GroupMember
from hansa.network.models.links import Link
from hansa.network.models.notices import Notice
from hansa.network.models.organisations import Identifier, Organisation, Participation, Project
from hansa.network.models.people import Membership, Person, Role, User, UserManager
from hansa.network.models.regions import LANGUAGES_OF_RECORDS, Region, words_index
from hansa.network.models.rules import RuleSetting

__all__ = [
    "LANGUAGES_OF_RECORDS",
    "ApiToken",
    "AuditNote",
    "Consent",
    "Group",
    "GroupMember",
    "IdempotencyKey",
    "Identifier",
    "Link",
    "Membership",
    "Notice",
    "Organisation",
    "Participation",
    "Person",
    "Project",
    "Region",
    "Role",
    "RuleSetting",
    "User",
    "UserManager",
    "words_index",
]
