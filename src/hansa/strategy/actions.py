"""The verbs of the strategy room: start a run, and move a priority. Each leaves a move and an audit note."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Person, Region
from hansa.network.permissions import authorise
from hansa.strategy import figures
from hansa.strategy.models import Priority, PriorityFigure, PriorityMove, Run
from hansa.strategy.proposal import Parameters, Proposal, propose

State, Verb = Priority.State, PriorityMove.Verb

# verb -> the states it may leave, and where it leads; a rename leads nowhere else
TRANSITIONS: dict[str, tuple[frozenset[str], str | None]] = {
    Verb.ACCEPT: (frozenset({State.INITIAL, State.RETURNED}), State.VERIFIED),
    Verb.RENAME: (frozenset({State.INITIAL, State.VERIFIED, State.RETURNED}), None),
    Verb.RETURN: (frozenset({State.VERIFIED}), State.RETURNED),
    Verb.DROP: (frozenset({State.INITIAL, State.VERIFIED, State.RETURNED}), State.DROPPED),
    Verb.RESTORE: (frozenset({State.DROPPED}), State.INITIAL),
}
NEEDS_REASON = frozenset({Verb.RETURN, Verb.DROP, Verb.RESTORE})
PERMISSION = {
    Verb.ACCEPT: "strategy.accept_priority",
    Verb.RENAME: "strategy.rename_priority",
    Verb.RETURN: "strategy.return_priority",
    Verb.DROP: "strategy.drop_priority",
    Verb.RESTORE: "strategy.restore_priority",
}
NUMBERING_LOCK = 0x48414E5341
CLICKED_TWICE = timedelta(seconds=10)


def possible_verbs(priority: Priority) -> list[str]:
    """The verbs that may leave the priority's present state."""
    return [verb for verb, (sources, _target) in TRANSITIONS.items() if priority.state in sources]


@transaction.atomic
def start_run(
    actor: Person | None, *, title: str, regions: Sequence[Region], parameters: Parameters, language: str = "en"
) -> Run:
    """Propose common priorities of `regions` from the loaded figures; each gets its lasting identifier.

    `actor` is None only while the starter partnership is loaded. A region without figures of its own takes part
    with those of the nearest region that has them, and each stored figure says whose they are. The same run asked for
    twice within seconds is one run.

    Raises:
        Forbidden: the actor is neither analyst nor lead partner.
        Refused: nothing is loaded, fewer than two regions, or a region without any figures.
    """
    if actor is not None:
        authorise(actor, "strategy.start_run")
    twin = _twin(actor, title, regions, parameters)
    if twin is not None:
        return twin
    loaded = figures.current()
    if loaded is None:
        raise Refused(_("No statistics are loaded yet. Load a table with “hansa load” first."))
    sources = [loaded.stand_in_of(region) for region in regions]
    for region, source in zip(regions, sources, strict=True):
        if source is None:
            raise Refused(_("%(region)s has no figures, nor has any region above it.") % {"region": region.local_name})
    rows = [loaded.row(source) for source in sources if source is not None]
    if len(set(rows)) < 2:
        raise Refused(_("Choose at least two regions with figures of their own."))
    run = Run.objects.create(
        title=title,
        table=loaded.name,
        evidence_version=loaded.version,
        year=loaded.year,
        parameters=parameters.as_json(),
        synthetic=loaded.synthetic,
        created_by=actor,
    )
    run.regions.set(regions)
    proposals = propose(loaded.slice(rows), parameters)
    number = Priority.objects.aggregate(last=Max("number"))["last"] or 0
    for offset, proposal in enumerate(proposals, start=1):
        _store(actor, run, loaded, proposal, regions, rows, number + offset, language)
    note(actor, "start_run", run, proposed=len(proposals), **parameters.as_json())
    return run


def _twin(actor: Person | None, title: str, regions: Sequence[Region], parameters: Parameters) -> Run | None:
    """The run that a second click asks for again; the lock keeps two clicks from looking at the same moment."""
    _lock_numbering()
    recent = Run.objects.filter(
        title=title, created_by=actor, parameters=parameters.as_json(), created_at__gt=timezone.now() - CLICKED_TWICE
    )
    wanted = {region.pk for region in regions}
    return next((run for run in recent if {r.pk for r in run.regions.all()} == wanted), None)


def _lock_numbering() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NUMBERING_LOCK])


def _store(
    actor: Person | None,
    run: Run,
    loaded: figures.Figures,
    proposal: Proposal,
    regions: Sequence[Region],
    rows: list[int],
    number: int,
    language: str,
) -> None:
    codes = [loaded.domains[d] for d in proposal.domains]
    titles = {code: figures.proposed_title(loaded, codes, code)[:200] for code, _name in settings.LANGUAGES}
    priority = Priority.objects.create(
        number=number,
        run=run,
        kind=proposal.kind,
        title=titles[language],
        language=language,
        titles=titles,
        domains=codes,
        score=proposal.strength,
    )
    PriorityFigure.objects.bulk_create(
        PriorityFigure(
            priority=priority,
            region=regions[r],
            figures_from=loaded.regions[rows[r]],
            domain=loaded.domains[d],
            role=role,
            value=loaded.cell("value", rows[r], d),
            location_quotient=loaded.cell("location_quotient", rows[r], d),
            density=loaded.cell("density", rows[r], d),
            complexity=loaded.domain_figure("complexity", d),
        )
        for d in proposal.domains
        for role, members in (("holds", proposal.holders[d]), ("near", proposal.near[d]))
        for r in members
    )
    PriorityMove.objects.create(priority=priority, verb=Verb.PROPOSE, to_state=State.INITIAL, by=actor)


@transaction.atomic
def move(
    actor: Person | None, priority: Priority, verb: str, *, reason: str = "", title: str = "", expected: str = ""
) -> Priority:
    """Accept, rename, return, drop or restore a priority. The identifier and the history stay.

    `expected` is the state the actor saw; when the priority has moved on since, the act is refused, so that two
    people never move it past each other.

    Raises:
        Forbidden: the actor's roles do not allow the verb.
        Refused: the state does not allow it, a reason or title is missing, or somebody else moved first.
    """
    if actor is not None:
        authorise(actor, PERMISSION[Verb(verb)], priority)
    held = Priority.objects.select_for_update().get(pk=priority.pk)
    sources, target = TRANSITIONS[Verb(verb)]
    if expected and held.state != expected:
        raise Refused(
            _("Somebody else has moved this priority meanwhile: it is %(state)s now.")
            % {"state": held.get_state_display()}
        )
    if held.state not in sources:
        raise Refused(
            _("A priority that is %(state)s cannot be %(verb)s.")
            % {"state": held.get_state_display(), "verb": Verb(verb).label}
        )
    if verb in NEEDS_REASON and not reason.strip():
        raise Refused(_("Say why: the reason stays in the priority's history."))
    title = title.strip()
    if verb == Verb.RENAME and (not title or title == held.title):
        raise Refused(_("Give a new title."))
    before, old_title = held.state, held.title
    held.state = target or held.state
    if verb == Verb.RENAME:
        held.title, held.titles, held.title_is_proposed = title, {}, False
        held.language = get_language() or held.language
    held.save(update_fields=["state", "title", "titles", "title_is_proposed", "language"])
    PriorityMove.objects.create(
        priority=held,
        verb=verb,
        from_state=before,
        to_state=held.state,
        old_title=old_title if verb == Verb.RENAME else "",
        new_title=held.title if verb == Verb.RENAME else "",
        reason=reason.strip(),
        by=actor,
    )
    note(actor, f"{verb}_priority", held, reason=reason.strip(), before=before, after=held.state)
    return held
