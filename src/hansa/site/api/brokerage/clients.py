"""Clients of the own agencies. PostgreSQL shows a row to its own agency alone."""

from __future__ import annotations

from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import Http404, HttpRequest
from ninja import Field, Query, Router, Schema, Status
from ninja.errors import HttpError

from hansa.brokerage.clients import actions, contacts, queries
from hansa.brokerage.clients.actions import ClientText
from hansa.brokerage.models import Client
from hansa.network.models import Organisation
from hansa.network.permissions import authorise
from hansa.site.api.brokerage.shared import acting_agency, open_to
from hansa.site.api.common import (
    Country,
    Key,
    Language,
    Page,
    Scope,
    Scoped,
    clean,
    keyset,
    one,
    person_of,
    unchanged,
    words,
)

router = Router(tags=["clients"])
reads, writes = Scoped(Scope.CLIENTS_READ), Scoped(Scope.CLIENTS_WRITE)
Kind = Literal[tuple(Organisation.Kind.values)]  # type: ignore[valid-type]


class ContactOut(Schema):
    name: str
    email: str
    language: str
    position: str
    phone: str
    is_main: bool


class ClientLine(Schema):
    reference: str
    agency: str
    name: str
    kind: str
    size: str
    state: str
    region: str | None
    country: str
    city: str
    languages: list[str]


class ClientOut(ClientLine):
    founded: int | None
    website: str
    about: str
    contacts: list[ContactOut]


class Clients(Schema):
    items: list[ClientLine]
    next: str | None


class ClientIn(Schema):
    agency: Key | None = Field(None, description="who acts, for people who act for several agencies")
    name: words(200)  # type: ignore[valid-type]
    kind: Kind  # type: ignore[valid-type]
    size: Literal["micro", "small", "medium", "large", ""] = ""
    founded: int | None = Field(None, ge=800, le=2200)
    country: Country | Literal[""] = ""
    city: words(120) = ""  # type: ignore[valid-type]
    about: words(4000) = ""  # type: ignore[valid-type]
    languages: list[Language] = Field([], max_length=20)


class ContactIn(Schema):
    name: words(120)  # type: ignore[valid-type]
    email: words(200) = ""  # type: ignore[valid-type]
    language: Language
    position: words(120) = ""  # type: ignore[valid-type]
    phone: words(40) = ""  # type: ignore[valid-type]


def line(client: Client) -> dict[str, Any]:
    names = ("reference", "name", "kind", "size", "state", "country", "city", "languages")
    return {
        **{name: getattr(client, name) for name in names},
        "agency": client.agency.name,
        "region": client.region.code if client.region else None,
    }


def shape(client: Client) -> dict[str, Any]:
    contacts = [
        {
            "name": each.person.name,
            "email": each.person.email,
            "language": each.person.language,
            "position": each.position,
            "phone": each.phone,
            "is_main": each.is_main,
        }
        for each in client.contacts.all()
    ]
    return {
        **line(client),
        "founded": client.founded,
        "website": client.website,
        "about": client.about,
        "contacts": contacts,
    }


def wanted(request: HttpRequest, reference: str) -> Client:
    if request.method != "GET":
        Client.objects.select_for_update().filter(reference=clean(reference)).first()
    try:
        found = queries.client(clean(reference))
    except Client.DoesNotExist:
        raise Http404 from None
    client: Client = open_to(person_of(request), "brokerage.view_client", found)
    if request.method != "GET":
        unchanged(request, shape(client))
    return client


@router.get("/clients", response=Clients, auth=reads, summary="Clients of the own agencies")
def clients(request: HttpRequest, page: Query[Page]) -> Any:
    authorise(person_of(request), "brokerage.list_clients")
    return keyset(request, queries.clients(person_of(request)), "id", page, line)


@router.get("/clients/{reference}", response=ClientOut, auth=reads, summary="One client with its contacts")
def client_one(request: HttpRequest, reference: str) -> Any:
    return one(request, shape(wanted(request, reference)))


@router.post("/clients", response={201: ClientOut}, auth=writes, summary="Write down a client")
def record(request: HttpRequest, body: ClientIn) -> Any:
    person, given = person_of(request), body.dict()
    agency = acting_agency(person, given.pop("agency"))
    made = actions.record_client(person, agency=agency, text=ClientText(**given))
    return Status(201, one(request, shape(queries.client(made.reference))))


@router.post(
    "/clients/{reference}/contacts", response={201: ClientOut}, auth=writes, summary="Name who speaks for a client"
)
def add_contact(request: HttpRequest, reference: str, body: ContactIn) -> Any:
    client = wanted(request, reference)
    if body.email:
        try:
            validate_email(body.email)
        except ValidationError as fault:
            raise HttpError(422, fault.messages[0]) from None
    contacts.add_contact(person_of(request), client, **body.dict())
    return Status(201, one(request, shape(queries.client(client.reference))))
