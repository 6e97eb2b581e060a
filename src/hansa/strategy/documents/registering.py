"""What the documents register with the room: their chapters, their place in its navigation and on a run's page."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from hansa.network.models import Person
from hansa.network.permissions import may
from hansa.strategy.documents import contract, counting, queries  # noqa: F401  (counting registers its counts)
from hansa.strategy.documents.chapters import basis, common, criteria
from hansa.strategy.models import Document, Run
from hansa.strategy.parts import Link, Panel, parts

STRATEGY, SUMMARY, ANNEX, DOSSIER = Document.Kind.values


def run_panel(run: Run, person: Person | None) -> Panel:
    return Panel(
        "documents",
        _("Documents"),
        "hansa_strategy/documents/_run_panel.html",
        {
            "run": run,
            "documents": queries.of_run(run, drafts=may(person, "strategy.view_drafts")),
            "may_write": may(person, "strategy.write_document"),
        },
        order=90,
    )


def register() -> None:
    parts.links["documents"] = Link("documents", _("Documents"), "strategy:documents", 90)
    parts.run_panels["documents"] = run_panel
    add = contract.add_chapter
    add("in_brief", basis.in_brief, kinds=[STRATEGY, SUMMARY], order=5)
    add("method", basis.method, kinds=[STRATEGY, SUMMARY, ANNEX], order=10)
    add("regions", basis.regions, kinds=[STRATEGY, SUMMARY, ANNEX], order=20)
    add("evidence", basis.evidence, kinds=[STRATEGY, ANNEX], order=30)
    add("rule", basis.rule, kinds=[STRATEGY, ANNEX], order=40)
    add("priorities", common.overview, kinds=[STRATEGY, SUMMARY], order=50)
    add("each_priority", common.sections, kinds=[STRATEGY], order=55)
    add("closed", common.closed, kinds=[STRATEGY, ANNEX], order=60)
    add("results", common.results, kinds=[ANNEX], order=70)
    add("decisions", common.decisions, kinds=[ANNEX], order=80)
    add("dossier", criteria.purpose, kinds=[DOSSIER], order=5)
    add("overview", criteria.overview, kinds=[DOSSIER], order=8)
    for place, key in enumerate(contract.CRITERIA):
        add(f"criterion_{key}", criteria.criterion(key), kinds=[DOSSIER], order=10 + place)
    contract.add_record("body", "groups", criteria.bodies)
    contract.add_record("monitoring", "moves", criteria.monitored)
    contract.add_record("cooperation", "run", criteria.cooperation)
