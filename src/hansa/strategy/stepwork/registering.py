"""What steps 2 to 4 show of themselves on the board, on a priority's page and on a run's."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from hansa.network.models import Person
from hansa.network.permissions import may
from hansa.strategy.documents.contract import add_chapter, add_record
from hansa.strategy.models import Priority, Run, Step
from hansa.strategy.parts import Link, Panel, parts
from hansa.strategy.stepwork import chapters, findings
from hansa.strategy.stepwork.assessing import assess
from hansa.strategy.stepwork.refining import refine
from hansa.strategy.stepwork.verifying import verify


def verify_panel(priority: Priority, person: Person | None) -> Panel | None:
    if not priority.is_open:
        return None
    context = {"found": verify([priority])[priority.pk]}
    return Panel(
        "verification", _("Policy and figures"), "hansa_strategy/stepwork/_verify_panel.html", context, order=40
    )


def refine_panel(priority: Priority, person: Person | None) -> Panel | None:
    if not priority.is_open:
        return None
    found = refine([priority])[priority.pk]
    context = {"found": found, "may_rate": may(person, "strategy.rate_trends", priority)}
    return Panel("trends", _("Resilience to trends"), "hansa_strategy/stepwork/_refine_panel.html", context, order=50)


def assess_panel(priority: Priority, person: Person | None) -> Panel | None:
    found = assess(priority.run) if priority.is_open else None
    if found is None:
        return None
    row = next((each for each in found.rows if each.priority.pk == priority.pk), None)
    if row is None:
        return None
    context = {"found": found, "row": row, "may_judge": may(person, "strategy.judge_criteria", priority)}
    return Panel("potential", _("Potential abroad"), "hansa_strategy/stepwork/_assess_panel.html", context, order=60)


def run_panel(run: Run, person: Person | None) -> Panel:
    return Panel("steps", _("Steps 2 to 4"), "hansa_strategy/stepwork/_run_panel.html", {"run": run}, order=40)


def register() -> None:
    parts.findings[Step.VERIFY] = findings.verify_finding
    parts.findings[Step.REFINE] = findings.refine_finding
    parts.findings[Step.ASSESS] = findings.assess_finding
    parts.obstacles["stepwork"] = findings.obstacles
    parts.panels["verify"] = verify_panel
    parts.panels["refine"] = refine_panel
    parts.panels["assess"] = assess_panel
    parts.run_panels["stepwork"] = run_panel
    parts.links["verify"] = Link("verify", _("Verification"), "strategy:verify", order=40)
    parts.links["refine"] = Link("refine", _("Trends"), "strategy:refine", order=50)
    parts.links["assess"] = Link("assess", _("Potential"), "strategy:assess", order=60)
    add_chapter("verification", chapters.verification, kinds=["strategy", "annex"], order=62)
    add_chapter("trends", chapters.trends, kinds=["strategy", "annex"], order=64)
    add_chapter("potential", chapters.potential, kinds=["strategy", "summary", "annex"], order=66)
    add_record("bottlenecks", "verification", chapters.answered)
