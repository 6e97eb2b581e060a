"""Recommendations to the regions' strategies, and what became of each, as a chapter of the documents."""

from __future__ import annotations

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from hansa.strategy.documents.blocks import Block, Chapter
from hansa.strategy.documents.references import counted
from hansa.strategy.documents.writing import Writer
from hansa.strategy.models import Recommendation, Run


def of_run(run: Run) -> QuerySet[Recommendation]:
    """What everybody may see of the recommendations to the regions of a run, merged ones left out."""
    found = Recommendation.objects.filter(public_since__isnull=False, region__in=run.regions.all())
    return found.exclude(state=Recommendation.State.MERGED).select_related("region", "priority").order_by("pk")


@counted("strategy.run", "recommendations_count")
def recommendations_count(run: Run) -> int:
    return of_run(run).count()


def recommendations(run: Run, w: Writer) -> Chapter | None:
    """Each with its region, state, the region's answer and the adopted text."""
    held = list(of_run(run))
    if not held:
        return None
    count = w.number(
        run,
        "recommendations_count",
        label=_("recommendations"),
        source=_("Counted from the public recommendations to the regions of this run."),
        url=reverse("strategy:recommendations"),
    )
    rows = [
        [
            w.quoted(each.title, each.language),
            w.quoted(each.region.local_name if each.region else "–"),
            w.code(each.priority.identifier if each.priority else "–"),
            w.text(each.get_state_display()),
            w.quoted(each.answer_reason or "–", "?"),
            w.quoted(each.adopted_text or "–", "?"),
        ]
        for each in held
    ]
    header = [
        _("Recommendation"),
        _("Region"),
        _("Priority"),
        _("State"),
        _("Answer and reason"),
        _("Adopted text"),
    ]
    blocks: list[Block] = [
        w.paragraph(_("Recommendations to the strategies of the regions: %(n)s."), n=count),
        w.table(w.sentence(_("Recommendations and what became of them")), header, rows),
    ]
    return w.chapter("recommendations", _("Recommendations to regional strategies"), blocks)
