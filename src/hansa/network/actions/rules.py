"""The rules of the network: set by the lead partner within the bounds that are declared, each time with a reason."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Person, RuleSetting
from hansa.network.permissions import authorise
from hansa.network.registry import Rule, registry, rule


@transaction.atomic
def set_rule(actor: Person, key: str, *, value: Any, reason: str) -> RuleSetting | None:
    """Set one rule of the network; the value declared as its default sets it back, and None is returned then.

    Raises:
        Forbidden: the actor leads no partnership.
        Refused: there is no such rule, no reason, or the value is out of bounds.
    """
    authorise(actor, "network.set_rule")
    declared = registry.rules.get(key)
    if declared is None:
        raise Refused(_("There is no such rule."))
    if not reason.strip():
        raise Refused(_("Give a reason; the brokers read it beside the rule."))
    checked = _checked(declared, value)
    before = rule(key)
    held = RuleSetting.objects.select_for_update().filter(key=key).first()
    if checked == declared.default:
        if held is not None:
            note(actor, "set_rule", held, reason=reason.strip(), before=before, after=checked)
            held.delete()
        return None
    set_to = {"value": checked, "reason": reason.strip()[:300], "set_by": actor, "set_at": timezone.now()}
    made, _new = RuleSetting.objects.update_or_create(key=key, defaults=set_to)
    note(actor, "set_rule", made, reason=reason.strip(), before=before, after=checked)
    return made


def _checked(declared: Rule, value: Any) -> Any:
    if declared.kind == "yes_no":
        if not isinstance(value, bool):
            raise Refused(_("Say yes or no."))
        return value
    if declared.kind == "choice":
        if value not in {option for option, _label in declared.choices}:
            raise Refused(_("Choose one of the values."))
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refused(_("Give a whole number."))
    if declared.least is not None and value < declared.least:
        raise Refused(_("Give at least %(least)d.") % {"least": declared.least})
    if declared.most is not None and value > declared.most:
        raise Refused(_("Give at most %(most)d.") % {"most": declared.most})
    return value
