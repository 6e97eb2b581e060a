"""Who takes part: regions, organisations, people, their roles, groups, links, consents, and the note of every act."""

from hansa.network.models.audit import ApiToken, AuditNote, IdempotencyKey
from hansa.network.models.calendar import CalendarFeed
from hansa.network.models.consents import Consent
from hansa.network.models.groups import Group, GroupMember
from hansa.network.models.links import Link
from hansa.network.models.notices import Notice, NoticeChoice, NoticeMail, Way
from hansa.network.models.organisations import Identifier, Organisation, Participation, Project
from hansa.network.models.people import Membership, Person, Role, User, UserManager
from hansa.network.models.privacy import Erasure, RetentionRun, RowChange
from hansa.network.models.regions import LANGUAGES_OF_RECORDS, Region, words_index
from hansa.network.models.rules import RuleSetting
from hansa.network.models.webhooks import Delivery, Webhook

__all__ = [
    "LANGUAGES_OF_RECORDS",
    "ApiToken",
    "AuditNote",
    "CalendarFeed",
    "Consent",
    "Delivery",
    "Erasure",
    "Group",
    "GroupMember",
    "IdempotencyKey",
    "Identifier",
    "Link",
    "Membership",
    "Notice",
    "NoticeChoice",
    "NoticeMail",
    "Organisation",
    "Participation",
    "Person",
    "Project",
    "Region",
    "RetentionRun",
    "Role",
    "RowChange",
    "RuleSetting",
    "User",
    "UserManager",
    "Way",
    "Webhook",
    "words_index",
]
