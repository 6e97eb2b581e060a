"""Step 1 in the documents: regional priorities, common sets and their rule, themes with their concordance, 2021."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _

from hansa.strategy.documents.blocks import Block, Chapter, Number
from hansa.strategy.documents.blocks import Run as Piece
from hansa.strategy.documents.references import Value, counted
from hansa.strategy.documents.writing import Writer
from hansa.strategy.models import CommonSet, Priority, RegionalPriority, Run, Theme, ThemeDomain
from hansa.strategy.sets import exercise, queries

RUN = "strategy.run"
MOST_ORIGINALS = 400


@counted(RUN, "regional_priorities")
def regional_priorities(run: Run) -> int:
    return queries.of_run(run).count()


@counted(RUN, "sets_in")
def sets_in(run: Run, state: str) -> int:
    return run.common_sets.filter(state=state).count()


@counted(RUN, "exercise_overlap")
def exercise_overlap(run: Run, level: str) -> Value:
    """Jaccard's index with the published result of 2021, by `section`, `division` or `themes`."""
    found = exercise.beside(run)
    return {"section": found.by_section, "division": found.by_division, "themes": found.themes_touched}[level].jaccard


def _count(w: Writer, run: Run, field: str, label: str) -> Number:
    return w.number(
        run,
        field,
        label=label,
        source=_("Counted from the regional priorities and common sets of this run."),
        url=run.get_absolute_url(),
    )


def common_sets(run: Run, w: Writer) -> Chapter | None:
    """What was read from the regions' strategies, which sets were proposed and by which rule, who is in each."""
    total = regional_priorities(run)
    if not total:
        return None
    blocks: list[Block] = [
        w.paragraph(
            _(
                "Regional priorities of the run's regions on record, in their original words: %(n)s. Sets taken up: "
                "%(taken)s; refused: %(refused)s; still proposed: %(proposed)s."
            ),
            n=_count(w, run, "regional_priorities", _("regional priorities")),
            taken=_count(w, run, f"sets_in:{CommonSet.State.TAKEN}", _("sets taken up")),
            refused=_count(w, run, f"sets_in:{CommonSet.State.REFUSED}", _("sets refused")),
            proposed=_count(w, run, f"sets_in:{CommonSet.State.PROPOSED}", _("sets proposed")),
        )
    ]
    held = list(queries.common_sets(run).order_by("pk"))
    if held:
        rows = [
            [
                w.quoted(each.title, each.language),
                w.text(each.get_kind_display()),
                w.number(
                    each,
                    "overlap",
                    label=_("overlap of “%(title)s”") % {"title": each.title[:60]},
                    source=_("Share of the run's regions that carry the set, weighted by the confidence of its tags."),
                    percent=True,
                    url=reverse("strategy:common_sets") + f"?run={run.pk}",
                ),
                w.text(each.get_state_display()),
                w.code(each.priority.identifier if each.priority else "–"),
                w.quoted(each.reason or "–", "?"),
            ]
            for each in held
        ]
        header = [_("Set"), _("Kind"), _("Overlap"), _("State"), _("Priority"), _("Reason")]
        blocks.append(w.table(w.sentence(_("Common sets of regional priorities")), header, rows, [2]))
    if w.kind == "annex":
        blocks += _rule(run, w)
    blocks += _originals(run, w)
    return w.chapter("common_sets", _("Common sets of regional priorities"), blocks)


def _rule(run: Run, w: Writer) -> list[Block]:
    """The numbers of the newest computation's rule."""
    computed = run.set_computations.order_by("-at", "-pk").first()
    if computed is None:
        return []
    rows = [
        [
            w.code(name),
            w.number(
                computed,
                f"parameters.{name}",
                label=name.replace("_", " "),
                source=_("The rule of common sets as it was computed; Hansa's own, editable, not an official one."),
                decimals=2,
                url=reverse("strategy:common_sets") + f"?run={run.pk}",
            ),
        ]
        for name in sorted(computed.parameters)
        if isinstance(computed.parameters[name], int | float)
    ]
    return [w.table(w.sentence(_("Rule of the common sets")), [_("Parameter"), _("Value")], rows, [1])]


def _originals(run: Run, w: Writer) -> list[Block]:
    """The regional priorities behind the standing priorities, in their own words with document and page."""
    held = (
        RegionalPriority.objects.filter(common__run=run)
        .exclude(common__state__in=Priority.CLOSED)
        .select_related("region", "source")
        .prefetch_related("common")
        .distinct()
        .order_by("region__code", "pk")[:MOST_ORIGINALS]
    )
    rows = [
        [
            w.quoted(each.region.local_name),
            w.quoted(each.title, each.language),
            w.joined(w.code(p.identifier) for p in each.common.all() if p.run_id == run.pk),
            (w.quoted(each.source.title, each.source.language), *_page(w, each)) if each.source else w.text("–"),
        ]
        for each in held
    ]
    if not rows:
        return []
    header = [_("Region"), _("Regional priority, original words"), _("Common priority"), _("Document and page")]
    return [w.table(w.sentence(_("Regional priorities behind the common ones")), header, rows)]


def _page(w: Writer, each: RegionalPriority) -> Iterable[Piece]:
    return (w.text(", "), w.code(_("p. %(n)s") % {"n": each.page})) if each.page else ()


def themes(run: Run, w: Writer) -> Chapter | None:
    """The themes of the standing priorities with the lines of the concordance that tie them to domains."""
    codes = {code for p in run.priorities.exclude(state__in=Priority.CLOSED) for code in p.themes}
    held = list(Theme.objects.filter(code__in=codes).prefetch_related("concordance"))
    if not held:
        return None
    rows = [
        [w.quoted(str(theme)), w.code(line.domain), _weight(w, theme, line), w.quoted(line.note or "–", "?")]
        for theme in held
        for line in theme.concordance.all()
    ]
    if not rows:
        return None
    header = [_("Theme"), _("Domain"), _("Weight"), _("Why")]
    return w.chapter(
        "themes",
        _("Themes and their domains"),
        [
            w.paragraph(
                _(
                    "Themes cut across domains. The concordance is stated by the partnership, can be edited and is no "
                    "official one."
                )
            ),
            w.table(w.sentence(_("Concordance between themes and domains")), header, rows, [2]),
        ],
    )


def _weight(w: Writer, theme: Theme, line: ThemeDomain) -> Number:
    return w.number(
        line,
        "weight",
        label=f"{theme}, {line.domain}",
        source=_("Concordance between themes and domains of this installation."),
        decimals=2,
        url=reverse("strategy:theme", args=[theme.code]),
    )


def exercise_2021(run: Run, w: Writer) -> Chapter | None:
    """How far the run agrees with the published result of the exercise of this kind in 2021."""
    found = exercise.beside(run)
    shown = [("section", found.by_section), ("division", found.by_division), ("themes", found.themes_touched)]
    names = {
        "section": _("sections of NACE"),
        "division": _("divisions of NACE"),
        "themes": _("themes that the run's domains touch"),
    }
    rows = [
        [
            w.text(names[level]),
            w.number(
                run,
                f"exercise_overlap:{level}",
                label=_("overlap with the published result: %(level)s") % {"level": names[level]},
                source=_("Computed: what is in both as a share of what is in either."),
                percent=True,
                url=reverse("strategy:exercise_2021") + f"?run={run.pk}",
            ),
            w.joined(w.code(code) for code in compared.both),
            w.joined(w.code(code) for code in compared.only_published),
            w.joined(w.code(code) for code in compared.only_proposed),
        ]
        for level, compared in shown
    ]
    header = [_("Level"), _("Overlap"), _("In both"), _("Published only"), _("Here only")]
    blocks: list[Block] = [
        w.paragraph(
            _("The result that was published after the exercise of the region in %(year)s stands beside this run."),
            year=w.year(2021),
        ),
        w.table(w.sentence(_("Overlap with the published result")), header, rows, [1]),
    ]
    if found.reasons:
        reasons = [[w.code(code), w.quoted(why)] for code, why in found.reasons]
        caption = w.sentence(_("Why a published division is in no priority of this run"))
        blocks.append(w.table(caption, [_("Division"), _("Reason by the figures")], reasons))
    return w.chapter("exercise", _("Beside the published result"), blocks)
