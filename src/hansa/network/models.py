"""Who takes part: regions, organisations, people, their roles, groups, and the note of every act."""

from __future__ import annotations

from typing import Any, ClassVar

import pgtrigger
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Upper
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

LANGUAGES_OF_RECORDS = [
    ("pl", _("Polish")),
    ("lt", _("Lithuanian")),
    ("lv", _("Latvian")),
    ("et", _("Estonian")),
    ("fi", _("Finnish")),
    ("sv", _("Swedish")),
    ("nb", _("Norwegian")),
    ("da", _("Danish")),
    ("de", _("German")),
    ("nl", _("Dutch")),
    ("it", _("Italian")),
    ("pt", _("Portuguese")),
    ("ro", _("Romanian")),
    ("en", _("English")),
]


def words_index(*fields: str, name: str) -> GinIndex:
    """An index that finds parts of words in any of `fields`: `icontains` compares in capitals, so it does too."""
    return GinIndex(*(OpClass(Upper(field), name="gin_trgm_ops") for field in fields), name=name)


class Region(models.Model):
    """A NUTS region, or a smaller place that belongs to one; the code is read with its NUTS version."""

    class Kind(models.TextChoices):
        NUTS = "nuts", _("NUTS region")
        PLACE = "place", _("municipality")

    code = models.CharField(_("code"), max_length=16, unique=True)
    nuts_version = models.CharField(_("NUTS version"), max_length=4)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.NUTS)
    level = models.PositiveSmallIntegerField(_("level"), help_text=_("0 country to 3; 4 is a municipality"))
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    country = models.CharField(_("country"), max_length=2)
    name = models.CharField(_("name"), max_length=120)
    name_latin = models.CharField(_("name in Latin letters"), max_length=120)
    names = models.JSONField(_("names per language"), default=dict, blank=True)

    class Meta:
        ordering = ("code",)
        indexes = [words_index("code", "name_latin", "name", name="region_words")]

    def __str__(self) -> str:
        return self.local_name

    @property
    def local_name(self) -> str:
        """The name in the reader's language where one is recorded, else the region's own, else its code."""
        return str(self.names.get(get_language() or "") or self.name or self.name_latin or self.code)


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A way in for a person who signs in by e-mail and password; what they may do follows from their memberships."""

    email = models.EmailField(_("e-mail"), unique=True)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("since"), default=timezone.now)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="one_user_per_address")]

    def __str__(self) -> str:
        return self.email


class Person(models.Model):
    """Somebody who takes part; an account is optional."""

    user = models.OneToOneField(User, models.SET_NULL, null=True, blank=True, related_name="person")
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES_OF_RECORDS, default="en")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name", "pk")

    def __str__(self) -> str:
        return self.name


class Organisation(models.Model):
    class Kind(models.TextChoices):
        COMPANY = "company", _("company")
        UNIVERSITY = "university", _("university or school")
        RESEARCH = "research", _("research institute")
        PUBLIC = "public", _("public body")
        SUPPORT = "support", _("innovation support")
        SOCIAL = "social", _("social enterprise or association")
        OTHER = "other", _("other")

    class Helix(models.TextChoices):
        BUSINESS = "business", _("business")
        ACADEMIA = "academia", _("academia")
        GOVERNMENT = "government", _("government")
        CIVIL = "civil", _("civil society")
        UNKNOWN = "", _("unknown")

    class Placed(models.TextChoices):
        """How the region was found, so that a guess never passes for a statement."""

        STATED = "stated", _("stated by the source")
        CITY = "city", _("by the name of the city")
        COUNTRY = "country", _("only the country is known")
        UNKNOWN = "", _("unknown")

    name = models.CharField(_("name"), max_length=300)
    short_name = models.CharField(_("short name"), max_length=80, blank=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.OTHER)
    helix = models.CharField(_("helix"), max_length=12, choices=Helix.choices, blank=True, default=Helix.UNKNOWN)
    is_sme = models.BooleanField(_("small or medium-sized"), null=True, blank=True)
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="organisations")
    placed = models.CharField(max_length=8, choices=Placed.choices, blank=True, default=Placed.UNKNOWN)
    country = models.CharField(_("country"), max_length=2, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    website = models.URLField(_("website"), max_length=400, blank=True)
    languages = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    is_partner = models.BooleanField(_("takes part in the partnership"), default=False)
    source = models.CharField(_("source"), max_length=200, blank=True)

    class Meta:
        ordering = ("name", "pk")
        indexes = [
            words_index("name", "short_name", name="organisation_words"),
            models.Index(fields=["country"], name="organisation_country"),
        ]

    def __str__(self) -> str:
        return self.name


class Identifier(models.Model):
    """A number by which others know an organisation (PIC, VAT, NIP, REGON, ROR)."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="identifiers")
    scheme = models.CharField(max_length=12)
    value = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scheme", "value"], name="identifier_once")]

    def __str__(self) -> str:
        return f"{self.scheme} {self.value}"


class Role(models.TextChoices):
    LEAD_PARTNER = "lead_partner", _("lead partner")
    ANALYST = "analyst", _("analyst")
    BROKER = "broker", _("innovation broker")
    COORDINATOR = "coordinator", _("coordinator")
    FACILITY_MANAGER = "facility_manager", _("facility manager")
    READER = "reader", _("reader")


class Membership(models.Model):
    """A person's role in an organisation, from a day to a day; one person may hold several."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships")
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    since = models.DateField(_("from"))
    until = models.DateField(_("to"), null=True, blank=True)

    class Meta:
        ordering = ("-since", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "organisation", "role"], condition=Q(until__isnull=True), name="one_open_membership"
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=models.F("since")), name="membership_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_role_display()}, {self.organisation}"


class Group(models.Model):
    """One type for every group: partnership, consortium, cluster of social and ecological innovation, stakeholders."""

    class Kind(models.TextChoices):
        PARTNERSHIP = "partnership", _("partnership")
        CONSORTIUM = "consortium", _("consortium")
        CLUSTER = "cluster", _("cluster of social and ecological innovation")
        STAKEHOLDERS = "stakeholders", _("stakeholder group")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=200, unique=True)
    names = models.JSONField(_("names per language"), default=dict, blank=True)
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="groups")
    lead = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="leads")
    since = models.DateField(_("from"), null=True, blank=True)
    until = models.DateField(_("to"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True)
    notes = models.JSONField(_("notes per language"), default=dict, blank=True)
    source = models.URLField(_("source"), max_length=400, blank=True)

    class Meta:
        ordering = ("-kind", "name")

    def __str__(self) -> str:
        return str(self.names.get(get_language() or "", self.name))

    @property
    def local_note(self) -> str:
        return str(self.notes.get(get_language() or "", self.note))


class GroupMember(models.Model):
    group = models.ForeignKey(Group, models.CASCADE, related_name="members")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="group_memberships")
    basis = models.CharField(_("basis document"), max_length=200, blank=True)
    since = models.DateField(_("from"), null=True, blank=True)

    class Meta:
        ordering = ("organisation__name",)
        constraints = [models.UniqueConstraint(fields=["group", "organisation"], name="member_once")]

    def __str__(self) -> str:
        return f"{self.organisation} in {self.group}"


class Project(models.Model):
    """A public project of organisations: the track record by which partners are found."""

    source = models.CharField(_("source"), max_length=80)
    number = models.CharField(_("number"), max_length=40)
    acronym = models.CharField(_("acronym"), max_length=80, blank=True)
    title = models.CharField(_("title"), max_length=500)
    summary = models.TextField(_("summary"), blank=True)
    language = models.CharField(max_length=2, blank=True)
    year = models.PositiveSmallIntegerField(_("start year"), null=True, blank=True)

    class Meta:
        ordering = ("-year", "number")
        constraints = [models.UniqueConstraint(fields=["source", "number"], name="project_once")]

    def __str__(self) -> str:
        return self.acronym or self.title


class Participation(models.Model):
    project = models.ForeignKey(Project, models.CASCADE, related_name="participations")
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="participations")
    role = models.CharField(_("role"), max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "organisation"], name="participation_once")]

    def __str__(self) -> str:
        return f"{self.organisation} in {self.project}"


@pgtrigger.register(pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete))
class AuditNote(models.Model):
    """Who did what to which record, when and why. The database refuses to change or delete a note."""

    at = models.DateTimeField(default=timezone.now, db_index=True)
    person = models.ForeignKey(Person, models.DO_NOTHING, null=True, related_name="+", db_constraint=False)
    verb = models.CharField(max_length=60)
    record_type = models.CharField(max_length=60)
    record_id = models.CharField(max_length=40)
    label = models.CharField(max_length=300)
    reason = models.TextField(blank=True)
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ("-at", "-pk")
        indexes = [models.Index(fields=["record_type", "record_id", "-at"], name="audit_record")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.verb} {self.label}"


class ApiToken(models.Model):
    """A key for a program. Only its hash is kept; the key itself is shown once."""

    class Scope(models.TextChoices):
        READ = "read", _("read public records")

    person = models.ForeignKey(Person, models.CASCADE, related_name="tokens")
    name = models.CharField(_("name"), max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope.choices))
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.name
