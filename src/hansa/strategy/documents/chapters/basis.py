"""What a document rests on: the method, the regions, the statistics and the rule."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hansa.network.countries import country_name
from hansa.strategy.about import told, unit_label
from hansa.strategy.actions.runs import figure_code
from hansa.strategy.documents import counting, pictures, sources
from hansa.strategy.documents.blocks import Block, Chapter, Number
from hansa.strategy.documents.writing import Writer
from hansa.strategy.models import Run

STEPS = (
    (
        gettext_lazy("Find common sets"),
        gettext_lazy(
            "what the strategies and the figures of the regions share, or complete in one another, becomes initial "
            "priorities"
        ),
    ),
    (gettext_lazy("Verify"), gettext_lazy("what policy has chosen is held against measured specialisation")),
    (gettext_lazy("Refine"), gettext_lazy("each priority is rated against trends of market, technology and society")),
    (gettext_lazy("Assess"), gettext_lazy("how far each priority can carry cooperation beyond its region is assessed")),
    (
        gettext_lazy("Finalise"),
        gettext_lazy("business, science, administration and civil society are consulted, and the partners decide"),
    ),
    (
        gettext_lazy("Carry out"),
        gettext_lazy("vision, governance, actions and monitoring follow from the final priorities"),
    ),
)
PARAMETERS: dict[str, tuple[Any, int]] = {
    "threshold": (gettext_lazy("Location quotient that counts as a specialisation"), 2),
    "min_size": (gettext_lazy("Smallest size that counts, in the table's unit"), 0),
    "min_regions": (gettext_lazy("Regions that must share it"), 0),
    "min_proximity": (gettext_lazy("Proximity above which domains make one priority"), 2),
    "near_share": (gettext_lazy("Close: upper share of density"), 2),
    "most_domains": (gettext_lazy("Domains of one priority, at most"), 0),
    "most_priorities": (gettext_lazy("Priorities, at most"), 0),
}


def counted(w: Writer, run: Run, name: str, label: str) -> Number:
    """A count from the records of the run."""
    return w.number(run, name, label=label, source=sources.records(run), url=run.get_absolute_url())


def in_brief(run: Run, w: Writer) -> Chapter:
    """The first page: who, how many priorities, and which."""
    blocks: list[Block] = []
    if run.synthetic:
        blocks.append(
            w.note(
                _(
                    "Every figure in this document is synthetic: it was generated for trying Hansa out and is no "
                    "statistic."
                )
            )
        )
    blocks.append(
        w.paragraph(
            _(
                "Regions taking part: %(regions)s, from countries: %(countries)s. Common priorities that stand: "
                "%(open)s; final: %(final)s."
            ),
            regions=counted(w, run, "regions_count", _("regions taking part")),
            countries=counted(w, run, "countries_count", _("countries")),
            open=counted(w, run, "priorities_open", _("common priorities that stand")),
            final=counted(w, run, "priorities_in:final", _("final priorities")),
        )
    )
    items = [
        w.sentence(
            "%(id)s %(title)s – %(state)s",
            id=w.code(priority.identifier),
            title=w.quoted(priority.local_title, priority.local_language, strong=True),
            state=w.text(priority.get_state_display()),
        )
        for priority in counting.open_priorities(run)
    ]
    if items:
        blocks.append(w.bullets(items))
    else:
        blocks.append(w.paragraph(_("No priority stands in this run.")))
    return w.chapter("in_brief", _("In brief"), blocks)


def method(run: Run, w: Writer) -> Chapter:
    """What Trans-S3 is."""
    steps = [
        w.sentence("%(name)s: %(what)s.", name=w.text(name, strong=True), what=w.text(what)) for name, what in STEPS
    ]
    return w.chapter(
        "method",
        _("Purpose and method"),
        [
            w.paragraph(
                _(
                    "Trans-S3 is a way for several regions to do smart specialisation together: what competes is no "
                    "longer one region but a group of them, and a priority is an area in which they are strong, or "
                    "complete one another, in common. It adds to the regions' own strategies and replaces none of "
                    "them."
                )
            ),
            w.paragraph(
                _(
                    "A priority passes through these steps. It keeps one identifier from its first proposal; it can "
                    "be returned to an earlier step, merged, split or dropped, and each such move has an author, a "
                    "day and a reason."
                )
            ),
            w.bullets(steps),
            w.paragraph(
                _(
                    "Thresholds and weights are the partnership's own choice. They are stored with the run and "
                    "stated in this document; none of them is official."
                )
            ),
        ],
    )


def regions(run: Run, w: Writer) -> Chapter:
    """Who takes part, with whose figures, against which reference area."""
    held = list(run.regions.select_related("parent").order_by("code"))
    numbers = {
        r.code: counted(
            w, run, f"priorities_held:{r.code}", _("priorities held in %(region)s") % {"region": r.local_name}
        )
        for r in held
    }
    stand_ins = _stand_ins(run)
    rows = [
        [
            w.quoted(region.local_name),
            w.code(region.code),
            w.text(country_name(region.country)),
            w.code(region.nuts_version or "–"),
            w.code(stand_ins.get(region.code) or figure_code(region)),
            numbers[region.code],
        ]
        for region in held
    ]
    header = [_("Region"), _("Code"), _("Country"), _("NUTS version"), _("Figures of"), _("Priorities held")]
    reference = (
        w.paragraph(
            _("Reference area of the location quotients: %(codes)s."), codes=w.joined(map(w.code, run.reference))
        )
        if run.reference
        else w.paragraph(_("Reference area of the location quotients: all regions of the table."))
    )
    blocks: list[Block] = [
        reference,
        w.paragraph(
            _(
                "A region without figures of its own takes part with those of the nearest region that contains it; "
                "the table says whose they are."
            )
        ),
        w.table(w.sentence(_("The regions and how many of the standing priorities each holds")), header, rows, [5]),
    ]
    drawing = pictures.partnership_map(
        [((r.code, stand_ins.get(r.code, r.code)), r.local_name, numbers[r.code]) for r in held],
        title=_("Standing priorities held"),
        caption=w.sentence(
            _(
                "Where the priorities are held. The figures are those of the table above. © EuroGeographics for the "
                "administrative boundaries"
            )
        ),
        alternative=_(
            "Map of Europe with the regions of the partnership, darker where a region holds more of the priorities"
        ),
    )
    if drawing is not None:
        blocks.append(drawing)
    return w.chapter("regions", _("Regions and reference area"), blocks)


def _stand_ins(run: Run) -> dict[str, str]:
    """Region -> the code whose figures stand in for it, as the run's result kept it."""
    return {f["region"]: f["figures_from"] for proposal in run.result for f in proposal.get("figures", [])}


def evidence(run: Run, w: Writer) -> Chapter:
    """The statistics: what, from whom, under which licence, how complete, and which version."""
    copy = run.evidence
    if copy is None:
        words = _(
            "This run was made before evidence was kept with runs: the table is named, its figures cannot be "
            "computed again."
        )
        return w.chapter(
            "evidence", _("Evidence"), [w.note(words), w.paragraph(_("Table: %(table)s."), table=w.code(run.table))]
        )
    entry, footnote = copy.entry, sources.evidence(run)

    def figure(name: str, label: str, *, percent: bool = False) -> Number:
        return w.number(
            copy, name, label=label, source=footnote, year=copy.year, percent=percent, url=str(entry.get("url") or "")
        )

    facts = [
        (_("Title"), w.quoted(told(str(entry.get("title") or run.table)))),
        (_("Source"), w.quoted(told(str(entry.get("source") or "–")))),
        (_("Licence"), w.quoted(entry.get("licence") or _("not stated"))),
        (_("Attribution"), w.quoted(entry.get("attribution") or told(str(entry.get("source") or "–")))),
        (_("Year"), w.year(copy.year)),
        (_("Unit"), w.quoted(unit_label(str(entry.get("unit") or "–")))),
        (_("Classification of domains"), w.code(run.classification)),
        (_("NUTS version"), w.code(entry.get("nuts_version") or "–")),
        (_("Regions in the table"), figure("regions_count", _("regions in the table"))),
        (_("Domains in the table"), figure("domains_count", _("domains in the table"))),
        (_("Cells with a known figure"), figure("cells_known", _("cells with a known figure"))),
        (_("Coverage"), figure("share_known", _("share of cells with a known figure"), percent=True)),
        (_("Evidence version"), w.code(copy.version)),
        (_("Kept since"), w.day(copy.kept_at)),
        (_("Digest of the run's result (SHA-256)"), w.code(run.digest or "–")),
    ]
    blocks: list[Block] = [
        w.paragraph(
            _(
                "All figures of the run come from one table, kept with the run as it was, so that the run can be "
                "computed again to the same digits. An unknown cell stays unknown; it is never counted as zero."
            )
        ),
        w.table(
            w.sentence(_("The table of the run")),
            [_("What"), _("Stated")],
            [(w.text(name), value) for name, value in facts],
        ),
    ]
    return w.chapter("evidence", _("Evidence"), blocks)


def rule(run: Run, w: Writer) -> Chapter:
    """Every parameter of the run, what the rule does with them, and whether they are official (they are not)."""
    rows = [
        [
            w.text(PARAMETERS[name][0]) if name in PARAMETERS else w.code(name),
            w.code(name),
            w.number(
                run,
                f"parameters.{name}",
                label=str(PARAMETERS[name][0]) if name in PARAMETERS else name,
                source=sources.rule(run),
                decimals=PARAMETERS.get(name, ("", 2))[1],
                url=run.get_absolute_url(),
            ),
        ]
        for name, value in run.parameters.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    ]
    blocks: list[Block] = [
        w.paragraph(
            _(
                "A region holds a domain when its location quotient and its size reach the thresholds. The location "
                "quotient is the domain's share in the region over its share in the reference area."
            )
        ),
        w.paragraph(
            _(
                "Shared priorities: domains that enough regions hold; those close to one another in the product "
                "space (Hidalgo et al., 2007) are joined by average linkage. Complementary priorities: a domain that "
                "too few regions hold, while enough others are close to it by relatedness density."
            )
        ),
        w.paragraph(
            _(
                "Strength of a shared domain: the share of the regions that hold it times the binary logarithm of "
                "one plus their mean location quotient. Strength of a complementary one: the share of the regions "
                "close to it times the same of its holders. A priority is as strong as its strongest domain."
            )
        ),
        w.table(w.sentence(_("Parameters of the run")), [_("Parameter"), _("Name"), _("Value")], rows, [2]),
        w.paragraph(
            _("Run %(run)s, version made on %(at)s by %(by)s."),
            run=w.quoted(run),
            at=w.day(run.created_at),
            by=w.by(run.created_by, run.created_at),
        ),
    ]
    if run.note:
        blocks.append(
            w.paragraph(_("What this version of the run changed and why: %(note)s"), note=w.quoted(run.note, "?"))
        )
    return w.chapter("rule", _("The rule"), blocks)
