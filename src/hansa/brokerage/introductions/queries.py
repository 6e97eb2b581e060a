"""Reads about introductions: the four places, who the clients are, and who looked."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from hansa.brokerage.models import Case, Client, IntroductionConsent, RequestPrivate
from hansa.network.models import AuditNote, Person


def consents_of(case: Case) -> list[IntroductionConsent]:
    return list(IntroductionConsent.objects.filter(introduction__case=case).select_related("agency", "person"))


def clients_of(case: Case) -> list[Client]:
    """The clients on both sides as far as the database lets the reader see them."""
    requests = [pk for pk in (case.request_id, case.match.other_request_id) if pk is not None]
    found = Client.objects.filter(requests__request__in=requests).distinct().select_related("agency", "region")
    return list(found.prefetch_related("contacts__person"))


def looks_of(case: Case) -> QuerySet[AuditNote]:
    """Who looked at the private text and the clients of a case, the latest first."""
    requests = [str(pk) for pk in (case.request_id, case.match.other_request_id) if pk is not None]
    clients = [str(client.pk) for client in clients_of(case)]
    private = Q(record_type=RequestPrivate._meta.label_lower, record_id__in=requests)
    identity = Q(record_type=Client._meta.label_lower, record_id__in=clients)
    verbs = ("look_at_private", "look_at_client", "open_private", "open_client")
    return AuditNote.objects.filter(private | identity, verb__in=verbs).select_related("person")


def waiting_for(person: Person) -> QuerySet[IntroductionConsent]:
    """Clients of a broker's cases who have been asked and have not answered."""
    found = IntroductionConsent.objects.filter(
        answer__isnull=True, client__isnull=False, introduction__case__state=Case.State.PROPOSED
    )
    return found.filter(agency__memberships__person=person).select_related("introduction__case").distinct()
