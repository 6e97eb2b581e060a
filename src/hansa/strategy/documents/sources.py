"""What the footnotes of the documents' own chapters say: one sentence per kind of source, in its language."""

from __future__ import annotations

from django.utils.translation import gettext as _

from hansa.strategy.about import told
from hansa.strategy.models import Run


def evidence(run: Run) -> str:
    """The statistics that a run was computed from."""
    entry = run.evidence.entry if run.evidence else {}
    return _(
        "%(source)s: %(title)s, %(year)s, %(classification)s. Licence: %(licence)s. Measures computed by Hansa from "
        "table %(table)s, version %(version)s, kept with the run “%(run)s”."
    ) % {
        "source": told(str(entry.get("source") or run.table)),
        "title": told(str(entry.get("title") or run.table)),
        "year": run.year or "–",
        "classification": run.classification,
        "licence": entry.get("licence") or _("not stated"),
        "table": run.table,
        "version": run.evidence_version[:12],
        "run": run,
    }


def records(run: Run) -> str:
    """What was counted from the records of the run."""
    return _("Counted by Hansa from the records of the run “%(run)s”.") % {"run": run}


def rule(run: Run) -> str:
    """What somebody set when the run was started."""
    return _(
        "Parameter of the run “%(run)s”, stored with it. No official weights or thresholds of Trans-S3 are published."
    ) % {"run": run}


def network() -> str:
    """What is recorded of organisations, groups and projects."""
    return _("Counted by Hansa from the register of organisations, groups and public projects of this installation.")
