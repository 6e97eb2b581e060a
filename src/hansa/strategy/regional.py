"""What the evidence pages list and map: the figures joined with the regions and priorities of the database."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.db.models import TextField
from django.db.models.expressions import RawSQL
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hansa.network.models import Region
from hansa.network.queries import partner_regions
from hansa.strategy import about, atlas, charts, figures
from hansa.strategy.figures import Figures
from hansa.strategy.models import Priority

OTHER_LETTERS = re.compile("[\u0370-\u1dff]")


@dataclass(frozen=True)
class Row:
    """A region or domain in a list; `numbers` follow the columns of the list, None is unknown.

    `latin` is the name in Latin letters where `name` is in others, `figures_from` the code whose figures are shown;
    `own` marks the partnership's regions.
    """

    code: str
    name: str
    latin: str
    figures_from: str | None
    own: bool
    keys: tuple[str, ...]
    numbers: tuple[float | None, ...]
    rank: int | None = None
    priorities: tuple[Priority, ...] = ()

    @property
    def by_key(self) -> dict[str, float | None]:
        return dict(zip(self.keys, self.numbers, strict=True))


def region_records(codes: Iterable[str]) -> dict[str, Region]:
    """The regions of these codes, by code."""
    return {region.code: region for region in Region.objects.filter(code__in=list(codes))}


def names_of(region: Region | None, code: str) -> tuple[str, str]:
    """A region's name for the reader, and its Latin form where the name is in other letters."""
    if region is None:
        return code, ""
    return _with_latin(region.local_name, region.name_latin)


def _with_latin(name: str, latin: str) -> tuple[str, str]:
    return name.strip(), latin.strip() if OTHER_LETTERS.search(name) else ""


def names_by_code(codes: Iterable[str]) -> dict[str, tuple[str, str]]:
    """What `names_of` tells of many regions, by code; the database chooses the language and hands over names alone."""
    # one array and not hundreds of parameters, which would cost more than the query
    wanted = RawSQL("SELECT unnest(%s::text[])", (list(codes),))
    local = Coalesce(KeyTextTransform(get_language() or "", "names"), "name", output_field=TextField())
    found = Region.objects.filter(code__in=wanted).order_by().values_list("code", local, "name_latin")
    return {code: _with_latin(name, latin) for code, name, latin in found}


def partners() -> list[Region]:
    """The partnership's regions with what they lie in."""
    return list(partner_regions().select_related("parent"))


def with_figures(loaded: Figures, regions: Iterable[Region]) -> list[tuple[Region, str]]:
    """Those regions that any figures stand for, each with the code of these figures."""
    found = ((region, loaded.stand_in_of(region)) for region in regions)
    return [(region, stand_in) for region, stand_in in found if stand_in is not None]


def rows(
    loaded: Figures, columns: Sequence[atlas.Measure], domain: str | None, *, with_partners: bool = False
) -> list[Row]:
    """One row per region of the table, and with `with_partners` one per region of the partnership that is not in it.

    `own` marks the regions whose figures stand for the partnership's. `rank` is by the first column.
    """
    paired = with_figures(loaded, partners())
    own = {stand_in for _region, stand_in in paired}
    others = [(region, stand_in) for region, stand_in in paired if region.code not in loaded.row_of]
    named = names_by_code(loaded.regions) | {region.code: names_of(region, region.code) for region, _stand_in in others}
    measured = [atlas.known_figures(atlas.figures_of(loaded, measure, domain)) for measure in columns]
    places = atlas.ranks(atlas.figures_of(loaded, columns[0], domain))
    keys = tuple(measure.key for measure in columns)

    def row(code: str, stand_in: str, is_own: bool) -> Row:
        at = loaded.row(stand_in)
        name, latin = named.get(code, (code, ""))
        return Row(code, name, latin, stand_in, is_own, keys, tuple(one[at] for one in measured), places[at])

    found = [row(code, code, code in own) for code in loaded.regions]
    return found + ([row(region.code, stand_in, True) for region, stand_in in others] if with_partners else [])


def domain_rows(loaded: Figures, language: str, by_domain: Mapping[str, list[Priority]]) -> list[Row]:
    """One row per domain: total, ubiquity, complexity."""
    keys = ("total", "ubiquity", "complexity")
    measured = [atlas.known_figures(n) for n in (loaded.domain_total, loaded.ubiquity, loaded.domain_complexity)]
    return [
        Row(
            code=code,
            name=loaded.label(code, language),
            latin="",
            figures_from=code,
            own=bool(by_domain.get(code)),
            keys=keys,
            numbers=tuple(one[column] for one in measured),
            priorities=tuple(by_domain.get(code, ())),
        )
        for column, code in enumerate(loaded.domains)
    ]


def matching(found: Iterable[Row], words: str) -> list[Row]:
    """Rows whose code begins with, or whose name contains, `words`."""
    wanted = words.casefold()
    return [
        row
        for row in found
        if row.code.casefold().startswith(wanted) or wanted in f"{row.name}\n{row.latin}".casefold()
    ]


def ordered(found: Iterable[Row], sort: str) -> list[Row]:
    """Rows by `code`, `name` or a measure's key, downwards with a minus; unknown figures always last."""
    key, down = sort.removeprefix("-"), sort.startswith("-")
    if key in ("code", "name"):
        return sorted(found, key=lambda row: (getattr(row, key), row.code), reverse=down)
    return sorted(found, key=lambda row: (*last_if_unknown(row.by_key.get(key), down), row.code))


def last_if_unknown(number: float | None, down: bool) -> tuple[bool, float]:
    return number is None, 0.0 if number is None else -number if down else number


def holders(found: Iterable[Row]) -> list[Row]:
    """The rows with a location quotient of at least 1, highest first."""
    held = [row for row in found if (row.by_key["location_quotient"] or 0.0) >= 1.0]
    return ordered(held, "-location_quotient")


@dataclass(frozen=True)
class MapView:
    """What a map shows: the measure, the domain it is of (None for a measure of regions), its title and unit."""

    measure: atlas.Measure
    domain: str | None
    title: str
    unit: str

    @classmethod
    def of(cls, loaded: Figures, measure: str, domain: str, language: str) -> MapView:
        """The view asked for; what does not exist gives the first that does."""
        chosen = domain if domain in loaded.column_of else None
        found = atlas.measure_for(measure, chosen is not None)
        title = str(found.title)
        if chosen is not None:
            title = f"{title}: {chosen} {figures.short_label(loaded.label(chosen, language))}"
        in_unit = found.key in ("total", "value")
        return cls(found, chosen, title, about.unit_label(str(loaded.entry["unit"])) if in_unit else "")

    @property
    def columns(self) -> list[atlas.Measure]:
        """The measures of the table beside the map, the one drawn first."""
        group = atlas.DOMAIN_MEASURES if self.domain is not None else atlas.REGION_MEASURES
        return [self.measure, *(measure for measure in group if measure is not self.measure)]


def map_chart(loaded: Figures, view: MapView, found: Sequence[Row], land: str | list[dict[str, Any]]) -> charts.Spec:
    """The choropleth of `view`; `found` are all regions of the table, `land` the geometry or its address."""
    classes = atlas.classify(
        atlas.figures_of(loaded, view.measure, view.domain), view.measure.breaks, view.measure.decimals
    )
    unknown, address = _("unknown"), reverse("evidence:regions")
    class_of = dict(zip(loaded.regions, classes.of, strict=True))
    drawn = [
        {
            "code": row.code,
            "name": row.name,
            "class": unknown if class_of[row.code] < 0 else classes.labels[class_of[row.code]],
            "tip": f"{row.name} ({row.code}): {shown(row.by_key[view.measure.key], view)}",
            "href": f"{address}{quote(row.code, safe='')}/",
            "own": row.own,
        }
        for row in found
    ]
    legend = f"{view.measure.title} ({view.unit})" if view.unit else str(view.measure.title)
    return charts.map_spec(land, drawn, classes.labels, title=legend, unknown=unknown)


def shown(number: float | None, view: MapView) -> str:
    if number is None:
        return _("unknown")
    text = number_format(number, decimal_pos=view.measure.decimals, force_grouping=True)
    return f"{text} {view.unit}".strip()
