"""E-mails with links. Letters name no private text; their words are declared by the rooms in `registry.letters`."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from hansa.network.actions.links import make_link
from hansa.network.middleware import see_as
from hansa.network.models import Link, Person
from hansa.network.registry import registry


def spoken(language: str) -> str:
    """The language itself where Hansa speaks it, else English."""
    return language if language in dict(settings.LANGUAGES) else "en"


def send_link(
    *, purpose: str, record: int, person_id: int, address: str, client: int | None = None, by_id: int | None = None
) -> bool:
    """Make a link and mail it; False where the person is gone or has no address, or the letter is not due any more."""
    person = Person.objects.filter(pk=person_id).exclude(email="").first()
    letter = registry.letters[purpose]
    if person is None:
        return False
    with translation.override(spoken(person.language)), see_as("", client=client):
        said = letter.compose(record, person)
        if said is None:
            return False
        link, secret = make_link(
            Person.objects.filter(pk=by_id).first(), purpose=purpose, record=record, person=person, client=client
        )
        until = date_format(timezone.localtime(link.expires_at), "Y-m-d H:i T")
        text = "\n\n".join(
            [
                _("Dear %(name)s,") % {"name": person.name} if person.name else _("Good day,"),
                *said.paragraphs,
                address.rstrip("/") + reverse(letter.view, args=[secret]),
                _("You need no account. The link is yours alone; it works until %(day)s.") % {"day": until},
            ]
        )
        send_mail(said.subject.replace("\n", " "), text, None, [person.email])
    Link.objects.filter(pk=link.pk).update(sent_at=timezone.now())
    return True
