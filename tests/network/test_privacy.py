"""Data protection: a person's file, erasure with proof, retention by itself, and the database's own log of changes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from hansa.network import actions as network
from hansa.network.audit import note
from hansa.network.faults import Forbidden, Refused
from hansa.network.models import AuditNote, Consent, Erasure, Link, Notice, Organisation, Person, User
from hansa.network.privacy import actions, erasing, holdings
from hansa.network.registry import registry

pytestmark = pytest.mark.django_db
SAID = {"purpose": "service", "how": "spoken", "wording": "I agree.", "language": "pl"}
SOURCE = "told by anna.n@FIRMA.example, Anna Nowakowska"


@pytest.fixture
def lead(cast):
    return cast.people["lead_partner"]


@pytest.fixture
def anna(cast):
    """Somebody without an account who agreed, was sent a link, and whose name stands in an audit note and a text."""
    person = Person.objects.create(name="Anna Nowakowska", email="Anna.N@firma.example", language="pl")
    broker = cast.people["broker"]
    network.record_consent(broker, person, **SAID)
    network.make_link(broker, purpose="my_data", record=person.pk, person=person)
    note(broker, "wrote", person, reason="Anna Nowakowska asked for it.")
    Organisation.objects.filter(pk=cast.agencies["PL84"].pk).update(
        source="told by anna.n@FIRMA.example, Anna Nowakowska"
    )
    return person


def test_a_file_holds_every_table_that_points_to_the_person(cast, anna):
    held = actions.export_person(cast.people["lead_partner"], anna)
    assert held["person"]["email"] == "Anna.N@firma.example"
    assert {*held["about"]} == {"network.consent", "network.link"}
    assert "digest" not in str(held)
    mine = actions.export_person(cast.people["broker"], cast.people["broker"])
    assert {"network.membership"} <= {*mine["about"]}
    assert {"table": "network.consent", "as": "recorded_by"}.items() <= next(
        act for act in mine["acted"] if act["table"] == "network.consent"
    ).items()
    assert "password" not in str(mine)


def test_no_table_that_points_to_people_is_left_out():
    from django.apps import apps

    pointing = {(held.model, held.column) for held in holdings.pointing()}
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if field.is_relation and field.related_model is Person:
                assert (model, field.name) in pointing


@pytest.mark.parametrize("role", ["analyst", "broker", "coordinator", "facility_manager", "reader"])
def test_others_neither_read_nor_erase_a_person(cast, anna, role):
    with pytest.raises(Forbidden):
        actions.export_person(cast.people[role], anna)
    with pytest.raises(Forbidden):
        actions.erase_person(cast.people[role], anna, reason="r")


def test_an_erased_person_stands_nowhere_but_in_texts_that_are_counted(cast, lead, anna):
    notes = AuditNote.objects.count()
    proof = actions.erase_person(lead, anna, reason="She asked for it.")
    anna.refresh_from_db()
    assert (anna.name, anna.email) == (erasing.GONE, "")
    assert not Link.objects.filter(person=anna).exists()
    assert Consent.objects.filter(person=anna).count() == 1
    left = erasing.mentions("Anna Nowakowska", "anna.n@firma.example")
    assert dict(left) == proof.mentions == {"network.organisation": 1}
    source = Organisation.objects.get(pk=cast.agencies["PL84"].pk).source
    assert "firma.example" not in source.lower()
    assert AuditNote.objects.count() == notes + 1
    assert AuditNote.objects.get(verb="wrote").reason == f"{erasing.GONE} asked for it."
    assert proof.kept["network.consent"] == 1
    with pytest.raises(Refused):
        actions.erase_person(lead, anna, reason="Again.")


def test_the_audit_can_be_changed_by_an_erasure_alone(lead, anna):
    with pytest.raises(ProgrammingError), transaction.atomic():
        AuditNote.objects.update(reason="nothing")
    actions.erase_person(lead, anna, reason="r")
    with pytest.raises(ProgrammingError), transaction.atomic():
        AuditNote.objects.update(reason="nothing")


def test_an_account_goes_with_its_person_and_what_was_done_stays(cast, lead):
    reader = cast.people["reader"]
    reader.memberships.update(until=timezone.localdate())
    again = Person.objects.get(pk=reader.pk)
    user = again.user_id
    proof = actions.erase_person(lead, again, reason="Left.")
    assert not User.objects.filter(pk=user).exists()
    assert proof.kept["network.membership"] == 1


@pytest.mark.parametrize("fault", ["holds a role", "no reason", "oneself"])
def test_an_erasure_that_must_not_be_is_refused(cast, lead, anna, fault):
    whom = {"holds a role": cast.people["analyst"], "no reason": anna, "oneself": lead}[fault]
    with pytest.raises(Refused):
        actions.erase_person(lead, whom, reason="" if fault == "no reason" else "r")
    assert not Erasure.objects.exists()


def test_each_night_lets_go_of_what_is_over_and_a_second_run_of_nothing(cast, anna, monkeypatch):
    network.withdraw_consent(None, anna, purpose="service")
    long_ago = timezone.now() - timedelta(days=400)
    Consent.objects.update(withdrawn_at=long_ago)
    Link.objects.update(expires_at=long_ago)
    broker = cast.people["broker"]
    Notice.objects.create(person=broker, kind="k", url="/", read_at=long_ago)
    Notice.objects.create(person=broker, kind="k", url="/")
    done = actions.keep_no_longer()
    assert done["network.keep_links_days"] == 1
    assert done["network.keep_notices_days"] == 1
    assert done["network.keep_withdrawn_days"] == 1
    assert Person.objects.get(pk=anna.pk).name == erasing.GONE
    assert {*actions.keep_no_longer().values()} == {0}
    assert {*done} == {*registry.retention}


def test_every_table_that_people_write_to_has_the_trigger():
    from hansa.network.privacy.rowlog import logged

    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'hansa_row_change'")
        have = {row[0].strip('"') for row in cursor.fetchall()}
    assert {model._meta.db_table for model in logged()} == have
    assert {"brokerage_request", "brokerage_requestprivate", "brokerage_client", "network_consent"} <= have


def test_the_pages_give_the_file_and_ask_before_they_erase(client, cast, lead, anna):
    data = reverse("network:person_data", args=[anna.pk])
    client.force_login(cast.people["broker"].user)
    assert client.get(data).status_code == 403
    assert client.get(reverse("network:person_data", args=[cast.people["broker"].pk])).status_code == 200
    client.force_login(lead.user)
    assert "network.consent" in client.get(data).content.decode()
    assert client.get(data, {"format": "json"}).json()["person"]["name"] == "Anna Nowakowska"
    erase = reverse("network:erase_person", args=[anna.pk])
    wrong = client.post(erase, {"reason": "She asked.", "name": "Anna"})
    assert wrong.status_code == 400 and "She asked." in wrong.content.decode()
    done = client.post(erase, {"reason": "She asked.", "name": "Anna Nowakowska"}, follow=True)
    assert "She asked." in done.content.decode()
    listed = client.get(reverse("network:privacy"), {"format": "csv"})
    assert "She asked." in b"".join(listed.streaming_content).decode()
    assert client.get(reverse("network:row_changes"), {"table": "person"}).status_code == 200


def test_who_has_no_account_gets_their_file_by_link(client, anna):
    _link, secret = network.make_link(None, purpose="my_data", record=anna.pk, person=anna)
    page = client.get(reverse("network:my_data", args=[secret]))
    assert page.status_code == 200 and page["Referrer-Policy"] == "strict-origin"
    held = client.get(reverse("network:my_data", args=[secret]), {"format": "json"}).json()
    assert held["person"]["id"] == anna.pk
    assert client.get(reverse("network:my_data", args=["x"])).status_code == 404


def test_a_link_is_mailed_once_asked_for(client, cast, anna, mailoutbox):
    from hansa.network.mailing import send_link

    assert send_link(purpose="my_data", record=anna.pk, person_id=anna.pk, address="https://hansa.example/")
    (letter,) = mailoutbox
    assert letter.to == ["Anna.N@firma.example"] and "https://hansa.example/partnership/my-data/" in letter.body
    assert "Szanowni" in letter.body
