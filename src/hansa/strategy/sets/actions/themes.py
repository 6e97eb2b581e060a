"""Themes and the lines of their concordance with domains."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Person
from hansa.network.permissions import authorise
from hansa.strategy.models import Theme, ThemeDomain
from hansa.strategy.sets import concordance


@transaction.atomic
def load_shipped_themes(actor: Person | None) -> int:
    """Record the shipped themes that are missing; `actor` None is the starter. Returns how many were new.

    Raises:
        Forbidden: the actor is neither analyst nor lead partner.
    """
    if actor is not None:
        authorise(actor, "strategy.write_theme")
    return concordance.load_themes()


@transaction.atomic
def save_theme(
    actor: Person,
    theme: Theme | None,
    *,
    code: str,
    name: str,
    name_pl: str = "",
    description: str = "",
    source: str = "",
) -> Theme:
    """Add a theme (`theme` None) or change one; its code stays, since priorities carry it.

    Raises:
        Forbidden: the actor is neither analyst nor lead partner.
        Refused: no name, or the code is taken.
    """
    authorise(actor, "strategy.write_theme", theme)
    if not name.strip():
        raise Refused(_("Give the theme a name."))
    before = {} if theme is None else {"name": theme.name, "names": theme.names, "description": theme.description}
    if theme is None:
        if Theme.objects.filter(code=code).exists():
            raise Refused(_("There is a theme with the code “%(code)s” already.") % {"code": code})
        theme = Theme(code=code)
    theme.name = name.strip()
    theme.names = {**theme.names, "en": theme.name} | ({"pl": name_pl.strip()} if name_pl.strip() else {})
    theme.description, theme.source = description.strip(), source.strip()
    theme.save()
    note(actor, "change_theme" if before else "add_theme", theme, before=before)
    return theme


@transaction.atomic
def withdraw_theme(actor: Person, theme: Theme, *, reason: str) -> Theme:
    """Withdraw a theme: it is proposed no more and its concordance no longer counts; what carries it keeps it.

    Raises:
        Forbidden, Refused: no right, no reason, or withdrawn already.
    """
    authorise(actor, "strategy.write_theme", theme)
    held = Theme.objects.select_for_update().get(pk=theme.pk)
    if not reason.strip():
        raise Refused(_("Say why it is withdrawn."))
    if held.withdrawn_at is not None:
        raise Refused(_("It was withdrawn already."))
    held.withdrawn_at = timezone.now()
    held.save(update_fields=["withdrawn_at"])
    note(actor, "withdraw_theme", held, reason=reason.strip())
    return held


@transaction.atomic
def restore_theme(actor: Person, theme: Theme, *, reason: str) -> Theme:
    """Take a withdrawn theme up again.

    Raises:
        Forbidden, Refused: no right, no reason, or it is not withdrawn.
    """
    authorise(actor, "strategy.write_theme", theme)
    held = Theme.objects.select_for_update().get(pk=theme.pk)
    if not reason.strip():
        raise Refused(_("Say why it is taken up again."))
    if held.withdrawn_at is None:
        raise Refused(_("It is not withdrawn."))
    held.withdrawn_at = None
    held.save(update_fields=["withdrawn_at"])
    note(actor, "restore_theme", held, reason=reason.strip())
    return held


@transaction.atomic
def save_line(
    actor: Person, theme: Theme, *, domain: str, weight: float, why: str, classification: str = "NACE Rev. 2"
) -> ThemeDomain:
    """Add a line of the concordance or change the one of that domain; it needs its reason.

    Raises:
        Forbidden: as `save_theme`.
        Refused: no reason, no domain, or a weight outside 0 to 1.
    """
    authorise(actor, "strategy.write_theme", theme)
    domain = domain.strip()
    if not domain:
        raise Refused(_("Name the domain by its code."))
    if not why.strip():
        raise Refused(_("Say why this domain belongs to the theme."))
    if not 0.0 <= weight <= 1.0:
        raise Refused(_("The weight is between 0 and 1."))
    line = ThemeDomain.objects.filter(theme=theme, classification=classification, domain=domain).first()
    before = None if line is None else {"weight": line.weight, "why": line.note}
    line = line or ThemeDomain(theme=theme, classification=classification, domain=domain)
    line.weight, line.note, line.by = weight, why.strip()[:400], actor
    line.save()
    note(actor, "save_concordance", theme, reason=why.strip(), domain=domain, weight=weight, before=before)
    return line


@transaction.atomic
def take_out_line(actor: Person, line: ThemeDomain, *, reason: str) -> None:
    """Take a line out of the concordance; the audit note keeps what it said, so that it can be written again.

    Raises:
        Forbidden, Refused: no right or no reason.
    """
    authorise(actor, "strategy.write_theme", line.theme)
    if not reason.strip():
        raise Refused(_("Say why the line is taken out."))
    note(
        actor,
        "take_out_concordance",
        line.theme,
        reason=reason.strip(),
        domain=line.domain,
        weight=line.weight,
        why=line.note,
    )
    line.delete()
