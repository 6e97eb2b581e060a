"""Bulk verbs of the network: what a load brings in. Each can be repeated; a second time changes nothing twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from django.db import transaction

from hansa.network.models import Identifier, Organisation, Participation, Project, Region

T = TypeVar("T")
BATCH = 1000


@dataclass(frozen=True)
class RegionRow:
    code: str
    nuts_version: str
    name: str
    name_latin: str
    country: str
    kind: str = Region.Kind.NUTS
    level: int | None = None
    parent: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OrganisationRow:
    """`scheme` and `number` identify it across loads; an organisation without either is known by its name."""

    name: str
    kind: str
    helix: str
    country: str
    source: str
    scheme: str = ""
    number: str = ""
    short_name: str = ""
    city: str = ""
    region: str = ""
    placed: str = ""
    website: str = ""
    is_sme: bool | None = None


@dataclass(frozen=True)
class ProjectRow:
    source: str
    number: str
    acronym: str
    title: str
    summary: str
    language: str
    year: int | None
    participants: tuple[tuple[str, str, str], ...]  # (scheme, number, role)


def batches(rows: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, size)):
        yield batch


@transaction.atomic
def import_regions(rows: Iterable[RegionRow]) -> int:
    """Record regions that are new and return how many; a parent is the region whose code is one sign shorter."""
    wanted = {row.code: row for row in rows}
    known = set(Region.objects.filter(code__in=wanted).values_list("code", flat=True))
    fresh = [row for code, row in sorted(wanted.items()) if code not in known]
    Region.objects.bulk_create(
        (
            Region(
                code=row.code,
                nuts_version=row.nuts_version,
                kind=row.kind,
                level=len(row.code) - 2 if row.level is None else row.level,
                country=row.country,
                name=row.name[:120],
                name_latin=row.name_latin[:120],
                names=dict(row.names),
            )
            for row in fresh
        ),
        batch_size=BATCH,
    )
    ids = dict(Region.objects.values_list("code", "pk"))
    children = []
    for region in Region.objects.filter(parent__isnull=True):
        row = wanted.get(region.code)
        parent = row.parent if row is not None and row.parent else nearest_above(region.code, ids)
        if parent is not None and parent in ids and parent != region.code:
            region.parent_id = ids[parent]
            children.append(region)
    Region.objects.bulk_update(children, ["parent_id"], batch_size=BATCH)
    return len(fresh)


def nearest_above(code: str, known: Mapping[str, Any]) -> str | None:
    """The nearest recorded region that contains `code`: NUTS codes grow by one sign a level."""
    return next((code[:length] for length in range(len(code) - 1, 1, -1) if code[:length] in known), None)


@transaction.atomic
def import_organisations(rows: Iterable[OrganisationRow]) -> int:
    """Record organisations that are new, known by their identifier, and return how many."""
    regions = dict(Region.objects.values_list("code", "pk"))
    added = 0
    for batch in batches(rows):
        numbered = {(row.scheme, row.number): row for row in batch if row.scheme and row.number}
        known = set(
            Identifier.objects.filter(
                scheme__in={s for s, _n in numbered}, value__in={n for _s, n in numbered}
            ).values_list("scheme", "value")
        )
        fresh = [(key, row) for key, row in numbered.items() if key not in known]
        stored = Organisation.objects.bulk_create(_organisation(row, regions) for _key, row in fresh)
        Identifier.objects.bulk_create(
            Identifier(organisation=organisation, scheme=scheme, value=number)
            for organisation, ((scheme, number), _row) in zip(stored, fresh, strict=True)
        )
        added += len(stored)
    return added


def _organisation(row: OrganisationRow, regions: Mapping[str, int]) -> Organisation:
    return Organisation(
        name=row.name[:300],
        short_name=row.short_name[:80],
        kind=row.kind,
        helix=row.helix,
        is_sme=row.is_sme,
        region_id=regions.get(row.region),
        placed=row.placed if row.region in regions else "",
        country=row.country[:2],
        city=row.city[:120],
        website=row.website[:400],
        source=row.source[:200],
    )


@transaction.atomic
def import_projects(rows: Iterable[ProjectRow]) -> int:
    """Record projects that are new with their participants, and return how many; unknown participants are left out."""
    added = 0
    for batch in batches(rows):
        known = set(
            Project.objects.filter(
                source__in={r.source for r in batch}, number__in={r.number for r in batch}
            ).values_list("source", "number")
        )
        fresh = list({(r.source, r.number): r for r in batch if (r.source, r.number) not in known}.values())
        stored = Project.objects.bulk_create(
            Project(
                source=r.source,
                number=r.number,
                acronym=r.acronym[:80],
                title=r.title[:500],
                summary=r.summary,
                language=r.language,
                year=r.year,
            )
            for r in fresh
        )
        wanted = {(scheme, number) for r in fresh for scheme, number, _role in r.participants}
        ids = {
            (scheme, value): organisation
            for scheme, value, organisation in Identifier.objects.filter(
                scheme__in={s for s, _n in wanted}, value__in={n for _s, n in wanted}
            ).values_list("scheme", "value", "organisation_id")
        }
        Participation.objects.bulk_create(
            (
                Participation(project=project, organisation_id=ids[scheme, number], role=role[:40])
                for project, row in zip(stored, fresh, strict=True)
                for scheme, number, role in row.participants
                if (scheme, number) in ids
            ),
            ignore_conflicts=True,
            batch_size=BATCH,
        )
        added += len(stored)
    return added
