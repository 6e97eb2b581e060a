"""The dossier: for each of the seven criteria the records that stand behind it, or that there is none yet."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _

from hansa.network.models import Group
from hansa.strategy.documents import contract, sources
from hansa.strategy.documents.blocks import Block, Chapter
from hansa.strategy.documents.chapters.basis import counted
from hansa.strategy.documents.writing import Writer
from hansa.strategy.models import Run


def purpose(run: Run, w: Writer) -> Chapter:
    """What the dossier is for, and what it does not claim."""
    return w.chapter(
        "dossier",
        _("What this dossier is"),
        [
            w.paragraph(
                _(
                    "For the years 2021–2027 the European Union ties support under its policy objective for a "
                    "smarter Europe to good governance of smart specialisation, judged by seven criteria. This "
                    "dossier shows, criterion by criterion, which records of the partnership stand behind each."
                )
            ),
            w.paragraph(
                _(
                    "The criteria are those of Regulation (EU) 2021/1060, annex IV, in our own words. Whether a "
                    "criterion is met is for the competent authorities to judge; a record here is evidence, not a "
                    "verdict. Where there is no record, the dossier says so."
                )
            ),
            w.paragraph(
                _(
                    "Work in common across borders can support the criterion on cooperation most directly; the "
                    "others are answered by each region's own strategy and only touched upon here."
                )
            ),
        ],
    )


def overview(run: Run, w: Writer) -> Chapter:
    """One line per criterion: which kinds of record stand behind it."""
    rows = []
    for place, (key, title) in enumerate(contract.CRITERIA.items(), start=1):
        there = any(write(run, w) for write in contract.records[key].values())
        rows.append([w.code(_roman(place)), w.text(title), w.text(_("records below") if there else _("no record yet"))])
    header = [_("Criterion"), _("What it asks for"), _("In this installation")]
    return w.chapter(
        "overview", _("The criteria at a glance"), [w.table(w.sentence(_("The seven criteria")), header, rows)]
    )


def _roman(place: int) -> str:
    return ("I", "II", "III", "IV", "V", "VI", "VII")[place - 1]


def criterion(key: str) -> Callable[[Run, Writer], Chapter]:
    """The chapter of one criterion."""

    def write(run: Run, w: Writer) -> Chapter:
        blocks: list[Block] = []
        for provide in contract.records[key].values():
            blocks.extend(provide(run, w))
        place = _roman(list(contract.CRITERIA).index(key) + 1)
        title = (w.code(f"{place}. "), w.text(contract.CRITERIA[key]))
        return Chapter(f"criterion_{key}", title, tuple(blocks) or (w.note(_("There is no record yet.")),))

    return write


def bodies(run: Run, w: Writer) -> list[Block]:
    """Partnerships on record, with the organisation that leads them."""
    groups = Group.objects.filter(kind=Group.Kind.PARTNERSHIP).select_related("lead").order_by("pk")
    rows = [
        [
            w.quoted(group),
            w.quoted(group.lead.name) if group.lead else w.text(_("not recorded")),
            w.day(group.since),
            w.number(
                group, "members_count", label=_("members of %(group)s") % {"group": group}, source=sources.network()
            ),
        ]
        for group in groups
    ]
    if not rows:
        return []
    header = [_("Partnership"), _("Led by"), _("Since"), _("Members")]
    return [
        w.paragraph(
            _(
                "The body that answers for a region's own strategy is not recorded here; the partnership and its "
                "lead are."
            )
        ),
        w.table(w.sentence(_("Partnerships on record")), header, rows, [3]),
    ]


def monitored(run: Run, w: Writer) -> list[Block]:
    """What can be followed of the priorities: decisions and results of steps."""
    return [
        w.paragraph(
            _(
                "Every priority keeps its figures and its history. Decisions on record: %(moves)s; results of steps "
                "that stand: %(results)s. The run can be computed again from its kept evidence."
            ),
            moves=counted(w, run, "moves_count", _("decisions on priorities")),
            results=counted(w, run, "results_standing", _("results of steps that stand")),
        )
    ]


def cooperation(run: Run, w: Writer) -> list[Block]:
    """Regions of several countries, the priorities that they share, and their joint projects."""
    projects = w.number(run, "joint_projects", label=_("joint public projects"), source=sources.network())
    return [
        w.paragraph(
            _(
                "Regions that work together: %(regions)s, from countries: %(countries)s. Common priorities held by "
                "regions of more than one country: %(across)s."
            ),
            regions=counted(w, run, "regions_count", _("regions taking part")),
            countries=counted(w, run, "countries_count", _("countries")),
            across=counted(w, run, "priorities_across_borders", _("priorities held in more than one country")),
        ),
        w.paragraph(
            _(
                "Public projects on record with organisations of at least two of these regions: %(projects)s. An "
                "organisation counts for a region only where it is placed in exactly that region."
            ),
            projects=projects,
        ),
    ]
