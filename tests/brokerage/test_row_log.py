"""The database writes down every change of a row by itself: columns, never values."""

from __future__ import annotations

import pytest
from django.db import ProgrammingError, transaction

from hansa.network.middleware import see_as
from hansa.network.models import RowChange

pytestmark = pytest.mark.django_db


def test_every_change_is_logged_by_the_database_with_columns_and_no_values(desk):
    one = desk.client()
    with see_as(f"{one.agency_id}", person=desk.broker):
        one.name = "Inna nazwa"
        one.save()
    last = RowChange.objects.filter(table="brokerage_client").first()
    assert (last.operation, last.row, last.columns, last.person) == ("U", f"{one.pk}", ["name"], desk.broker.pk)
    before = RowChange.objects.count()
    one.save()
    assert RowChange.objects.count() == before
    one.contacts.all().delete()
    assert RowChange.objects.filter(table="brokerage_clientcontact", operation="D").exists()
    with pytest.raises(ProgrammingError), transaction.atomic():
        RowChange.objects.all().delete()
