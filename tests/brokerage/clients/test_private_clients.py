"""Who a client is, its own agency alone reads: held by the rules and by the database."""

from __future__ import annotations

import pytest

from hansa.brokerage.models import Client, ClientContact
from hansa.network.middleware import see_as
from hansa.network.permissions import may

pytestmark = pytest.mark.django_db


@pytest.fixture
def one(desk):
    return desk.client()


def test_only_the_own_agency_may_see_a_client(desk, one):
    may_see = {role for role, person in desk.cast.people.items() if may(person, "brokerage.view_client", one)}
    assert may_see == {"broker"}


def test_the_database_shows_a_client_to_its_agency_and_through_its_own_link_alone(desk, one, application_role):
    def seen() -> tuple[int, int]:
        return Client.objects.count(), ClientContact.objects.count()

    other = desk.cast.agencies["FI1C"].pk
    assert seen() == (0, 0)
    with see_as(f"{other}", leads=True):
        assert seen() == (0, 0)
    with see_as(f"{one.agency_id}"):
        assert seen() == (1, 1)
    with see_as("", client=one.pk):
        assert seen() == (1, 1)
        assert Client.objects.update(name="another") == 0
    with see_as("", client=one.pk + 1):
        assert seen() == (0, 0)


def test_the_history_of_a_client_is_as_private_as_the_client(desk, one, application_role):
    from django.db import connection

    def kept() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM brokerage_clientevent")
            return cursor.fetchone()[0]

    assert kept() == 0
    with see_as(f"{one.agency_id}"):
        assert kept() == 1
