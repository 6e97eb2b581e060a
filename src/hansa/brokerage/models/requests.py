"""Partnership profiles: what somebody in a region needs or offers, and the part that stays with the agency."""

from __future__ import annotations

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hansa.brokerage.models.clients import Client
from hansa.network.models import LANGUAGES_OF_RECORDS, Organisation, Person, Region, words_index
from hansa.strategy.models import Priority


@pghistory.track()
class Request(models.Model):
    """A partnership profile: what somebody in a region needs or offers. Everything here may be read by the public
    once it is published; what may not be is in `RequestPrivate`."""

    class Type(models.TextChoices):
        BUSINESS_OFFER = "business_offer", _("business offer")
        BUSINESS_REQUEST = "business_request", _("business request")
        TECHNOLOGY_OFFER = "technology_offer", _("technology offer")
        TECHNOLOGY_REQUEST = "technology_request", _("technology request")
        RESEARCH_REQUEST = "research_request", _("R&D request")

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("request", "draft")
        IN_REVIEW = "in_review", pgettext_lazy("request", "in review")
        PUBLISHED = "published", pgettext_lazy("request", "published")
        ANSWERED = "answered", pgettext_lazy("request", "answered")
        CLOSED = "closed", pgettext_lazy("request", "closed")
        EXPIRED = "expired", pgettext_lazy("request", "expired")
        WITHDRAWN = "withdrawn", pgettext_lazy("request", "withdrawn")

    OPEN = (State.PUBLISHED, State.ANSWERED)
    """The states in which a request is found and can be answered; an answered one still looks for further partners."""

    class Stage(models.TextChoices):
        RESEARCH = "research", _("under research and development")
        CONCEPT = "concept", _("conceptual prototype")
        PROTOTYPE = "prototype", _("functional prototype")
        DEMONSTRATOR = "demonstrator", _("demonstrator, field tested")
        MARKET = "market", _("already on the market")
        NONE = "none", _("not applicable")

    class Ipr(models.TextChoices):
        NONE = "none", _("none")
        SECRET = "secret", _("secret know-how")
        PENDING = "pending", _("applied for, not granted yet")
        GRANTED = "granted", _("granted")
        COPYRIGHT = "copyright", _("copyright")
        EXCLUSIVE = "exclusive", _("exclusive rights")

    class Cooperation(models.TextChoices):
        """Partnership types in three families: investment; commercial, licence and technical; research."""

        INVESTMENT = "investment", _("investment: a stake or joint venture")
        FINANCE = "finance", _("investment: finance for growth")
        COMMERCIAL = "commercial", _("commercial: agency, distribution, franchise")
        SUPPLY = "supply", _("commercial: supply, manufacturing, outsourcing")
        LICENCE = "licence", _("technical: licence")
        TECHNICAL = "technical", _("technical: cooperation with technical assistance")
        SERVICES = "services", _("technical: services")
        RESEARCH = "research", _("research: cooperation in R&D")
        PILOT = "pilot", _("research: test and demonstration")

    class Partner(models.TextChoices):
        SME = "sme", _("SME")
        LARGE = "large", _("large enterprise")
        UNIVERSITY = "university", _("university")
        INSTITUTE = "institute", _("research institute or laboratory")
        INVESTOR = "investor", _("investor")
        PUBLIC = "public", _("public body")
        SOCIAL = "social", _("social enterprise or association")

    reference = models.CharField(_("reference"), max_length=24, unique=True)
    type = models.CharField(_("type"), max_length=20, choices=Type.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    priority = models.ForeignKey(Priority, models.PROTECT, related_name="requests", verbose_name=_("priority"))
    agency = models.ForeignKey(Organisation, models.PROTECT, related_name="requests", verbose_name=_("agency"))
    region = models.ForeignKey(Region, models.PROTECT, related_name="requests", verbose_name=_("region"))
    broker = models.ForeignKey(Person, models.PROTECT, related_name="requests", verbose_name=_("broker"))
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES_OF_RECORDS)
    title = models.CharField(_("title"), max_length=160)
    summary = models.CharField(_("summary"), max_length=500)
    description = models.TextField(_("description"), max_length=4000, blank=True)
    advantages = models.TextField(_("advantages and innovations"), max_length=1000, blank=True)
    specification = models.TextField(_("technical specification"), max_length=1000, blank=True)
    partner_sought = models.TextField(_("partner sought"), max_length=4000, blank=True)
    stage = models.CharField(_("stage of development"), max_length=12, choices=Stage.choices, blank=True)
    stage_note = models.CharField(_("on the stage"), max_length=300, blank=True)
    ipr = models.CharField(_("intellectual property"), max_length=10, choices=Ipr.choices, blank=True)
    ipr_note = models.CharField(_("on the intellectual property"), max_length=300, blank=True)
    cooperation = ArrayField(
        models.CharField(max_length=12, choices=Cooperation.choices),
        verbose_name=_("kinds of cooperation"),
        default=list,
        blank=True,
    )
    partner_types = ArrayField(
        models.CharField(max_length=12, choices=Partner.choices),
        verbose_name=_("kinds of partner"),
        default=list,
        blank=True,
    )
    domains = ArrayField(models.CharField(max_length=20), verbose_name=_("domains (NACE)"), default=list, blank=True)
    goals = ArrayField(
        models.PositiveSmallIntegerField(), verbose_name=_("sustainable development goals"), default=list, blank=True
    )
    programme = models.CharField(_("programme and call"), max_length=200, blank=True)
    call_closes = models.DateField(_("call closes on"), null=True, blank=True)
    keywords = models.ManyToManyField("brokerage.Keyword", related_name="requests", blank=True)
    countries = ArrayField(models.CharField(max_length=2), verbose_name=_("target countries"), default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    matched_at = models.DateTimeField(null=True, blank=True)
    missing_signals = ArrayField(models.CharField(max_length=40), default=list, blank=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        indexes = [
            # the order of the list, whoever reads it; the two columns beside it answer who may see a row
            models.Index(fields=["-published_at", "-id"], include=["state", "agency"], name="request_latest"),
            models.Index(fields=["priority", "state"], name="request_priority"),
            models.Index(fields=["agency", "state"], name="request_agency"),
            words_index("title", "summary", "reference", name="request_words"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["published", "answered"]) | Q(published_at__isnull=False),
                name="published_has_date",
            )
        ]

    def __str__(self) -> str:
        """The reference alone: it stands in audit notes, also of drafts, whose title only the agency may read."""
        return self.reference

    @property
    def is_offer(self) -> bool:
        return self.type in {self.Type.BUSINESS_OFFER, self.Type.TECHNOLOGY_OFFER}

    @property
    def public_text(self) -> str:
        said = (self.title, self.summary, self.description, self.advantages, self.specification, self.partner_sought)
        return "\n".join(filter(None, said))

    def get_absolute_url(self) -> str:
        return reverse("brokerage:request", args=[self.reference])


class RequestPrivate(models.Model):
    """What the client's own agency alone may see, until it is opened to another. PostgreSQL's row-level security
    holds that rule a second time: the application's role sees a row only for the agencies of the reader."""

    request = models.OneToOneField(Request, models.CASCADE, primary_key=True, related_name="private")
    agency = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    client = models.ForeignKey(
        Client, models.PROTECT, null=True, blank=True, related_name="requests", verbose_name=_("client")
    )
    client_name = models.CharField(_("client"), max_length=200, blank=True)
    text = models.TextField(_("private text"), max_length=4000, blank=True)
    opened_to = ArrayField(models.BigIntegerField(), default=list, blank=True)

    def __str__(self) -> str:
        return f"private part of {self.request_id}"
