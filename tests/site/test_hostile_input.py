"""Addresses and forms that nobody types by accident: every page answers them, and none breaks."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from hansa.network.models import Role
from hansa.strategy.actions import start_run
from hansa.strategy.proposal import Parameters
from tests.brokerage.conftest import Desk

LISTS = (
    "/",
    "/search/",
    "/evidence/",
    "/evidence/regions/",
    "/evidence/regions/PL84/",
    "/evidence/domains/",
    "/evidence/domains/16/",
    "/evidence/data/",
    "/priorities/",
    "/priorities/runs/",
    "/priorities/steps/",
    "/priorities/runs/compare/",
    "/priorities/plan/",
    "/priorities/plan/budget/",
    "/priorities/plan/indicators/",
    "/priorities/plan/indicators/codes/",
    "/priorities/plan/risks/",
    "/priorities/plan/governance/",
    "/priorities/plan/vision/",
    "/priorities/reviews/",
    "/priorities/recommendations/",
    "/priorities/recommendations/new/",
    "/brokerage/",
    "/brokerage/new/",
    "/brokerage/cases/",
    "/partnership/",
    "/partnership/organisations/",
    "/partnership/people/",
    "/partnership/audit/",
    "/monitoring/",
    "/monitoring/requests/",
    "/monitoring/cases/",
    "/account/login/",
)
NUL, LONG, HUGE = "a\x00b", "ż" * 5_000, "9" * 5_000
VALUES = (NUL, LONG, HUGE, "-1", "٣", "__class__", "-__class__", "P-99999999999", "P-²", "P-٣", "'", "%", "\n=1+1")
NAMES = (
    "page", "sort", "q", "priority", "state", "type", "region", "language", "whose", "introduction", "country", "kind",
    "partners", "role", "measure", "domain", "show", "only", "format", "run", "version", "a", "b",
)  # fmt: skip
SINGLE = (
    "/evidence/regions/{}/",
    "/evidence/regions/{}/opportunities.svg",
    "/evidence/domains/{}/",
    "/evidence/data/{}.csv",
    "/brokerage/{}/",
    "/brokerage/{}/edit/",
    "/brokerage/{}/matches/",
    "/brokerage/cases/{}/",
    "/brokerage/matches/{}/propose/",
    "/brokerage/matches/{}/decline/",
    "/priorities/P-{}/",
    "/priorities/P-{}/accept/",
    "/priorities/runs/{}/",
    "/priorities/plan/actions/{}/",
    "/priorities/plan/indicators/{}/",
    "/priorities/plan/new/milestone/?action={}",
    "/priorities/plan/new/risk/?priority={}",
    "/priorities/plan/milestone/{}/change/",
    "/priorities/plan/vision/{}/edit/",
    "/priorities/reviews/{}/",
    "/priorities/recommendations/{}/",
    "/partnership/organisations/{}/",
    "/partnership/people/roles/{}/end/",
    "/monitoring/{}/",
    "/monitoring/requests/P-{}/",
)


@pytest.fixture
def desk(cast, figures):
    run = start_run(
        cast.people[Role.ANALYST],
        title="A run",
        regions=list(cast.regions.values()),
        parameters=Parameters(min_size=50),
    )
    made = Desk(cast, run.priorities.first())
    made.case()
    return made


@pytest.fixture
def answers(client, desk):
    """The status of an address for somebody, with everything that a streamed answer holds."""

    def ask(who: str, address: str, params: dict[str, str] | None = None) -> int:
        client.logout()
        if who != "public":
            client.force_login(desk.cast.people[who].user)
        client.raise_request_exception = False
        answer = client.get(address, params or {})
        if getattr(answer, "streaming", False):
            b"".join(answer.streaming_content)
        return answer.status_code

    return ask


@pytest.mark.parametrize("who", ["public", "broker", "lead_partner"])
def test_a_strange_question_breaks_no_list(answers, who):
    broken = [
        (address, value[:20])
        for address in LISTS
        for value in VALUES
        if answers(who, address, dict.fromkeys(NAMES, value)) >= 500
    ]
    assert broken == []


@pytest.mark.parametrize("who", ["public", "lead_partner"])
def test_a_strange_reference_breaks_no_page(answers, who):
    asked = [quote(value[:200], safe="", errors="replace") for value in VALUES] + ["9" * 20, "..%2f..", "%2e%2e"]
    broken = [(path, value) for path in SINGLE for value in asked if answers(who, path.format(value)) >= 500]
    assert broken == []
