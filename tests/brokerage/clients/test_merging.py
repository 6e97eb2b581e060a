"""Two records of one client become one, and whatever any part of the room keeps of either is kept."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db.models import ForeignKey

from hansa.brokerage.clients import actions, contacts, merging, queries
from hansa.brokerage.clients.criteria import CRITERIA, YES, answer_of
from hansa.brokerage.models import Client, ClientContact, Diagnosis, DiagnosisAnswer
from hansa.network.faults import Refused
from hansa.network.middleware import see_as
from tests.brokerage.test_two_at_once import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(desk):
    return desk.client(), desk.client()


def diagnosed(desk, one):
    made = Diagnosis.objects.create(client=one, agency=one.agency, broker=desk.broker)
    DiagnosisAnswer.objects.create(
        diagnosis=made, agency=one.agency, client=one, component="service", by="client", state=1
    )
    return made


def test_every_key_to_a_client_in_the_whole_project_is_moved():
    keys = {
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, ForeignKey) and field.related_model is Client
        if model is not Client and not hasattr(model, "pgh_tracked_model")
    }
    assert keys == set(merging.pointing())


def test_a_client_still_reads_their_own_answers_by_link_after_a_merge(desk, two, application_role):
    merged, kept = two
    with see_as(f"{kept.agency_id}"):
        diagnosed(desk, merged)
        actions.merge_clients(desk.broker, merged, into=kept, reason="Recorded twice.")
    with see_as("", client=kept.pk):
        assert (Diagnosis.objects.count(), DiagnosisAnswer.objects.count()) == (1, 1)


def test_a_diagnosis_that_cannot_move_keeps_its_answers(desk, two):
    merged, kept = two
    stays, _own = diagnosed(desk, merged), diagnosed(desk, kept)
    actions.merge_clients(desk.broker, merged, into=kept, reason="Recorded twice.")
    stays.refresh_from_db()
    assert stays.client == merged
    assert [answer.client for answer in stays.answers.all()] == [merged]


def test_an_answer_that_is_known_is_not_hidden_by_one_that_is_not(desk, two):
    merged, kept = two
    known = {criterion.key: YES for criterion in CRITERIA}
    for each in two:
        actions.answer_criteria(desk.broker, each, answers=known)
    actions.answer_criteria(desk.broker, kept, answers={})
    actions.merge_clients(desk.broker, merged, into=kept, reason="Recorded twice.")
    kept.refresh_from_db()
    assert answer_of(kept.criteria, "sound") == YES


def test_one_person_who_speaks_for_both_keeps_the_telephone_only_one_record_had(desk, two):
    merged, kept = two
    person = kept.contacts.get().person
    ClientContact.objects.create(client=merged, agency=merged.agency, person=person, phone="123", position="CEO")
    actions.merge_clients(desk.broker, merged, into=kept, reason="Recorded twice.")
    same = kept.contacts.get(person=person)
    assert (same.phone, same.position, same.is_main) == ("123", "CEO", True)


def test_nobody_is_added_to_a_client_that_was_merged(desk, two):
    merged, kept = two
    actions.merge_clients(desk.broker, merged, into=kept, reason="Recorded twice.")
    with pytest.raises(Refused):
        contacts.add_contact(desk.broker, merged, name="Ewa", email="", language="pl")


def test_an_own_client_is_looked_up_by_its_number(desk):
    held = desk.client(identifiers={"NIP": "5260210228"})
    assert queries.looked_up(desk.broker, "526-021-02-28")[0] == [held]
    assert queries.looked_up(desk.abroad, "526-021-02-28")[0] == []


@pytest.mark.django_db(transaction=True)
def test_two_brokers_who_merge_each_into_the_other_merge_once(desk):
    one, other = desk.client(), desk.client()
    said = at_once(
        lambda: actions.merge_clients(desk.broker, one, into=other, reason="r"),
        lambda: actions.merge_clients(desk.broker, other, into=one, reason="r"),
    )
    assert sum(isinstance(each, Refused) for each in said) == 1
    assert sum(isinstance(each, Client) for each in said) == 1
    assert Client.objects.exclude(state=Client.State.MERGED).get().contacts.count() == 2
