"""People, roles and keys: who may invite, one person in several organisations, and what the audit keeps."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from hansa.network.actions import create_token, end_membership, invite_person, revoke_token, use_token
from hansa.network.audit import note
from hansa.network.faults import Forbidden, Refused
from hansa.network.models import AuditNote, Person, Role
from hansa.network.permissions import holds, may, organisations_of


def invite(cast, **changes):
    given = {
        "name": "Jonas",
        "email": "jonas@hansa.example",
        "language": "lt",
        "organisation": cast.agencies["LT00"],
        "role": Role.BROKER,
    } | changes
    return invite_person(cast.people[Role.LEAD_PARTNER], **given)


def test_somebody_invited_signs_in_by_e_mail_and_password(client, cast):
    _person, password = invite(cast)
    answer = client.post(reverse("account_login"), {"login": "Jonas@hansa.example", "password": password})
    assert answer.status_code == 302
    assert "Jonas" in client.get("/").content.decode()


def test_a_wrong_password_is_refused_and_the_address_kept(client, cast):
    answer = client.post(reverse("account_login"), {"login": "analyst@hansa.example", "password": "wrong"})
    assert answer.status_code == 200
    assert "analyst@hansa.example" in answer.content.decode()


def test_nobody_signs_up_alone(client, db):
    answer = client.post(
        reverse("account_signup"),
        {"email": "new@hansa.example", "password1": "correct horse battery", "password2": "correct horse battery"},
    )
    assert not Person.objects.filter(email="new@hansa.example").exists()
    assert answer.status_code in {200, 302, 403}


def test_one_person_acts_for_several_organisations(cast):
    person, password = invite(cast)
    again, second = invite(cast, organisation=cast.agencies["PL84"], role=Role.ANALYST)
    assert (again, bool(password), second) == (person, True, "")
    fresh = Person.objects.get(pk=person.pk)
    assert {o.pk for o in organisations_of(fresh)} == {cast.agencies["LT00"].pk, cast.agencies["PL84"].pk}
    assert [o.pk for o in organisations_of(fresh, Role.BROKER)] == [cast.agencies["LT00"].pk]


def test_the_same_role_twice_is_refused(cast):
    invite(cast)
    with pytest.raises(Refused):
        invite(cast)


def test_a_role_ended_today_holds_no_more_but_its_record_stays(cast):
    person, _password = invite(cast)
    membership = person.memberships.get()
    end_membership(cast.people[Role.LEAD_PARTNER], membership, reason="left the agency")
    fresh = Person.objects.get(pk=person.pk)
    assert not holds(fresh, Role.BROKER)
    assert fresh.memberships.count() == 1
    with pytest.raises(Refused):
        end_membership(cast.people[Role.LEAD_PARTNER], membership, reason="again")


def test_a_role_that_begins_tomorrow_does_not_hold_today(cast):
    person, _password = invite(cast)
    person.memberships.update(since=timezone.localdate() + timedelta(days=1))
    assert not holds(Person.objects.get(pk=person.pk), Role.BROKER)


def test_the_last_lead_partner_stays(cast):
    lead = cast.people[Role.LEAD_PARTNER]
    with pytest.raises(Refused):
        end_membership(lead, lead.memberships.get(), reason="none left")


EVERYBODY = set(Role.values)
MAY = {
    "network.view_people": EVERYBODY,
    "network.create_token": EVERYBODY,
    "network.invite_person": {Role.LEAD_PARTNER},
    "network.end_membership": {Role.LEAD_PARTNER},
    "network.view_audit": {Role.LEAD_PARTNER},
}


@pytest.mark.parametrize("permission", sorted(MAY))
@pytest.mark.parametrize("role", [*Role.values, "public"])
def test_every_role_against_every_action(cast, permission, role):
    assert may(cast.people.get(role), permission) == (role in MAY[permission])


def test_only_the_lead_partner_invites(cast):
    for role in set(Role.values) - {Role.LEAD_PARTNER}:
        with pytest.raises(Forbidden):
            invite_person(
                cast.people[role],
                name="x",
                email="x@hansa.example",
                language="en",
                organisation=cast.agencies["PL84"],
                role=Role.READER,
            )
    assert not Person.objects.filter(email="x@hansa.example").exists()


def test_an_unknown_permission_is_a_fault_of_the_program(cast):
    with pytest.raises(KeyError):
        may(cast.people[Role.ANALYST], "network.fly")


def test_a_token_works_until_revoked_and_only_its_fingerprint_is_kept(cast):
    analyst = cast.people[Role.ANALYST]
    token, key = create_token(analyst, name="script")
    assert key not in token.digest
    assert use_token(key) == token
    assert use_token(key + "x") is None
    with pytest.raises(Forbidden):
        revoke_token(cast.people[Role.READER], token)
    revoke_token(analyst, token)
    assert use_token(key) is None


def test_the_database_refuses_to_change_or_delete_an_audit_note(cast):
    written = note(cast.people[Role.ANALYST], "try", cast.agencies["PL84"], reason="test")
    for change in (lambda: AuditNote.objects.filter(pk=written.pk).update(reason="other"), written.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert AuditNote.objects.get(pk=written.pk).reason == "test"


PAGES = ["partnership", "organisations", "people", "tokens", "audit", "invite"]


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_for_the_lead_partner_at_a_constant_cost(client, cast, name):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(cast.people[Role.LEAD_PARTNER].user)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(reverse(f"network:{name}")).status_code == 200
    # one of them counts the reader's unread news for the shell
    assert len(seen) <= 15


def test_people_are_for_those_who_take_part(client, cast):
    assert client.get(reverse("network:people")).status_code == 302
    client.force_login(cast.people[Role.READER].user)
    assert client.get(reverse("network:people")).status_code == 200
    assert client.get(reverse("network:invite")).status_code == 403
    assert client.get(reverse("network:audit")).status_code == 403


def test_an_exported_cell_is_never_a_formula(client, cast):
    cast.agencies["PL84"].name = "=HYPERLINK(1)"
    cast.agencies["PL84"].save()
    answer = client.get(reverse("network:organisations"), {"format": "csv"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in text


def test_nobody_takes_the_address_of_somebody_who_is_still_to_be_invited(client, cast):
    """Whoever could, would be given the role meant for the other."""
    reader = cast.people[Role.READER]
    client.force_login(reader.user)
    for act in ("action_add", "action_primary"):
        assert client.post("/account/email/", {act: "", "email": "jonas@hansa.example"}).status_code == 404
    person, _password = invite(cast)
    assert person.pk != reader.pk


def test_a_token_is_of_no_use_once_its_person_takes_part_no_more(cast):
    reader = cast.people[Role.READER]
    _token, key = create_token(reader, name="a program")
    assert use_token(key) is not None
    end_membership(cast.people[Role.LEAD_PARTNER], reader.memberships.get(), reason="left")
    assert use_token(key) is None
