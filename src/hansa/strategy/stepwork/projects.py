"""Joint projects across borders, counted per priority by a stated rule.

A project counts for a run when its participants sit in at least two countries and at least one of them in a region of
the run. It touches a domain when that domain is among the `CLOSEST` whose official labels its title and summary
resemble most, in the project's own language (`ConceptBridge`: TF-IDF over character 4- and 5-grams, lent upwards).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping

from django.db.models import Count, Max, Q

from hansa import evidence
from hansa.network.models import Participation, Project
from hansa.strategy import figures
from hansa.strategy.models import Run

CLOSEST = 3
KEPT = 8
CLASSIFICATION = "NACE"

_lock = threading.Lock()
_held: OrderedDict[tuple[object, ...], dict[str, frozenset[int]] | None] = OrderedDict()


def joint_projects(run: Run, domains: Iterable[str]) -> dict[str, frozenset[int]] | None:
    """Per domain the primary keys of the joint projects that touch it; None where that cannot be known.

    It cannot where no labels of the classification are loaded, or no project with participants is recorded.
    """
    wanted = tuple(sorted(domains))
    shelf = figures.store()
    state = Participation.objects.aggregate(n=Count("pk"), last=Max("pk"))
    codes = tuple(sorted(region.code for region in run.regions.all()))
    key = (shelf.folder, shelf.version, codes, wanted, state["n"], state["last"], run.classification)
    with _lock:
        if key in _held:
            _held.move_to_end(key)
            return _held[key]
    found = _counted(run, shelf, codes, wanted) if state["n"] else None
    with _lock:
        _held[key] = found
        while len(_held) > KEPT:
            _held.popitem(last=False)
    return found


def crossing(codes: Iterable[str]) -> list[Project]:
    """Projects with participants from two countries at least, one of them in or below a region of `codes`."""
    here = Q(pk__in=[])
    for code in codes:
        here |= Q(participations__organisation__region__code__startswith=code)
    inside = Project.objects.filter(here).values("pk")
    return list(
        Project.objects.filter(pk__in=inside)
        .annotate(
            countries=Count(
                "participations__organisation__country",
                filter=~Q(participations__organisation__country=""),
                distinct=True,
            )
        )
        .filter(countries__gte=2)
        .order_by("pk")
    )


def _counted(
    run: Run, shelf: evidence.Store, codes: tuple[str, ...], wanted: tuple[str, ...]
) -> dict[str, frozenset[int]] | None:
    projects = [project for project in crossing(codes) if f"{project.title} {project.summary}".strip()]
    languages = {project.language or "en" for project in projects}
    labels = [
        (CLASSIFICATION, code, language, label)
        for language in sorted(languages)
        for code, label in evidence.labels(shelf, run.classification, language).items()
    ]
    if not labels and projects:
        return None
    near = _nearest(projects, labels) if projects else {}
    return {domain: frozenset(key for key, closest in near.items() if domain in closest) for domain in wanted}


def _nearest(projects: list[Project], labels: list[tuple[str, str, str, str]]) -> Mapping[int, frozenset[str]]:
    """The divisions that each project resembles most, at most `CLOSEST` of them."""
    from hansa.matching import ConceptBridge

    bridge = ConceptBridge(labels)
    divisions = {row: code.partition(":")[2] for row, code in enumerate(bridge.codes)}
    texts = [f"{project.title}. {project.summary}" for project in projects]
    found = {}
    for project, concepts in zip(
        projects, bridge.of_many(texts, [project.language or "en" for project in projects]), strict=True
    ):
        weighed = [
            (-float(weight), divisions[int(row)])
            for row, weight in zip(concepts.rows, concepts.weights, strict=True)
            if len(divisions[int(row)]) == 2
        ]
        found[project.pk] = frozenset(code for _weight, code in sorted(weighed)[:CLOSEST])
    return found
