"""Who shares what: the regions of a run against its common priorities and sets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hansa.network.models import Region
from hansa.strategy import charts
from hansa.strategy.figures import Figures
from hansa.strategy.models import CommonSet, Facet, Priority, Run
from hansa.strategy.sets import queries


@dataclass
class Share:
    """What one region has in one row: the titles of its regional priorities, and domains that it holds or is near."""

    members: list[str] = field(default_factory=list)
    holds: list[str] = field(default_factory=list)
    near: list[str] = field(default_factory=list)

    @property
    def is_part(self) -> bool:
        return bool(self.members or self.holds)

    def told(self) -> str:
        """One cell of the CSV file."""
        parts = [*(f"strategy: {title}" for title in self.members)]
        parts += [f"holds {domain}" for domain in self.holds] + [f"near {domain}" for domain in self.near]
        return "; ".join(parts)


@dataclass(frozen=True)
class Row:
    """A priority or a proposed set; `cells` are in the order of the regions, `tags` facet -> labels with codes."""

    title: str
    language: str
    url: str
    kind: str
    state: str
    tags: dict[str, list[tuple[str, str]]]
    cells: list[Share]

    @property
    def shared_by(self) -> int:
        return sum(cell.is_part for cell in self.cells)


@dataclass(frozen=True)
class Table:
    regions: Sequence[Region]
    rows: list[Row]

    def taking_part(self) -> dict[str, int]:
        """Region -> in how many rows it takes part."""
        return {region.code: sum(row.cells[n].is_part for row in self.rows) for n, region in enumerate(self.regions)}


def table(run: Run, facet: str = "", tag: str = "") -> Table:
    """The open priorities of a run and its sets that are still proposed, in a constant number of queries.

    `facet` and `tag` keep the rows of which a member, or the row itself, carries such a tag (its code, or a part of its
    label).
    """
    regions = list(run.regions.order_by("code"))
    rows = [_of_priority(each, regions) for each in _priorities(run)]
    rows += [_of_set(each, regions) for each in queries.common_sets(run, CommonSet.State.PROPOSED)]
    return Table(regions, [row for row in rows if _answers(row, facet, tag)])


def _priorities(run: Run) -> list[Priority]:
    found = run.priorities.exclude(state__in=Priority.CLOSED).order_by("number")
    return list(found.prefetch_related("figures__region", "members__region", "members__tags"))


def _of_priority(priority: Priority, regions: Sequence[Region]) -> Row:
    cells: dict[str, Share] = defaultdict(Share)
    for figure in priority.figures.all():
        cell = cells[figure.region.code]
        (cell.holds if figure.role == "holds" else cell.near).append(figure.domain)
    tags = _tags(priority.members.all(), cells)
    sectors = {code for code, _label in tags[Facet.SECTOR]}
    tags[Facet.SECTOR] += [(code, "") for code in priority.domains if code not in sectors]
    names = {code for code, _label in tags[Facet.THEME]}
    tags[Facet.THEME] += [(code, "") for code in priority.themes if code not in names]
    return Row(
        str(priority),
        priority.local_language,
        priority.get_absolute_url(),
        priority.get_kind_display(),
        priority.get_state_display(),
        dict(tags),
        [cells[region.code] for region in regions],
    )


def _of_set(common_set: CommonSet, regions: Sequence[Region]) -> Row:
    cells: dict[str, Share] = defaultdict(Share)
    tags = _tags([each.priority for each in common_set.memberships.all()], cells)
    return Row(
        common_set.title,
        common_set.language,
        common_set.get_absolute_url(),
        common_set.get_kind_display(),
        _("proposed set"),
        dict(tags),
        [cells[region.code] for region in regions],
    )


def _tags(members: Any, cells: dict[str, Share]) -> dict[str, list[tuple[str, str]]]:
    """The members' confirmed tags per facet; their titles go into the cells."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for member in members:
        cells[member.region.code].members.append(member.title)
        for tag in member.tags.all():
            if tag.holds:
                found[tag.facet][tag.code] = tag.local_label
    return defaultdict(list, {facet: sorted(codes.items()) for facet, codes in found.items()})


def _answers(row: Row, facet: str, tag: str) -> bool:
    if not facet and not tag:
        return True
    wanted = tag.casefold()
    return any(
        not tag or code.casefold() == wanted or (len(wanted) > 2 and wanted in label.casefold())
        for each, tags in row.tags.items()
        if not facet or each == facet
        for code, label in tags
    )


def map_spec(found: Table, land: Any, loaded: Figures) -> charts.Spec | None:
    """The map: in how many priorities and sets each region of the run takes part; None where none is drawn."""
    number = found.taking_part()
    drawn = {region.code: (region, loaded.stand_in_of(region)) for region in found.regions}
    rows = []
    most = max(number.values(), default=0)
    steps = sorted({1, max(1, most // 3), max(1, 2 * most // 3)} & set(range(1, most + 1)))
    labels = [_("none"), *(_span(low, steps[n + 1] - 1 if n + 1 < len(steps) else most) for n, low in enumerate(steps))]
    for code, (region, shape) in drawn.items():
        if shape is None:
            continue
        place = sum(number[code] >= low for low in steps)
        told = ngettext("%(n)d in common", "%(n)d in common", number[code]) % {"n": number[code]}
        rows.append(
            {
                "code": shape,
                "name": region.local_name,
                "class": labels[place],
                "tip": f"{region.local_name} ({code}): {told}",
                "href": reverse("evidence:region", args=[code]),
                "own": True,
            }
        )
    title = _("Common priorities and sets in which the region takes part")
    return charts.map_spec(land, rows, labels, title=title, unknown=_("unknown")) if rows else None


def _span(low: int, high: int) -> str:
    return str(low) if high <= low else f"{low}–{high}"
