"""Who may do what in the network: every role against every act, as one table."""

from __future__ import annotations

import inspect
from types import SimpleNamespace

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
    "no part",
    "public",
)
MEMBERS = set(READERS) - {"no part", "public"}
LEAD = {"lead_partner"}

# permission, what it is about, and who holds it; "own" records are the broker's
TABLE = [
    ("view_people", "nothing", MEMBERS),
    ("invite_person", "nothing", LEAD),
    ("end_membership", "nothing", LEAD),
    ("view_audit", "nothing", LEAD),
    ("create_token", "nothing", MEMBERS),
    ("revoke_token", "own token", LEAD | {"broker"}),
    ("read_notices", "broker", {"broker"}),
    ("read_notices", "no part", {"no part"}),
    ("choose_notices", "broker", {"broker"}),
    ("choose_notices", "nothing", set()),
    ("view_undelivered", "nothing", LEAD),
    ("settle_mail", "nothing", LEAD),
    ("have_calendar", "broker", {"broker"}),
    ("have_calendar", "no part", set()),
    ("view_webhooks", "nothing", LEAD),
    ("manage_webhook", "nothing", LEAD),
    ("view_rules", "nothing", MEMBERS),
    ("set_rule", "nothing", LEAD),
    ("view_privacy", "nothing", LEAD),
    ("export_person", "broker", LEAD | {"broker"}),
    ("erase_person", "broker", LEAD),
    ("send_my_data", "nothing", MEMBERS),
]


@pytest.fixture
def people(cast):
    from hansa.network.models import Person

    outside = Person.objects.create(name="Outside", email="outside@hansa.example")
    return {**cast.people, "no part": outside, "public": None}


def told(value: object) -> str:
    return " ".join(sorted(value))[:40] if isinstance(value, set) else str(value)


@pytest.mark.parametrize(("permission", "about", "holders"), TABLE, ids=told)
def test_exactly_these_roles_hold_the_permission(people, permission, about, holders):
    token = SimpleNamespace(person_id=people["broker"].pk)
    record = {"nothing": None, "own token": token}.get(about, people.get(about))
    assert {name for name in READERS if may(people[name], f"network.{permission}", record)} == holders


def test_the_table_names_every_permission_of_the_room():
    held = {name for name in rules.permissions.permissions if name.startswith("network.")}
    assert {f"network.{permission}" for permission, _about, _holders in TABLE} == held


def test_every_verb_of_the_room_that_takes_an_actor_says_who_is_refused():
    from hansa.network import actions

    for name in actions.__all__:
        verb = getattr(actions, name)
        assert inspect.getdoc(verb) or name == "digest", name
        if "actor" in inspect.signature(verb).parameters:
            assert "Forbidden" in inspect.getdoc(verb), name
