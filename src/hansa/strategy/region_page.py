"""The page of one region: its strengths, its next steps and its partners, joined with what the database knows of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Func, OuterRef, Q, Subquery, Value
from django.db.models.functions import JSONObject
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hansa.network.models import Group, Organisation, Region
from hansa.strategy import about, charts, figures, profile, queries
from hansa.strategy.figures import Figures
from hansa.strategy.models import Priority
from hansa.strategy.regional import last_if_unknown, partners, region_records, with_figures

if TYPE_CHECKING:
    from hansa.evidence import Fallback

FIRST_STEPS, FIRST_PARTNERS = 8, 6


@dataclass(frozen=True)
class PartnerRow:
    """What the figures of one place would add, and the partner regions that they stand for.

    `regions` are those with these figures, `brings` the domains that carry most of the addition, `shared_priorities`
    counts the priorities that both sides hold.
    """

    regions: tuple[Region, ...]
    figures_from: str
    figures_from_name: str
    adds: float | None
    brings: tuple[str, ...]
    shared_priorities: int

    @property
    def own_figures(self) -> bool:
        return all(region.code == self.figures_from for region in self.regions)


@dataclass(frozen=True)
class StepRow:
    """A step with the partner regions that hold the domain and the priorities that carry it."""

    step: profile.Step
    held_by: tuple[str, ...]
    priorities: tuple[Priority, ...]


@dataclass(frozen=True)
class RegionPage:
    """All that the page of one region shows of its figures."""

    code: str
    name: str
    record: Region | None
    stand_in: Fallback
    stand_in_name: str
    standing: profile.Standing | None
    cells: list[profile.Cell]
    specialisations: list[profile.Cell]
    steps: list[StepRow]
    direction: profile.Direction
    partners: list[PartnerRow]
    organisations: int
    groups: list[str]
    by_domain: dict[str, list[Priority]]
    fits: int
    open_priorities: int

    @property
    def own_figures(self) -> bool:
        return self.stand_in.exact and not self.is_place

    @property
    def is_place(self) -> bool:
        return self.record is not None and self.record.kind == Region.Kind.PLACE

    @property
    def first_steps(self) -> list[StepRow]:
        return self.steps[:FIRST_STEPS]

    @property
    def first_partners(self) -> list[PartnerRow]:
        return self.partners[:FIRST_PARTNERS]

    @property
    def more_partners(self) -> list[PartnerRow]:
        return self.partners[FIRST_PARTNERS:]

    @property
    def strongest(self) -> list[profile.Cell]:
        return self.specialisations[:2]

    @property
    def closest(self) -> list[profile.Step]:
        return profile.closest([row.step for row in self.steps])[:2]


def region_page(loaded: Figures, code: str, language: str) -> RegionPage | None:
    """The page of a region; None when neither the figures nor the database know its code."""
    everyone = with_figures(loaded, partners())
    records = records_with_company(code, {code, profile.stand_in(loaded, code).code, *(s for _region, s in everyone)})
    record = records.get(code)
    if record is None and code not in loaded.row_of:
        return None
    lies_in = record.parent.code if record and record.kind == Region.Kind.PLACE and record.parent else code
    stand_in = profile.stand_in(loaded, lies_in)
    if stand_in.code is not None and stand_in.code not in records:
        records |= region_records([stand_in.code])
    names = {key: region.local_name.strip() for key, region in records.items()}
    paired = [(region, source) for region, source in everyone if region.code != code]
    named = [(region.local_name.strip(), source) for region, source in paired]
    by_domain, held = priorities_by_domain_and_region()
    cells: list[profile.Cell] = []
    found: list[profile.Step] = []
    if stand_in.code is not None:
        cells = profile.cells(loaded, loaded.row(stand_in.code), language)
        found = profile.steps(loaded, stand_in.code, sorted({stand for _region, stand in paired}), cells)
    return RegionPage(
        code=code,
        name=record.local_name.strip() if record else code,
        record=record,
        stand_in=stand_in,
        stand_in_name=names.get(stand_in.code or "", stand_in.code or ""),
        standing=profile.region_standing(loaded, loaded.row(stand_in.code)) if stand_in.code else None,
        cells=cells,
        specialisations=profile.specialisations(cells),
        steps=[_step_row(step, named, by_domain) for step in found],
        direction=profile.complexity_direction(loaded),
        partners=_partner_rows(loaded, stand_in.code, paired, names, held.get(code, set()), held),
        organisations=getattr(record, "organisations_here", 0),
        groups=[_local_name(group) for group in getattr(record, "groups_here", [])],
        by_domain=by_domain,
        fits=len(held.get(code, ())),
        open_priorities=len({priority.pk for carried in by_domain.values() for priority in carried}),
    )


def records_with_company(code: str, codes: Iterable[str | None]) -> dict[str, Region]:
    """The regions of `codes` in one query, each with `groups_here` and with `organisations_here`, those in `code`."""
    here = Organisation.objects.filter(region__code__startswith=code).order_by().values(n=Func("pk", function="COUNT"))
    groups = Group.objects.filter(region=OuterRef("pk")).values(json=JSONObject(name="name", names="names"))
    found = Region.objects.filter(code__in={one for one in codes if one}).select_related("parent")
    found = found.annotate(organisations_here=Subquery(here), groups_here=ArraySubquery(groups))
    return {region.code: region for region in found}


def _local_name(group: Mapping[str, Any]) -> str:
    return str(group["names"].get(get_language() or "", group["name"]))


def priorities_by_domain_and_region() -> tuple[dict[str, list[Priority]], dict[str, set[int]]]:
    """Per domain the open priorities that carry it; per region the numbers of those of which it holds a domain."""
    held_in = ArrayAgg("figures__region__code", filter=Q(figures__role="holds"), distinct=True, default=Value([]))
    by_domain: dict[str, list[Priority]] = {}
    by_region: dict[str, set[int]] = {}
    for priority in queries.open_priorities().annotate(held_in=held_in):
        for domain in priority.domains:
            by_domain.setdefault(domain, []).append(priority)
        for code in priority.held_in:
            by_region.setdefault(code, set()).add(priority.number)
    return by_domain, by_region


def _step_row(
    step: profile.Step, paired: Sequence[tuple[str, str]], by_domain: Mapping[str, list[Priority]]
) -> StepRow:
    """`paired` are the names of the partner regions, each with the code whose figures stand for it."""
    held_by = tuple(name for name, stand_in in paired if stand_in in step.held_by)
    return StepRow(step, held_by, tuple(by_domain.get(step.cell.domain, ())))


def _partner_rows(
    loaded: Figures,
    figures_from: str | None,
    paired: Sequence[tuple[Region, str]],
    names: Mapping[str, str],
    own: set[int],
    held: Mapping[str, set[int]],
) -> list[PartnerRow]:
    """One row per source of figures, those that add most first."""
    if figures_from is None:
        return []
    grouped: dict[str, list[Region]] = {}
    for region, stand_in in paired:
        grouped.setdefault(stand_in, []).append(region)
    rows = [
        PartnerRow(
            regions=tuple(grouped[partner.region]),
            figures_from=partner.region,
            figures_from_name=names.get(partner.region, partner.region),
            adds=partner.adds,
            brings=partner.brings,
            shared_priorities=len(own & set().union(*(held.get(r.code, set()) for r in grouped[partner.region]))),
        )
        for partner in profile.partners_of(loaded, figures_from, sorted(grouped))
    ]
    return sorted(rows, key=lambda row: (*last_if_unknown(row.adds, True), row.figures_from))


def chosen_cells(cells: Sequence[profile.Cell], words: str, show: str) -> list[profile.Cell]:
    """The domains held, lacked, unknown, or all, whose code or label answers `words`."""
    wanted = words.casefold()
    holds = {"held": True, "lacked": False, "unknown": None}
    return [
        cell
        for cell in cells
        if (show not in holds or cell.holds is holds[show])
        and (cell.domain.casefold().startswith(wanted) or wanted in cell.label.casefold())
    ]


def ordered_cells(cells: Sequence[profile.Cell], sort: str) -> list[profile.Cell]:
    key, down = sort.removeprefix("-"), sort.startswith("-")
    if key in ("value", "location_quotient", "density", "complexity"):
        return sorted(cells, key=lambda cell: (*last_if_unknown(getattr(cell, key), down), cell.domain))
    field = "label" if key == "label" else "domain"
    return sorted(cells, key=lambda cell: str(getattr(cell, field)), reverse=down)


def opportunity_chart(loaded: Figures, page: RegionPage) -> charts.Spec:
    """The plane of what the region lacks."""
    steps = [row.step for row in page.steps]
    short = {step.cell.domain: figures.short_label(step.cell.label, 34) for step in steps}
    unit = about.unit_label(str(loaded.entry["unit"]))
    label_of = {step.cell.domain: step.cell for step in steps}
    points = profile.points(steps, short)
    for point in points:
        cell = label_of[point["domain"]]
        quotient = _("unknown") if cell.location_quotient is None else number_format(cell.location_quotient, 2)
        told = {"code": cell.domain, "label": cell.label, "lq": quotient}
        point["tip"] = _("%(code)s %(label)s: location quotient %(lq)s") % told
        point["href"] = reverse("evidence:domain", args=[cell.domain])
    return charts.opportunities_spec(points, unit=unit)
