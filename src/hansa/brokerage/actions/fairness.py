"""The partnership's lift of regions that are seen too little."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from hansa.brokerage.fairness import measured_cost
from hansa.brokerage.models import LiftSetting
from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Person, Region
from hansa.network.permissions import authorise

OF_MANY = "SELECT pg_advisory_xact_lock(hashtext('hansa.lift'))"


@transaction.atomic
def set_lift(actor: Person, *, on: bool, regions: Sequence[str], source: str, share: float, depth: int) -> LiftSetting:
    """Set whether and how far matches from the listed regions are shown further up. The cost measured at this moment
    is kept with the setting and in the audit note. Matches follow when they are computed next.

    Raises:
        Forbidden: the actor leads no partnership.
        Refused: a code is no recorded region, or it is turned on without regions, source or share.
    """
    authorise(actor, "brokerage.set_lift")
    codes = sorted({code.strip().upper() for code in regions if code.strip()})
    known = set(Region.objects.filter(code__in=codes).values_list("code", flat=True))
    strange = [code for code in codes if code not in known]
    if strange:
        raise Refused(_("%(codes)s: no recorded region has this code.") % {"codes": ", ".join(strange)})
    if not 0 <= share <= 1 or not 1 <= depth <= 30:
        raise Refused(_("The share lies between 0 and 1, the places between 1 and 30."))
    if on and (not codes or not source.strip() or share == 0):
        raise Refused(_("To turn it on, list the regions, name the source of the list and give a share above 0."))
    _one_at_a_time()
    held = LiftSetting.objects.select_for_update().first() or LiftSetting()
    before = held.on
    held.on, held.regions, held.source, held.share, held.depth = on, codes, source.strip()[:300], share, depth
    held.set_by = actor
    held.cost = measured_cost(held).cost
    held.save()
    note(
        actor, "set_lift", held, before=before, on=on, regions=codes, source=held.source, share=share, depth=depth,
        cost=held.cost,
    )  # fmt: skip
    return held


def _one_at_a_time() -> None:
    """There is no row to lock before the first setting."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(OF_MANY)
