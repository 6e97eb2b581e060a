"""Reads of the network that more than one caller needs."""

from __future__ import annotations

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils import timezone

from hansa.network.models import ApiToken, Group, GroupMember, Membership, Organisation, Person, Region


def search_regions(words: str) -> QuerySet[Region]:
    """Regions whose code begins with, or whose name contains, `words`."""
    words = words.strip()
    return Region.objects.filter(Q(code__istartswith=words) | Q(name_latin__icontains=words) | Q(name__icontains=words))


def search_organisations(words: str) -> QuerySet[Organisation]:
    """Organisations whose name or short name contains `words`."""
    words = words.strip()
    return Organisation.objects.filter(Q(name__icontains=words) | Q(short_name__icontains=words)).select_related(
        "region"
    )


def organisations(words: str = "", country: str = "", kind: str = "", partners: bool = False) -> QuerySet[Organisation]:
    found = search_organisations(words) if words else Organisation.objects.select_related("region")
    if country:
        found = found.filter(country=country)
    if kind:
        found = found.filter(kind=kind)
    if partners:
        found = found.filter(is_partner=True)
    return found


def groups() -> QuerySet[Group]:
    """Groups with their lead and members, in a constant number of queries."""
    members = GroupMember.objects.select_related("organisation__region")
    return Group.objects.select_related("lead", "region").prefetch_related(Prefetch("members", queryset=members))


def current(memberships: QuerySet[Membership]) -> QuerySet[Membership]:
    today = timezone.localdate()
    return memberships.filter(Q(until__isnull=True) | Q(until__gt=today), since__lte=today)


def people(words: str = "", role: str = "", region: str = "") -> QuerySet[Person]:
    """People with the memberships that hold today."""
    found = Person.objects.select_related("user").prefetch_related(
        Prefetch(
            "memberships",
            queryset=current(Membership.objects.select_related("organisation__region")),
            to_attr="current_memberships",
        )
    )
    # contacts of clients are people too, and their agency's alone
    found = found.filter(Q(user__isnull=False) | Q(memberships__isnull=False)).distinct()
    if words:
        found = found.filter(Q(name__icontains=words) | Q(memberships__organisation__name__icontains=words)).distinct()
    if role:
        found = found.filter(memberships__in=current(Membership.objects.filter(role=role))).distinct()
    if region:
        found = found.filter(memberships__organisation__region__code=region).distinct()
    return found


def partner_regions() -> QuerySet[Region]:
    """The regions in which an organisation takes part in the partnership."""
    return (
        Region.objects.filter(organisations__is_partner=True)
        .annotate(partners=Count("organisations", filter=Q(organisations__is_partner=True), distinct=True))
        .order_by("country", "code")
    )


def tokens_of(person: Person) -> QuerySet[ApiToken]:
    return ApiToken.objects.filter(person=person)
