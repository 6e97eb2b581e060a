"""What the network itself declares for news, rules and events."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from hansa.network.notices.choosing import DIGEST_HOUR
from hansa.network.notices.holding import erase
from hansa.network.registry import NoticeKind, Rule, registry
from hansa.network.webhooks.sending import FAILURES


def register() -> None:
    registry.notice_groups["network"] = _("The network")
    registry.notices["network.webhook_off"] = NoticeKind(
        _("The webhook “%(name)s” is switched off: %(failures)s calls in a row failed."), "network", urgent=True
    )
    registry.rules[DIGEST_HOUR] = Rule(
        _("Hour of the daily and weekly e-mails"),
        "number",
        7,
        help=_("In the time zone of this installation; weekly e-mails go out on Mondays."),
        unit=_("o’clock"),
        least=0,
        most=23,
    )
    registry.rules[FAILURES] = Rule(
        _("Failed calls in a row after which a webhook is switched off"),
        "number",
        20,
        unit=_("calls"),
        least=1,
        most=1000,
    )
    registry.erasures["news"] = erase
