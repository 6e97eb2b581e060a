"""The counts that the documents' own chapters cite: each from one record, by a name that a reference can keep."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.db.models import Count, QuerySet

from hansa.network.models import Group, Participation
from hansa.strategy import computing
from hansa.strategy.documents.references import counted
from hansa.strategy.models import EvidenceCopy, Priority, PriorityFigure, PriorityMove, Run, StepResult

RUN, PRIORITY, COPY = "strategy.run", "strategy.priority", "strategy.evidencecopy"


def open_priorities(run: Run) -> QuerySet[Priority]:
    """The priorities of a run that were neither merged, split nor dropped, in the order of their identifiers."""
    return run.priorities.exclude(state__in=Priority.CLOSED).order_by("number")


def holding(run: Run) -> QuerySet[PriorityFigure]:
    return PriorityFigure.objects.filter(priority__in=open_priorities(run), role="holds")


@counted(RUN, "regions_count")
def regions_count(run: Run) -> int:
    return run.regions.count()


@counted(RUN, "countries_count")
def countries_count(run: Run) -> int:
    return run.regions.values("country").distinct().count()


@counted(RUN, "priorities_open")
def priorities_open(run: Run) -> int:
    return open_priorities(run).count()


@counted(RUN, "priorities_proposed")
def priorities_proposed(run: Run) -> int:
    return len(run.result)


@counted(RUN, "priorities_in")
def priorities_in(run: Run, state: str) -> int:
    return run.priorities.filter(state=state).count()


@counted(RUN, "priorities_held")
def priorities_held(run: Run, region: str) -> int:
    """Open priorities of which the region holds a domain."""
    return holding(run).filter(region__code=region).values("priority").distinct().count()


@counted(RUN, "priorities_across_borders")
def priorities_across_borders(run: Run) -> int:
    """Open priorities held by regions of at least two countries."""
    found = holding(run).values("priority").annotate(countries=Count("region__country", distinct=True))
    return found.filter(countries__gte=2).count()


@counted(RUN, "moves_count")
def moves_count(run: Run) -> int:
    return PriorityMove.objects.filter(priority__run=run).exclude(verb=PriorityMove.Verb.PROPOSE).count()


@counted(RUN, "results_standing")
def results_standing(run: Run) -> int:
    return StepResult.objects.filter(priority__run=run, reopened_at__isnull=True).count()


@counted(RUN, "joint_projects")
def joint_projects(run: Run) -> int:
    """Recorded public projects with organisations placed in at least two regions of the run, by the exact region."""
    found = Participation.objects.filter(organisation__region__in=run.regions.all()).values("project")
    return found.annotate(n=Count("organisation__region", distinct=True)).filter(n__gte=2).count()


@counted(PRIORITY, "regions_holding")
def regions_holding(priority: Priority) -> int:
    return priority.figures.filter(role="holds").values("region").distinct().count()


@counted("network.group", "members_count")
def members_count(group: Group) -> int:
    return group.members.count()


def _values(copy: EvidenceCopy) -> Any:
    return computing.unpacked(bytes(copy.content), copy.year).values


@counted(COPY, "regions_count")
def evidence_regions(copy: EvidenceCopy) -> int:
    return int(_values(copy).shape[0])


@counted(COPY, "domains_count")
def evidence_domains(copy: EvidenceCopy) -> int:
    return int(_values(copy).shape[1])


@counted(COPY, "cells_count")
def cells_count(copy: EvidenceCopy) -> int:
    return int(_values(copy).size)


@counted(COPY, "cells_known")
def cells_known(copy: EvidenceCopy) -> int:
    return int(np.isfinite(_values(copy)).sum())


@counted(COPY, "share_known")
def share_known(copy: EvidenceCopy) -> float | None:
    values = _values(copy)
    return float(np.isfinite(values).mean()) if values.size else None
