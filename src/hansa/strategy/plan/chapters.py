"""What follows the priorities, as chapters of the documents: vision, governance, actions, money, indicators, risks."""

from __future__ import annotations

from django.db.models import QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from hansa.strategy.documents.blocks import Block, Chapter, Number
from hansa.strategy.documents.references import Value, counted
from hansa.strategy.documents.writing import Writer
from hansa.strategy.models import Action, BudgetLine, Indicator, IndicatorValue, Risk, Run
from hansa.strategy.plan import queries, telling

RUN = "strategy.run"
AMOUNTS = ("planned", "committed", "spent")


def of_run(run: Run) -> QuerySet[Action]:
    """The standing actions tied to a priority of the run, in the order of their records."""
    found = Action.objects.standing().filter(priorities__run=run).distinct()
    return found.select_related("owner").prefetch_related("priorities").order_by("pk")


def _records(url: str) -> dict[str, str]:
    return {"source": _("Recorded in the action plan by the owners of the actions."), "url": url}


def vision(run: Run, w: Writer) -> Chapter | None:
    """The newest version of the shared vision, and who has signed it."""
    held = queries.visions(run).first()
    if held is None or not held.local_text:
        return None
    count = w.number(
        held,
        "number",
        label=_("version of the shared vision"),
        source=_("The versions of the shared vision of this run."),
        url=held.get_absolute_url(),
    )
    blocks: list[Block] = [w.paragraph(_("Version %(n)s."), n=count)]
    blocks += [
        w.paragraph("%(text)s", text=w.quoted(part, held.local_language))
        for part in held.local_text.split("\n\n")
        if part.strip()
    ]
    signatures = list(held.signatures.all())
    if signatures:
        rows = [
            [
                w.quoted(each.region.local_name if each.region else str(each.organisation)),
                w.day(each.on),
                w.quoted(each.basis, "?"),
            ]
            for each in signatures
        ]
        header = [_("Signed for"), _("Date"), _("Basis")]
        blocks.append(w.table(w.sentence(_("Signatures under the vision")), header, rows))
    else:
        blocks.append(w.note(_("Nobody has signed this version yet.")))
    return w.chapter("vision", _("Shared vision"), blocks)


def governance(run: Run, w: Writer) -> Chapter | None:
    """Bodies with their tasks and seats; people are named by their organisation."""
    held = list(queries.bodies(run))
    if not held:
        return None
    blocks: list[Block] = []
    for body in held:
        blocks.append(w.heading(w.quoted(body.name, body.language)))
        blocks.append(w.paragraph("%(task)s", task=w.quoted(body.task, body.language)))
        rows = [
            [
                w.quoted(seat.role, body.language),
                w.quoted(str(seat.organisation)) if seat.organisation else w.text(_("a person")),
                w.day(seat.since),
                w.day(seat.until),
            ]
            for seat in body.held  # type: ignore[attr-defined]
        ]
        if rows:
            caption = (w.text(_("Seats:") + " "), w.quoted(body.name, body.language))
            blocks.append(w.table(caption, [_("Role"), _("Held by"), _("From"), _("To")], rows))
    return w.chapter("governance", _("Governance"), blocks)


def actions(run: Run, w: Writer) -> Chapter | None:
    """Actions with owner, dates, milestones and money."""
    held = list(of_run(run))
    if not held:
        return None
    url = reverse("strategy:plan")
    count = w.number(run, "actions_count", label=_("actions"), **_records(url))
    rows = [
        [
            w.joined(w.code(p.identifier) for p in each.priorities.all()),
            w.quoted(each.title, each.language),
            w.quoted(str(each.owner)),
            w.day(each.since),
            w.day(each.until),
            w.text(each.get_state_display()),
        ]
        for each in held
    ]
    header = [_("Priorities"), _("Action"), _("Owner"), _("From"), _("Until"), _("State")]
    blocks: list[Block] = [
        w.paragraph(_("Actions on record: %(n)s."), n=count),
        w.table(w.sentence(_("The actions")), header, rows),
    ]
    milestones = [m for each in held for m in each.milestones.standing().order_by("due", "pk")]
    if milestones:
        rows = [
            [w.quoted(m.action.title, "?"), w.quoted(m.title, "?"), w.day(m.due), w.day(m.done_on)] for m in milestones
        ]
        header = [_("Action"), _("Milestone"), _("Due"), _("Done")]
        blocks.append(w.table(w.sentence(_("Milestones of the actions")), header, rows))
    return w.chapter("actions", _("Action plan"), [*blocks, *_budget(run, w)])


def _budget(run: Run, w: Writer) -> list[Block]:
    found = list(queries.lines(run=run).select_related("action", "source").order_by("action", "source", "year", "pk"))
    if not found:
        return [w.paragraph(_("No budget is recorded yet."))]
    rows = [
        [
            w.quoted(line.action.title, "?"),
            w.quoted(str(line.source)),
            w.year(line.year),
            *(_amount(w, line, name) for name in AMOUNTS),
            w.code(line.currency),
        ]
        for line in found
    ]
    header = [
        _("Action"),
        _("Funding source"),
        _("Year"),
        _("Planned"),
        _("Committed"),
        _("Spent"),
        _("Currency"),
    ]
    sums = [
        [w.code(currency), *(_total(w, run, name, currency) for name in AMOUNTS)]
        for currency in sorted({line.currency for line in found})
    ]
    totals = [_("Currency"), _("Planned"), _("Committed"), _("Spent")]
    return [
        w.table(w.sentence(_("Budget by action, funding source and year")), header, rows, [3, 4, 5]),
        w.table(w.sentence(_("Budget in all; an amount that nobody stated is in no sum")), totals, sums, [1, 2, 3]),
    ]


def _amount(w: Writer, line: BudgetLine, name: str) -> Number:
    return w.number(
        line,
        name,
        label=f"{line.action.title[:60]}, {line.year}: {name}",
        source=_("Stated in the budget line: %(note)s.") % {"note": line.note},
        decimals=2,
        unit=line.currency,
        year=line.year,
        url=line.action.get_absolute_url(),
    )


def _total(w: Writer, run: Run, name: str, currency: str) -> Number:
    return w.number(
        run,
        f"budget_{name}:{currency}",
        label=_("sum of the budget lines") + f", {name}",
        source=_("Added up from the budget lines of this run's actions."),
        decimals=2,
        unit=currency,
        url=reverse("strategy:plan_budget"),
    )


def _sum(run: Run, name: str, currency: str) -> Value:
    total = queries.lines(run=run).filter(currency=currency).aggregate(total=Sum(name))["total"]
    return None if total is None else float(total)


@counted(RUN, "actions_count")
def actions_count(run: Run) -> int:
    return of_run(run).count()


@counted(RUN, "budget_planned")
def budget_planned(run: Run, currency: str) -> Value:
    return _sum(run, "planned", currency)


@counted(RUN, "budget_committed")
def budget_committed(run: Run, currency: str) -> Value:
    return _sum(run, "committed", currency)


@counted(RUN, "budget_spent")
def budget_spent(run: Run, currency: str) -> Value:
    return _sum(run, "spent", currency)


def of_run_indicators(run: Run) -> list[queries.Watched]:
    """The standing indicators of the run's priorities and actions, those that ask for attention first."""
    tied = set(of_run(run).values_list("pk", flat=True))
    return [
        each
        for each in queries.indicators()
        if each.indicator.action_id in tied
        or (each.indicator.priority is not None and each.indicator.priority.run_id == run.pk)
    ]


@counted(RUN, "indicators_count")
def indicators_count(run: Run) -> int:
    return len(of_run_indicators(run))


def indicators(run: Run, w: Writer) -> Chapter | None:
    """Indicators with baseline, milestone, target and the latest value, each with its source."""
    held = of_run_indicators(run)
    if not held:
        return None
    count = w.number(run, "indicators_count", label=_("indicators"), **_records(reverse("strategy:plan_indicators")))
    rows = []
    for watched in held:
        each = watched.indicator
        latest = each.known[0] if each.known else None  # type: ignore[attr-defined]
        rows.append(
            [
                w.code(each.code or "–"),
                (w.quoted(each.name, each.language), w.text(", "), w.quoted(each.unit, "?")),
                *_points(w, each),
                _latest(w, each, latest) if latest else w.text(_("no value yet")),
                w.quoted("; ".join(telling.alert(watched.standing)) or "–"),
            ]
        )
    header = [
        _("Code"),
        _("Indicator"),
        _("Baseline"),
        _("Milestone"),
        _("Target"),
        _("Latest value"),
        _("Alert"),
    ]
    return w.chapter(
        "indicators",
        _("Indicators"),
        [
            w.paragraph(_("Indicators on record: %(n)s."), n=count),
            w.table(w.sentence(_("Indicators from baseline to target")), header, rows, [2, 3, 4, 5]),
        ],
    )


def _points(w: Writer, each: Indicator) -> list[tuple]:
    sources = {"baseline": each.baseline_source, "target": each.target_source}
    told = []
    for name in ("baseline", "milestone", "target"):
        year = getattr(each, f"{name}_year")
        if getattr(each, name) is None:
            told.append((w.text("–"),))
            continue
        number = w.number(
            each,
            name,
            label=f"{each.name[:60]}: {name}",
            source=sources.get(name) or _("Set by the owner of the indicator."),
            decimals=2,
            unit=each.unit,
            year=year,
            url=each.get_absolute_url(),
        )
        told.append((number, w.text(" ("), w.year(year), w.text(")")))
    return told


def _latest(w: Writer, each: Indicator, value: IndicatorValue) -> tuple:
    number = w.number(
        value,
        "value",
        label=f"{each.name[:60]}: {value.on.isoformat()}",
        source=value.note,
        decimals=2,
        unit=each.unit,
        url=each.get_absolute_url(),
    )
    return (number, w.text(" ("), w.day(value.on), w.text(")"))


def risks(run: Run, w: Writer) -> Chapter | None:
    """Standing risks of the run's priorities and actions, the gravest first."""
    tied = set(of_run(run).values_list("pk", flat=True))
    held: list[Risk] = [
        each
        for each in queries.risks()
        if each.action_id in tied or (each.priority is not None and each.priority.run_id == run.pk)
    ]
    if not held:
        return None
    rows = [
        [
            w.quoted(each.title, each.language),
            *(
                w.number(
                    each,
                    name,
                    label=f"{each.title[:60]}: {name}",
                    source=_("Judged by the owner of the risk, from one to five."),
                    url=reverse("strategy:plan_risks"),
                )
                for name in ("likelihood", "impact")
            ),
            w.quoted(each.measure or "–", each.language),
            w.quoted(str(each.owner) if each.owner else "–"),
            w.text(each.get_state_display()),
        ]
        for each in held
    ]
    header = [_("Risk"), _("Likelihood"), _("Impact"), _("Measure"), _("Owner"), _("State")]
    return w.chapter("risks", _("Risks"), [w.table(w.sentence(_("Risks, the gravest first")), header, rows, [1, 2])])


def reviews(run: Run, w: Writer) -> Chapter | None:
    """The reviews of the run: what was proposed on new figures and what people decided, with the reason."""
    held = list(run.reviews.prefetch_related("items__priority", "items__decided_by").order_by("planned_for", "pk"))
    if not held:
        return None
    blocks: list[Block] = []
    for review in held:
        blocks.append(w.heading(w.text(_("Review planned for") + " "), w.day(review.planned_for)))
        rows = [
            [
                w.code(item.priority.identifier),
                w.text(item.get_proposal_display()),
                w.text(item.get_decision_display() or _("not decided yet")),
                w.quoted(item.reason or "–", "?"),
                w.by(item.decided_by, item.decided_at) if item.decided_at else w.text("–"),
            ]
            for item in review.items.all()
        ]
        if rows:
            header = [_("Priority"), _("Proposed"), _("Decided"), _("Reason"), _("By whom")]
            blocks.append(w.table(w.sentence(_("What the review decided")), header, rows))
        else:
            blocks.append(w.paragraph(_("It has not been opened yet.")))
        if review.next_on:
            blocks.append(w.paragraph(_("Next review: %(day)s."), day=w.day(review.next_on)))
    return w.chapter("reviews", _("Monitoring and review"), blocks)


def bodies_record(run: Run, w: Writer) -> list[Block]:
    """For the dossier: the bodies that answer for the strategy."""
    held = governance(run, w)
    return list(held.blocks) if held else []


def monitoring_record(run: Run, w: Writer) -> list[Block]:
    """For the dossier: indicators and reviews."""
    found: list[Block] = []
    for write in (indicators, reviews):
        chapter = write(run, w)
        found += chapter.blocks if chapter else ()
    return found


def actions_record(run: Run, w: Writer) -> list[Block]:
    """For the dossier: the actions; which of them serve research and which transition is for the reader to say."""
    held = actions(run, w)
    return [*held.blocks[:2]] if held else []
