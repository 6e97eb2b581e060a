"""The database itself keeps teams from every agency but their own, and lets the lead partner read them."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from django.db import ProgrammingError, connection, transaction
from django.urls import reverse

from hansa.brokerage import actions, jobs
from hansa.brokerage.models import Team, TeamCandidate, TeamMember, TeamRole
from hansa.network.middleware import see_as
from tests.brokerage.test_matchmaking import project, toy  # noqa: F401  (fixtures)
from tests.brokerage.test_pages import signed_in, text  # noqa: F401  (a fixture)
from tests.brokerage.test_teams import CALL, FOUNDRY, begin, catalogue_of_two  # noqa: F401  (fixtures)

pytestmark = pytest.mark.django_db
TABLES = ("brokerage_team", "brokerage_teamrole", "brokerage_teammember", "brokerage_teamcandidate")


@pytest.fixture
def rows(begin, desk, toy, catalogue_of_two):  # noqa: F811
    """A team in Podlaskie with a role, candidates and a member, and one in Finland with the same."""
    made = {}
    for region, broker in (("PL84", desk.broker), ("FI1C", desk.abroad)):
        team = begin(by=broker, region=region)
        jobs.embed_projects()
        jobs.compute_team(team_id=team.pk)
        firm = TeamCandidate.objects.filter(team=team).first().organisation
        actions.decide_member(broker, team, organisation=firm, standing="in")
        made[region] = team
    return made


@pytest.fixture
def acting(desk):
    @contextmanager
    def see(*regions: str, leads: bool = False):
        with see_as(",".join(f"{desk.cast.agencies[region].pk}" for region in regions), leads=leads):
            yield

    return see


def counted() -> list[int]:
    found = []
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT count(*) FROM {table}")
            found.append(cursor.fetchone()[0])
    return found


def test_each_agency_sees_its_own_teams_and_nobody_else_any(rows, acting, application_role):
    assert counted() == [0, 0, 0, 0]
    with acting("DE60", "LT00"):
        assert counted() == [0, 0, 0, 0]
    for region in rows:
        with acting(region):
            teams, roles, members, candidates = counted()
            assert (teams, roles, members) == (1, 1, 1) and candidates == 4
            assert Team.objects.get() == rows[region]
    with acting("PL84", "FI1C"):
        assert counted() == [2, 2, 2, 8]
    assert counted() == [0, 0, 0, 0]


def test_who_leads_the_partnership_reads_every_team_and_changes_none(rows, acting, application_role):
    with acting("DE60", leads=True):
        assert counted() == [2, 2, 2, 8]
        assert Team.objects.update(name="spoilt") == 0
        assert TeamRole.objects.update(name="spoilt") == 0
        assert TeamMember.objects.all()._raw_delete("default") == 0
        assert TeamCandidate.objects.all()._raw_delete("default") == 0
        assert list(Team.objects.select_for_update()) == []
        assert Team.objects.filter(name="spoilt").count() == 0
    assert counted() == [0, 0, 0, 0]


def test_nobody_writes_into_another_agencys_team_or_gives_one_away(rows, acting, desk, application_role):
    own, other = rows["PL84"], rows["FI1C"]
    with acting("PL84"):
        for write in (
            lambda: Team.objects.update(agency=desk.cast.agencies["FI1C"]),
            lambda: TeamRole.objects.create(team_id=other.pk, name="n", sought="s", language="en"),
            lambda: TeamRole.objects.update(team_id=other.pk),
            lambda: Team.objects.create(agency=desk.cast.agencies["FI1C"], broker=desk.broker, name="f", language="en"),
        ):
            with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
                write()
        assert Team.objects.filter(pk=other.pk).update(name="spoilt") == 0
        assert TeamMember.objects.filter(team_id=other.pk)._raw_delete("default") == 0
        assert Team.objects.get() == own
    with acting("FI1C"):
        assert Team.objects.get().name == CALL.name and TeamMember.objects.count() == 1


def test_the_worker_computes_a_team_although_nobody_is_signed_in(rows, acting, desk, application_role):
    with acting("PL84"):
        actions.add_role(desk.broker, rows["PL84"], text=type(FOUNDRY)(name="x", sought="Casting.", language="en"))
    jobs.compute_team(team_id=rows["PL84"].pk)
    with acting("PL84"):
        team = Team.objects.get()
        assert not team.computing and {one.role.name for one in TeamCandidate.objects.all()} == {"foundry", "x"}
    assert counted() == [0, 0, 0, 0]


def test_the_pages_and_the_file_show_teams_as_before(rows, signed_in, application_role):  # noqa: F811
    url = reverse("brokerage:teams")
    for reader, seen in (("broker", 1), ("broker abroad", 1), ("lead_partner", 2)):
        client = signed_in(reader)
        assert len(client.get(url).context["page"]) == seen
        body = b"".join(client.get(url + "?format=csv")).decode()
        assert body.count(CALL.name) == seen
    team = rows["PL84"]
    assert "foundry" in text(signed_in("broker").get(team.get_absolute_url()))
    assert "foundry" in text(signed_in("lead_partner").get(team.get_absolute_url()))
    assert signed_in("broker abroad").get(team.get_absolute_url()).status_code == 404
    assert counted() == [0, 0, 0, 0]
