"""Teams for a call: roles and rules in, candidates and the best consortium out, for the agency and the lead partner."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.urls import reverse

from hansa.brokerage import actions, jobs
from hansa.brokerage.models import Team, TeamCandidate, TeamMember
from hansa.brokerage.teams import compute as computing
from hansa.brokerage.teams import queries
from hansa.brokerage.teams.search import member, place, ties, who_fits
from hansa.brokerage.texts import RoleText, TeamText
from hansa.network.faults import Forbidden, Refused
from hansa.network.models import AuditNote, Organisation, Participation, Project, Region
from tests.brokerage.test_matchmaking import BREAD, CASTING, project, toy  # noqa: F401  (fixtures)
from tests.brokerage.test_pages import queries_of, signed_in, text  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db
CALL = TeamText(name="Horizon call on light metals", language="en", about="Two stages.", countries=2)
FOUNDRY = RoleText(name="foundry", sought="Die casting of thin-walled aluminium parts.", language="en")
BAKERY = RoleText(name="bakery", sought="Sourdough for rye bread.", language="en")


@pytest.fixture
def begin(desk):
    def make(rules: TeamText = CALL, roles=(FOUNDRY,), by=None, region="PL84") -> Team:
        actor = by or desk.broker
        made = actions.create_team(actor, agency=desk.cast.agencies[region], priority=desk.priority, text=rules)
        for role in roles:
            actions.add_role(actor, made, text=role)
        return Team.objects.get(pk=made.pk)

    return make


@pytest.fixture
def catalogue_of_two(project):  # noqa: F811
    """A casting project of three organisations in two countries, and a bread project of one in a third."""
    project(CASTING, [("FI1C", "FI", "coordinator"), ("FI1C", "FI", ""), ("LT00", "LT", "")], "1")
    project(BREAD, [("DE60", "DE", "coordinator")], "2")


def computed(team: Team) -> Team:
    jobs.embed_projects()
    jobs.compute_team(team_id=team.pk)
    return queries.team(team.pk)


def test_the_best_team_has_a_member_for_every_role_and_keeps_the_rules(begin, toy, catalogue_of_two):  # noqa: F811
    team = computed(begin(roles=(FOUNDRY, BAKERY)))
    assert team.status == "optimal"
    chosen = {place["member"]: place["role"] for place in team.answer["places"]}
    assert len(chosen) == 2 and len(set(chosen.values())) == 2
    organisations = Organisation.objects.filter(pk__in=[int(key[1:]) for key in chosen])
    assert len({one.country for one in organisations}) == 2
    parts = sum(reason["contribution"] for reason in team.answer["reasons"])
    assert parts == pytest.approx(team.answer["score"], abs=1e-6)


def test_every_candidate_comes_with_the_text_that_speaks_for_it(begin, toy, catalogue_of_two):  # noqa: F811
    computed(begin())
    found = TeamCandidate.objects.all()
    assert found.count() == 4
    for one in found:
        assert (one.project is None) != (one.request is None)
        assert sum(r["contribution"] for r in one.reasons) == pytest.approx(one.score, abs=1e-6)
    assert [one.rank for one in found] == [1, 2, 3, 4]


def test_an_agency_with_a_published_offer_is_a_candidate(begin, desk, toy):  # noqa: F811
    offer = desk.offer_abroad()
    computed(begin())
    assert [(one.organisation, one.request) for one in TeamCandidate.objects.all()] == [(offer.agency, offer)]


def test_a_role_for_some_kinds_finds_only_those(begin, toy, catalogue_of_two):  # noqa: F811
    Organisation.objects.filter(name__startswith="Partner 0 in FI").update(kind="university")
    computed(begin(roles=(replace(FOUNDRY, kinds=("university",)),)))
    assert {one.organisation.kind for one in TeamCandidate.objects.all()} == {"university"}


def test_rules_that_clash_are_told_in_plain_words(begin, toy, catalogue_of_two, signed_in):  # noqa: F811
    team = computed(begin(replace(CALL, countries=9)))
    assert team.status == "impossible"
    page = text(signed_in().get(team.get_absolute_url()))
    assert "No team meets all the rules" in page
    assert "The members come from at least 9 countries." in page


def test_unknown_is_no_proof_that_somebody_is_an_sme(begin, toy, catalogue_of_two):  # noqa: F811
    rules, roles = replace(CALL, sme_led=True), (replace(FOUNDRY, leads=True), BAKERY)
    assert computed(begin(rules, roles)).status == "impossible"
    firm = Organisation.objects.get(name="Partner 2 in LT00")
    Organisation.objects.filter(pk=firm.pk).update(is_sme=True)
    team = computed(begin(rules, roles))
    assert team.status == "optimal" and team.answer["coordinator"] == f"o{firm.pk}"
    assert team.answer["unknown"]["sme"] == team.answer["unknown"]["all"] - 1


def test_who_is_in_stays_in_and_who_is_left_out_stays_out(begin, desk, toy, catalogue_of_two):  # noqa: F811
    team = computed(begin(replace(CALL, countries=1), roles=(FOUNDRY,)))
    best = int(team.answer["places"][0]["member"][1:])
    out = Organisation.objects.get(pk=best)
    actions.decide_member(desk.broker, team, organisation=out, standing="out")
    team = computed(team)
    second = int(team.answer["places"][0]["member"][1:])
    assert second != best
    baker = Organisation.objects.get(name="Partner 0 in DE60")
    actions.decide_member(desk.broker, team, organisation=baker, standing="in", role=team.roles.get())
    team = computed(team)
    assert [int(place["member"][1:]) for place in team.answer["places"]] == [baker.pk]
    actions.release_member(desk.broker, TeamMember.objects.get(organisation=baker))
    assert int(computed(team).answer["places"][0]["member"][1:]) == second


def test_what_is_missing_in_the_team_as_it_is_is_said(begin, desk, toy, catalogue_of_two, signed_in):  # noqa: F811
    team = begin(roles=(FOUNDRY, BAKERY))
    baker = Organisation.objects.get(name="Partner 0 in DE60")
    actions.decide_member(desk.broker, team, organisation=baker, standing="in", role=team.roles.get(name="bakery"))
    page = text(signed_in().get(computed(team).get_absolute_url()))
    assert "Role foundry needs members: 1. Found: 0." in page
    assert "The members come from at least 2 countries. Found: 1. Places: Germany." in page


def test_projects_done_together_tie_and_suggest_who_fits(cast, desk, project):  # noqa: F811
    project(CASTING, [("FI1C", "FI", ""), ("LT00", "LT", "")], "1")
    project(CASTING, [("FI1C", "FI", ""), ("LT00", "LT", "")], "2")
    project(BREAD, [("FI1C", "FI", ""), ("", "SE", ""), ("DE60", "DE", "")], "3")
    by_name = {one.name: one.pk for one in Organisation.objects.filter(name__startswith="Partner")}
    finn, lithuanian = by_name["Partner 0 in FI1C"], by_name["Partner 1 in LT00"]
    tied = ties(by_name.values())
    assert tied[(f"o{min(finn, lithuanian)}", f"o{max(finn, lithuanian)}")] == pytest.approx(2 / 3)
    found = who_fits([finn], [])
    assert found[0]["member"] == f"o{lithuanian}"
    assert {r["code"]: r["params"] for r in found[0]["reasons"]}["past_partner"] == {"projects": 2}
    assert f"o{lithuanian}" not in {one["member"] for one in who_fits([finn], [lithuanian])}
    assert who_fits([], []) == []


def test_a_municipality_counts_in_the_region_around_it(cast):
    town = Region.objects.create(
        code="PL-1", nuts_version="", kind="place", level=4, country="PL", name="T", name_latin="T",
        parent=cast.regions["PL84"],
    )  # fmt: skip
    assert place(Organisation(name="x", region=town, country="PL")) == "PL84"
    assert place(Organisation(name="x", country="SE")) == "SE"
    assert member(Organisation(pk=1, name="x", helix="civil")).helix == "civil_society"
    assert member(Organisation(pk=1, name="x")).helix is None


def test_what_was_asked_for_anew_meanwhile_is_not_overwritten(begin, desk, toy, catalogue_of_two):  # noqa: F811
    team = begin()
    jobs.embed_projects()
    actions.compute_team(desk.broker, team)
    assert computing.compute(team) is False
    assert Team.objects.get(pk=team.pk).computing


def test_a_fault_is_written_down_and_told(begin, toy, monkeypatch, signed_in):  # noqa: F811
    team = begin()

    def broken(*_given):
        raise RuntimeError("no solver")

    monkeypatch.setattr(computing, "for_role", broken)
    with pytest.raises(RuntimeError):
        jobs.compute_team(team_id=team.pk)
    page = text(signed_in().get(team.get_absolute_url()))
    assert "The last computing failed; what you wrote is kept." in page
    assert "hx-trigger" not in page


def test_verbs_refuse_what_contradicts_itself(begin, desk):
    with pytest.raises(Refused, match="change one of the two"):
        begin(replace(CALL, fewest=5, most=3))
    with pytest.raises(Refused, match="Give the team a name"):
        begin(replace(CALL, name=" "))
    team = begin(roles=())
    with pytest.raises(Refused, match="Add a role first"):
        actions.compute_team(desk.broker, team)
    with pytest.raises(Refused, match="coordinates is one"):
        actions.add_role(desk.broker, team, text=replace(FOUNDRY, leads=True, number=2))
    role = actions.add_role(desk.broker, team, text=replace(FOUNDRY, leads=True))
    with pytest.raises(Refused, match="every role once"):
        actions.add_role(desk.broker, team, text=replace(BAKERY, leads=True))
    with pytest.raises(Refused, match="every role once"):
        actions.add_role(desk.broker, team, text=FOUNDRY)
    firm, other = desk.cast.agencies["FI1C"], desk.cast.agencies["LT00"]
    actions.decide_member(desk.broker, team, organisation=firm, standing="in", role=role)
    with pytest.raises(Refused, match="taken already"):
        actions.decide_member(desk.broker, team, organisation=other, standing="in", role=role)
    stranger = begin(by=desk.abroad, region="FI1C").roles.get()
    with pytest.raises(Refused, match="does not belong"):
        actions.decide_member(desk.broker, team, organisation=other, standing="in", role=stranger)
    actions.close_team(desk.broker, team)
    with pytest.raises(Refused, match="closed"):
        actions.edit_role(desk.broker, role, text=FOUNDRY)
    actions.reopen_team(desk.broker, team)
    actions.remove_role(desk.broker, role)
    assert TeamMember.objects.get(organisation=firm).role is None


def test_every_act_leaves_a_note_that_does_not_name_the_call(begin, desk):
    team = begin()
    actions.close_team(desk.broker, team)
    notes = AuditNote.objects.filter(record_type="brokerage.team", record_id=f"{team.pk}")
    assert {one.verb for one in notes} == {"create_team", "add_role", "close_team"}
    assert all(CALL.name not in one.label for one in notes)


def test_another_agency_neither_sees_nor_touches_a_team_and_the_lead_partner_reads_it(begin, desk, signed_in):  # noqa: F811
    team = begin()
    abroad, lead = signed_in("broker abroad"), signed_in("lead_partner")
    assert abroad.get(team.get_absolute_url()).status_code == 404
    assert team.name not in text(abroad.get(reverse("brokerage:teams")))
    assert signed_in("reader").get(reverse("brokerage:teams")).status_code == 403
    assert signed_in("public").get(team.get_absolute_url()).status_code == 302
    assert team.name in text(lead.get(reverse("brokerage:teams")))
    page = text(lead.get(team.get_absolute_url()))
    assert "Compute again" not in page and "Take in" not in page
    for name in ("compute_team", "close_team"):
        assert abroad.post(reverse(f"brokerage:{name}", args=[team.pk])).status_code == 404
        assert lead.post(reverse(f"brokerage:{name}", args=[team.pk])).status_code == 403
        assert lead.get(reverse(f"brokerage:{name}", args=[team.pk])).status_code == 405
    with pytest.raises(Forbidden):
        actions.edit_team(desk.abroad, team, priority=None, text=CALL)


def form(**changes):
    return {"name": "A call", "language": "en", "countries": "2", "regions": "0", "domains": "24, 62.01"} | changes


def test_a_team_is_written_with_its_rules_and_roles_through_the_pages(desk, signed_in):  # noqa: F811
    client = signed_in()
    client.post(reverse("brokerage:new_team"), form(helix=["academia", "civil_society"], most="4"))
    team = Team.objects.get()
    assert (team.domains, team.helix, team.most) == (["NACE:24", "NACE:62.01"], ["academia", "civil_society"], 4)
    client.post(
        reverse("brokerage:new_role", args=[team.pk]),
        {"name": "lead", "sought": "A firm.", "language": "en", "number": "1", "required": "on", "leads": "on"},
    )
    role = team.roles.get()
    assert role.leads and role.required
    page = text(client.get(team.get_absolute_url()))
    assert "academia, civil society" in page and "NACE:24, NACE:62.01" in page
    client.post(
        reverse("brokerage:edit_role", args=[role.pk]), {"name": "head", "sought": "s", "language": "en", "number": "2"}
    )
    role.refresh_from_db()
    assert (role.name, role.number, role.required) == ("head", 2, False)
    client.post(reverse("brokerage:remove_role", args=[role.pk]))
    assert not team.roles.exists()
    client.post(reverse("brokerage:edit_team", args=[team.pk]), form(name="Renamed", domains=""))
    team.refresh_from_db()
    assert (team.name, team.domains) == ("Renamed", [])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"domains": "metal"}, "“metal” is no NACE code"),
        ({"countries": "-1"}, "greater than or equal to 0"),
        ({"fewest": "5", "most": "3"}, "change one of the two"),
        ({"language": "xx"}, "not one of the available choices"),
    ],
)
def test_a_faulty_form_says_what_is_wrong_and_keeps_what_was_typed(desk, signed_in, wrong, said):  # noqa: F811
    answer = signed_in().post(reverse("brokerage:new_team"), form(about="Kept words", **wrong))
    assert answer.status_code == 400
    assert said in text(answer) and "Kept words" in text(answer)


def test_the_buttons_of_a_candidate_take_in_leave_out_and_release(begin, toy, catalogue_of_two, signed_in):  # noqa: F811
    team, client = computed(begin()), signed_in()
    one = TeamCandidate.objects.first()
    url = reverse("brokerage:decide_member", args=[team.pk])
    client.post(url, {"organisation": one.organisation_id, "role": one.role_id, "standing": "in"})
    held = TeamMember.objects.get()
    assert (held.standing, held.role_id, held.organisation_id) == ("in", one.role_id, one.organisation_id)
    assert queries.team(team.pk).computing
    client.post(reverse("brokerage:release_member", args=[held.pk]))
    client.post(url, {"organisation": one.organisation_id, "standing": "out"})
    assert TeamMember.objects.get().standing == "out"
    stale = client.post(url, {"organisation": "0", "standing": "in"}, follow=True)
    assert "belongs to a page that has changed" in text(stale)


def test_an_organisation_is_found_by_its_name_and_taken_in(begin, desk, signed_in):  # noqa: F811
    team, client = begin(), signed_in()
    page = text(client.get(team.get_absolute_url() + "?find=Hamburg"))
    assert "Agency of Hamburg" in page
    assert "No organisation with these words" in text(client.get(team.get_absolute_url() + "?find=xyzzy"))


def test_the_fragment_asks_again_only_while_the_team_is_computed(begin, toy, catalogue_of_two, signed_in):  # noqa: F811
    team, client = begin(), signed_in()
    url = reverse("brokerage:team_answer", args=[team.pk])
    assert "hx-trigger" in text(client.get(url, headers={"HX-Request": "true"}))
    computed(team)
    assert "hx-trigger" not in text(client.get(url, headers={"HX-Request": "true"}))
    assert client.get(url).status_code == 302


def test_the_list_is_searched_sorted_and_exported(begin, desk, signed_in):  # noqa: F811
    first, second = begin(replace(CALL, name="Aaa")), begin(replace(CALL, name="Zzz"))
    client, url = signed_in(), reverse("brokerage:teams")
    assert list(client.get(url + "?q=aaa").context["page"]) == [first]
    for sort in ("name", "-name", "agency", "status", "computed", "-computed", "created", "nonsense"):
        found = list(client.get(url + f"?sort={sort}").context["page"])
        assert set(found) == {first, second}
        if "name" in sort:
            assert found == ([second, first] if sort.startswith("-") else [first, second])
    actions.close_team(desk.broker, first)
    assert list(client.get(url).context["page"]) == [second]
    assert list(client.get(url + "?state=closed").context["page"]) == [first]
    body = b"".join(client.get(url + "?format=csv&state=any")).decode()
    assert body.count("\n") == 3 and "Aaa,Agency of Podlaskie,P-07,1,0" in body


def test_a_page_costs_the_same_however_many_candidates_and_teams(begin, desk, toy, project, signed_in):  # noqa: F811
    client = signed_in()
    project(CASTING, [("FI1C", "FI", ""), ("LT00", "LT", "")], "1")
    team = computed(begin(replace(CALL, countries=1)))
    few = queries_of(client, team.get_absolute_url()), queries_of(client, reverse("brokerage:teams"))
    for number in range(2, 9):
        made = Project.objects.create(
            source="t", number=f"n{number}", title=CASTING[0], summary=CASTING[1], language="en", year=2020
        )
        for place_ in range(4):
            firm = Organisation.objects.create(name=f"Firm {number} {place_}", country="SE", region=None)
            Participation.objects.create(project=made, organisation=firm)
    for _each in range(5):
        begin()
    team = computed(begin(replace(CALL, countries=1), roles=(FOUNDRY, BAKERY)))
    assert TeamCandidate.objects.filter(team=team).count() > 20
    lots = queries_of(client, team.get_absolute_url()), queries_of(client, reverse("brokerage:teams"))
    assert lots == few
    assert max(lots) <= 25
