"""What goes with a client: its contacts, diagnoses, requests and cases, whatever part of the room keeps them."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import models

from hansa.brokerage.clients.merging import pointing
from hansa.brokerage.models import Case, Client, Handover, Request, RequestPrivate
from hansa.network.models import Organisation, Person

STAYS = (Handover,)
"""Records about a client that say who gave it to whom: they are history and keep their agencies."""


def to_broker(client: Client, broker: Person) -> None:
    """The client and its open requests and cases get another broker of the same agency."""
    client.broker = broker
    client.save(update_fields=["broker"])
    requests = _requests(client)
    requests.update(broker=broker)
    Case.objects.filter(request__in=requests, closed_at__isnull=True).update(broker=broker)


def to_agency(client: Client, agency: Organisation, broker: Person) -> None:
    """The client and all that belongs to it change agency. What was opened to the new agency is its own now."""
    keys = [*_requests(client).values_list("pk", flat=True)]
    before = client.agency_id
    for row in RequestPrivate.objects.filter(pk__in=keys):
        row.agency, row.opened_to = agency, [pk for pk in row.opened_to if pk != agency.pk]
        row.save(update_fields=["agency", "opened_to"])
    for model, name in _belonging():
        model._default_manager.filter(**{name: client}, agency=before).update(agency=agency)
    Request.objects.filter(pk__in=keys).update(agency=agency, broker=broker)
    Case.objects.filter(request__in=keys).update(agency=agency, broker=broker)
    client.agency, client.broker = agency, broker
    client.opened_to = [pk for pk in client.opened_to if pk != agency.pk]
    client.save(update_fields=["agency", "broker", "opened_to"])


def _requests(client: Client) -> models.QuerySet[Request]:
    return Request.objects.filter(private__client=client)


def _belonging() -> Iterator[tuple[type[models.Model], str]]:
    """Every record that points to a client and names its agency."""
    for model, column in pointing():
        if model not in STAYS and model is not RequestPrivate and any(f.name == "agency" for f in model._meta.fields):
            yield model, column
