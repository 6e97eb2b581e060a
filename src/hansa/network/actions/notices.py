"""News for people: told once, read, mailed as they chose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Notice, NoticeChoice, NoticeMail, Person, Way
from hansa.network.permissions import authorise

State = NoticeMail.State


@transaction.atomic
def tell(person: Person, kind: str, *, url: str, key: str = "", **parameters: Any) -> Notice | None:
    """Leave a notice for a person inside the caller's transaction; it is mailed as they chose.

    `kind` is one of `registry.notices`; `parameters` fill its sentence and are never private text: references, names
    of agencies and stages, dates in ISO 8601. With a `key` the same news is told once, however often this runs; then
    the second call returns None.
    """
    from hansa.network.jobs import queue_mail_at_once
    from hansa.network.notices.choosing import way_of
    from hansa.network.registry import registry

    if kind not in registry.notices:
        raise KeyError(f"no notice is declared as {kind!r}")
    row = Notice(person=person, kind=kind, parameters=parameters, url=url, key=key, way=way_of(person, kind))
    if not key:
        row.save()
        told: Notice | None = row
    else:
        Notice.objects.bulk_create([row], ignore_conflicts=True)
        told = Notice.objects.filter(person=person, kind=kind, key=key, created_at=row.created_at).first()
    if told is not None and told.way == Way.AT_ONCE:
        queue_mail_at_once(person.pk)
    return told


def mark_notices_read(actor: Person, *, upto: int) -> int:
    """Mark the actor's own notices up to a key as read; everybody may do that with their own.

    Raises:
        Forbidden: there is no actor.
    """
    authorise(actor, "network.read_notices", actor)
    mine = Notice.objects.filter(person=actor, pk__lte=upto, read_at__isnull=True)
    return mine.update(read_at=timezone.now())


def mark_notice(actor: Person, notice: Notice, *, read: bool) -> None:
    """Mark one notice as read, or as unread again.

    Raises:
        Forbidden: it is somebody else's.
    """
    authorise(actor, "network.read_notices", notice.person)
    found = Notice.objects.filter(pk=notice.pk, read_at__isnull=read)
    found.update(read_at=timezone.now() if read else None)


@transaction.atomic
def choose_ways(actor: Person, ways: Mapping[str, str]) -> None:
    """Keep how the actor gets the news of each group; "" is the quiet default.

    It holds for what is told from now on. Where e-mail is switched off, news that waits is not mailed either.

    Raises:
        Forbidden: there is no actor.
        Refused: a way or a group is unknown.
    """
    from hansa.network.notices.choosing import group_choices

    authorise(actor, "network.choose_notices", actor)
    if not set(ways) <= {key for key, _title in group_choices()} or not set(ways.values()) <= {"", *Way.values}:
        raise Refused(_("There is no such choice."))
    for group, way in ways.items():
        if not way:
            NoticeChoice.objects.filter(person=actor, group=group).delete()
        elif way == Way.IN_APP:
            stop_mails(actor, [group])
        else:
            _keep(actor, group, way)


@transaction.atomic
def stop_mails(person: Person, groups: Iterable[str]) -> None:
    """Mail no more news of these groups to a person, at once. Who holds a signed link or the account may do that; the
    caller has checked which."""
    from hansa.network.notices.choosing import kinds_of

    for group in groups:
        _keep(person, group, Way.IN_APP)
        waiting = Notice.objects.filter(person=person, kind__in=kinds_of(group), mail__isnull=True)
        waiting.update(way=Way.IN_APP)


def _keep(person: Person, group: str, way: str) -> None:
    given = {"way": way, "set_at": timezone.now()}
    NoticeChoice.objects.update_or_create(person=person, group=group, defaults=given)


@transaction.atomic
def send_mail_again(actor: Person, mail: NoticeMail) -> NoticeMail:
    """Queue an e-mail once more that was given up, or of which it is not known whether it went out.

    Raises:
        Forbidden: the actor leads no partnership.
        Refused: it is sent already, is being sent, or waits.
    """
    from hansa.network.jobs import queue_deliver_mail

    authorise(actor, "network.settle_mail", mail)
    held = _unsettled(mail, State.FAILED, State.UNSURE)
    held.state, held.attempts, held.next_try_at, held.claimed_at = State.WAITING, 0, timezone.now(), None
    held.save(update_fields=["state", "attempts", "next_try_at", "claimed_at"])
    note(actor, "send_mail_again", held, reason=held.reason)
    queue_deliver_mail(held.pk)
    return held


@transaction.atomic
def set_mail_aside(actor: Person, mail: NoticeMail) -> NoticeMail:
    """Let an undelivered e-mail be: it is not tried any more, and its news stays on the person's page.

    Raises:
        Forbidden: the actor leads no partnership.
        Refused: it is sent already, or is being sent.
    """
    authorise(actor, "network.settle_mail", mail)
    held = _unsettled(mail, State.FAILED, State.UNSURE, State.WAITING)
    held.state = State.DROPPED
    held.save(update_fields=["state"])
    note(actor, "set_mail_aside", held, reason=held.reason)
    return held


def _unsettled(mail: NoticeMail, *states: str) -> NoticeMail:
    held = NoticeMail.objects.select_for_update().get(pk=mail.pk)
    if held.state not in states:
        raise Refused(_("This e-mail is %(state)s now.") % {"state": held.get_state_display()})
    return held
