"""Links by e-mail. The secret is made at the moment of sending, so that neither a job nor a record ever holds it.

The digest is stored before the e-mail leaves: whoever gets a link can use it. Where sending fails, the next try makes
a new one. A reminder has a secret of its own, and the first link goes on working.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.core.mail import send_mail
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from hansa.strategy.consultations.tokens import digest_of, new_token
from hansa.strategy.consultations.wording import spoken
from hansa.strategy.models import Answer, Consultation, Invitation, Round

SOON = timedelta(days=3)
log = logging.getLogger(__name__)


def waiting_for_link(consultation_id: int) -> QuerySet[Invitation]:
    """Who has an address and no link yet, in a consultation that is open."""
    return Invitation.objects.filter(
        consultation=consultation_id,
        consultation__state=Consultation.State.OPEN,
        consultation__deadline__gt=timezone.now(),
        sent_at__isnull=True,
        withdrawn_at__isnull=True,
    ).exclude(email="")


def to_remind() -> QuerySet[Invitation]:
    """Who got a link, was not reminded, and has not answered the open round whose deadline is near."""
    now = timezone.now()
    mine = Answer.objects.filter(invitation=OuterRef("pk"), round__state=Round.State.OPEN)
    asked = Round.objects.filter(consultation=OuterRef("consultation"), state=Round.State.OPEN)
    return Invitation.objects.filter(
        Exists(asked),
        ~Exists(mine),
        Q(consultation__opens_at__isnull=True) | Q(consultation__opens_at__lte=now),
        consultation__state=Consultation.State.OPEN,
        consultation__deadline__gt=now,
        consultation__deadline__lte=now + SOON,
        sent_at__isnull=False,
        reminded_at__isnull=True,
        withdrawn_at__isnull=True,
    ).exclude(email="")


def send_links(consultation_id: int) -> int:
    """Mail each waiting link; returns how many went out. The first failure is raised after all were tried."""
    return _each(waiting_for_link(consultation_id), "digest", "sent_at")


def remind() -> int:
    """Mail each reminder that is due; returns how many went out."""
    return _each(to_remind(), "digest_of_reminder", "reminded_at")


def _each(found: QuerySet[Invitation], digest: str, stamp: str) -> int:
    sent, failure = 0, None
    for key in list(found.values_list("pk", flat=True)):
        try:
            sent += _send(key, digest, stamp)
        except OSError as fault:  # a mail server that fails, also smtplib's faults
            log.warning("The e-mail of invitation %s was not sent: %s", key, fault)
            failure = failure or fault
    if failure is not None:
        raise failure
    return sent


def _send(key: int, digest: str, stamp: str) -> int:
    """Send one e-mail, unless the invitation has meanwhile lost its claim to it."""
    token = new_token()
    # one statement, so that of two workers one alone goes on; it is taken back when sending fails
    waiting = Invitation.objects.filter(pk=key, withdrawn_at__isnull=True, **{f"{stamp}__isnull": True}).exclude(
        email=""
    )
    if not waiting.update(**{digest: digest_of(token), stamp: timezone.now()}):
        return 0
    invitation = Invitation.objects.select_related("consultation").get(pk=key)
    try:
        mail(invitation, token, reminder=stamp == "reminded_at")
    except OSError:
        Invitation.objects.filter(pk=key).update(**{stamp: None})
        raise
    return 1


def link(consultation: Consultation, token: str) -> str:
    """The full address of the answer page, as the installation was reached when the consultation was opened."""
    return consultation.address.rstrip("/") + reverse("strategy:answer_consultation", args=[token])


def mail(invitation: Invitation, token: str, *, reminder: bool) -> None:
    """One e-mail in the language of the invited where Hansa speaks it, else in English."""
    consultation = invitation.consultation
    with translation.override(spoken(invitation.language)):
        deadline = date_format(timezone.localtime(consultation.deadline), "Y-m-d H:i T")
        begins = _("A reminder: your opinion is asked for.") if reminder else _("Your opinion is asked for.")
        text = "\n\n".join(
            [
                _("Dear %(name)s,") % {"name": invitation.name} if invitation.name else _("Good day,"),
                begins,
                str(consultation),
                _("Answer here, until %(deadline)s:") % {"deadline": deadline},
                link(consultation, token),
                _(
                    "You need no account. The link is yours alone: please do not pass it on. "
                    "You can change your answer until the round closes."
                ),
            ]
        )
        subject = _("Reminder: %(title)s") if reminder else _("Consultation: %(title)s")
        send_mail((subject % {"title": consultation}).replace("\n", " "), text, None, [invitation.email])
