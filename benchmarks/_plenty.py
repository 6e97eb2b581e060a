"""Plenty of work in an installation that the starter has filled: requests, matches and cases, the same every time.

Django has to be set up for the installation before this module is imported.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from hansa.brokerage.models import Case, CaseEntry, Client, Introduction, Match, Request, RequestPrivate
from hansa.network.middleware import see_as
from hansa.network.models import Membership, Organisation, Person, Region, Role
from hansa.strategy.models import Priority

MATCHES_EACH = 20
RARE = Case.State.DECLINED
BATCH = 1000
TEXT = (
    "wood timber veneer façade panel sensor casting aluminium foundry insulation heat pump biogas digestate peat fibre "
    "composite hull ferry logistics warehouse robot welding laser coating enzyme dairy whey berry honey rye linen wool "
    "furniture design acoustic diagnostic imaging rehabilitation tourism spa mobility software platform data hydrogen "
    "electrolyser battery recycling textile cooperative care training laboratory prototype certification export"
)
WORDS = TEXT.split()
LANGUAGES = ("pl", "lt", "lv", "et", "fi", "de", "da", "en")
REASONS = (
    ("close_meaning", "meaning", {"rank": 3, "among": 400}),
    ("shared_concept", "concepts", {"labels_query": ["wood products", "insulation"], "labels": {}}),
    ("same_domain", "domains", {"domains": ["16", "31"]}),
    ("need_meets_offer", "direction", {}),
)


@dataclass(frozen=True)
class Size:
    """How much to load."""

    requests: int
    matched: int
    cases: int


@dataclass(frozen=True)
class Desk:
    """An agency with its broker and region: where a request is written."""

    agency: Organisation
    broker: Person
    region: Region


def load(size: Size, seed: int) -> tuple[Person, Request]:
    """Fill the installation; the Podlaskie broker and a request of theirs that has matches."""
    dice = random.Random(seed)
    desks = brokers()
    priorities = list(Priority.objects.exclude(state=Priority.State.DROPPED).order_by("number"))
    agencies = ",".join(str(desk.agency.pk) for desk in desks)
    with transaction.atomic(), see_as(agencies):
        requests = add_requests(dice, desks, priorities, size.requests)
        add_matches(dice, requests[: size.matched], requests, MATCHES_EACH, Match.State.SUGGESTED)
        begun = requests[size.matched : size.matched + size.cases]
        add_cases(dice, add_matches(dice, begun, requests, 1, Match.State.INTRODUCED))
    return desks[0].broker, requests[0]


def brokers() -> list[Desk]:
    """A desk per broker of the starter, Podlaskie first; its region is the agency's."""
    held = Membership.objects.filter(role=Role.BROKER, organisation__region__isnull=False).order_by("pk")
    found = [
        Desk(m.organisation, m.person, m.organisation.region)
        for m in held.select_related("person", "organisation__region")
    ]
    return sorted(found, key=lambda desk: not desk.region.code.startswith("PL84"))


def phrase(dice: random.Random, words: int) -> str:
    return " ".join(dice.choice(WORDS) for _word in range(words)).capitalize()


def add_requests(dice: random.Random, desks: list[Desk], priorities: list[Priority], count: int) -> list[Request]:
    """Published requests, those of the first desk at every n-th place for n desks."""
    now = timezone.now()
    made = []
    for n in range(count):
        desk = desks[n % len(desks)]
        made.append(
            Request(
                reference=f"B{n:06}",
                type=dice.choice(Request.Type.values),
                state=Request.State.PUBLISHED,
                priority=dice.choice(priorities),
                agency=desk.agency,
                region=desk.region,
                broker=desk.broker,
                language=dice.choice(LANGUAGES),
                title=phrase(dice, 8)[:160],
                summary=phrase(dice, 40)[:500],
                description=phrase(dice, 150)[:4000],
                partner_sought=phrase(dice, 30),
                published_at=now - timedelta(minutes=n),
                valid_until=timezone.localdate() + timedelta(days=dice.randrange(30, 400)),
                matched_at=now,
            )
        )
    kept = Request.objects.bulk_create(made, batch_size=BATCH)
    RequestPrivate.objects.bulk_create(
        (RequestPrivate(request=r, agency=r.agency, client_name=phrase(dice, 2), text=phrase(dice, 30)) for r in kept),
        batch_size=BATCH,
    )
    return kept


def add_matches(
    dice: random.Random, of: list[Request], among: list[Request], each: int, state: Match.State
) -> list[Match]:
    """For every request of `of` matches with others of another agency, best first."""
    made = []
    for request in of:
        others = [r for r in dice.sample(among, min(each * 3, len(among))) if r.agency_id != request.agency_id][:each]
        made += [matched(dice, request, other, rank, state) for rank, other in enumerate(others, start=1)]
    return Match.objects.bulk_create(made, batch_size=BATCH)


def matched(dice: random.Random, request: Request, other: Request, rank: int, state: Match.State) -> Match:
    reasons: list[dict[str, Any]] = [
        {"signal": signal, "code": code, "params": params, "contribution": round(dice.random() / 4, 3)}
        for code, signal, params in REASONS
    ]
    return Match(
        request=request,
        other_request=other,
        region=other.region,
        country=other.region.country,
        title=other.title,
        language=other.language,
        text=other.summary,
        rank=rank,
        score=0.35 - 0.01 * rank,
        reasons=reasons,
        state=state,
        method="benchmark",
    )


def add_cases(dice: random.Random, matches: list[Match]) -> None:
    """A case with its introduction and first diary line for every match; a third proposed, a third running."""
    states = (Case.State.PROPOSED, Case.State.IN_TALKS, Case.State.AGREEMENT)
    made = [case_of(dice, n, match, states[n % len(states)]) for n, match in enumerate(matches)]
    cases = Case.objects.bulk_create(made, batch_size=BATCH)
    Introduction.objects.bulk_create(
        (
            Introduction(
                case=case,
                message=phrase(dice, 25),
                proposed_by=case.broker,
                proposed_at=case.opened_at,
                accepted=None if case.state == Case.State.PROPOSED else True,
            )
            for case in cases
        ),
        batch_size=BATCH,
    )
    CaseEntry.objects.bulk_create(
        (CaseEntry(case=case, to_state=Case.State.PROPOSED, by=case.broker, at=case.opened_at) for case in cases),
        batch_size=BATCH,
    )


def add_organisations(count: int) -> None:
    """Organisations of no agency, as registers list them."""
    regions = list(Region.objects.filter(level=2).order_by("code")[:50])
    rows = (
        Organisation(
            name=f"Organisation {n:06} {WORDS[n % len(WORDS)]}",
            kind=Organisation.Kind.COMPANY,
            region=regions[n % len(regions)],
            country=regions[n % len(regions)].country,
            source="benchmark",
        )
        for n in range(count)
    )
    Organisation.objects.bulk_create(rows, batch_size=BATCH)


def add_clients(count: int) -> None:
    """Clients of the brokers of the starter in turn."""
    desks = brokers()
    with transaction.atomic(), see_as(",".join(str(desk.agency.pk) for desk in desks)):
        Client.objects.bulk_create(
            (
                Client(
                    reference=f"KB{n:06}",
                    agency=desks[n % len(desks)].agency,
                    broker=desks[n % len(desks)].broker,
                    state=Client.State.ADMITTED,
                    name=f"Client {n:06} {WORDS[n % len(WORDS)]}",
                    kind=Organisation.Kind.COMPANY,
                )
                for n in range(count)
            ),
            batch_size=BATCH,
        )


def add_many_cases(count: int, seed: int) -> None:
    """Cases spread over all requests, several each; a tenth of them declined (`RARE`)."""
    dice = random.Random(seed + 1)
    requests = list(Request.objects.filter(reference__startswith="B").select_related("region").order_by("pk"))
    agencies = ",".join(str(desk.agency.pk) for desk in brokers())
    made: list[Match] = []
    rank = 1000
    while len(made) < count:
        rank += 1
        for request in requests[: count - len(made)]:
            other = requests[dice.randrange(len(requests))]
            if other.agency_id != request.agency_id and other.pk != request.pk:
                made.append(matched(dice, request, other, rank, Match.State.INTRODUCED))
    with transaction.atomic(), see_as(agencies):
        kept = Match.objects.bulk_create(made, batch_size=BATCH, ignore_conflicts=True)
        kept = list(Match.objects.filter(rank__gt=1000).select_related("request", "other_request").order_by("pk"))
        add_cases(dice, kept)
        tenth = Case.objects.order_by("pk").values_list("pk", flat=True)[: len(kept) // 10]
        Case.objects.filter(pk__in=list(tenth)).update(state=RARE, closed_at=timezone.now())


def case_of(dice: random.Random, n: int, match: Match, state: Case.State) -> Case:
    request, other = match.request, match.other_request
    due: date = timezone.localdate() + timedelta(days=dice.randrange(-5, 60))
    return Case(
        reference=f"C-{n:05}",
        match=match,
        request=request,
        priority=request.priority,
        agency=request.agency,
        other_agency=other.agency if other is not None else None,
        broker=request.broker,
        title=match.title,
        state=state,
        next_step=phrase(dice, 4),
        next_due=due,
        opened_at=timezone.now() - timedelta(days=dice.randrange(1, 300)),
        closed_at=timezone.now() if state == Case.State.AGREEMENT else None,
    )
