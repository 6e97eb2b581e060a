"""What is counted, and by which rule. A rule is a query over records, declared once: the figure is its length and
the page behind the figure lists its rows, so the two cannot differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, QuerySet
from django.utils.translation import gettext_lazy as _

from hansa.brokerage.models import Case, Introduction, Request


@dataclass(frozen=True)
class Indicator:
    """A figure derived from records. `rule` says in words what `rows` returns; `priority` is the path to it."""

    code: str
    title: Any
    unit: Any
    rule: Any
    rows: Callable[[], QuerySet[Any]]
    priority: str
    date: str

    def of(self, number: int | None) -> QuerySet[Any]:
        """The records counted, of one priority or of all."""
        found = self.rows()
        return found if number is None else found.filter(**{f"{self.priority}__number": number})

    def by_priority(self) -> dict[int, int]:
        """Priority number -> how many records; one query whatever the number of records."""
        counted = self.rows().order_by().values(number=F(f"{self.priority}__number")).annotate(n=Count("pk"))
        return {row["number"]: row["n"] for row in counted}


INDICATORS = {
    indicator.code: indicator
    for indicator in (
        Indicator(
            code="requests",
            title=_("Requests published"),
            unit=_("requests"),
            rule=_("Requests that were ever published, whatever became of them since; drafts do not count."),
            rows=lambda: Request.objects.filter(published_at__isnull=False),
            priority="priority",
            date="published_at",
        ),
        Indicator(
            code="introductions",
            title=_("Introductions proposed"),
            unit=_("introductions"),
            rule=_("Introductions that a broker proposed, answered or not; one per case."),
            rows=Introduction.objects.all,
            priority="case__priority",
            date="proposed_at",
        ),
        Indicator(
            code="cases",
            title=_("Cases opened"),
            unit=_("cases"),
            rule=_("Cases that were ever opened, open or closed."),
            rows=Case.objects.all,
            priority="priority",
            date="opened_at",
        ),
        Indicator(
            code="agreements",
            title=_("Cases with an agreement"),
            unit=_("cases"),
            rule=_("Cases that stand at agreement or joint strategy today."),
            rows=lambda: Case.objects.filter(state__in=[Case.State.AGREEMENT, Case.State.JOINT_STRATEGY]),
            priority="priority",
            date="opened_at",
        ),
    )
}
