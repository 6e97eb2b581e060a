"""What Hansa tells a person: a kind with its parameters, said in the reader's language when it is read or mailed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hansa.network.models.people import Person


class Way(models.TextChoices):
    """How somebody gets the news of a group."""

    AT_ONCE = "at_once", _("by e-mail at once")
    DAILY = "daily", _("by e-mail once a day")
    WEEKLY = "weekly", _("by e-mail once a week")
    IN_APP = "in_app", _("here only, no e-mail")


class NoticeChoice(models.Model):
    """The way a person chose for a group of news; without one the quiet default holds."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="notice_choices")
    group = models.CharField(max_length=60)
    way = models.CharField(max_length=8, choices=Way.choices)
    set_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "group"], name="one_way_per_group")]

    def __str__(self) -> str:
        return f"{self.group}: {self.way}"


class NoticeMail(models.Model):
    """One e-mail with news for one person. It is claimed before it is handed over and marked afterwards, so that no
    run sends it twice; one whose run was killed in between is `unsure` and waits for a person's decision."""

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("e-mail", "waiting")
        SENDING = "sending", pgettext_lazy("e-mail", "being sent")
        SENT = "sent", pgettext_lazy("e-mail", "sent")
        FAILED = "failed", pgettext_lazy("e-mail", "given up")
        UNSURE = "unsure", pgettext_lazy("e-mail", "not known whether it went out")
        DROPPED = "dropped", pgettext_lazy("e-mail", "set aside")

    person = models.ForeignKey(Person, models.CASCADE, related_name="notice_mails")
    way = models.CharField(max_length=8, choices=Way.choices)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField(default=timezone.now)
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        indexes = [models.Index(fields=["next_try_at"], condition=Q(state="waiting"), name="notice_mail_waiting")]

    def __str__(self) -> str:
        return f"e-mail {self.pk}"


class Notice(models.Model):
    """One piece of news for one person. It never carries private text: `parameters` are references, names of stages
    and dates. `key` makes a job that runs twice tell it once."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=60)
    parameters = models.JSONField(default=dict, blank=True)
    url = models.CharField(max_length=300)
    key = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)
    way = models.CharField(max_length=8, choices=Way.choices, default=Way.IN_APP)
    mail = models.ForeignKey(NoticeMail, models.SET_NULL, null=True, blank=True, related_name="notices")
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = [
            models.UniqueConstraint(fields=["person", "kind", "key"], condition=~Q(key=""), name="notice_told_once")
        ]
        indexes = [
            models.Index(fields=["person", "-created_at"], name="notice_of_person"),
            models.Index(fields=["person"], condition=Q(read_at__isnull=True), name="notice_unread"),
            models.Index(
                fields=["way", "created_at"],
                condition=Q(mail__isnull=True, read_at__isnull=True) & ~Q(way="in_app"),
                name="notice_to_mail",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.person_id}"
