"""The common priorities: all in one table, each with its figures and its way, and those that no longer stand."""

from __future__ import annotations

from django.utils.translation import gettext as _

from hansa.strategy import figures
from hansa.strategy.about import unit_label
from hansa.strategy.documents import counting, pictures, sources
from hansa.strategy.documents.blocks import Block, Chapter, Number, Runs
from hansa.strategy.documents.chapters.basis import counted
from hansa.strategy.documents.writing import Writer
from hansa.strategy.models import Priority, PriorityFigure, PriorityMove, Run

MEASURES = (("value", 0), ("location_quotient", 2), ("density", 3), ("complexity", 2))


def _title(w: Writer, priority: Priority, *, strong: bool = False) -> Runs:
    return (
        w.code(f"{priority.identifier} "),
        w.quoted(priority.local_title, priority.local_language, strong=strong),
    )


def _strength(w: Writer, run: Run, priority: Priority) -> Number:
    label = _("strength of %(id)s") % {"id": priority.identifier}
    return w.number(
        priority,
        "score",
        label=label,
        source=sources.evidence(run),
        decimals=2,
        year=run.year,
        url=priority.get_absolute_url(),
    )


def _figure(w: Writer, run: Run, figure: PriorityFigure, field: str, decimals: int) -> Number:
    label = f"{figure.priority.identifier}, {figure.region.local_name}, {figure.domain}: {field.replace('_', ' ')}"
    return w.number(
        figure,
        field,
        label=label,
        source=sources.evidence(run),
        decimals=decimals,
        year=run.year,
        url=figure.priority.get_absolute_url(),
    )


def overview(run: Run, w: Writer) -> Chapter:
    """Every standing priority: state, kind, domains, regions, strength; the strengths drawn; who shares what."""
    held = list(counting.open_priorities(run))
    if not held:
        return w.chapter("priorities", _("Common priorities"), [w.paragraph(_("No priority stands in this run."))])
    strengths = {p.pk: _strength(w, run, p) for p in held}
    rows = [
        [
            w.code(p.identifier),
            w.quoted(p.local_title, p.local_language),
            w.text(p.get_kind_display()),
            w.text(p.get_state_display()),
            w.joined(map(w.code, p.domains)),
            w.number(
                p,
                "regions_holding",
                label=_("regions holding %(id)s") % {"id": p.identifier},
                source=sources.records(run),
                url=p.get_absolute_url(),
            ),
            strengths[p.pk],
        ]
        for p in held
    ]
    header = [_("Identifier"), _("Priority"), _("Kind"), _("State"), _("Domains"), _("Regions"), _("Strength")]
    ranked = sorted(held, key=lambda p: (-(p.score or 0), p.number))
    blocks: list[Block] = [
        w.paragraph(
            _(
                "Priorities proposed by the run: %(proposed)s; standing now: %(open)s; held by regions of more than "
                "one country: %(across)s."
            ),
            proposed=counted(w, run, "priorities_proposed", _("priorities proposed")),
            open=counted(w, run, "priorities_open", _("common priorities that stand")),
            across=counted(w, run, "priorities_across_borders", _("priorities held in more than one country")),
        ),
        w.table(w.sentence(_("The standing priorities")), header, rows, [5, 6]),
        pictures.bars(
            [(f"{p.identifier} {p.local_title}", strengths[p.pk]) for p in ranked],
            axis=_("strength"),
            caption=w.sentence(
                _("Strength of the standing priorities, the strongest first; the figures are those of the table above")
            ),
            alternative=_("Bar chart: one bar for each standing priority, as long as its strength"),
        ),
    ]
    shared = _who_shares_what(run, w, held)
    return w.chapter("priorities", _("Common priorities"), [*blocks, *shared])


def _who_shares_what(run: Run, w: Writer, held: list[Priority]) -> list[Block]:
    """The strongest location quotient of each region in each priority that it holds."""
    best: dict[tuple[int, int], PriorityFigure] = {}
    for figure in counting.holding(run).select_related("region", "priority").order_by("region__code", "pk"):
        key = (figure.priority_id, figure.region_id)
        quotient = figure.location_quotient
        if quotient is not None and (key not in best or quotient > (best[key].location_quotient or 0)):
            best[key] = figure
    if not best:
        return []
    regions = sorted({f.region for f in best.values()}, key=lambda region: region.code)
    numbers = {key: _figure(w, run, figure, "location_quotient", 2) for key, figure in best.items()}
    cells = [
        (p.identifier, r.local_name, numbers[p.pk, r.pk]) for p in held for r in regions if (p.pk, r.pk) in numbers
    ]
    rows = [[w.code(p.identifier), *(numbers.get((p.pk, r.pk), w.text("–")) for r in regions)] for p in held]
    header = [_("Priority"), *((w.quoted(r.local_name),) for r in regions)]
    table = w.table(
        w.sentence(
            _("Largest location quotient of the domains that a region holds in a priority; a dash where it holds none")
        ),
        header,
        rows,
        range(1, len(regions) + 1),
    )
    return [
        w.heading(w.text(_("Who shares what"))),
        pictures.matrix(
            cells,
            rows=[p.identifier for p in held],
            columns=[r.local_name for r in regions],
            legend=_("location quotient"),
            caption=w.sentence(_("Which region holds which priority, and how strongly")),
            alternative=_(
                "Matrix of priorities and regions; each field shows the location quotient where a region holds the "
                "priority"
            ),
            table=table,
        ),
    ]


def sections(run: Run, w: Writer) -> Chapter | None:
    """One section per standing priority: what it is, the figures behind it, and every move of it."""
    held = list(
        counting.open_priorities(run).prefetch_related(
            "figures__region", "figures__priority", "moves__by", "moves__others"
        )
    )
    if not held:
        return None
    labels = _labels(w)
    blocks: list[Block] = []
    for priority in held:
        blocks += [w.heading(*_title(w, priority)), *_description(run, w, priority, labels)]
        blocks += _figures(run, w, priority)
        blocks += _history(w, priority)
    return w.chapter("each_priority", _("The priorities one by one"), blocks)


def _labels(w: Writer) -> dict[str, str]:
    loaded = figures.current()
    return figures.labels(loaded.version, w.language) if loaded else {}


def _description(run: Run, w: Writer, priority: Priority, labels: dict[str, str]) -> list[Block]:
    domains = [
        w.sentence("%(code)s %(label)s", code=w.code(d), label=w.quoted(labels.get(d, ""))) for d in priority.domains
    ]
    blocks: list[Block] = [
        w.paragraph(
            _("Kind: %(kind)s. State: %(state)s. Origin: %(origin)s. Strength: %(strength)s."),
            kind=w.text(priority.get_kind_display()),
            state=w.text(priority.get_state_display()),
            origin=w.text(priority.get_origin_display()),
            strength=_strength(w, run, priority),
        )
    ]
    if priority.title_is_proposed:
        blocks.append(w.paragraph(_("The title is a working title made from the domains; nobody has renamed it yet.")))
    if domains:
        blocks.append(w.bullets(domains))
    if priority.themes:
        blocks.append(w.paragraph(_("Themes: %(themes)s."), themes=w.joined(map(w.code, priority.themes))))
    return blocks


def _figures(run: Run, w: Writer, priority: Priority) -> list[Block]:
    found = sorted(
        priority.figures.all(),
        key=lambda f: (
            priority.domains.index(f.domain) if f.domain in priority.domains else 0,
            f.role != "holds",
            -(f.location_quotient or 0),
            f.region.code,
        ),
    )
    if not found:
        return [w.paragraph(_("No figures of the run stand behind this priority."))]
    unit = unit_label(str(run.evidence.entry.get("unit") or "")) if run.evidence else ""
    rows = [
        [
            w.quoted(f.region.local_name),
            w.code(f.domain),
            w.text(f.get_role_display()),
            *(_figure(w, run, f, field, decimals) for field, decimals in MEASURES),
            w.code(f.figures_from),
        ]
        for f in found
    ]
    size = (w.text(_("Size") + (": " if unit else "")), w.quoted(unit))
    header = [
        _("Region"),
        _("Domain"),
        _("Role"),
        size,
        _("Location quotient"),
        _("Density"),
        _("Complexity"),
        _("Figures of"),
    ]
    return [
        w.table((w.text(_("Figures behind the priority:") + " "), *_title(w, priority)), header, rows, [3, 4, 5, 6])
    ]


def _history(w: Writer, priority: Priority) -> list[Block]:
    rows = [_move_row(w, made) for made in sorted(priority.moves.all(), key=lambda m: (m.at, m.pk))]
    caption = (w.text(_("Moves of the priority:") + " "), *_title(w, priority))
    return [w.table(caption, [_("When"), _("Decision"), _("By whom"), _("Reason")], rows)]


def _move_row(w: Writer, made: PriorityMove) -> list[Runs]:
    what: list = [w.text(made.get_verb_display())]
    if made.to_state and made.to_state != made.from_state:
        what.append(w.text(f" → {made.get_to_state_display()}"))
    others = [w.code(other.identifier) for other in made.others.all()]
    if others:
        what += [w.text(" ("), *w.joined(others), w.text(")")]
    if made.new_title:
        what += [w.text(": "), w.quoted(made.old_title, "?"), w.text(" → "), w.quoted(made.new_title, "?")]
    return [(w.day(made.at),), tuple(what), (w.by(made.by, made.at),), (w.quoted(made.reason or "–", "?"),)]


def closed(run: Run, w: Writer) -> Chapter | None:
    """What was merged, split or dropped, with the reason given."""
    held = list(
        run.priorities.filter(state__in=Priority.CLOSED)
        .select_related("merged_into")
        .prefetch_related("moves__by", "moves__others", "split_into")
        .order_by("number")
    )
    if not held:
        return w.chapter(
            "closed",
            _("Merged, split and dropped"),
            [w.paragraph(_("No priority of this run was merged, split or dropped."))],
        )
    rows = []
    for priority in held:
        into = [priority.merged_into] if priority.merged_into else list(priority.split_into.order_by("number"))
        last = next((m for m in priority.moves.all() if m.to_state == priority.state), None)
        rows.append(
            [
                _title(w, priority),
                w.text(priority.get_state_display()),
                w.joined(w.code(other.identifier) for other in into if other is not None),
                w.day(last.at if last else None),
                w.by(last.by, last.at) if last else w.text("–"),
                w.quoted((last.reason if last else "") or "–", "?"),
            ]
        )
    header = [_("Priority"), _("What became of it"), _("Continued in"), _("When"), _("By whom"), _("Reason")]
    caption = w.sentence(_("Priorities that no longer stand, with the reason given for each"))
    return w.chapter("closed", _("Merged, split and dropped"), [w.table(caption, header, rows)])


def decisions(run: Run, w: Writer) -> Chapter:
    """Every decision on a priority of the run in the order of time."""
    made = PriorityMove.objects.filter(priority__run=run).exclude(verb=PriorityMove.Verb.PROPOSE)
    made = made.select_related("priority", "by").prefetch_related("others").order_by("at", "pk")
    rows = [[(w.code(m.priority.identifier),), *_move_row(w, m)] for m in made]
    count = counted(w, run, "moves_count", _("decisions on priorities"))
    blocks: list[Block] = [
        w.paragraph(
            _(
                "Decisions on record: %(n)s. Each names the organisation for which it was made, the moment and the "
                "reason."
            ),
            n=count,
        )
    ]
    if rows:
        header = [_("Priority"), _("When"), _("Decision"), _("By whom"), _("Reason")]
        blocks.append(w.table(w.sentence(_("Log of decisions")), header, rows))
    return w.chapter("decisions", _("Decisions"), blocks)


def results(run: Run, w: Writer) -> Chapter:
    """What the steps kept: when, by whom, whether it still stands, and what was still open."""
    found = [
        r
        for p in run.priorities.prefetch_related("results__by").order_by("number")
        for r in sorted(p.results.all(), key=lambda r: (r.at, r.pk))
    ]
    count = counted(w, run, "results_standing", _("results of steps that stand"))
    blocks: list[Block] = [
        w.paragraph(
            _(
                "Results of steps that stand: %(n)s. A result keeps its figures, parameters and evidence; a return "
                "reopens it, and nothing is deleted."
            ),
            n=count,
        )
    ]
    if found:
        rows = [
            [
                w.code(r.priority.identifier),
                w.text(r.get_step_display()),
                w.day(r.at),
                w.by(r.by, r.at),
                w.sentence(_("reopened %(at)s"), at=w.day(r.reopened_at)) if r.reopened_at else w.text(_("stands")),
                w.quoted("; ".join(map(str, r.open_points)) or "–", "?"),
                w.code(r.digest[:12] or "–"),
            ]
            for r in found
        ]
        header = [_("Priority"), _("Step"), _("When"), _("By whom"), _("State"), _("Still open then"), _("Digest")]
        blocks.append(w.table(w.sentence(_("Results of the steps")), header, rows))
    return w.chapter("results", _("What the steps found"), blocks)
