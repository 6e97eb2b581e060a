"""How a piece of news reaches somebody: as they chose for its group, else the quiet default."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone

from hansa.network.models import NoticeChoice, Person, Way
from hansa.network.registry import registry, rule

DIGEST_HOUR = "network.digest_hour"


def way_of(person: Person, kind: str) -> Way:
    """The way of this kind of news to this person, decided when it is told.

    The quiet default is one e-mail a day, and at once for urgent kinds. Who has no address reads it here only.
    """
    if not person.email:
        return Way.IN_APP
    declared = registry.notices[kind]
    chosen = NoticeChoice.objects.filter(person=person, group=declared.group).values_list("way", flat=True).first()
    return Way(chosen) if chosen else (Way.AT_ONCE if declared.urgent else Way.DAILY)


def kinds_of(group: str) -> list[str]:
    return [key for key, kind in registry.notices.items() if kind.group == group]


def group_of(kind: str) -> str:
    """The group of a kind; "" where the kind is not declared any more."""
    declared = registry.notices.get(kind)
    return declared.group if declared else ""


def group_title(group: str) -> str:
    return str(registry.notice_groups.get(group, group))


def group_choices() -> list[tuple[str, Any]]:
    """All groups that have kinds or a title, in the order of their titles."""
    keys = {*registry.notice_groups, *(kind.group for kind in registry.notices.values())}
    return sorted(((key, group_title(key)) for key in keys), key=lambda pair: pair[1])


def last_daily(now: datetime) -> datetime:
    """The latest moment before `now` at which daily digests are due, in the installation's time zone."""
    local = timezone.localtime(now)
    due = timezone.make_aware(datetime.combine(local.date(), time(int(rule(DIGEST_HOUR)))))
    if due > now:
        due = timezone.make_aware(datetime.combine(local.date() - timedelta(days=1), time(int(rule(DIGEST_HOUR)))))
    return due


def last_weekly(now: datetime) -> datetime:
    """The latest moment before `now` at which weekly digests are due: Mondays at the digest hour."""
    local = timezone.localtime(last_daily(now))
    monday = local.date() - timedelta(days=local.weekday())
    return timezone.make_aware(datetime.combine(monday, time(int(rule(DIGEST_HOUR)))))
