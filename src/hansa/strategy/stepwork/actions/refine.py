"""The register of trends, the rounds of a run, and the ratings of its assessors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Person
from hansa.network.permissions import authorise
from hansa.strategy.models import Priority, RatingRound, Run, Trend, TrendRating
from hansa.strategy.models.stepwork import HIGHEST_RATING, LOWEST_RATING
from hansa.strategy.stepwork.rule import rule_of

FIELDS = ("kind", "title", "description", "language", "titles", "source", "url", "year")


@dataclass(frozen=True)
class Given:
    """What an assessor says of one trend; `rating` None is no rating and takes an earlier one of this round back."""

    rating: int | None
    comment: str = ""


@transaction.atomic
def add_trend(actor: Person, **fields: Any) -> Trend:
    """Put a trend into the register; `fields` are those of `Trend`.

    Raises:
        Forbidden: the actor is neither analyst nor lead partner.
        Refused: title or source is missing.
    """
    authorise(actor, "strategy.manage_trends")
    _check(fields)
    made = Trend.objects.create(by=actor, **{name: fields[name] for name in FIELDS if name in fields})
    note(actor, "add_trend", made)
    return made


@transaction.atomic
def edit_trend(actor: Person, trend: Trend, *, reason: str, **fields: Any) -> Trend:
    """Change a trend; what it was before stays in the audit.

    Raises:
        Forbidden, Refused: as `add_trend`; or there is no reason.
    """
    authorise(actor, "strategy.manage_trends", trend)
    _needs(reason)
    _check(fields)
    held = Trend.objects.select_for_update().get(pk=trend.pk)
    before = {name: getattr(held, name) for name in FIELDS if name in fields and getattr(held, name) != fields[name]}
    for name in before:
        setattr(held, name, fields[name])
    held.save()
    note(actor, "edit_trend", held, reason=reason.strip(), before=before)
    return held


@transaction.atomic
def withdraw_trend(actor: Person, trend: Trend, *, reason: str) -> Trend:
    """Take a trend out of what is rated; its ratings stay kept and count again once it is restored.

    Raises:
        Forbidden: the actor is neither analyst nor lead partner.
        Refused: no reason, or it is withdrawn already.
    """
    authorise(actor, "strategy.manage_trends", trend)
    return _set_withdrawn(actor, trend, reason, withdrawn=True)


@transaction.atomic
def restore_trend(actor: Person, trend: Trend, *, reason: str) -> Trend:
    """Take a withdrawn trend up again. Raises as `withdraw_trend`."""
    authorise(actor, "strategy.manage_trends", trend)
    return _set_withdrawn(actor, trend, reason, withdrawn=False)


def _set_withdrawn(actor: Person, trend: Trend, reason: str, *, withdrawn: bool) -> Trend:
    _needs(reason)
    held = Trend.objects.select_for_update().get(pk=trend.pk)
    if (held.withdrawn_at is not None) == withdrawn:
        raise Refused(_("Somebody else has done this already."))
    held.withdrawn_at = timezone.now() if withdrawn else None
    held.save()
    note(actor, "withdraw_trend" if withdrawn else "restore_trend", held, reason=reason.strip())
    return held


@transaction.atomic
def open_round(actor: Person, run: Run, *, reason: str) -> RatingRound:
    """Open the next round of ratings of a run; the first is blind, later ones show what the group said before.

    Raises:
        Forbidden: the actor is neither analyst nor lead partner.
        Refused: no reason, no trend to rate, or a round is open already.
    """
    authorise(actor, "strategy.manage_rating_rounds", run)
    _needs(reason)
    held = Run.objects.select_for_update().get(pk=run.pk)
    if not Trend.objects.filter(withdrawn_at__isnull=True).exists():
        raise Refused(_("There is no trend to rate: add one to the register first."))
    if held.rating_rounds.filter(closed_at__isnull=True).exists():
        raise Refused(_("A round of this run is open already."))
    last = held.rating_rounds.aggregate(last=Max("number"))["last"] or 0
    made = RatingRound.objects.create(run=held, number=last + 1, opened_by=actor, opened_because=reason.strip())
    note(actor, "open_rating_round", made, reason=reason.strip())
    return made


@transaction.atomic
def close_round(actor: Person, round_: RatingRound, *, reason: str) -> RatingRound:
    """Close a round: from now on its ratings count, and nobody can change them.

    Raises:
        Forbidden: the actor is neither analyst nor lead partner.
        Refused: no reason, closed already, or fewer people have rated than the run's rule asks for.
    """
    authorise(actor, "strategy.manage_rating_rounds", round_.run)
    _needs(reason)
    held = RatingRound.objects.select_for_update().get(pk=round_.pk)
    if held.closed_at is not None:
        raise Refused(_("This round is closed already."))
    least = rule_of(held.run).min_assessors
    have = TrendRating.objects.filter(round__run=held.run).values("assessor").distinct().count()
    if have < least:
        raise Refused(
            _("%(n)d people have rated so far; at least %(least)d are needed before a round can be closed.")
            % {"n": have, "least": least}
        )
    held.closed_at, held.closed_by, held.closed_because = timezone.now(), actor, reason.strip()
    held.save()
    note(actor, "close_rating_round", held, reason=reason.strip())
    return held


@transaction.atomic
def rate(actor: Person, round_: RatingRound, priority: Priority, given: Mapping[int, Given]) -> int:
    """Keep one assessor's ratings of a priority by keys of trends, as long as the round is open; how many stand now.

    A trend that is not in `given` stays as it was.

    Raises:
        Forbidden: the actor has no role that assesses.
        Refused: the round is closed, a rating is out of −2..+2, or the trend or priority is not one to rate.
    """
    authorise(actor, "strategy.rate_trends", priority)
    held = RatingRound.objects.select_for_update().get(pk=round_.pk)
    if held.closed_at is not None:
        raise Refused(_("This round has been closed meanwhile; your ratings were not kept."))
    if priority.run_id != held.run_id or not priority.is_open:
        raise Refused(_("This priority is not rated in this round."))
    known = set(Trend.objects.filter(pk__in=given, withdrawn_at__isnull=True).values_list("pk", flat=True))
    for key, said in given.items():
        if key not in known:
            raise Refused(_("One of the trends has been withdrawn meanwhile; open the page again."))
        if said.rating is not None and not LOWEST_RATING <= said.rating <= HIGHEST_RATING:
            raise Refused(_("A rating is a whole number from −2 to +2."))
    mine = TrendRating.objects.filter(round=held, priority=priority, assessor=actor)
    mine.filter(trend__in=[key for key, said in given.items() if said.rating is None]).delete()
    for key, said in given.items():
        if said.rating is not None:
            TrendRating.objects.update_or_create(
                round=held,
                priority=priority,
                trend_id=key,
                assessor=actor,
                defaults={"rating": said.rating, "comment": said.comment.strip()},
            )
    # the audit says that somebody rated, never what: the round is blind
    note(actor, "rate_trends", priority, round=held.number)
    return mine.count()


def _needs(reason: str) -> None:
    if not reason.strip():
        raise Refused(_("Say why: the reason is kept."))


def _check(fields: Mapping[str, Any]) -> None:
    if not str(fields.get("title", "")).strip():
        raise Refused(_("Give the trend a title."))
    if not str(fields.get("source", "")).strip():
        raise Refused(_("Name the source: the report or study in which the trend was read."))
