"""The words of the three steps that more than one page says."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from hansa.strategy.models import Disagreement
from hansa.strategy.stepwork.verifying import BOTH, NEITHER, UNKNOWN

STANDING_WORDS = {
    Disagreement.CHOSEN.value: Disagreement.CHOSEN.label,
    Disagreement.MEASURED.value: Disagreement.MEASURED.label,
    UNKNOWN: _("unknown"),
    BOTH: _("chosen and measured"),
    NEITHER: _("neither chosen nor measured"),
}
