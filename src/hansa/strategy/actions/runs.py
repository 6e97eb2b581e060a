"""Start a run of Trans-S3 from the loaded figures, and compute a kept one again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.network.audit import note as audit_note
from hansa.network.faults import Refused
from hansa.network.models import Person, Region
from hansa.network.permissions import authorise
from hansa.strategy import computing, figures
from hansa.strategy.actions.moves import lock_numbering, next_number
from hansa.strategy.models import EvidenceCopy, Priority, PriorityFigure, PriorityMove, Run
from hansa.strategy.proposal import Parameters

if TYPE_CHECKING:
    from hansa.specialisation import Activity

CLICKED_TWICE = timedelta(seconds=10)


@dataclass(frozen=True)
class Recomputed:
    """A run computed again from its kept evidence: the same digits or not, and the largest difference of a figure."""

    same: bool
    digest: str
    largest_difference: float | None


@transaction.atomic
def start_run(
    actor: Person | None,
    *,
    title: str,
    regions: Sequence[Region],
    parameters: Parameters,
    language: str = "en",
    year: int | None = None,
    reference: Sequence[str] = (),
    based_on: Run | None = None,
    note: str = "",
) -> Run:
    """Propose common priorities of `regions` from the loaded figures; each gets its lasting identifier.

    `actor` is None only while the starter partnership is loaded. A region without figures of its own takes part
    with those of the nearest region that has them, and each stored figure says whose they are. `year` None is the
    latest; `reference` are codes or beginnings of codes of the reference area, empty for the whole table. A run
    `based_on` another is its next version and needs a `note`. The same run asked for twice within seconds is one run.

    Raises:
        Forbidden: the actor is neither analyst nor lead partner.
        Refused: nothing is loaded, no such year or reference area, fewer than two regions, or one without figures.
    """
    if actor is not None:
        authorise(actor, "strategy.start_run")
    if based_on is not None and not note.strip():
        raise Refused(_("Say what this version changes and why."))
    twin = _twin(actor, title, regions, parameters)
    if twin is not None:
        return twin
    loaded = figures.current()
    if loaded is None:
        raise Refused(_("No statistics are loaded yet. Load a table with “hansa load” first."))
    copy, activity = _kept_evidence(loaded, year)
    outcome = _computed(activity, regions, reference, parameters)
    if len(set(outcome.rows)) < 2:
        raise Refused(_("Choose at least two regions with figures of their own."))
    result = outcome.as_json()
    run = Run.objects.create(
        title=title,
        table=loaded.name,
        classification=str(loaded.entry.get("classification") or "NACE Rev. 2")[:40],
        evidence_version=loaded.version,
        evidence=copy,
        year=copy.year,
        reference=list(reference),
        parameters=parameters.as_json(),
        result=result,
        digest=computing.digest(result),
        based_on=based_on,
        version=based_on.version + 1 if based_on is not None else 1,
        note=note.strip(),
        synthetic=loaded.synthetic,
        created_by=actor,
    )
    run.regions.set(regions)
    number = next_number()
    for offset, proposal in enumerate(result):
        _store(actor, run, loaded, proposal, regions, number + offset, language)
    audit_note(actor, "start_run", run, reason=note.strip(), proposed=len(result), **parameters.as_json())
    return run


def recompute(run: Run) -> Recomputed:
    """Compute a run again from the evidence and the parameters it kept.

    Raises:
        Refused: the run is older than the keeping of evidence.
    """
    if run.evidence is None:
        raise Refused(_("This run was made before evidence was kept with runs, so it cannot be computed again."))
    activity = computing.unpacked(bytes(run.evidence.content), run.evidence.year)
    chosen = list(run.regions.select_related("parent"))
    result = _computed(activity, chosen, run.reference, Parameters(**run.parameters)).as_json()
    found = computing.digest(result)
    return Recomputed(found == run.digest, found, _largest_difference(run.result, result))


def figure_code(region: Region) -> str:
    """Under which code figures are looked for: a municipality's are those of the region it lies in."""
    return region.parent.code if region.kind == Region.Kind.PLACE and region.parent else region.code


def _computed(
    activity: Activity, regions: Sequence[Region], reference: Sequence[str], parameters: Parameters
) -> computing.Outcome:
    if reference and not any(code.startswith(tuple(reference)) for code in activity.regions):
        raise Refused(
            _("No region of the table begins with %(codes)s; name codes such as PL or FI1C.")
            % {"codes": ", ".join(reference)}
        )
    ordered = sorted(regions, key=lambda region: region.code)
    try:
        return computing.compute(activity, {r.code: figure_code(r) for r in ordered}, reference, parameters)
    except computing.UnknownRegion as fault:
        region = next(each for each in regions if each.code == str(fault))
        raise Refused(
            _("%(region)s has no figures, nor has any region above it.") % {"region": region.local_name}
        ) from None


def _kept_evidence(loaded: figures.Figures, year: int | None) -> tuple[EvidenceCopy, Activity]:
    """The copy of the table's year, made when the first run asks for it."""
    table = figures.store().activity(loaded.name)
    years = table.years or [None]
    chosen = year if year is not None else max(years, key=lambda each: each or 0)
    if chosen not in years:
        raise Refused(
            _("The table has no figures of %(year)s; it has %(years)s.")
            % {"year": year, "years": ", ".join(str(each) for each in years)}
        )
    from hansa.specialisation import Activity

    grid = table.grid(chosen)
    activity = Activity.from_matrix(grid.regions, grid.domains, grid.values, year=grid.year)
    copy, _made = EvidenceCopy.objects.get_or_create(
        table=loaded.name,
        version=loaded.version,
        year=grid.year,
        defaults={"content": computing.packed(activity), "entry": dict(loaded.entry)},
    )
    return copy, activity


def _twin(actor: Person | None, title: str, regions: Sequence[Region], parameters: Parameters) -> Run | None:
    """The run that a second click asks for again; the lock keeps two clicks from looking at the same moment."""
    lock_numbering()
    recent = Run.objects.filter(
        title=title, created_by=actor, parameters=parameters.as_json(), created_at__gt=timezone.now() - CLICKED_TWICE
    )
    wanted = {region.pk for region in regions}
    return next((run for run in recent if {r.pk for r in run.regions.all()} == wanted), None)


def _store(
    actor: Person | None,
    run: Run,
    loaded: figures.Figures,
    proposal: Mapping[str, Any],
    regions: Sequence[Region],
    number: int,
    language: str,
) -> None:
    codes = proposal["domains"]
    titles = {code: figures.proposed_title(loaded, codes, code)[:200] for code, _name in settings.LANGUAGES}
    priority = Priority.objects.create(
        number=number,
        run=run,
        kind=proposal["kind"],
        title=titles[language],
        language=language,
        titles=titles,
        domains=codes,
        classification=run.classification,
        score=proposal["strength"],
    )
    by_code = {region.code: region for region in regions}
    PriorityFigure.objects.bulk_create(
        PriorityFigure(priority=priority, **{**figure, "region": by_code[figure["region"]]})
        for figure in proposal["figures"]
    )
    PriorityMove.objects.create(
        priority=priority, verb=PriorityMove.Verb.PROPOSE, to_state=Priority.State.INITIAL, by=actor
    )


def _largest_difference(kept: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]]) -> float | None:
    """Largest absolute difference between figures of the same cell; None when no cell is in both."""

    def numbers(result: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str, str], float]:
        return {
            (figure["region"], figure["domain"], name): figure[name]
            for proposal in result
            for figure in proposal["figures"]
            for name in ("value", "location_quotient", "density", "complexity")
            if figure[name] is not None
        }

    a, b = numbers(kept), numbers(found)
    both = a.keys() & b.keys()
    return max((abs(a[key] - b[key]) for key in both), default=None)
