"""What monitoring shows of itself in the shell and on a priority's thread."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hansa.monitoring.indicators import INDICATORS
from hansa.network.registry import NavigationItem, Stage, registry
from hansa.strategy.models import Priority


def stages(priority: Priority) -> Iterable[Stage]:
    yield Stage(
        key="outcome",
        label=_("Agreements"),
        count=INDICATORS["agreements"].of(priority.number).count(),
        url=reverse("monitoring:rows", args=["agreements", priority.number]),
    )


def register() -> None:
    registry.navigation["monitoring"] = NavigationItem(
        "monitoring", gettext_lazy("Monitoring"), "monitoring:overview", order=60
    )
    registry.stages["outcome"] = stages
