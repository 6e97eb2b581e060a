"""Reads about clients. Row-level security narrows them a second time to the reader's own agencies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from django.db.models import Max, Q, QuerySet
from django.db.models.functions import Greatest
from django.utils import timezone

from hansa.brokerage.clients.identifiers import SCHEMES
from hansa.brokerage.models import Client
from hansa.brokerage.permissions import agency_ids
from hansa.network.models import Organisation, Person
from hansa.network.queries import search_organisations

ORDERS = {
    "name": ("name", "pk"),
    "reference": ("pk",),
    "kind": ("kind", "name", "pk"),
    "state": ("state", "name", "pk"),
    "since": ("created_at", "pk"),
}
GOING = (Client.State.INTAKE, Client.State.ADMITTED)
LEGAL_FORMS = re.compile(
    r"\b(sp(\.|ółka)? ?z ?o\.? ?o\.?|spółka akcyjna|s\.?a\.?|oyj?|ab|uab|sia|oü|as|a/s|aps|gmbh|ag|kg|ug|e\.?v\.?|"
    r"b\.?v\.?|n\.?v\.?|srl|s\.?r\.?l\.?|spa|ltd|limited|lda|inc|co|fundacja|stowarzyszenie)\b\.?",
    re.IGNORECASE,
)
MOST_FOUND = 8


def clients(person: Person | None, *, words: str = "", state: str = "", kind: str = "") -> QuerySet[Client]:
    """The clients of the reader's agencies; without a state those with whom work goes on."""
    found = Client.objects.filter(agency__in=agency_ids(person)).select_related("agency", "broker", "region")
    if words.strip():
        text = Q(name__icontains=words.strip()) | Q(city__icontains=words.strip())
        found = found.filter(
            text | Q(reference__istartswith=words.strip()) | Q(contacts__person__name__icontains=words)
        )
        found = found.distinct()
    if state == "":
        found = found.filter(state__in=GOING)
    elif state != "any":
        found = found.filter(state=state)
    return found.filter(kind=kind) if kind else found


def ordered(found: QuerySet[Client], sort: str) -> QuerySet[Client]:
    fields = ORDERS.get(sort.removeprefix("-"), ORDERS["name"])
    sign = "-" if sort.startswith("-") else ""
    return found.order_by(*(sign + name for name in fields))


def client(reference: str) -> Client:
    """One client with its contacts; raises `Client.DoesNotExist`."""
    found = Client.objects.select_related("agency__region", "broker", "region", "organisation", "merged_into")
    return found.prefetch_related("contacts__person__consents").get(reference=reference)


def plain_name(name: str) -> str:
    """A name without legal form, punctuation and capitals, by which near-same names are told."""
    return re.sub(r"[^\w]+", " ", LEGAL_FORMS.sub(" ", name.casefold())).strip()


def alike(person: Person | None, name: str, identifiers: Mapping[str, str], but: int | None = None) -> list[Client]:
    """The agency's own clients that may be the same: one identifier in common, or the same name but for its legal
    form."""
    mine = Client.objects.filter(agency__in=agency_ids(person)).exclude(state=Client.State.MERGED)
    if but is not None:
        mine = mine.exclude(pk=but)
    same = Q()
    for scheme, value in identifiers.items():
        same |= Q(**{f"identifiers__{scheme}": value})
    found = list(mine.filter(same)) if same else []
    plain = plain_name(name)
    first = plain.split(" ")[0] if plain else ""
    if first:
        known = {client.pk for client in found}
        near = mine.filter(name__icontains=first)[:200]
        found += [client for client in near if client.pk not in known and plain_name(client.name) == plain]
    return found


def looked_up(person: Person | None, words: str) -> tuple[list[Client], list[Organisation]]:
    """The agency's own clients and public organisations by a name or an identifier."""
    words = words.strip()
    if len(words) < 2:
        return [], []
    number = re.sub(r"[^\w]", "", words)
    same = Q()
    for scheme in SCHEMES:
        same |= Q(**{f"identifiers__{scheme}__iexact": number})
    numbered = clients(person, state="any").filter(same)[:MOST_FOUND]
    mine = list(dict.fromkeys([*numbered, *clients(person, words=words, state="any")[:MOST_FOUND]]))[:MOST_FOUND]
    by_number = Organisation.objects.filter(identifiers__value__iexact=number).select_related("region")
    found = [*by_number[:MOST_FOUND], *search_organisations(words)[:MOST_FOUND]]
    return mine, list(dict.fromkeys(found))[:MOST_FOUND]


def unfinished(agencies: set[int]) -> QuerySet[Client]:
    return Client.objects.filter(agency__in=agencies, state=Client.State.INTAKE).order_by("created_at")


def quiet(agencies: set[int], days: int) -> QuerySet[Client]:
    """Admitted clients for whom no request was written or published for so many days."""
    before = timezone.now() - timedelta(days=days)
    found = Client.objects.filter(agency__in=agencies, state=Client.State.ADMITTED)
    last = Greatest("decided_at", Max("requests__request__created_at"), Max("requests__request__published_at"))
    return found.annotate(last=last).filter(last__lt=before).order_by("last", "pk")
