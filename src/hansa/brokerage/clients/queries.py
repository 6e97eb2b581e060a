"""Reads about clients. Row-level security narrows them a second time to the reader's own agencies."""

from __future__ import annotations

from django.db.models import QuerySet

from hansa.brokerage.models import Client
from hansa.brokerage.permissions import agency_ids
from hansa.network.models import Person


def clients(person: Person | None) -> QuerySet[Client]:
    """The clients of the reader's agencies."""
    return Client.objects.filter(agency__in=agency_ids(person)).select_related("agency", "broker", "region")


def client(reference: str) -> Client:
    """One client with its contacts; raises `Client.DoesNotExist`."""
    found = Client.objects.select_related("agency__region", "broker", "region", "organisation")
    return found.prefetch_related("contacts__person").get(reference=reference)
