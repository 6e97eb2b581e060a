"""Who may do what: every role against every act, as one table."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from pathlib import Path

import pytest
import rules

from hansa.network.permissions import may

pytestmark = pytest.mark.django_db

READERS = (
    "lead_partner",
    "analyst",
    "broker",
    "broker abroad",
    "coordinator",
    "facility_manager",
    "reader",
    "public",
)
ALL = set(READERS)
OWN = {"broker"}
ABROAD = {"broker abroad"}
BOTH = OWN | ABROAD
LEAD = {"lead_partner"}

# permission, what it is about, and who holds it; the lead partner of the cast leads from another agency (DE60)
TABLE = [
    ("create_request", "nothing", BOTH | LEAD),
    ("create_request", "own agency", OWN),
    ("view_request", "draft", OWN),
    ("view_request", "published", ALL),
    ("view_request", "closed", ALL),
    ("view_request", "withdrawn", OWN),
    ("view_request", "withdrawn with a case", BOTH),
    ("edit_request", "published", OWN),
    ("publish_request", "draft", OWN),
    ("withdraw_request", "published", OWN),
    ("close_request", "published", OWN),
    ("reopen_request", "closed", OWN),
    ("read_private", "private", OWN),
    ("read_private", "private opened", BOTH),
    ("view_matches", "published", OWN),
    ("look_again", "published", OWN),
    ("view_likenesses", "published", OWN),
    ("compare_request", "draft", OWN),
    ("dismiss_likeness", "likeness", OWN),
    ("restore_likeness", "likeness", OWN),
    ("shortlist_match", "match", OWN),
    ("decline_match", "match", OWN),
    ("restore_match", "match", OWN),
    ("propose_introduction", "match", OWN),
    ("answer_introduction", "case", ABROAD),
    ("answer_introduction", "case without agency", OWN),
    ("view_case", "case", BOTH | LEAD),
    ("move_case", "case", BOTH),
    ("add_note", "case", BOTH),
    ("reschedule", "case", BOTH),
    ("open_private", "case", OWN),
    ("find_partners", "nothing", BOTH | LEAD),
    ("find_partners", "own agency", OWN),
    ("save_search", "nothing", BOTH | LEAD),
    ("save_search", "own agency", OWN),
    ("view_search", "search", OWN),
    ("edit_search", "search", OWN),
    ("pause_search", "search", OWN),
    ("resume_search", "search", OWN),
    ("delete_search", "search", OWN),
    ("mark_alerts", "search", OWN),
    ("list_teams", "nothing", BOTH | LEAD),
    ("create_team", "nothing", BOTH | LEAD),
    ("create_team", "own agency", OWN),
    ("view_team", "team", OWN | LEAD),
    ("edit_team", "team", OWN),
    ("decide_member", "team", OWN),
    ("compute_team", "team", OWN),
    ("close_team", "team", OWN),
    ("set_lift", "nothing", LEAD),
    ("view_weights", "nothing", BOTH | LEAD | {"analyst"}),
    ("learn_weights", "nothing", LEAD),
    ("choose_weights", "nothing", LEAD),
    ("translate_request", "draft", OWN),
    ("translate_request", "published", OWN),
    ("view_exposure", "nothing", BOTH | LEAD | {"analyst"}),
]
# the parts of the room keep their lines beside their other tests: `TABLE`, and `SUBJECTS` by name
PARTS = [
    import_module(f"tests.brokerage.{path.parent.name}.permission_table")
    for path in sorted(Path(__file__).parent.glob("*/permission_table.py"))
]
TABLE += [line for part in PARTS for line in part.TABLE]


@pytest.fixture
def subject(desk):
    """The records that the table names."""
    from hansa.brokerage import actions
    from hansa.brokerage.finding import Wish
    from hansa.brokerage.models import Case, Likeness, Request
    from hansa.brokerage.texts import TeamText

    def request(state: str):
        made = desk.draft() if state == "draft" else desk.published()
        Request.objects.filter(pk=made.pk).update(state=state)
        return Request.objects.get(pk=made.pk)

    def private(opened: bool):
        found = actions.answer_introduction(desk.abroad, desk.case(), accept=True).request.private
        found.opened_to = [desk.cast.agencies["FI1C"].pk] if opened else []
        return found

    def case_without_agency():
        Case.objects.filter(pk=desk.case().pk).update(other_agency=None)
        return Case.objects.get()

    def search():
        agency = desk.cast.agencies["PL84"]
        return actions.save_search(desk.broker, agency=agency, name="s", wish=Wish("Odlewnia"), threshold="likely")

    def likeness():
        return Likeness.objects.create(request=desk.published(), other=desk.offer_abroad(), score=0.5, method="m")

    def team():
        text = TeamText(name="A call", language="en")
        return actions.create_team(desk.broker, agency=desk.cast.agencies["PL84"], priority=None, text=text)

    made = {
        "likeness": likeness,
        "team": team,
        "search": search,
        "nothing": lambda: None,
        "own agency": lambda: desk.cast.agencies["PL84"],
        "private": lambda: private(opened=False),
        "private opened": lambda: private(opened=True),
        "match": desk.match,
        "case": desk.case,
        "case without agency": case_without_agency,
        "withdrawn with a case": lambda: actions.withdraw_request(desk.broker, desk.case().request),
    }

    for part in PARTS:
        made |= {name: partial(build, desk) for name, build in part.SUBJECTS.items()}

    def make(name: str):
        return made[name]() if name in made else request(name)

    return make


def told(value: object) -> str:
    return " ".join(sorted(value))[:40] if isinstance(value, set) else str(value)


@pytest.mark.parametrize(("permission", "about", "holders"), TABLE, ids=told)
def test_exactly_these_roles_hold_the_permission(desk, subject, permission, about, holders):
    record = subject(about)
    people = {name: desk.cast.people.get(name) for name in READERS}
    assert {name for name, person in people.items() if may(person, f"brokerage.{permission}", record)} == holders


def test_the_table_names_every_permission_of_the_room():
    held = {name for name in rules.permissions.permissions if name.startswith("brokerage.")}
    assert {f"brokerage.{permission}" for permission, _about, _holders in TABLE} == held


def test_a_role_that_has_ended_gives_nothing_any_more(desk, subject):
    draft = subject("draft")
    desk.broker.memberships.update(until=desk.broker.memberships.get().since)
    ended = type(desk.broker).objects.get(pk=desk.broker.pk)
    assert not may(ended, "brokerage.view_request", draft)


def test_a_lead_partner_acts_for_the_agency_where_they_lead(desk):
    lead, agency = desk.cast.people["lead_partner"], desk.cast.agencies["DE60"]
    assert may(lead, "brokerage.create_request", agency)
    assert desk.draft(by=lead, region="DE60").agency == agency


def test_every_verb_of_the_room_that_takes_an_actor_says_what_it_promises():
    import inspect

    from hansa.brokerage import actions

    for name in actions.__all__:
        verb = getattr(actions, name)
        assert inspect.getdoc(verb), name
        if "actor" in inspect.signature(verb).parameters:
            assert "Forbidden" in inspect.getdoc(verb), name
