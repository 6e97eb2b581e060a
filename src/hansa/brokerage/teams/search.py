"""Who could take a role: organisations by their projects, and agencies by their published offers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any

from hansa.brokerage.catalogue import COMPUTING, PROJECT, Catalogue
from hansa.brokerage.matchmaking import told
from hansa.brokerage.models import MatchText, Request, TeamRole
from hansa.network.models import Organisation, Participation, Project, Region

if TYPE_CHECKING:
    from hansa.matching import Hit, Member

PER_ROLE = 40
SEARCHED = 120
"""Texts looked at per role; several may belong to one organisation."""
PAIRS = 300
"""Pairs with a common past that the solver is told of, those with most projects first."""
HISTORY = 20_000
"""Projects, the latest first, from which partners of the members are read."""
FITS = 10
HELICES = {
    Organisation.Helix.BUSINESS: "business",
    Organisation.Helix.ACADEMIA: "academia",
    Organisation.Helix.GOVERNMENT: "government",
    Organisation.Helix.CIVIL: "civil_society",
}


@dataclass
class Found:
    """An organisation found for a role, with the text that speaks best for it. `domains` are codes of subjects that
    its texts share with what is sought: read from texts, so a proposal."""

    organisation: Organisation
    score: float
    reasons: list[dict[str, Any]]
    project: Project | None = None
    request: Request | None = None
    domains: set[str] = field(default_factory=set)


def for_role(role: TeamRole, held: Catalogue) -> list[Found]:
    """At most `PER_ROLE` organisations for a role, best first; only of its kinds where it names some."""
    from hansa.matching import Query

    common: dict[str, Any] = {"id": f"r{role.pk}", "text": role.sought, "lang": role.language, "want": "offer"}
    offers = (Request.Type.BUSINESS_OFFER, Request.Type.TECHNOLOGY_OFFER)
    with COMPUTING:
        hits = [
            *held.search(Query(**common, kinds=(PROJECT,)), limit=SEARCHED),
            *held.search(Query(**common, kinds=tuple(offers)), limit=PER_ROLE),
        ]
    found: dict[int, Found] = {}
    for hit, organisation, row in _behind(hits):
        if role.kinds and organisation.kind not in role.kinds:
            continue
        one = found.get(organisation.pk)
        if one is None:
            one = found[organisation.pk] = Found(organisation, hit.score, told(hit, held), row.project, row.request)
        shared = (code for reason in hit.reasons for code in reason.params.get("label_codes") or ())
        one.domains |= {code for code in shared if code.startswith("NACE:")}
    return sorted(found.values(), key=lambda one: (-one.score, one.organisation.pk))[:PER_ROLE]


def _behind(hits: list[Hit]) -> Iterable[tuple[Hit, Organisation, MatchText]]:
    """Hits in order of score with the organisations behind them: who took part in a project, whose offer it is."""
    rows = MatchText.objects.filter(pk__in=[int(hit.id) for hit in hits])
    by_key = {f"{row.pk}": row for row in rows.select_related("project", "request__agency__region__parent")}
    parts: dict[int, list[Organisation]] = {}
    for part in Participation.objects.filter(
        project__in=[row.project_id for row in by_key.values() if row.project_id]
    ).select_related("organisation__region__parent"):
        parts.setdefault(part.project_id, []).append(part.organisation)
    for hit in sorted(hits, key=lambda one: (-one.score, one.id)):
        row = by_key.get(hit.id)
        if row is None:
            continue
        if row.request is not None:
            if row.request.state in Request.OPEN:
                yield hit, row.request.agency, row
        else:
            for organisation in sorted(parts.get(row.project_id or 0, ()), key=lambda o: o.pk):
                yield hit, organisation, row


def member(organisation: Organisation, domains: Collection[str] = ()) -> Member:
    """The organisation as the solver knows it; what is not recorded stays unknown."""
    from hansa.matching import Member

    return Member(
        id=f"o{organisation.pk}",
        region=place(organisation),
        kind=organisation.kind,
        domains=tuple(sorted(domains)),
        helix=HELICES.get(Organisation.Helix(organisation.helix)),
        sme=organisation.is_sme,
    )


def place(organisation: Organisation) -> str:
    """The NUTS code of an organisation, of the region around a municipality, else its country's code, else nothing."""
    region: Region | None = organisation.region
    while region is not None and region.kind == Region.Kind.PLACE:
        region = region.parent
    return region.code if region is not None else organisation.country


def ties(organisations: Collection[int]) -> dict[tuple[str, str], float]:
    """Pairs that did projects together: n / (n + 1) for n projects, so that the first says most."""
    together: Counter[tuple[int, int]] = Counter()
    by_project: dict[int, list[int]] = {}
    for project, organisation in Participation.objects.filter(organisation__in=organisations).values_list(
        "project_id", "organisation_id"
    ):
        by_project.setdefault(project, []).append(organisation)
    for members in by_project.values():
        together.update(combinations(sorted(members), 2))
    most = sorted(together.items(), key=lambda pair: (-pair[1], pair[0]))[:PAIRS]
    return {(f"o{one}", f"o{other}"): n / (n + 1) for (one, other), n in most}


def who_fits(members: Collection[int], left_out: Collection[int]) -> list[dict[str, Any]]:
    """Organisations that the history of projects puts beside the members who are in: mean score over these members,
    with the reasons of the member for whom they speak most."""
    from hansa.matching import PartnerQuery, Suggester
    from hansa.matching import Project as Past

    if not members:
        return []
    latest = Project.objects.order_by("-year", "-pk").values_list("pk", flat=True)[:HISTORY]
    by_project: dict[int, list[str]] = {}
    for project, organisation in Participation.objects.filter(project__in=latest).values_list(
        "project_id", "organisation_id"
    ):
        by_project.setdefault(project, []).append(f"{organisation}")
    history = Suggester(Past(f"{project}", tuple(sorted(names))) for project, names in sorted(by_project.items()))
    queries = [PartnerQuery(f"{pk}", organisation=f"{pk}") for pk in sorted(members)]
    scores: Counter[str] = Counter()
    best: dict[str, Hit] = {}
    for hits in history.suggest(queries, limit=10 * FITS) if len(history.history) else []:
        for hit in hits:
            scores[hit.id] += hit.score / len(members)
            if hit.id not in best or best[hit.id].score < hit.score:
                best[hit.id] = hit
    out = {f"{pk}" for pk in {*members, *left_out}}
    ranked = sorted((pair for pair in scores.items() if pair[0] not in out), key=lambda pair: (-pair[1], pair[0]))
    return [
        {"member": f"o{key}", "with": f"o{best[key].query}", "score": score, "reasons": _named(best[key])}
        for key, score in ranked[:FITS]
    ]


def _named(hit: Hit) -> list[dict[str, Any]]:
    """The reasons with organisations by their keys, which a page turns into names."""
    reasons = [reason.as_json() for reason in hit.reasons]
    for reason in reasons:
        if "organisations" in reason["params"]:
            reason["params"]["organisations"] = [f"o{key}" for key in reason["params"]["organisations"]]
    return reasons
