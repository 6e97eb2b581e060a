"""Reads of notices and of the e-mails that carry them."""

from __future__ import annotations

from django.db.models import Count, F, Q, QuerySet, TextField
from django.db.models.functions import Cast

from hansa.network.models import Notice, NoticeChoice, NoticeMail, Person
from hansa.network.notices.choosing import kinds_of
from hansa.network.registry import registry

UNDELIVERED = Q(state__in=[NoticeMail.State.FAILED, NoticeMail.State.UNSURE]) | Q(
    state=NoticeMail.State.WAITING, attempts__gt=0
)


def count_unread(person: Person | None) -> int:
    """How much news a person has not read; one query that an index answers."""
    return 0 if person is None else Notice.objects.filter(person=person, read_at__isnull=True).count()


def notices(person: Person, *, words: str = "", group: str = "", unread: bool = False) -> QuerySet[Notice]:
    """A person's own news, what is unread first, then the latest.

    `words` look into the sentence in the language that is active and into what fills it.
    """
    found = Notice.objects.filter(person=person)
    if group:
        found = found.filter(kind__in=kinds_of(group))
    if unread:
        found = found.filter(read_at__isnull=True)
    if words.strip():
        sought = words.strip().casefold()
        said = [key for key, kind in registry.notices.items() if sought in str(kind.sentence).casefold()]
        found = found.annotate(filling=Cast("parameters", TextField()))
        found = found.filter(Q(kind__in=said) | Q(filling__icontains=words.strip()))
    return found.order_by(F("read_at").desc(nulls_first=True), "-created_at", "-pk")


def choices_of(person: Person) -> dict[str, str]:
    """The ways a person chose, by group."""
    return dict(NoticeChoice.objects.filter(person=person).values_list("group", "way"))


def undelivered(*, words: str = "", state: str = "") -> QuerySet[NoticeMail]:
    """E-mails that did not go out as they should: given up, not known, or waiting after a failure."""
    found = NoticeMail.objects.filter(UNDELIVERED).select_related("person").annotate(news=Count("notices"))
    if state:
        found = found.filter(state=state)
    if words.strip():
        found = found.filter(Q(person__name__icontains=words.strip()) | Q(person__email__icontains=words.strip()))
    return found.order_by("-created_at", "-pk")
