"""A request of the Podlaskie broker, one from Finland that answers it, and the match between them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.utils import timezone

from hansa.brokerage.texts import RequestText

NUMBERS = count(1)
CASTINGS = RequestText(
    type="technology_request",
    language="pl",
    title="Poszukujemy odlewni cienkościennych elementów z aluminium do central wentylacyjnych",
    summary="Potrzebujemy odlewów ciśnieniowych z aluminium o ściance 1,5 mm, krótkie serie do 2000 sztuk.",
    client_name="Tajna Firma sp. z o.o.",
    private="Rysunki i ceny tylko po podpisaniu umowy.",
)
FOUNDRY = RequestText(
    type="technology_offer",
    language="fi",
    title="Valimo tarjoaa alumiinin painevalua ohutseinäisille osille",
    summary="Painevalamme alumiinista ohutseinäisiä osia, sarjakoot 200–5000 kappaletta.",
    client_name="Salainen Oy",
    private="Kapasiteettia vapaana keväällä.",
)


@pytest.fixture
def priority(cast) -> Any:
    from hansa.strategy.models import Priority, Run

    run = Run.objects.create(title="first", table="small", evidence_version="1", year=2014, parameters={})
    return Priority.objects.create(
        number=7, run=run, kind="shared", title="Resource-efficient construction", domains=["31"], score=1.0
    )


@dataclass
class Desk:
    """The brokers of two regions, their requests, and how to make more of them."""

    cast: Any
    priority: Any

    @property
    def broker(self) -> Any:
        return self.cast.people["broker"]

    @property
    def abroad(self) -> Any:
        return self.cast.people["broker abroad"]

    def draft(self, text: RequestText = CASTINGS, *, by: Any = None, region: str = "PL84", **changes: Any) -> Any:
        from hansa.brokerage import actions

        return actions.create_request(
            by or self.broker,
            agency=self.cast.agencies[region],
            priority=self.priority,
            # two drafts of one text within seconds are one request: each of these has a note of its own
            text=replace(text, **({"private": f"{text.private} {next(NUMBERS)}"} | changes)),
        )

    def published(self, text: RequestText = CASTINGS, **where: Any) -> Any:
        from hansa.brokerage import actions

        draft = self.draft(text, **where)
        return actions.publish_request(where.get("by") or self.broker, draft)

    def offer_abroad(self) -> Any:
        return self.published(FOUNDRY, by=self.abroad, region="FI1C")

    def match(self, request: Any = None, other: Any = None) -> Any:
        from hansa.brokerage.models import Match

        request, other = request or self.published(), other or self.offer_abroad()
        return Match.objects.create(
            request=request,
            other_request=other,
            region=other.region,
            country="FI",
            title=other.title,
            language=other.language,
            text=other.summary,
            rank=1,
            score=0.5,
            method="1 · test",
            reasons=[
                {"signal": "meaning", "contribution": 0.5, "code": "close_meaning", "params": {"rank": 1, "among": 9}}
            ],
        )

    def case(self, match: Any = None) -> Any:
        from hansa.brokerage import actions

        return actions.propose_introduction(self.broker, match or self.match(), **self.step()).case

    def client(self, *, by: Any = None, region: str = "PL84", **text: Any) -> Any:
        """A client of an agency, with a main contact who has an address."""
        from hansa.brokerage.clients import actions, contacts
        from hansa.network.middleware import see_as

        agency = self.cast.agencies[region]
        given = {"name": f"Tajna Firma {next(NUMBERS)} sp. z o.o.", "kind": "company", "languages": ["pl"]} | text
        with see_as(f"{agency.pk}"):
            made = actions.record_client(by or self.broker, agency=agency, text=actions.ClientText(**given))
            contacts.add_contact(
                by or self.broker, made, name="Anna Nowak", email=f"anna{next(NUMBERS)}@firma.example", language="pl"
            )
        return made

    @staticmethod
    def step(**changes: Any) -> dict[str, Any]:
        due = timezone.localdate() + timedelta(days=7)
        return {"message": "May we introduce our clients?", "next_step": "Call Kouvola", "next_due": due} | changes


@pytest.fixture
def desk(cast, priority) -> Desk:
    return Desk(cast, priority)


@pytest.fixture
def small_home(tmp_path, settings) -> Any:
    """A home of its own, without any loaded evidence."""
    settings.HANSA_HOME = tmp_path
    return tmp_path
